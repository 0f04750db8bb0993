"""What was tagged in a film against what SUMO says of that stretch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wayside.domain.classes import ClassGroup
from wayside.testing.compare import Counted, matches
from wayside.testing.sumo.filmed.film import Stretch
from wayside.testing.sumo.filmed.tagging import Alarm, Tagged
from wayside.testing.sumo.kinds import KINDS
from wayside.testing.sumo.truth import Incident

KINDS_TOLD = (
    "traffic.stopped_object",
    "traffic.wrong_way",
    "traffic.person_on_carriageway",
    "traffic.object_on_carriageway",
    "traffic.collision",
)
"""What is judged here. Near misses and queues are judged from tracks."""

EDGE_S = 1.0
LAST_S = 12.0
SAME_S = 5.0
EARLY_S = 3.0
LATE_S = {"traffic.stopped_object": 120.0}
LATE_OTHERWISE_S = 15.0
AFTERMATH_S = 60.0

BRINGS = {
    "traffic.collision": frozenset(KINDS_TOLD) - {"traffic.wrong_way"},
    "traffic.object_on_carriageway": frozenset({"traffic.stopped_object"}),
}
"""What an incident brings with it, which is then neither right nor wrong to tell."""


@dataclass(frozen=True, slots=True)
class LineCount:
    """One line, forward. true, found: vehicles. missed: true ones without a counterpart within a
    second. speeds: mean of the true and of the found, m/s, NaN for none.
    """

    line: str
    true: int
    found: int
    missed: int
    extra: int
    true_mps: float
    found_mps: float

    @property
    def speed_error(self) -> float:
        return self.found_mps / self.true_mps - 1


@dataclass(frozen=True, slots=True)
class Told:
    """Incidents of one kind. off_s: by how much later they are said to have begun than they did.

    repeats: tellings of what had been told.
    """

    kind: str
    true: int
    hit: int
    false: tuple[Alarm, ...]
    missed: tuple[Incident, ...]
    repeats: int
    off_s: tuple[float, ...]


def true_crossings(stretch: Stretch) -> list[Counted]:
    """Vehicles over each line's loops, with times from the film's beginning.

    A vehicle's time is when its middle is over the loop, because that is what crosses a line in
    the picture; so none is asked for whose front alone got there before the film ended. One that
    changes lanes on the loops is felt by two of them, each for too short a time: it crosses once,
    at the speed that it has then.
    """
    recording, found = stretch.recording, []
    seen: dict[tuple[str, str], float] = {}
    for one in recording.truth.passages:
        if one.leave_s is None or one.object_id not in recording.object_ids:
            continue
        t_s = (one.enter_s + one.leave_s) / 2
        before_s = seen.get((one.line, one.object_id))
        if before_s is not None and t_s - before_s < SAME_S:
            continue
        seen[one.line, one.object_id] = t_s
        if stretch.from_s <= t_s < stretch.to_s:
            group = KINDS[one.kind].object_class.group
            speed_mps = _speed_at(stretch, one.object_id, t_s)
            found.append(Counted(one.line, "forward", group, t_s - stretch.from_s, speed_mps))
    return found


def _speed_at(stretch: Stretch, object_id: str, t_s: float) -> float:
    recording = stretch.recording
    rows = np.flatnonzero(recording.objects == recording.object_ids.index(object_id))
    steps = np.searchsorted(recording.starts, rows, side="right") - 1
    return float(np.interp(t_s, steps * recording.step_s, recording.speeds[rows]))


def line_counts(stretch: Stretch, tagged: Tagged) -> list[LineCount]:
    """Whoever crosses within EDGE_S of the film's beginning or end is not asked for: it was not in
    view for long enough.
    """
    truth = true_crossings(stretch)
    lines = [line.id for line in stretch.recording.scene.lines]
    return [_line(line, truth, tagged.crossings, stretch.seconds) for line in lines]


def _line(
    line: str, truth: Sequence[Counted], crossings: Sequence[Counted], seconds: float
) -> LineCount:
    true = [one for one in truth if one.line == line]
    # People at a line of a road cross nothing that a loop would feel.
    found = [
        one
        for one in crossings
        if one.line == line and one.direction == "forward" and one.group != ClassGroup.PERSON
    ]
    pairs = [pair for pair in matches(true, found) if _inner(pair[0], seconds)]
    core = [one for one in true if _inner(one, seconds)]
    paired = {id(one) for _, one in matches(true, found)}
    extra = [one for one in found if id(one) not in paired and _inner(one, seconds)]
    return LineCount(
        line,
        len(core),
        len(pairs) + len(extra),
        len(core) - len(pairs),
        len(extra),
        _mean(core),
        _mean([*(one for _, one in pairs), *extra]),
    )


def _inner(one: Counted, seconds: float) -> bool:
    return EDGE_S <= one.t_s < seconds - EDGE_S


def _mean(crossings: Sequence[Counted]) -> float:
    speeds = [one.speed_mps for one in crossings if one.speed_mps is not None]
    return float(np.mean(speeds)) if speeds else float("nan")


def incidents_told(stretch: Stretch, tagged: Tagged) -> list[Told]:
    """Each kind that happened or was told."""
    rows = [_told(stretch, tagged, kind) for kind in KINDS_TOLD]
    return [row for row in rows if row.true or row.false or row.repeats]


def incidents_of(stretch: Stretch) -> list[Incident]:
    """Those that begin in the stretch and are seen in the picture, with times of the recording.

    None is asked for that begins within LAST_S of the end: there was no time to see it.
    """
    last_s = stretch.to_s - LAST_S
    return [
        one
        for one in stretch.recording.truth.incidents
        if stretch.from_s <= one.start_s < last_s and _is_seen(stretch, one, last_s)
    ]


def _is_seen(stretch: Stretch, one: Incident, last_s: float) -> bool:
    """Its place, where nobody is named, else where those in it are while it lasts."""
    camera = stretch.recording.camera
    places = [np.array([one.place])]
    if one.objects:
        end_s = last_s if one.end_s is None else min(one.end_s, last_s)
        paths = [
            stretch.recording.path(v) for v in one.objects if v in stretch.recording.object_ids
        ]
        places = [xy[(t_s >= one.start_s) & (t_s <= end_s)] for t_s, xy in paths]
    ground = np.concatenate([*places, np.empty((0, 2))])
    points = np.column_stack([ground, np.zeros(len(ground))])
    points = points[camera.depth_m(points) > 1.0]
    picture = camera.project(points) / (camera.width, camera.height)
    return bool(((picture > 0) & (picture < 1)).all(axis=1).any())


def _told(stretch: Stretch, tagged: Tagged, kind: str) -> Told:
    every = incidents_of(stretch)
    true = [one for one in every if one.kind == kind]
    left, false, offs, repeats = list(true), [], [], 0
    for alarm in (one for one in tagged.alarms if one.kind == kind):
        t_s = alarm.t_s + stretch.from_s
        match = next((one for one in left if _fits(t_s, one)), None)
        if match is not None:
            left.remove(match)
            offs.append(t_s - match.start_s)
        elif any(_fits(t_s, one) for one in true):
            repeats += 1
        elif not any(_explains(one, kind, t_s) for one in every):
            false.append(alarm)
    hit = len(true) - len(left)
    return Told(kind, len(true), hit, tuple(false), tuple(left), repeats, tuple(offs))


def _fits(t_s: float, one: Incident) -> bool:
    end_s = one.end_s if one.end_s is not None else float("inf")
    late_s = LATE_S.get(one.kind, LATE_OTHERWISE_S)
    return one.start_s - EARLY_S <= t_s <= end_s + late_s


def _explains(one: Incident, kind: str, t_s: float) -> bool:
    end_s = one.end_s if one.end_s is not None else float("inf")
    return kind in BRINGS.get(one.kind, ()) and one.start_s - 5 <= t_s <= end_s + AFTERMATH_S
