"""Time over a line, of vehicles that pass, stand and follow each other."""

import numpy as np
import pytest

from wayside.analyze.traffic.covering import Intervals
from wayside.analyze.traffic.crossing import LineCrossings
from wayside.domain.classes import ObjectClass
from wayside.domain.scene import ControlPoint, Zone, ZoneUse

PLAIN = (
    ControlPoint((0.1, 0.2), (0.0, 40.0)),
    ControlPoint((0.9, 0.2), (20.0, 40.0)),
    ControlPoint((0.9, 0.9), (20.0, 0.0)),
    ControlPoint((0.1, 0.9), (0.0, 0.0)),
    ControlPoint((0.5, 0.55), (10.0, 20.0)),
)
"""Seen from straight above: 25 m a picture width, 57.14 m a picture height."""

SIZE = (1.8 / 25, 4.5 / (40 / 0.7))
"""Of a car that drives up or down the picture."""

FORWARD = {"direction": "forward"}


def lane(name, left, right):
    polygon = ((left, 0.1), (right, 0.1), (right, 0.95), (left, 0.95))
    middle = (left + right) / 2
    return Zone(name, polygon, ZoneUse.LANE, ((middle, 0.1), (middle, 0.95)))


@pytest.fixture
def counted(stage):
    scene = stage.scene(lines=(stage.across(),), control_points=PLAIN)
    return stage.part(scene, LineCrossings)


def drives(stage, track, start_s, x=0.5, kind=ObjectClass.CAR):
    """Down the picture at 10 m/s."""
    pace = 10 / (40 / 0.7)
    path = ((start_s, x, 0.15), (start_s + 0.8 / pace, x, 0.95))
    return stage.Actor(track, path, size=SIZE, votes=((-1.0, kind, 0.95),))


def test_a_vehicle_covers_the_line_for_its_length_over_its_speed(stage, counted):
    stage.play(counted, [drives(stage, 1, 0.0)], stage.every(0.2, 10))
    rows = counted.readings(0, 10)
    assert stage.value(rows, "time_occupancy", **FORWARD) == pytest.approx(4.5, rel=0.1)
    assert stage.value(rows, "time_occupancy", direction="backward") == 0
    (row,) = [r for r in rows if r.metric == "time_occupancy" and r.direction == "forward"]
    assert 0 < row.error < 2
    assert stage.value(rows, "gap_mean", **FORWARD) is None
    assert stage.value(rows, "speed_space_mean", class_label="", **FORWARD) == pytest.approx(
        10, rel=0.05
    )


def test_the_gap_is_from_a_rear_to_the_next_front(stage, counted):
    actors = [drives(stage, 1, 0.0), drives(stage, 2, 3.0)]
    stage.play(counted, actors, stage.every(0.2, 12))
    rows = counted.readings(0, 12)
    assert stage.value(rows, "gap_mean", **FORWARD) == pytest.approx(3.0 - 0.45, abs=0.1)


def test_who_stands_on_the_line_covers_it_in_every_window(stage, counted):
    path = ((0.0, 0.5, 0.2), (3.0, 0.5, 0.53), (23.0, 0.5, 0.53), (26.0, 0.5, 0.8))
    actor = stage.Actor(1, path, size=SIZE)
    shares = []
    for start_s in (0, 10, 20):
        times = stage.every(0.2, start_s + 10 - 0.2, start_s)
        stage.play(counted, [actor], times, finish=False)
        rows = counted.readings(start_s, start_s + 10)
        shares.append(stage.value(rows, "time_occupancy", **FORWARD))
    assert shares[0] == pytest.approx(73, abs=6)
    assert shares[1] >= 97  # the last fifth of a second is seen with the next window
    assert shares[2] == pytest.approx(35, abs=6)


def test_people_cover_nothing(stage, counted):
    stage.play(counted, [drives(stage, 1, 0.0, kind=ObjectClass.PERSON)], stage.every(0.2, 10))
    assert stage.value(counted.readings(0, 10), "time_occupancy", **FORWARD) == 0


def test_a_line_has_the_mean_of_its_lanes(stage):
    zones = (lane("a", 0.1, 0.5), lane("b", 0.5, 0.9))
    scene = stage.scene(lines=(stage.across(),), zones=zones, control_points=PLAIN)
    counted = stage.part(scene, LineCrossings)
    stage.play(counted, [drives(stage, 1, 0.0, x=0.3)], stage.every(0.2, 10))
    rows = counted.readings(0, 10)
    of_a = stage.value(rows, "time_occupancy", place="L:a")
    assert of_a == pytest.approx(4.5, rel=0.1)
    assert stage.value(rows, "time_occupancy", place="L:b") == 0
    assert stage.value(rows, "time_occupancy", place="L", **FORWARD) == pytest.approx(of_a / 2)
    assert stage.value(rows, "count", place="L:a", class_label="car") == 1
    assert stage.value(rows, "speed_mean", place="L:a", class_label="") == pytest.approx(
        10, rel=0.05
    )


def test_undefined_without_calibration(stage):
    counted = stage.part(stage.scene(lines=(stage.across(),)), LineCrossings)
    stage.play(counted, [drives(stage, 1, 0.0)], stage.every(0.2, 10))
    rows = counted.readings(0, 10)
    assert stage.value(rows, "time_occupancy", **FORWARD) is None
    assert stage.value(rows, "gap_mean", **FORWARD) is None
    assert stage.value(rows, "count", class_label="", **FORWARD) == 1


def test_intervals_are_counted_once_where_they_overlap():
    spans = Intervals()
    for span in ((0.0, 2.0), (1.0, 3.0), (5.0, 6.0)):
        spans.add(*span)
    assert spans.within(0, 10) == pytest.approx(4.0)
    assert spans.within(1.5, 5.5) == pytest.approx(2.0)
    assert spans.within(0, 10, [(2.5, 5.5)]) == pytest.approx(6.0)
    spans.forget(4.0)
    assert spans.within(0, 10) == pytest.approx(1.0)
    assert np.isclose(spans.within(20, 30), 0)
