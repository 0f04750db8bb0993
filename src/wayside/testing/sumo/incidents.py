"""Holds incidents that were told against those that were made to happen."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.roadways.congestion import CongestionRule
from wayside.analyze.traffic.roadways.queue_watch import QueueRule
from wayside.scene.scene import Scene
from wayside.testing.sumo.meetings import Meeting, meeting_near
from wayside.testing.sumo.noise import in_view
from wayside.testing.sumo.queueing import long_spells, queue_lengths, slow_seconds
from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.truth import Encounter, Incident
from wayside.testing.sumo.watching import QUEUE_LONGER_M, Told, Watched

KINDS: tuple[str, ...] = (
    "traffic.stopped_object",
    "traffic.wrong_way",
    "traffic.person_on_carriageway",
    "traffic.object_on_carriageway",
    "traffic.collision",
    "traffic.near_miss",
    "traffic.braking_wave",
    "traffic.queue",
    "traffic.congestion",
)

_EARLY_S = 3.0
_LATE_S: dict[str, float] = {
    "traffic.stopped_object": 120.0,
    "traffic.queue": 60.0,
    "traffic.congestion": 90.0,
}
_AFTERMATH_S = 60.0
_BRIDGE_S = 3.0
_SHORT = 0.8
_THERE_M = 20.0
_TOUCHED_MPS = 2.0
_CLOSE_TTC_S = 2.0
_CLOSE_PET_S = 1.3
_SLOW_BRIDGE_S = 6.0
_SEEN_S = 2.0
_SEEN_HZ = 3.0
_SEEN_SHARE = 0.5
_WHO_MEET = frozenset({"traffic.collision", "traffic.near_miss"})

EXPLAINED: dict[str, frozenset[str]] = {
    "traffic.stopped_object": frozenset(
        {"traffic.queue", "traffic.congestion", "traffic.near_miss", "traffic.braking_wave"}
    ),
    "traffic.collision": frozenset(KINDS) - {"traffic.wrong_way"},
    "traffic.wrong_way": frozenset({"traffic.near_miss", "traffic.braking_wave"}),
    "traffic.person_on_carriageway": frozenset({"traffic.near_miss", "traffic.braking_wave"}),
    "traffic.object_on_carriageway": frozenset(
        {"traffic.near_miss", "traffic.braking_wave", "traffic.stopped_object"}
    ),
    "traffic.near_miss": frozenset({"traffic.braking_wave"}),
    "traffic.braking_wave": frozenset({"traffic.near_miss", "traffic.congestion"}),
    "traffic.congestion": frozenset({"traffic.queue", "traffic.braking_wave", "traffic.near_miss"}),
}
"""What an incident brings with it, which is then neither right nor wrong to tell."""


@dataclass(slots=True)
class Score:
    """Of one kind. delays_s: from the start to the telling. repeats: tellings of what had been
    told. unasked: told as a consequence of another incident. unseen: made where the camera did not
    see it; they are in none of the others.
    """

    true: int = 0
    unseen: int = 0
    hit: int = 0
    false: list[Told] = field(default_factory=list)
    missed: list[Incident] = field(default_factory=list)
    repeats: int = 0
    unasked: int = 0
    delays_s: list[float] = field(default_factory=list)

    def add(self, other: Score) -> None:
        self.true += other.true
        self.unseen += other.unseen
        self.hit += other.hit
        self.false += other.false
        self.missed += other.missed
        self.repeats += other.repeats
        self.unasked += other.unasked
        self.delays_s += other.delays_s

    @property
    def recall(self) -> float:
        return self.hit / self.true if self.true else float("nan")

    @property
    def precision(self) -> float:
        """Of incidents: what is told twice counts once."""
        said = self.hit + len(self.false)
        return self.hit / said if said else float("nan")


def score(recording: Recording, watched: Watched, kind: str) -> Score:
    """What was told of ``kind`` against what happened."""
    true = true_incidents(recording, kind)
    made = sum(i.kind == kind for i in recording.truth.incidents)
    found = Score(true=len(true), unseen=made - len(true) if kind in _WHO_MEET else 0)
    open_ = list(true)
    for told in watched.of_kind(kind):
        match = next((i for i in open_ if _same(told, i, kind)), None)
        if match is not None:
            open_.remove(match)
            found.hit += 1
            found.delays_s.append(told.t_s - match.start_s)
        elif any(_same(told, i, kind) for i in true):
            found.repeats += 1
        elif _is_explained(told, recording, kind):
            found.unasked += 1
        else:
            found.false.append(told)
    found.missed = open_
    return found


def true_incidents(recording: Recording, kind: str) -> list[Incident]:
    """Those that were made, of collisions and near misses those in view, and, of queues, those
    that exact footprints show.
    """
    if kind == "traffic.queue":
        return long_queues(recording)
    made = [i for i in recording.truth.incidents if i.kind == kind]
    return [i for i in made if kind not in _WHO_MEET or was_in_view(recording, i)]


def was_in_view(recording: Recording, incident: Incident) -> bool:
    """Whether a detector without faults sees each of its objects in half of the instants of the
    two seconds before, and of a collision also after. Who is behind a lorry then, or has left the
    picture, cannot be told of.
    """
    spans = [(incident.start_s - _SEEN_S, incident.start_s)]
    if incident.kind == "traffic.collision":
        spans.append((incident.start_s, incident.start_s + _SEEN_S))
    return all(_are_in_view(recording, incident.objects, *span) for span in spans)


def _are_in_view(
    recording: Recording, objects: tuple[str, ...], first_s: float, last_s: float
) -> bool:
    seen = dict.fromkeys(objects, 0)
    steps = [s for s in recording.sampled(_SEEN_HZ) if first_s <= s.t_s <= last_s]
    for step in steps:
        names = {recording.object_ids[o] for o in in_view(recording, step).tolist()}
        for name in seen:
            seen[name] += name in names
    return bool(steps) and min(seen.values(), default=0) >= _SEEN_SHARE * len(steps)


def long_queues(recording: Recording) -> list[Incident]:
    """By exact footprints, queues of the lanes that have a lane area: see ``queueing``."""
    zones = tuple(dict.fromkeys(sample.zone for sample in recording.truth.area_samples))
    lengths: dict[str, list[tuple[float, float]]] = {}
    for t_s, found in queue_lengths(recording, zones):
        for zone, length_m in found.items():
            lengths.setdefault(zone, []).append((t_s, length_m))
    asked = QueueRule("", longer_than_m=QUEUE_LONGER_M)
    return [
        Incident("traffic.queue", began_s, ended_s, (0.0, 0.0), (), zone)
        for zone, rows in lengths.items()
        for began_s, ended_s in long_spells(
            ((t, v > QUEUE_LONGER_M, v <= _SHORT * QUEUE_LONGER_M) for t, v in rows),
            for_s=asked.for_s,
            bridge_s=_BRIDGE_S,
            clear_s=asked.clear_s,
        )
    ]


def _same(told: Told, incident: Incident, kind: str) -> bool:
    """In time, and in its zone where both say one."""
    finding = told.finding
    if kind == "traffic.queue" and finding.place != incident.zone:
        return False
    end_s = incident.end_s if incident.end_s is not None else float("inf")
    late_s = _LATE_S.get(kind, 10.0)
    begins = min(finding.start_s, told.t_s)
    if begins > end_s + late_s and told.t_s > incident.start_s + late_s:
        return False
    return incident.start_s - _EARLY_S <= told.t_s <= end_s + late_s


def _is_explained(told: Told, recording: Recording, kind: str) -> bool:
    for incident in recording.truth.incidents:
        end_s = incident.end_s if incident.end_s is not None else float("inf")
        near = incident.start_s - 5.0 <= told.t_s <= end_s + _AFTERMATH_S
        if near and kind in EXPLAINED.get(incident.kind, frozenset()):
            return True
    if kind == "traffic.near_miss":
        return _was_near(told, recording)
    if kind == "traffic.congestion":
        return _was_slow(told, recording)
    if kind == "traffic.collision":
        return _meeting(told, recording, _place(told, recording)).overlap_mps >= _TOUCHED_MPS
    return False


def _was_near(told: Told, recording: Recording) -> bool:
    """By SUMO's own device of vehicles, there and then, or by exact footprints of all."""
    place = _place(told, recording)
    for encounter in recording.truth.encounters:
        if is_close(encounter) and _overlaps(told, encounter) and encounter.place is not None:
            away = float(np.hypot(*(np.array(encounter.place) - place)))
            if away <= _THERE_M:
                return True
    meeting = _meeting(told, recording, place)
    return meeting.ttc_s < _CLOSE_TTC_S or meeting.pet_s < _CLOSE_PET_S


