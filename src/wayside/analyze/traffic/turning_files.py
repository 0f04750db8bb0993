"""Turning counts as JSON values and as rows of a table: one layout for files and for the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from wayside.analyze.traffic.turning_counts import ALL, PeakHour, Row, TurningCounts
from wayside.domain.records import JsonValue
from wayside.domain.time import rfc3339

Cell = str | float | None

LONG_COLUMNS: Final = (
    "junction", "interval_start", "interval_end", "movement", "from", "to", "class", "count",
    "coverage", "complete", "in_peak_hour",
)  # fmt: skip


def long_rows(found: TurningCounts) -> Iterator[tuple[Cell, ...]]:
    """The header, then one row for each interval, movement and class; class "all" is the total.

    A count that was not measured is empty. ``complete`` is "no" where the count is a lower bound.
    """
    yield LONG_COLUMNS
    ends = {each.id: (each.origin, each.destination) for each in found.junction.movements}
    for interval in found.intervals:
        times = (rfc3339(interval.start), rfc3339(interval.end))
        is_peak = _yes(_is_in(found.peak, interval.start))
        for row in interval.rows:
            where = (found.junction.id, *times, row.movement, *ends[row.movement])
            marks = (round(row.coverage, 4), _yes(row.is_complete), is_peak)
            for label in (*found.classes, ALL):
                yield (*where, label or "all", _count(row, label), *marks)


def table_rows(found: TurningCounts) -> Iterator[tuple[Cell, ...]]:
    """The header, then one row for each interval with a column for each movement: all classes."""
    names = [each.id for each in found.junction.movements]
    yield ("interval_start", "interval_end", *names, "vehicles", "coverage", "complete",
           "in_peak_hour")  # fmt: skip
    for interval in found.intervals:
        is_known = any(ALL in row.counts for row in interval.rows)
        yield (
            rfc3339(interval.start),
            rfc3339(interval.end),
            *(_count(row, ALL) for row in interval.rows),
            interval.vehicles if is_known else None,
            round(interval.coverage, 4),
            _yes(interval.is_complete),
            _yes(_is_in(found.peak, interval.start)),
        )


def as_json(found: TurningCounts) -> dict[str, JsonValue]:
    """The whole of it, as docs/methods/turning-counts.md lays it out."""
    peak = found.peak
    return {
        "junction": found.junction.id,
        "title": found.junction.name,
        "since": rfc3339(found.since),
        "until": rfc3339(found.until),
        "interval_s": found.interval_s,
        "classes": list(found.classes),
        "movements": [
            {"id": m.id, "from": m.origin, "to": m.destination, "feed": m.feed,
             "movement": m.movement}
            for m in found.junction.movements
        ],
        "totals": [_row(row) for row in found.totals()],
        "intervals": [
            {
                "start": rfc3339(each.start),
                "end": rfc3339(each.end),
                "vehicles": each.vehicles,
                "coverage": round(each.coverage, 4),
                "complete": each.is_complete,
                "rows": [_row(row) for row in each.rows],
            }
            for each in found.intervals
        ],
        "complete_intervals": found.complete,
        "hours_left_out": found.left_out,
        "peak_hour": None
        if peak is None
        else {
            "start": rfc3339(peak.start),
            "end": rfc3339(peak.end),
            "vehicles": peak.volume,
            "factor": None if peak.factor is None else round(peak.factor, 4),
        },
    }  # fmt: skip


def _row(row: Row) -> JsonValue:
    counts: dict[str, JsonValue] = {label or "all": n for label, n in sorted(row.counts.items())}
    return {
        "movement": row.movement,
        "counts": counts,
        "vehicles": row.vehicles,
        "coverage": round(row.coverage, 4),
        "complete": row.is_complete,
    }


def _count(row: Row, label: str) -> int | None:
    """A class that nobody has seen has 0 where its movement was counted."""
    return row.counts.get(label, 0) if ALL in row.counts else None


def _is_in(peak: PeakHour | None, start: datetime) -> bool:
    return peak is not None and peak.start <= start < peak.end


def _yes(value: bool) -> str:
    return "yes" if value else "no"
