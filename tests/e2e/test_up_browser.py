"""Somebody who has never seen the page, in a real browser, from the printed link to a count."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from e2e.crossings import SIZE, make_pictures
from e2e.running_up import running_up
from live_servers import lacking, program, rtsp_server

pytestmark = pytest.mark.slow

WEB = Path(__file__).parents[2] / "web"
SITE = "site: new\ndetect: {model: motion}\nfeeds: []\n"
PATIENCE_S = 180.0


def test_from_the_link_to_the_first_count(tmp_path: Path) -> None:
    """Without a model: no first picture is shown, as nothing could find a person in it."""
    _walk(tmp_path, {})


def test_with_a_first_picture_of_the_feed(tmp_path: Path, models: Path) -> None:
    _walk(tmp_path, {"WAYSIDE_MODEL_DIR": str(models)})


def _walk(folder: Path, env: dict[str, str]) -> None:
    node, chromium = program("node", "nodejs"), program("chromium", "chromium")
    if not (WEB / "node_modules" / "playwright-core").is_dir():
        lacking("web/node_modules has no playwright-core: npm ci in web/")
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    with _street_camera(folder) as port, running_up(folder, "--workers", "1", env=env) as server:
        source = f"rtsp://127.0.0.1:{port}/live"
        told = subprocess.run(
            [node, str(WEB / "e2e" / "first-feed.mjs")],
            env={
                **os.environ,
                "CHROMIUM": chromium,
                "WAYSIDE_LINK": f"{server.url}/#link={server.secret}",
                "WAYSIDE_SOURCE": source,
                "WAYSIDE_SHOWS_FIRST": "1" if env else "0",
            },
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert told.returncode == 0, "\n".join([told.stdout, told.stderr, *server.said])
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
