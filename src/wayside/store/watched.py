"""When a feed was really watched: sessions without their gaps."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from wayside.store import schema
from wayside.store.database import Store
from wayside.store.rows import to_microseconds

_METRIC = "count"
"""Of every line, in every window, also where nobody came: it tells that the window was there."""


def watched(store: Store, feed: str, since: datetime, until: datetime) -> list[tuple[int, int]]:
    """[start_us, end_us) inside the range, by time, none empty.

    A session lasts from its first to its last window of measurements there, since one that
    was killed never told its end. Raises StoreError.
    """
    found: list[tuple[int, int]] = []
    for session, start_us, end_us in _spans(store, feed, since, until):
        found += _without((start_us, end_us), _gaps(store, session))
    return sorted(found)


def was_connected(store: Store, feed: str, since: datetime, until: datetime) -> bool:
    """Whether there was any session of the feed in the range, watched or not."""
    return bool(_spans(store, feed, since, until))


def _spans(store: Store, feed: str, since: datetime, until: datetime) -> list[tuple[str, int, int]]:
    """(session, start_us, end_us)."""
    table = schema.measurements.c
    first_us, last_us = to_microseconds(since), to_microseconds(until)
    start, end = sa.func.min(table.window_start_us), sa.func.max(table.window_end_us)
    query = (
        sa.select(table.session, start.label("start_us"), end.label("end_us"))
        .where(
            table.feed == feed,
            table.metric == _METRIC,
            table.class_label == "",
            # A window is a day at most.
            table.window_start_us >= first_us - 86_400_000_000,
            table.window_start_us < last_us,
            table.window_end_us > first_us,
        )
        .group_by(table.session)
    )
    return [
        (row["session"], max(row["start_us"], first_us), min(row["end_us"], last_us))
        for row in store.select(query)
    ]


def _gaps(store: Store, session: str) -> list[tuple[int, int]]:
    gaps, sessions = schema.gaps.c, schema.sessions.c
    query = (
        sa.select(sessions.start_us, gaps.start_s, gaps.end_s)
        .join_from(schema.gaps, schema.sessions, gaps.session == sessions.id)
        .where(gaps.session == session)
        .order_by(gaps.start_s)
    )
    return [
        (row["start_us"] + round(row["start_s"] * 1e6), row["start_us"] + round(row["end_s"] * 1e6))
        for row in store.select(query)
    ]


def _without(span: tuple[int, int], gaps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    at, end = span
    for gap_start, gap_end in gaps:
        if min(gap_start, end) > at:
            kept.append((at, min(gap_start, end)))
        at = max(at, gap_end)
    if at < end:
        kept.append((at, end))
    return kept
