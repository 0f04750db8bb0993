import json

import pytest

from wayside.analyze.traffic.pack import Traffic
from wayside.analyze.traffic.stopped import StoppedObjects, StoppedRule
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ConfigError
from wayside.domain.records import Phase, Severity
from wayside.domain.scene import ControlPoint

ARRIVES = ((0.0, 0.5, 0.1), (5.0, 0.5, 0.5), (30.0, 0.5, 0.5), (34.0, 0.5, 0.9))
"""Comes to rest in the zone at 5 s and drives on at 30 s."""

PLAIN = (
    ControlPoint((0.1, 0.2), (0.0, 40.0)),
    ControlPoint((0.9, 0.2), (20.0, 40.0)),
    ControlPoint((0.9, 0.9), (20.0, 0.0)),
    ControlPoint((0.1, 0.9), (0.0, 0.0)),
)
"""One picture height is 57.14 m, seen from straight above."""


def _stopped(stage, *rules, **geometry):
    scene = stage.scene(zones=(stage.box(),), **geometry)
    return Traffic(scene, [lambda motion: StoppedObjects(motion, rules)])


@pytest.fixture
def stopped(stage):
    return _stopped(stage, StoppedRule(zone="Z"))


@pytest.mark.parametrize("step_s", [0.1, 0.2, 0.45])
def test_an_object_that_comes_to_rest_is_told_with_its_true_start(stage, stopped, step_s):
    actor = stage.Actor(3, ARRIVES, jitter=0.02)
    rows = stage.told(stopped, [actor], stage.every(step_s, 36))
    (told_s, opened), (_, closed) = rows
    assert (opened.kind, opened.phase, closed.phase) == (
        "traffic.stopped_object",
        Phase.OPEN,
        Phase.CLOSE,
    )
    assert opened.key == closed.key
    assert opened.place == "Z"
    assert opened.severity is Severity.WARNING
    assert opened.start_s == pytest.approx(5.0, abs=0.6)
    assert told_s == pytest.approx(opened.start_s + 10, abs=step_s + 0.01)
    assert closed.start_s == opened.start_s
    assert closed.end_s == pytest.approx(30.0, abs=0.8)
    assert closed.data["stopped_s"] == pytest.approx(closed.end_s - closed.start_s, abs=1e-3)
    assert closed.data["complete"] is True
    json.dumps(dict(closed.data))


def test_a_short_stop_is_none(stage, stopped):
    brief = ((0.0, 0.5, 0.1), (5.0, 0.5, 0.5), (12.0, 0.5, 0.5), (16.0, 0.5, 0.9))
    assert stage.play(stopped, [stage.Actor(1, brief)], stage.every(0.1, 18)) == []


def test_what_was_parked_from_the_start_is_none(stage, stopped):
    parked = stage.Actor(1, ((0.0, 0.5, 0.5), (60.0, 0.5, 0.5)), jitter=0.03)
    assert stage.play(stopped, [parked], stage.every(0.2, 60)) == []


def test_rest_outside_the_zone_is_none(stage, stopped):
    outside = tuple((t, 0.2, y) for t, _, y in ARRIVES)
    assert stage.play(stopped, [stage.Actor(1, outside)], stage.every(0.2, 36)) == []


def test_without_a_zone_it_is_the_whole_picture(stage):
    stopped = _stopped(stage, StoppedRule())
    outside = tuple((t, 0.2, y) for t, _, y in ARRIVES)
    opened, _ = stage.play(stopped, [stage.Actor(1, outside)], stage.every(0.2, 36))
    assert opened.place == ""
    rows = stopped.readings(0, 40)
    assert [(row.place_kind, row.place, row.value) for row in rows] == [("feed", "", 1)]


def test_creeping_is_not_resting(stage, stopped):
    creeps = ((0.0, 0.5, 0.1), (2.0, 0.5, 0.3), (22.0, 0.5, 0.7))
    assert stage.play(stopped, [stage.Actor(1, creeps)], stage.every(0.2, 22)) == []


def test_the_threshold_is_physical_where_calibrated(stage):
    """0.02 heights a second are 1.14 m/s: rest for a limit of 2 m/s, not for one of 0.5."""
    creeps = ((0.0, 0.5, 0.1), (2.0, 0.5, 0.35), (17.0, 0.5, 0.65))
    for limit, told in ((2.0, True), (0.5, False)):
        rule = StoppedRule(zone="Z", max_speed_mps=limit, max_speed_sizes=0.0)
        stopped = _stopped(stage, rule, control_points=PLAIN)
        found = stage.play(stopped, [stage.Actor(1, creeps)], stage.every(0.2, 17))
        assert bool(found) is told


