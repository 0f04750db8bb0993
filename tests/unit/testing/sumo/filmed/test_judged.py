"""What was tagged against what happened."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wayside.domain.classes import ClassGroup
from wayside.testing.compare import Counted
from wayside.testing.sumo.filmed.film import Stretch
from wayside.testing.sumo.filmed.judged import incidents_told, line_counts
from wayside.testing.sumo.filmed.tagging import Alarm, Tagged
from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.truth import Incident, Passage

Make = Callable[..., Recording]
HERE = np.zeros((600, 2))


def passage(enter_s: float, takes_s: float = 0.45) -> Passage:
    return Passage("m", 0, "a", "car", enter_s, enter_s + takes_s, 99.0)


def crossing(
    t_s: float, speed_mps: float = 10.0, group: ClassGroup = ClassGroup.VEHICLE
) -> Counted:
    return Counted("m", "forward", group, t_s, speed_mps)


def tagged(*found: Counted, alarms: tuple[Alarm, ...] = ()) -> Tagged:
    return Tagged(found, alarms, 1.0)


def test_a_vehicle_is_counted_when_its_middle_crosses_at_the_speed_it_has(
    recording: Make,
) -> None:
    made = recording(HERE, passages=(passage(19.0), passage(30.0), passage(40.0)))
    stretch = Stretch(made, 10.0, 50.0)
    (line,) = line_counts(stretch, tagged(crossing(9.2, 11.0), crossing(20.2, 9.0)))
    assert (line.true, line.found, line.missed, line.extra) == (3, 2, 1, 0)
    assert line.true_mps == pytest.approx(10.0)
    assert line.speed_error == pytest.approx(0.0)


def test_people_and_other_lines_are_no_vehicles_of_a_line(recording: Make) -> None:
    stretch = Stretch(recording(HERE, passages=(passage(20.0),)), 0.0, 60.0)
    others = (
        crossing(20.2, group=ClassGroup.PERSON),
        Counted("other", "forward", ClassGroup.VEHICLE, 20.2),
        Counted("m", "backward", ClassGroup.VEHICLE, 20.2),
    )
    (line,) = line_counts(stretch, tagged(*others, crossing(30.0)))
    assert (line.true, line.found, line.missed, line.extra) == (1, 1, 1, 1)


def test_who_crosses_at_the_films_edges_is_not_asked_for(recording: Make) -> None:
    stretch = Stretch(recording(HERE, passages=(passage(0.3), passage(59.2))), 0.0, 60.0)
    (line,) = line_counts(stretch, tagged(crossing(0.5)))
    assert (line.true, line.found, line.missed, line.extra) == (0, 0, 0, 0)


def stop(start_s: float, place: tuple[float, float] = (0.0, 0.0)) -> Incident:
    return Incident("traffic.stopped_object", start_s, start_s + 20.0, place)


def alarm(t_s: float, kind: str = "traffic.stopped_object") -> Alarm:
    return Alarm(kind, t_s, "", "car")


def test_each_incident_is_hit_once(recording: Make) -> None:
    stretch = Stretch(recording(HERE, incidents=(stop(20.0),)), 10.0, 60.0)
    (row,) = incidents_told(stretch, tagged(alarms=(alarm(11.0), alarm(15.0))))
    assert (row.true, row.hit, row.repeats, row.false, row.missed) == (1, 1, 1, (), ())
    assert row.off_s == pytest.approx((1.0,))


def test_what_never_happened_is_false_and_what_was_not_told_is_missed(recording: Make) -> None:
    stretch = Stretch(recording(HERE, incidents=(stop(20.0),)), 0.0, 60.0)
    (way,) = (alarm(20.0, "traffic.wrong_way"),)
    rows = {row.kind: row for row in incidents_told(stretch, tagged(alarms=(way, alarm(5.0))))}
    assert rows["traffic.wrong_way"].false == (way,)
    assert len(rows["traffic.stopped_object"].missed) == 1
    assert len(rows["traffic.stopped_object"].false) == 1


@pytest.mark.parametrize(
    "unasked", [stop(20.0, place=(500.0, 0.0)), stop(55.0)], ids=["out of view", "too late"]
)
def test_what_could_not_be_seen_is_not_asked_for(recording: Make, unasked: Incident) -> None:
    stretch = Stretch(recording(HERE, incidents=(unasked,)), 0.0, 60.0)
    assert incidents_told(stretch, tagged()) == []


def test_a_collision_explains_who_stands_afterwards(recording: Make) -> None:
    crash = Incident("traffic.collision", 20.0, 40.0, (0.0, 0.0))
    stretch = Stretch(recording(HERE, incidents=(crash,)), 0.0, 60.0)
    (row,) = incidents_told(stretch, tagged(alarms=(alarm(25.0),)))
    assert (row.kind, row.hit) == ("traffic.collision", 0)
