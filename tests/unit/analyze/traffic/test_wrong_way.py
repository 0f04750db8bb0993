"""Driving against the heading, and what only looks like it."""

import json

import numpy as np
import pytest

from wayside.analyze.traffic.pack import Traffic
from wayside.analyze.traffic.wrong_way import WrongWay, WrongWayRule
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ConfigError
from wayside.domain.records import Phase, Severity
from wayside.domain.scene import ControlPoint, Zone, ZoneUse

ABOVE = (
    ControlPoint((0.1, 0.2), (0.0, 80.0)),
    ControlPoint((0.9, 0.2), (40.0, 80.0)),
    ControlPoint((0.9, 0.9), (40.0, 0.0)),
    ControlPoint((0.1, 0.9), (0.0, 0.0)),
)
"""Seen from straight above: 50 m a picture width, 114 m a height."""
CAR = (0.036, 0.04)


def lane(name, left, down):
    ends = (0.05, 0.95) if down else (0.95, 0.05)
    middle = left + 0.035
    polygon = ((left, 0.02), (left + 0.07, 0.02), (left + 0.07, 0.98), (left, 0.98))
    return Zone(name, polygon, ZoneUse.LANE, tuple((middle, y) for y in ends))


SOUTH, NORTH = lane("south", 0.43, down=True), lane("north", 0.5, down=False)


@pytest.fixture(params=["calibrated", "in own sizes"])
def wrong_way(request, stage):
    points = ABOVE if request.param == "calibrated" else ()
    scene = stage.scene(zones=(SOUTH, NORTH), control_points=points)
    return Traffic(scene, [lambda motion: WrongWay(motion, (WrongWayRule(),))])


def drive(stage, track, *path, **kwargs):
    return stage.Actor(track, path, size=CAR, jitter=0.03, seed=track, **kwargs)


@pytest.mark.parametrize("step_s", [0.2, 0.33])
def test_a_wrong_way_driver_is_told_once_and_soon(stage, wrong_way, step_s):
    ghost = drive(stage, 1, (0.0, 0.46, 0.95), (9.0, 0.46, 0.05))
    others = [
        drive(stage, 2 + i, (2.0 * i, 0.53, 0.95), (2.0 * i + 8, 0.53, 0.05)) for i in range(4)
    ]
    rows = stage.told(wrong_way, [ghost, *others], stage.every(step_s, 24))
    assert [f.phase for _, f in rows] == [Phase.OPEN, Phase.CLOSE]
    told_s, opened = rows[0]
    assert told_s <= 4.0
    assert (opened.kind, opened.place, opened.severity) == (
        "traffic.wrong_way",
        "south",
        Severity.CRITICAL,
    )
    assert opened.data["track"] == 1
    assert opened.data["value"] >= opened.data["threshold"]
    closed = rows[1][1]
    assert closed.end_s == pytest.approx(9.0, abs=0.5)
    assert closed.data["complete"] is True
    json.dumps(dict(closed.data))


def test_its_track_lost_and_reborn_is_one_incident(stage, wrong_way):
    first = drive(stage, 1, (0.0, 0.46, 0.95), (4.0, 0.46, 0.6))
    second = drive(stage, 2, (5.0, 0.46, 0.51), (10.0, 0.46, 0.05))
    found = stage.play(wrong_way, [first, second], stage.every(0.33, 20))
    assert [f.phase for f in found] == [Phase.OPEN, Phase.UPDATE, Phase.CLOSE]
    assert found[-1].data["objects"] == 2


def test_what_is_seen_only_now_and_then_is_another_one_each_time(stage, wrong_way):
    """Looked for ever more widely, a lost track takes one oncoming car after the other."""
    gaps = tuple((t + 0.1, t + 0.7) for t in np.arange(0.0, 9.0, 1.0))
    ghost = drive(stage, 1, (0.0, 0.46, 0.95), (9.0, 0.46, 0.05), hidden=gaps)
    assert stage.play(wrong_way, [ghost], stage.every(0.33, 12)) == []


