from __future__ import annotations

from dataclasses import replace

import pytest

from wayside.analyze.traffic.roadways.roadway import roadways
from wayside.domain.scene import ControlPoint, Zone, ZoneUse

ROAD = Zone("road", ((0, 0.4), (1, 0.4), (1, 0.59), (0, 0.59)), ZoneUse.CARRIAGEWAY)
"""100 m by 10.7 m: three lanes."""


def one(scene, zone, **more):
    (road,) = roadways(scene(zones=(zone,), **more))
    return road


def test_a_carriageway_without_a_heading_is_as_long_as_its_longer_side(scene):
    road = one(scene, ROAD)
    assert road.way is None
    assert road.length_m == pytest.approx(100)
    assert road.lanes == 3


@pytest.mark.parametrize(
    ("heading", "stop"),
    [
        (((0.4, 0.5), (0.6, 0.5)), 100),  # a mere arrow: the stop line is where it leaves
        (((0.0, 0.5), (0.8, 0.5)), 80),
        (((0.1, 0.5), (1.0, 0.5)), 100),
        (((1.0, 0.5), (0.3, 0.5)), 70),
    ],
)
def test_the_stop_line_is_where_the_heading_ends(scene, heading, stop):
    road = one(scene, replace(ROAD, heading=heading))
    assert road.length_m == pytest.approx(100)
    assert road.stop == pytest.approx(stop)


def test_without_calibration_there_are_no_metres(scene):
    road = one(scene, replace(ROAD, heading=((0.0, 0.5), (1.0, 0.5))), control_points=())
    assert road.length_m is None
    assert not road.is_metric
    assert road.way.length == pytest.approx(16 / 9)
    assert road.lanes == 1


def test_what_is_beyond_the_calibration_is_left_out(scene):
    """A camera that looks along the road: the picture's upper part is beyond the horizon."""
    points = [
        ControlPoint(image, ground)
        for image, ground in (
            ((0.1, 0.95), (-5.0, 10.0)),
            ((0.9, 0.95), (5.0, 10.0)),
            ((0.45, 0.45), (-5.0, 80.0)),
            ((0.55, 0.45), (5.0, 80.0)),
        )
    ]
    lane = Zone(
        "lane",
        ((0.4, 0.1), (0.6, 0.1), (0.9, 0.95), (0.1, 0.95)),
        ZoneUse.LANE,
        ((0.5, 0.1), (0.5, 0.95)),
    )
    road = one(scene, lane, control_points=tuple(points))
    assert road.is_metric
    assert 70 < road.length_m < 900
    assert road.stop == pytest.approx(road.length_m)


def test_only_roads_are_roads(scene):
    assert roadways(scene(zones=(replace(ROAD, use=ZoneUse.PARKING),))) == ()
