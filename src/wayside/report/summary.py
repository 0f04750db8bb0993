"""Counts of a feed's incidents: by place, class, direction and time.

Pure functions over incidents; nothing here formats or draws.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.scene import Direction, SceneGeometry
from wayside.report.incidents import Incident
from wayside.report.intervals import Intervals
from wayside.report.palette import DISPLAY_ORDER

ClassCounts: TypeAlias = dict[ObjectClass, int]
"""Only the classes seen, in display order."""


@dataclass(frozen=True, slots=True)
class LineCount:
    """Crossings of one line in one direction; direction is "" where none was recorded."""

    line: str
    direction: str
    classes: ClassCounts

    @property
    def total(self) -> int:
        return sum(self.classes.values())

    def holds(self, crossing: Incident) -> bool:
        """Whether the crossing is one of those counted here."""
        return crossing.place == self.line and crossing.direction == self.direction


@dataclass(frozen=True, slots=True)
class Peak:
    """The fully analysed interval with the most crossings. per_hour: objects an hour."""

    start_s: float
    end_s: float
    count: int
    per_hour: float


@dataclass(frozen=True, slots=True)
class MovementCount:
    """One movement. travel_s: mean of those with a recorded travel time, None without any."""

    movement: str
    origin: str
    destination: str
    classes: ClassCounts
    travel_s: float | None

    @property
    def total(self) -> int:
        return sum(self.classes.values())


def by_class(incidents: Iterable[Incident]) -> ClassCounts:
    """How many incidents of each class."""
    counts = Counter(incident.object_class for incident in incidents)
    return {c: counts[c] for c in DISPLAY_ORDER if counts[c]}


def line_counts(geometry: SceneGeometry, crossings: Sequence[Incident]) -> list[LineCount]:
    """Both directions of every line drawn (zeros too), then of any other line in the events."""
    lines = _in_order([line.id for line in geometry.lines], (c.place for c in crossings))
    groups: dict[tuple[str, str], list[Incident]] = {}
    for crossing in crossings:
        groups.setdefault((crossing.place, crossing.direction), []).append(crossing)
    rows = []
    for line in lines:
        directions = [*Direction] + ([""] if (line, "") in groups else [])
        rows += [LineCount(line, str(d), by_class(groups.get((line, d), []))) for d in directions]
    return rows


def classes_seen(counts: Iterable[ClassCounts]) -> list[ObjectClass]:
    """The classes that occur in any of the counts, in display order."""
    seen = {c for classes in counts for c in classes}
    return [c for c in DISPLAY_ORDER if c in seen]


def over_time(
    incidents: Sequence[Incident], intervals: Intervals
) -> dict[ObjectClass, NDArray[np.int64]]:
    """(B,) starts in each interval by class; the sum over all equals the incidents."""
    series: dict[ObjectClass, NDArray[np.int64]] = {}
    for object_class in by_class(incidents):
        t_s = np.array([i.start_s for i in incidents if i.object_class is object_class])
        series[object_class] = np.bincount(intervals.index(t_s), minlength=len(intervals))
    return series


def peak(crossings: Sequence[Incident], intervals: Intervals) -> Peak | None:
    """The busiest of the intervals that were analysed to at least 99 %; the first of equals.

    None where no interval was, or nothing crossed in any: an hourly rate from
    part of an interval would be a guess.
    """
    if not crossings:
        return None
    counts = np.bincount(
        intervals.index(np.array([c.start_s for c in crossings])), minlength=len(intervals)
    )
    counts = np.where(intervals.coverage >= 0.99, counts, -1)
    best = int(counts.argmax())
    if counts[best] < 1:
        return None
    start, end = intervals.edges_s[best], intervals.edges_s[best + 1]
    rate = float(counts[best]) * 3600 / intervals.step_s
    return Peak(float(start), float(end), int(counts[best]), rate)


def movement_counts(geometry: SceneGeometry, incidents: Sequence[Incident]) -> list[MovementCount]:
    """Every movement drawn (zeros too), then any other in the events."""
    drawn = {movement.id: movement for movement in geometry.movements}
    counted = []
    for name in _in_order(drawn, (i.place for i in incidents)):
        made = [i for i in incidents if i.place == name]
        data = made[0].data if made else {}
        movement = drawn.get(name)
        origin = movement.origin if movement else str(data.get("origin", ""))
        destination = movement.destination if movement else str(data.get("destination", ""))
        times = [t for i in made if (t := i.quantity("travel_time_s")) is not None]
        mean = float(np.mean(times)) if times else None
        counted.append(MovementCount(name, origin, destination, by_class(made), mean))
    return counted


def _in_order(known: Iterable[str], others: Iterable[str]) -> list[str]:
    """Known names in their order, then the other names sorted."""
    first = list(dict.fromkeys(known))
    return first + sorted(set(others) - set(first))
