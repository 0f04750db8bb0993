"""Somebody who has never seen the page, in a real browser, from the printed link to a count."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.browsing import drive
from e2e.crossings import SIZE, make_pictures
from e2e.running_up import running_up
from live_servers import rtsp_server

pytestmark = pytest.mark.slow

SITE = "site: new\ndetect: {model: motion}\nfeeds: []\n"
PATIENCE_S = 180.0


def test_from_the_link_to_the_first_count(tmp_path: Path) -> None:
    """Without a model: no first picture is shown, as nothing could find a person in it."""
    _walk(tmp_path, {})


def test_with_a_first_picture_of_the_feed(tmp_path: Path, models: Path) -> None:
    _walk(tmp_path, {"WAYSIDE_MODEL_DIR": str(models)})


def _walk(folder: Path, env: dict[str, str]) -> None:
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    with _street_camera(folder) as port, running_up(folder, "--workers", "1", env=env) as server:
        source = f"rtsp://127.0.0.1:{port}/live"
        drive(
            "first-feed.mjs",
            env={
                "WAYSIDE_LINK": f"{server.url}/#link={server.secret}",
                "WAYSIDE_SOURCE": source,
                "WAYSIDE_SHOWS_FIRST": "1" if env else "0",
            },
            patience_s=PATIENCE_S,
            hears=server.said,
        )
        assert server.end() == 0
    written = (folder / "site.yaml").read_text("utf-8")
    assert source in written
    assert "lines:" in written


@contextmanager
def _street_camera(folder: Path) -> Iterator[int]:
    """An RTSP camera on a street where something crosses every few seconds."""
    pictures = folder / "pictures"
    pictures.mkdir()
    source = (
        f"multifilesrc location={make_pictures(pictures)}/%03d.jpg loop=true"
        " caps=image/jpeg,framerate=10/1 ! jpegdec ! videoconvert"
    )
    with rtsp_server(size=SIZE, source=source) as port:
        yield port
