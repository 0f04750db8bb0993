"""Line crossings as they are told, event by event: newer than any window of measurements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from wayside.store import schema
from wayside.store.database import Store
from wayside.store.rows import to_microseconds

KIND = "traffic.line_crossing"
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class CrossingCount:
    feed: str
    line: str
    direction: str
    class_label: str
    count: int


def crossings(store: Store, since: datetime, until: datetime) -> list[CrossingCount]:
    """How many crossed each line, by direction and class; since <= time < until (UTC).

    Raises StoreError.
    """
    table = schema.incidents
    direction = sa.func.json_extract(table.c.data, "$.direction").label("direction")
    keys = (table.c.feed, table.c.place, direction, table.c.class_label)
    query = (
        sa.select(*keys, sa.func.count().label("number"))
        .where(
            table.c.kind == KIND,
            table.c.start_us >= to_microseconds(since),
            table.c.start_us < to_microseconds(until),
        )
        .group_by(*keys)
        .order_by(*keys)
    )
    return [
        CrossingCount(
            row["feed"], row["place"], row["direction"], row["class_label"], row["number"]
        )
        for row in store.select(query)
    ]


@dataclass(frozen=True, slots=True)
class StoredCrossing:
    at_us: int
    line: str
    direction: str
    class_label: str


def each_crossing(
    store: Store, feed: str, since: datetime, until: datetime
) -> Iterator[StoredCrossing]:
    """In the order in which they happened, a day at a time; since <= time < until (UTC).

    Raises StoreError.
    """
    table = schema.incidents
    direction = sa.func.json_extract(table.c.data, "$.direction").label("direction")
    query = (
        sa.select(table.c.start_us, table.c.place, direction, table.c.class_label)
        .where(table.c.feed == feed, table.c.kind == KIND)
        .order_by(table.c.start_us, table.c.incident_id)
    )
    while since < until:
        end = min(since + _DAY, until)
        day = query.where(
            table.c.start_us >= to_microseconds(since), table.c.start_us < to_microseconds(end)
        )
        for row in store.select(day):
            yield StoredCrossing(
                row["start_us"], row["place"], row["direction"] or "", row["class_label"]
            )
        since = end
