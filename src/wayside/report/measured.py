"""Measurements of a feed over the report's intervals, and over the whole of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.metrics import Combine, metric_of
from wayside.domain.records import Measurement
from wayside.report.contents import FeedContents
from wayside.report.intervals import Intervals


@dataclass(frozen=True, slots=True)
class Place:
    """A line with its direction, a lane of a line, a zone."""

    kind: str
    place: str
    direction: str

    @property
    def name(self) -> str:
        return f"{self.place} {self.direction}".strip()


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric at one place, of all classes together.

    whole: over the feed, None where it is nowhere defined. values: (B,) one an
    interval, NaN where it is undefined or was not watched. Numbers are added,
    maxima are the largest, all else is the mean weighted by what was watched.
    """

    metric: str
    unit: str
    place: Place
    whole: float | None
    values: NDArray[np.float64]


def measured(
    feed: FeedContents, metrics: Iterable[str], intervals: Intervals
) -> dict[str, list[Measured]]:
    """By metric, those that were measured, in the order of their places' names.

    A window belongs whole to the interval of its middle.
    """
    wanted = set(metrics)
    groups: dict[tuple[str, Place], list[Measurement]] = {}
    for row in feed.measurements:
        reading = row.reading
        if reading.metric in wanted and not reading.class_label:
            place = Place(reading.place_kind, reading.place, reading.direction)
            groups.setdefault((reading.metric, place), []).append(row)
    found: dict[str, list[Measured]] = {}
    for (metric, place), rows in sorted(groups.items(), key=lambda each: each[0][1].name):
        found.setdefault(metric, []).append(_measured(feed, metric, place, rows, intervals))
    return found


def _measured(
    feed: FeedContents, metric: str, place: Place, rows: Sequence[Measurement], intervals: Intervals
) -> Measured:
    middles = np.array(
        [(feed.offset_s(r.window_start) + feed.offset_s(r.window_end)) / 2 for r in rows]
    )
    slots: list[list[Measurement]] = [[] for _ in range(len(intervals))]
    for slot, row in zip(intervals.index(middles), rows, strict=True):
        slots[slot].append(row)
    unit = rows[0].reading.unit
    combine = metric_of(metric, unit).combine
    values = [_combined(each, combine) for each in slots]
    return Measured(
        metric,
        unit,
        place,
        _combined(rows, combine),
        np.array([math.nan if value is None else value for value in values]),
    )


def _combined(rows: Sequence[Measurement], combine: Combine) -> float | None:
    known = [
        (row.reading.value, row.coverage * (row.window_end_s - row.window_start_s))
        for row in rows
        if row.reading.value is not None
    ]
    if not known:
        return None
    if combine is Combine.SUM:
        return math.fsum(value for value, _ in known)
    if combine is Combine.MAX:
        return max(value for value, _ in known)
    weight = math.fsum(each for _, each in known)
    return math.fsum(value * each for value, each in known) / weight if weight > 0 else None
