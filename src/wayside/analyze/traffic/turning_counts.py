"""Turning counts as engineers exchange them: by interval, movement and class, with the peak hour.

Peak hour: the four (or 3600 s / interval) consecutive intervals with the most vehicles. Peak
hour factor: PHF = V / (n · V_max), V the volume of that hour, n its intervals, V_max the largest
volume of one of them; 1 is an even flow. Source: Transportation Research Board, Highway Capacity
Manual, 7th ed., chapter 4 (with n = 4, V_max = V15). Undefined where nobody came.

Nothing is scaled up. A count of an interval that was not wholly watched is a lower bound and is
marked as such, and an hour with such an interval cannot be the peak hour, as nobody knows its
volume.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from wayside.domain.classes import ObjectClass
from wayside.domain.junctions import Junction, JunctionMovement

COMPLETE: Final = 0.95
"""Share of an interval from which its counts stand: of 15 minutes at most 45 s are missing."""

HOUR_S: Final = 3600

ALL: Final = ""
"""In place of a class: all of them."""


@dataclass(frozen=True, slots=True)
class Counted:
    """One interval of one movement and class. count: None where nothing was measured."""

    movement: str
    class_label: str
    start: datetime
    count: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Row:
    """A movement in an interval. counts: by class, ALL being their total; empty if unmeasured."""

    movement: str
    counts: Mapping[str, int]
    coverage: float

    @property
    def is_complete(self) -> bool:
        return self.coverage >= COMPLETE and ALL in self.counts

    @property
    def vehicles(self) -> int:
        """All but persons; what has no class counts as a vehicle. Bicycles are vehicles."""
        return self.counts.get(ALL, 0) - self.counts.get(ObjectClass.PERSON.label, 0)


@dataclass(frozen=True, slots=True)
class Interval:
    """rows: one for each movement, in the junction's order. coverage: the least of theirs."""

    start: datetime
    end: datetime
    rows: tuple[Row, ...]

    @property
    def coverage(self) -> float:
        return min((row.coverage for row in self.rows), default=0.0)

    @property
    def is_complete(self) -> bool:
        return bool(self.rows) and all(row.is_complete for row in self.rows)

    @property
    def vehicles(self) -> int:
        return sum(row.vehicles for row in self.rows)


@dataclass(frozen=True, slots=True)
class PeakHour:
    """volume: vehicles. factor: None where nobody came, or where an interval is an hour long."""

    start: datetime
    end: datetime
    volume: int
    factor: float | None


@dataclass(frozen=True, slots=True)
class TurningCounts:
    """peak: None where no hour was wholly watched. left_out: hours that could not be compared."""

    junction: Junction
    since: datetime
    until: datetime
    interval_s: int
    classes: tuple[str, ...]
    intervals: tuple[Interval, ...]
    peak: PeakHour | None
    left_out: int

    @property
    def complete(self) -> int:
        """Intervals that were wholly watched."""
        return sum(interval.is_complete for interval in self.intervals)

    def totals(self) -> tuple[Row, ...]:
        """Each movement over the whole range. coverage: the mean over the intervals."""
        return tuple(
            _summed(movement.id, [interval.rows[index] for interval in self.intervals])
            for index, movement in enumerate(self.junction.movements)
        )


def turning_counts(
    junction: Junction,
    counted: Iterable[Counted],
    since: datetime,
    until: datetime,
    interval_s: int,
) -> TurningCounts:
    """counted: of the junction's movements, by their ids in it; others are left out.

    since, until: whole intervals. An interval of which nothing is known is there all the same,
    with coverage 0. A class appears where it has a count above 0.
    """
    step = timedelta(seconds=interval_s)
    found: dict[tuple[str, datetime], list[Counted]] = {}
    for each in counted:
        found.setdefault((each.movement, each.start), []).append(each)
    starts = [since + step * n for n in range(max(0, round((until - since) / step)))]
    intervals = tuple(
        Interval(
            start,
            start + step,
            tuple(_row(m, found.get((m.id, start), ())) for m in junction.movements),
        )
        for start in starts
    )
    seen = {
        label
        for interval in intervals
        for row in interval.rows
        for label, count in row.counts.items()
        if count and label != ALL
    }
    order = [each.label for each in ObjectClass]
    classes = sorted(seen, key=lambda each: (order.index(each) if each in order else 99, each))
    peak, left_out = _peak(intervals, interval_s)
    return TurningCounts(
        junction, since, until, interval_s, tuple(classes), intervals, peak, left_out
    )


def _row(movement: JunctionMovement, counted: Sequence[Counted]) -> Row:
    counts = {each.class_label: round(each.count) for each in counted if each.count is not None}
    coverage = max((each.coverage for each in counted), default=0.0)
    return Row(movement.id, counts, coverage)


def _summed(movement: str, rows: Sequence[Row]) -> Row:
    counts: dict[str, int] = {}
    for row in rows:
        for label, count in row.counts.items():
            counts[label] = counts.get(label, 0) + count
    coverage = sum(row.coverage for row in rows) / len(rows) if rows else 0.0
    return Row(movement, counts, coverage)


def _peak(intervals: Sequence[Interval], interval_s: int) -> tuple[PeakHour | None, int]:
    """The first of the fullest hours, and how many hours were not wholly watched."""
    if not intervals or HOUR_S % interval_s:
        return None, 0
    number = HOUR_S // interval_s
    hours = [intervals[i : i + number] for i in range(len(intervals) - number + 1)]
    whole = [hour for hour in hours if all(each.is_complete for each in hour)]
    if not whole:
        return None, len(hours)
    best = max(whole, key=lambda hour: sum(each.vehicles for each in hour))
    volume = sum(each.vehicles for each in best)
    most = max(each.vehicles for each in best)
    factor = volume / (number * most) if most and number > 1 else None
    return PeakHour(best[0].start, best[-1].end, volume, factor), len(hours) - len(whole)