def test_the_right_way_and_standing_are_none(stage, wrong_way):
    right = drive(stage, 1, (0.0, 0.46, 0.05), (5.0, 0.46, 0.5), (60.0, 0.46, 0.5))
    back = drive(stage, 2, (0.0, 0.53, 0.95), (9.0, 0.53, 0.05))
    assert stage.play(wrong_way, [right, back], stage.every(0.33, 60)) == []


def test_backing_up_for_some_metres_is_none(stage, wrong_way):
    """Into a parking space: 9 m at 1.5 m/s, once forward and back again."""
    parks = drive(
        stage, 1, (0.0, 0.46, 0.1), (6.0, 0.46, 0.5), (12.0, 0.46, 0.42), (30.0, 0.46, 0.42)
    )
    assert stage.play(wrong_way, [parks], stage.every(0.33, 30)) == []


def test_overtaking_is_none(stage, wrong_way):
    slow = drive(stage, 1, (0.0, 0.53, 0.95), (20.0, 0.53, 0.05))
    fast = drive(
        stage,
        2,
        (2.0, 0.53, 0.98),
        (4.0, 0.53, 0.85),
        (4.7, 0.46, 0.8),
        (7.0, 0.46, 0.55),
        (7.7, 0.53, 0.5),
        (12.0, 0.53, 0.05),
    )
    assert stage.play(wrong_way, [slow, fast], stage.every(0.25, 20)) == []
    alone = stage.play(wrong_way, [fast.moved(path=tuple((t + 40, x, y) for t, x, y in fast.path))],
                       stage.every(0.25, 60, 40.25))  # fmt: skip
    assert [f.phase for f in alone] == [Phase.OPEN, Phase.CLOSE]


def test_a_track_that_jumps_back_to_the_next_vehicle_is_none(stage, wrong_way):
    jumps = drive(
        stage,
        1,
        (0.0, 0.46, 0.1),
        (4.0, 0.46, 0.6),
        (4.3, 0.46, 0.4),
        (8.0, 0.46, 0.8),
        (8.3, 0.46, 0.65),
        (12.0, 0.46, 0.9),
    )
    assert stage.play(wrong_way, [jumps], stage.every(0.33, 12)) == []


def test_crossing_and_turning_round_over_the_lane_are_none(stage, wrong_way):
    crosses = drive(stage, 1, (0.0, 0.1, 0.5), (8.0, 0.9, 0.45))
    turns = drive(
        stage,
        2,
        (0.0, 0.46, 0.05),
        (5.0, 0.46, 0.5),
        (6.0, 0.49, 0.54),
        (7.0, 0.53, 0.5),
        (14.0, 0.53, 0.05),
    )
    assert stage.play(wrong_way, [crosses, turns], stage.every(0.33, 15)) == []


def test_people_and_bicycles_are_none(stage, wrong_way):
    path = ((0.0, 0.46, 0.95), (20.0, 0.46, 0.05))
    actors = [
        drive(stage, i, *path, votes=((-1.0, kind, 0.9),))
        for i, kind in enumerate((ObjectClass.PERSON, ObjectClass.BICYCLE))
    ]
    assert stage.play(wrong_way, actors, stage.every(0.33, 20)) == []


def test_the_end_of_the_stream_closes_and_says_so(stage, wrong_way):
    ghost = drive(stage, 1, (0.0, 0.46, 0.95), (9.0, 0.46, 0.05))
    *_, closed = stage.play(wrong_way, [ghost], stage.every(0.2, 6))
    assert (closed.phase, closed.end_s, closed.data["complete"]) == (Phase.CLOSE, 6.0, False)


def test_a_rule_for_what_is_no_road_is_refused(stage):
    scene = stage.scene(zones=(stage.box(), SOUTH))
    for zone in ("Z", "Q"):
        with pytest.raises(ConfigError, match=repr(zone)) as caught:
            Traffic(scene, [lambda m, z=zone: WrongWay(m, (WrongWayRule(zone=z),))])
        assert "south" in str(caught.value.remedy)
