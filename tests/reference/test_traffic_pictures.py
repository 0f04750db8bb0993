"""Traffic through pictures: SUMO's recordings drawn, tagged without a network, held against it.

Short films from high masts under cloud; ``benchmarks/traffic_pictures.py`` has more of them, with
shadows, and low views where vehicles hide each other. The seeds are ones that nothing was tuned on.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from wayside.testing.places.place import Weather
from wayside.testing.sumo.filmed.film import Stretch
from wayside.testing.sumo.filmed.judged import incidents_told, line_counts
from wayside.testing.sumo.filmed.tagging import film_and_tag
from wayside.testing.sumo.record import is_there, record

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_there(), reason="SUMO is not installed"),
]


def test_motorway_is_counted_and_measured(tmp_path: Path) -> None:
    stretch = Stretch(record("aloft_motorway", 4, 60.0), 0.0, 60.0)
    tagged = film_and_tag(stretch, tmp_path, weather=Weather.CLOUDY)
    (line,) = line_counts(stretch, tagged)
    assert line.true >= 15
    # A minute holds few vehicles: one of them is more than the three in a hundred of longer films.
    assert abs(line.found - line.true) <= 1 + 0.03 * line.true, line
    assert abs(line.speed_error) < 0.05, line
    assert not [row for row in incidents_told(stretch, tagged) if row.false]


def test_wrong_way_driver_is_told(tmp_path: Path) -> None:
    stretch = Stretch(record("aloft_motorway_wrong_way", 4, 100.0), 40.0, 100.0)
    tagged = film_and_tag(stretch, tmp_path, weather=Weather.CLOUDY)
    told = {row.kind: row for row in incidents_told(stretch, tagged)}
    row = told["traffic.wrong_way"]
    assert row.true == row.hit >= 1, row
    assert not [alarm for one in told.values() for alarm in one.false], told
