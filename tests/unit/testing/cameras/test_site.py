"""site.yaml of the nine feeds is one that wayside reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from wayside.config.load import load_site
from wayside.domain.errors import ConfigError
from wayside.testing.cameras.site import site_text, write_site
from wayside.testing.places import PLACES


def test_wayside_accepts_it(tmp_path: Path) -> None:
    places = [make() for make in PLACES.values()]
    for place in places:
        (tmp_path / f"{place.id}.mp4").touch()
    path = tmp_path / "site.yaml"
    path.write_text(site_text(places, {place.id: f"{place.id}.mp4" for place in places}))
    site = load_site(path)
    assert [feed.id for feed in site.feeds] == list(PLACES)
    assert site.feed("car-park").rules
    assert all(feed.scene.calibration for feed in site.feeds)


ADDED = """\
  # the camera at our own door
  - id: our-door
    source: rtsp://192.168.1.20/stream1   # upstairs
sinks:
  - {kind: jsonl, path: events.jsonl}
"""


def test_what_users_added_outlives_a_restart_of_the_town(tmp_path: Path) -> None:
    places = [PLACES[name]() for name in ("square", "bridge")]
    path = tmp_path / "site.yaml"
    for port in (4001, 5001):
        write_site(path, places, {place.id: f"tcp://127.0.0.1:{port}" for place in places})
        if port == 4001:
            path.write_text(path.read_text() + ADDED)
    text, site = path.read_text(), load_site(path)
    assert [feed.id for feed in site.feeds] == ["square", "bridge", "our-door"]
    assert {feed.source for feed in site.feeds[:2]} == {"tcp://127.0.0.1:5001"}
    assert site.feeds[2].source == "rtsp://192.168.1.20/stream1"
    assert [sink.kind for sink in site.sinks] == ["jsonl"]
    assert text.count("# upstairs") == 1
    write_site(path, places[:1], {"square": "tcp://127.0.0.1:6001"})
    assert [feed.id for feed in load_site(path).feeds] == ["square", "our-door"]


def test_a_file_that_does_not_load_is_said_and_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("site: demo-town\nfeeds: [\n")
    with pytest.raises(ConfigError, match="not valid YAML"):
        write_site(path, [PLACES["square"]()], {"square": "tcp://127.0.0.1:4001"})
    assert path.read_text() == "site: demo-town\nfeeds: [\n"


@pytest.mark.parametrize("name", PLACES)
def test_everything_marked_is_in_the_picture(name: str) -> None:
    place = PLACES[name]()
    spots = [end for line in place.lines() for end in (line.start, line.end)]
    spots += [corner for zone in place.zones() for corner in zone.polygon]
    spots += [point.image for point in place.control_points()]
    assert np.min(spots) >= 0
    assert np.max(spots) <= 1
