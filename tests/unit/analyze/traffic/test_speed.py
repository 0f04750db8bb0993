import pytest

from wayside.analyze.traffic.lanes import LineLanes
from wayside.analyze.traffic.readers import Crossing
from wayside.analyze.traffic.speed import LineSpeeds
from wayside.domain.classes import ObjectClass
from wayside.domain.scene import Direction
from wayside.scene.speed import SpeedEstimate


def _crossing(speed_mps, t_s=1.0, kind=ObjectClass.CAR, random=0.0, systematic=0.0):
    speed = None if speed_mps is None else SpeedEstimate(speed_mps, random, systematic)
    return Crossing("L", Direction.FORWARD, 1, kind, t_s, 0.9, speed)


@pytest.fixture
def speeds(stage):
    return LineSpeeds(LineLanes(stage.scene(lines=(stage.across(),))))


FORWARD = {"place": "L", "direction": "forward"}


def test_mean_and_percentile_are_those_of_the_definition(stage, speeds):
    for speed in range(1, 22):
        speeds.crossed(_crossing(float(speed)))
    rows = speeds.readings(0, 60)
    assert stage.value(rows, "speed_mean", class_label="", **FORWARD) == pytest.approx(11)
    assert stage.value(rows, "speed_p85", class_label="", **FORWARD) == pytest.approx(18)
    assert stage.value(rows, "speed_n", class_label="car", **FORWARD) == 21
    assert {row.unit for row in rows} == {"m/s", "objects"}


def test_classes_are_kept_apart(stage, speeds):
    speeds.crossed(_crossing(10.0))
    speeds.crossed(_crossing(4.0, kind=ObjectClass.BICYCLE))
    rows = speeds.readings(0, 60)
    assert stage.value(rows, "speed_mean", class_label="bicycle", **FORWARD) == 4
    assert stage.value(rows, "speed_mean", class_label="", **FORWARD) == 7


def test_undefined_for_nobody_and_without_calibration(stage, speeds):
    speeds.crossed(_crossing(None))
    rows = speeds.readings(0, 60)
    for direction in ("forward", "backward"):
        assert stage.value(rows, "speed_mean", direction=direction) is None
        assert stage.value(rows, "speed_p85", direction=direction) is None
        assert stage.value(rows, "speed_n", direction=direction) == 0
    assert all(row.error is None for row in rows)


def test_scatter_averages_out_and_calibration_does_not(speeds):
    for _ in range(100):
        speeds.crossed(_crossing(10.0, random=1.0, systematic=0.3))
    rows = {row.metric: row for row in speeds.readings(0, 60) if row.class_label == "car"}
    assert rows["speed_mean"].error == pytest.approx((0.3**2 + 0.1**2) ** 0.5)
    assert rows["speed_p85"].error == pytest.approx((0.3**2 + 1.0**2) ** 0.5)


def test_each_crossing_is_in_one_window(stage, speeds):
    speeds.crossed(_crossing(10.0, t_s=1.0))
    speeds.crossed(_crossing(20.0, t_s=11.0))
    speeds.forget(1)
    first, second = speeds.readings(0, 10), speeds.readings(10, 20)
    assert stage.value(first, "speed_mean", class_label="", **FORWARD) == 10
    assert stage.value(second, "speed_mean", class_label="", **FORWARD) == 20
