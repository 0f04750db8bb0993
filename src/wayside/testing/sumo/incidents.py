"""Holds incidents that were told against those that were made to happen."""

from __future__ import annotations

from dataclasses import dataclass, field

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
    told. unasked: told as a consequence of another incident.
    """

    true: int = 0
    hit: int = 0
    false: list[Told] = field(default_factory=list)
    missed: list[Incident] = field(default_factory=list)
    repeats: int = 0
    unasked: int = 0
    delays_s: list[float] = field(default_factory=list)

    def add(self, other: Score) -> None:
        self.true += other.true
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
    found = Score(true=len(true))
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
    """Those that were made, and, of queues, those that the lane areas saw."""
    if kind == "traffic.queue":
        return long_queues(recording)
    return [i for i in recording.truth.incidents if i.kind == kind]


def long_queues(recording: Recording, for_s: float = 30.0) -> list[Incident]:
    """Lanes whose jam was longer than the rule says for as long as it says."""
    found: list[Incident] = []
    by_zone: dict[str, list[tuple[float, float]]] = {}
    for sample in recording.truth.area_samples:
        by_zone.setdefault(sample.zone, []).append((sample.t_s, sample.jam_length_m))
    for zone, rows in by_zone.items():
        began: float | None = None
        last: float | None = None
        for t_s, length_m in [*rows, (recording.seconds, 0.0)]:
            if length_m > QUEUE_LONGER_M:
                began = t_s if began is None else began
                last = t_s
            elif began is not None and last is not None and t_s - last > 10.0:
                if last - began >= for_s:
                    kind = "traffic.queue"
                    found.append(Incident(kind, began, last, (0.0, 0.0), (), zone, "area"))
                began = last = None
    return found


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
        return any(is_close(e) and _overlaps(told, e) for e in recording.truth.encounters)
    return False


def is_close(encounter: Encounter) -> bool:
    """By SUMO's own device it was nearly one: thresholds with a third's room."""
    return (
        (encounter.ttc_s is not None and encounter.ttc_s < 2.0)
        or (encounter.pet_s is not None and encounter.pet_s < 1.3)
        or (encounter.drac_mps2 is not None and encounter.drac_mps2 > 2.5)
    )


def _overlaps(told: Told, encounter: Encounter) -> bool:
    return encounter.begin_s - 2.0 <= told.finding.start_s <= encounter.end_s + 3.0
