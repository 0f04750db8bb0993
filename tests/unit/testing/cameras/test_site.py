"""site.yaml of the nine feeds is one that wayside reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from wayside.config.load import load_site
from wayside.testing.cameras.site import site_text
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


@pytest.mark.parametrize("name", PLACES)
def test_everything_marked_is_in_the_picture(name: str) -> None:
    place = PLACES[name]()
    spots = [end for line in place.lines() for end in (line.start, line.end)]
    spots += [corner for zone in place.zones() for corner in zone.polygon]
    spots += [point.image for point in place.control_points()]
    assert np.min(spots) >= 0
    assert np.max(spots) <= 1