def test_where_the_ground_is_unknown_own_sizes_decide(stage):
    """Near the horizon no speed in metres means anything."""
    tilted = (
        ControlPoint((0.2, 0.95), (-3.0, 5.0)),
        ControlPoint((0.8, 0.95), (3.0, 5.0)),
        ControlPoint((0.6, 0.8), (3.0, 15.0)),
        ControlPoint((0.4, 0.8), (-3.0, 15.0)),
    )
    stopped = _stopped(stage, StoppedRule(zone="Z"), control_points=tilted)
    opened, closed = stage.play(stopped, [stage.Actor(1, ARRIVES)], stage.every(0.2, 36))
    assert (opened.phase, closed.phase) == (Phase.OPEN, Phase.CLOSE)


def test_the_end_of_the_stream_closes_and_says_so(stage, stopped):
    _, closed = stage.play(stopped, [stage.Actor(1, ARRIVES)], stage.every(0.2, 20))
    assert closed.end_s == 20.0
    assert closed.data["complete"] is False


def test_a_tracker_that_ends_its_tracks_with_the_stream_cuts_the_stop_too(stage, stopped):
    stage.play(stopped, [stage.Actor(1, ARRIVES)], stage.every(0.2, 20), finish=False)
    assert stopped.update(stage.tracks_at(20.2, [], ended=[1])) == []
    (closed,) = stopped.finish(20.2)
    assert closed.end_s == 20.2
    assert closed.data["complete"] is False


def test_the_end_of_the_track_closes_at_the_last_sight(stage, stopped):
    gone = stage.Actor(1, (*ARRIVES[:2], (20.0, 0.5, 0.5)))
    _, closed = stage.play(stopped, [gone], stage.every(0.2, 30), finish=False)
    assert closed.end_s == pytest.approx(20.0)
    assert closed.data["complete"] is True


def test_the_end_of_the_stream_while_waiting_for_an_heir(stage, stopped):
    gone = stage.Actor(1, (*ARRIVES[:2], (20.0, 0.5, 0.5)))
    _, closed = stage.play(stopped, [gone], stage.every(0.2, 20.8))
    assert closed.end_s == pytest.approx(20.0)


def test_a_new_track_on_the_spot_carries_on(stage, stopped):
    old = stage.Actor(1, (*ARRIVES[:2], (10.0, 0.5, 0.5)))
    new = stage.Actor(2, ((11.0, 0.5, 0.505), (25.0, 0.5, 0.505)))
    found = stage.play(stopped, [old, new], stage.every(0.2, 30))
    assert [f.phase for f in found] == [Phase.OPEN, Phase.CLOSE]
    assert found[0].start_s == pytest.approx(5.0, abs=0.6)
    assert found[1].end_s == pytest.approx(25.0)


def test_a_stop_that_ends_untold_is_never_told(stage, stopped):
    gone = stage.Actor(1, (*ARRIVES[:2], (10.0, 0.5, 0.5)))
    assert stage.play(stopped, [gone], stage.every(0.2, 30)) == []


def test_an_object_held_at_rest_unobserved_still_stands(stage, stopped):
    held = stage.Actor(1, ARRIVES, hidden=((8.0, 29.9),))
    opened, closed = stage.play(stopped, [held], stage.every(0.2, 36))
    assert opened.start_s == pytest.approx(5.0, abs=0.6)
    assert closed.end_s == pytest.approx(30.0, abs=1.0)


def test_tentative_tracks_and_other_classes_are_left_out(stage):
    stopped = _stopped(stage, StoppedRule(zone="Z", classes=("car", "truck")))
    person = stage.Actor(1, ARRIVES, votes=((-1.0, ObjectClass.PERSON, 0.9),))
    ghost = stage.Actor(2, tuple((t, 0.6, y) for t, _, y in ARRIVES), confirmed_s=99)
    car = stage.Actor(3, tuple((t, 0.4, y) for t, _, y in ARRIVES))
    found = stage.play(stopped, [person, ghost, car], stage.every(0.2, 36))
    assert {f.data["track"] for f in found} == {3}


def test_rules_are_independent(stage):
    stopped = _stopped(
        stage, StoppedRule(zone="Z", min_stop_s=5), StoppedRule(severity=Severity.CRITICAL)
    )
    rows = stage.told(stopped, [stage.Actor(1, ARRIVES)], stage.every(0.2, 36))
    opened = [(round(t_s), f.place) for t_s, f in rows if f.phase is Phase.OPEN]
    assert opened == [(10, "Z"), (15, "")]


def test_readings_count_what_was_told_in_the_window(stage, stopped):
    stage.play(stopped, [stage.Actor(1, ARRIVES)], stage.every(0.2, 36))
    values = [
        stage.value(stopped.readings(start, start + 10), "stopped", place="Z")
        for start in (0, 10, 20)
    ]
    assert values == [0, 1, 0]


def test_a_rule_for_a_zone_that_is_not_drawn_is_refused(stage):
    with pytest.raises(ConfigError, match="'Q'") as caught:
        _stopped(stage, StoppedRule(zone="Q"))
    assert "Z" in str(caught.value.remedy)


def test_no_rules_no_work(stage):
    assert stage.play(_stopped(stage), [stage.Actor(1, ARRIVES)], stage.every(0.5, 36)) == []