def _was_slow(told: Told, recording: Recording) -> bool:
    """By the lane areas of its zone it was congested then, as docs/methods/congestion.md has it;
    only the free-flow speed is the product's.
    """
    free_mps = told.finding.data["free_flow"]
    if not isinstance(free_mps, float):
        return False
    asked = CongestionRule("")
    spells = long_spells(
        slow_seconds(recording, told.finding.place, free_mps, asked.speed_share),
        for_s=asked.for_s,
        bridge_s=_SLOW_BRIDGE_S,
        clear_s=asked.clear_s,
    )
    late_s = _LATE_S["traffic.congestion"]
    return any(began - _EARLY_S <= told.t_s <= ended + late_s for began, ended in spells)


def _meeting(told: Told, recording: Recording, place: NDArray[np.float64]) -> Meeting:
    return meeting_near(recording, told.finding.start_s, place, within_m=_THERE_M, for_s=2.0)


def _place(told: Told, recording: Recording) -> NDArray[np.float64]:
    """(2,) metres of where it was told."""
    x, y = told.finding.data.get("x"), told.finding.data.get("y")
    if not isinstance(x, float) or not isinstance(y, float):
        return np.full(2, np.nan)
    plane = Scene(recording.scene, recording.aspect).ground_plane
    assert plane is not None
    return np.asarray(plane.to_ground(np.array([[x, y]]))[0], np.float64)


def is_close(encounter: Encounter) -> bool:
    """By SUMO's own device it was nearly one: thresholds with a third's room."""
    return (
        (encounter.ttc_s is not None and encounter.ttc_s < _CLOSE_TTC_S)
        or (encounter.pet_s is not None and encounter.pet_s < _CLOSE_PET_S)
        or (encounter.drac_mps2 is not None and encounter.drac_mps2 > 2.5)
    )


def _overlaps(told: Told, encounter: Encounter) -> bool:
    return encounter.begin_s - 2.0 <= told.finding.start_s <= encounter.end_s + 3.0
