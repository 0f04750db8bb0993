"""Measurements over time in even steps, and totals, each with its coverage."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from wayside.analyze.metrics import Combine, metric_of
from wayside.store import schema
from wayside.store.database import Store
from wayside.store.keeping import one_of
from wayside.store.rows import from_microseconds, to_microseconds
from wayside.store.windows import Part
from wayside.store.windows import parts as _parts

_SECOND_US = 1_000_000
MAX_STEPS = 20_000
"""Of one series: more cannot be seen, nor sent in one answer."""


class TooManyPoints(ValueError):
    """Of all series of an answer together."""


@dataclass(frozen=True, slots=True)
class SeriesQuery:
    """None asks for all; a class or direction of "" is the total. since <= time < until (UTC).

    feeds: of these alone. most: points of all series together.
    """

    since: datetime
    until: datetime
    step_s: float
    metric: str | None = None
    feed: str | None = None
    place: str | None = None
    class_label: str | None = None
    direction: str | None = None
    place_kind: str | None = None
    feeds: frozenset[str] | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One step. value: None where nothing was measured or it is undefined. coverage: 0..1."""

    time: datetime
    value: float | None
    coverage: float


@dataclass(frozen=True, slots=True)
class Series:
    feed: str
    place_kind: str
    place: str
    metric: str
    unit: str
    class_label: str
    direction: str
    points: tuple[SeriesPoint, ...]


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """since, until: whole steps around what was asked. step_s: at least the longest window."""

    since: datetime
    until: datetime
    step_s: float
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class CountRow:
    """coverage: share of the whole range in which that line or movement was watched."""

    feed: str
    place_kind: str
    place: str
    direction: str
    class_label: str
    count: float
    coverage: float


class _Key(NamedTuple):
    feed: str
    place_kind: str
    place: str
    metric: str
    unit: str
    direction: str
    class_label: str


@dataclass(slots=True)
class _Cell:
    """Of the windows in one step: what each way of combining needs, and the seconds watched."""

    total: float | None
    weighted: float | None
    weight: float
    largest: float | None
    watched_s: float


