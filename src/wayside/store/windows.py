"""Where a range of measurements is read from: windows as they came, or sums of quarter hours."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from wayside.store.schema import QUARTER_US, measurements, quarters

_SECOND_US = 1_000_000
_HOUR_US = 3600 * _SECOND_US


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a range, in one table. moment: what says to which step a row belongs."""

    table: sa.Table
    since_us: int
    until_us: int

    @property
    def moment(self) -> sa.ColumnElement[int]:
        if self.table is quarters:
            return quarters.c.start_us
        return (measurements.c.window_start_us + measurements.c.window_end_us) // 2

    @property
    def length(self) -> sa.ColumnElement[int]:
        """Of the longest window in a row, in microseconds."""
        if self.table is quarters:
            return quarters.c.longest_us
        return measurements.c.window_end_us - measurements.c.window_start_us

    @property
    def sums(self) -> list[sa.Label[Any]]:
        """What each way of combining needs, over the rows of a group."""
        if self.table is quarters:
            table = quarters.c
            return [
                sa.func.sum(table.total).label("total"),
                sa.func.sum(table.weighted).label("weighted"),
                sa.func.sum(table.weight).label("weight"),
                sa.func.max(table.largest).label("largest"),
                sa.func.sum(table.watched_s).label("watched_s"),
            ]
        value = measurements.c.value
        seconds = measurements.c.coverage * self.length / float(_SECOND_US)
        defined = sa.case((value.is_not(None), seconds), else_=0.0)
        return [
            sa.func.sum(value).label("total"),
            sa.func.sum(value * seconds).label("weighted"),
            sa.func.sum(defined).label("weight"),
            sa.func.max(value).label("largest"),
            sa.func.sum(seconds).label("watched_s"),
        ]

    def between(self, query: sa.Select[Any]) -> sa.Select[Any]:
        if self.table is quarters:
            start = quarters.c.start_us
            return query.where(start >= self.since_us, start < self.until_us)
        # A window lies around its middle: an hour more before, and the index can be used.
        start = measurements.c.window_start_us
        return query.where(
            start >= self.since_us - _HOUR_US,
            start < self.until_us,
            self.moment >= self.since_us,
            self.moment < self.until_us,
        )


def parts(since_us: int, until_us: int, step_us: int) -> Iterator[Part]:
    """Quarter hours where steps are made of them or the range is one step; else windows.

    A range that is one step is read in up to three parts: its ends need not be quarter hours.
    """
    first, last = -(-since_us // QUARTER_US) * QUARTER_US, until_us // QUARTER_US * QUARTER_US
    is_one = until_us - since_us <= step_us
    is_whole = step_us % QUARTER_US == 0 and first == since_us and last == until_us
    if first >= last or not (is_one or is_whole):
        yield Part(measurements, since_us, until_us)
        return
    yield Part(quarters, first, last)
    if since_us < first:
        yield Part(measurements, since_us, first)
    if last < until_us:
        yield Part(measurements, last, until_us)
