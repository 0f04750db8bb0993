import pytest

from wayside.analyze.traffic.headway import LineHeadways
from wayside.analyze.traffic.lanes import LineLanes
from wayside.analyze.traffic.readers import Crossing
from wayside.domain.classes import ObjectClass
from wayside.domain.scene import Direction, Zone, ZoneUse

FORWARD = {"direction": "forward"}


def crossing(t_s, lane="", kind=ObjectClass.CAR):
    return Crossing("L", Direction.FORWARD, 1, kind, t_s, 0.9, None, lane)


def lane(name, left, right):
    polygon = ((left, 0.2), (right, 0.2), (right, 0.8), (left, 0.8))
    middle = (left + right) / 2
    return Zone(name, polygon, ZoneUse.LANE, ((middle, 0.2), (middle, 0.8)))


@pytest.fixture
def headways(stage):
    return LineHeadways(LineLanes(stage.scene(lines=(stage.across(),))))


def test_the_mean_is_over_those_with_one_before_them(stage, headways):
    for t_s in (1.0, 3.0, 7.0):
        headways.crossed(crossing(t_s))
    rows = headways.readings(0, 60)
    assert stage.value(rows, "headway_mean", **FORWARD) == pytest.approx(3.0)
    assert stage.value(rows, "headway_mean", direction="backward") is None


def test_the_leader_may_have_come_in_an_earlier_window(stage, headways):
    headways.crossed(crossing(9.0))
    assert stage.value(headways.readings(0, 10), "headway_mean", **FORWARD) is None
    headways.crossed(crossing(12.0))
    assert stage.value(headways.readings(10, 20), "headway_mean", **FORWARD) == pytest.approx(3.0)


def test_people_are_no_vehicles(stage, headways):
    for t_s, kind in ((1.0, ObjectClass.CAR), (2.0, ObjectClass.PERSON), (5.0, ObjectClass.CAR)):
        headways.crossed(crossing(t_s, kind=kind))
    assert stage.value(headways.readings(0, 60), "headway_mean", **FORWARD) == pytest.approx(4.0)


def test_vehicles_follow_each_other_in_their_lane(stage):
    zones = (lane("a", 0.1, 0.5), lane("b", 0.5, 0.9))
    headways = LineHeadways(LineLanes(stage.scene(lines=(stage.across(),), zones=zones)))
    for t_s, name in ((1.0, "a"), (2.0, "b"), (5.0, "a"), (8.0, "b")):
        headways.crossed(crossing(t_s, name))
    rows = headways.readings(0, 60)
    assert stage.value(rows, "headway_mean", place="L:a", **FORWARD) == pytest.approx(4.0)
    assert stage.value(rows, "headway_mean", place="L:b", **FORWARD) == pytest.approx(6.0)
    assert stage.value(rows, "headway_mean", place="L", **FORWARD) == pytest.approx(5.0)