def series(store: Store, wanted: SeriesQuery) -> SeriesAnswer:
    """Steps are aligned to UTC: those of an hour begin on the hour.

    A window belongs whole to the step that holds its middle, so a count is never split.
    Steps are therefore no shorter than the longest window. Counts are summed, maxima are
    the largest, all else is the mean weighted by what was watched. Coverage of a step:
    Σ coverage · window length / step, at most 1. A class that does not appear in a
    step has a count of 0 with the coverage of its total, as nobody of it came.

    Raises ValueError for an empty range or too many steps, TooManyPoints, StoreError.
    """
    if not wanted.since < wanted.until or not wanted.step_s > 0:
        raise ValueError("a series needs a range and a step above 0")
    _refuse_feeds(store, wanted)
    step_us = _step_us(store, wanted)
    since_us = to_microseconds(wanted.since) // step_us * step_us
    until_us = -(-to_microseconds(wanted.until) // step_us) * step_us
    if (until_us - since_us) // step_us > MAX_STEPS:
        raise ValueError(f"more than {MAX_STEPS} steps: take a longer step or a shorter range")
    starts = range(since_us, until_us, step_us)
    cells = _cells(store, wanted, since_us, until_us, step_us)
    if wanted.most is not None and len(cells) * len(starts) > wanted.most:
        raise TooManyPoints
    made = [
        _series(key, cells, starts, step_us / _SECOND_US)
        for key in sorted(cells)
        if wanted.class_label in (None, key.class_label)
    ]
    return SeriesAnswer(
        from_microseconds(since_us),
        from_microseconds(until_us),
        step_us / _SECOND_US,
        tuple(made),
    )


def counts(
    store: Store, since: datetime, until: datetime, feed: str | None = None
) -> list[CountRow]:
    """Totals of ``count`` over the range. Raises ValueError for an empty range, StoreError."""
    since_us, until_us = to_microseconds(since), to_microseconds(until)
    if since_us >= until_us:
        raise ValueError("totals need a range")
    range_us = until_us - since_us
    wanted = SeriesQuery(since, until, range_us / _SECOND_US, metric="count", feed=feed)
    cells = _cells(store, wanted, since_us, until_us, range_us)
    found = []
    for key in sorted(cells):
        (cell,) = cells[key].values()
        watched = _total(key, cells).get(since_us, cell)
        found.append(
            CountRow(
                key.feed,
                key.place_kind,
                key.place,
                key.direction,
                key.class_label,
                cell.total or 0.0,
                _share(max(watched.watched_s, cell.watched_s), range_us / _SECOND_US),
            )
        )
    return found


def metrics_there(store: Store, feeds: frozenset[str] | None = None) -> list[tuple[str, str]]:
    """(metric, unit) of all that the store holds, by name: one look at the index for each.

    feeds: only what one of these has, None asks of all.
    """
    found = _all_metrics(store)
    if feeds is None:
        return found
    table = schema.measurements
    return [
        (metric, unit)
        for metric, unit in found
        if store.select(
            sa.select(table.c.metric)
            .where(table.c.feed.in_(one_of(feeds)), table.c.metric == metric)
            .limit(1)
        )
    ]


def _all_metrics(store: Store) -> list[tuple[str, str]]:
    table = schema.measurements
    found: list[tuple[str, str]] = []
    while True:
        query = sa.select(table.c.metric, table.c.unit).order_by(table.c.metric).limit(1)
        if found:
            query = query.where(table.c.metric > found[-1][0])
        rows = store.select(query)
        if not rows:
            return found
        found.append((rows[0]["metric"], rows[0]["unit"]))


def _refuse_feeds(store: Store, wanted: SeriesQuery) -> None:
    """Before anything is summed: each feed that has something has one series at least.

    A day of a thousand feeds is 26 million rows, and their feeds are told in milliseconds.
    """
    if wanted.most is None or wanted.feed is not None:
        return
    table = schema.measurements.c
    steps = (wanted.until - wanted.since).total_seconds() / wanted.step_s
    found, last = 0, ""
    while found * steps <= wanted.most:
        rows = store.select(
            sa.select(table.feed).where(table.feed > last).order_by(table.feed).limit(1)
        )
        if not rows:
            return
        last = rows[0]["feed"]
        found += _has_any(store, replace(wanted, feed=last))
    raise TooManyPoints


def _has_any(store: Store, wanted: SeriesQuery) -> bool:
    if wanted.feeds is not None and wanted.feed not in wanted.feeds:
        return False
    since_us, until_us = to_microseconds(wanted.since), to_microseconds(wanted.until)
    part = Part(schema.measurements, since_us, until_us)
    query = sa.select(schema.measurements.c.feed).limit(1)
    return bool(store.select(_where(query, part, wanted)))


def _step_us(store: Store, wanted: SeriesQuery) -> int:
    asked_us = max(1, round(wanted.step_s * _SECOND_US))
    since_us = to_microseconds(wanted.since) // asked_us * asked_us
    until_us = -(-to_microseconds(wanted.until) // asked_us) * asked_us
    longest = 0
    for part in _parts(since_us, until_us, asked_us):
        query = _where(sa.select(sa.func.max(part.length).label("longest")), part, wanted)
        (row,) = store.select(query)
        longest = max(longest, row["longest"] or 0)
    longest_s = math.ceil(longest / _SECOND_US - 1e-3)
    return max(asked_us, longest_s * _SECOND_US)


def _cells(
    store: Store, wanted: SeriesQuery, since_us: int, until_us: int, step_us: int
) -> dict[_Key, dict[int, _Cell]]:
    cells: dict[_Key, dict[int, _Cell]] = {}
    for part in _parts(since_us, until_us, step_us):
        keys = [getattr(part.table.c, name) for name in _Key._fields]
        # Integer division; the range begins on a step, so nothing below it is rounded up.
        step = ((part.moment - since_us) // step_us).label("step")
        query = sa.select(*keys, step, *part.sums).group_by(*keys, sa.text("step"))
        if wanted.most is not None:
            query = query.limit(wanted.most + 1)  # a whole answer has no more rows than points
        for row in store.select(_where(query, part, wanted)):
            key = _Key(*(row[name] for name in _Key._fields))
            cell = _Cell(
                row["total"], row["weighted"], row["weight"], row["largest"], row["watched_s"]
            )
            steps = cells.setdefault(key, {})
            start_us = since_us + row["step"] * step_us
            steps[start_us] = cell if start_us not in steps else _joined(steps[start_us], cell)
    return cells


def _where(query: sa.Select[Any], part: Part, wanted: SeriesQuery) -> sa.Select[Any]:
    table = part.table.c
    query = part.between(query)
    for column, value in (
        (table.metric, wanted.metric),
        (table.feed, wanted.feed),
        (table.place, wanted.place),
        (table.direction, wanted.direction),
        (table.place_kind, wanted.place_kind),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.feeds is not None:
        query = query.where(table.feed.in_(one_of(wanted.feeds)))
    if wanted.class_label is not None:  # the total tells when it was watched
        query = query.where(table.class_label.in_({"", wanted.class_label}))
    return query


def _joined(one: _Cell, other: _Cell) -> _Cell:
    return _Cell(
        _added(one.total, other.total),
        _added(one.weighted, other.weighted),
        one.weight + other.weight,
        max((each for each in (one.largest, other.largest) if each is not None), default=None),
        one.watched_s + other.watched_s,
    )


def _added(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return one + other


def _series(
    key: _Key, cells: dict[_Key, dict[int, _Cell]], starts: Iterable[int], step_s: float
) -> Series:
    combine = metric_of(key.metric, key.unit).combine
    totals = _total(key, cells)
    points = []
    for start_us in starts:
        cell, total = cells[key].get(start_us), totals.get(start_us)
        value = None if cell is None else _value(cell, combine)
        watched_s = max((each.watched_s for each in (cell, total) if each is not None), default=0.0)
        if cell is None and total is not None and combine is Combine.SUM and watched_s > 0:
            value = 0.0
        points.append(SeriesPoint(from_microseconds(start_us), value, _share(watched_s, step_s)))
    return Series(
        key.feed,
        key.place_kind,
        key.place,
        key.metric,
        key.unit,
        key.class_label,
        key.direction,
        tuple(points),
    )


def _total(key: _Key, cells: dict[_Key, dict[int, _Cell]]) -> dict[int, _Cell]:
    return cells.get(key._replace(class_label=""), {})


def _value(cell: _Cell, combine: Combine) -> float | None:
    if combine is Combine.SUM:
        return cell.total
    if combine is Combine.MAX:
        return cell.largest
    if cell.weighted is None or not cell.weight > 0:
        return None
    return cell.weighted / cell.weight


def _share(watched_s: float, whole_s: float) -> float:
    return min(1.0, max(0.0, watched_s / whole_s))
