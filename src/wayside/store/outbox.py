"""The outbox: events and measurements in the order in which they arrived in the store.

Each sink, and each listener of the event stream, reads on from the arrival
number that it has seen last.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from wayside.domain.records import Event, Measurement
from wayside.domain.time import Clock
from wayside.store import rows, schema
from wayside.store.batches import EVENT, MEASUREMENT
from wayside.store.database import Store
from wayside.store.keeping import chunks
from wayside.store.rows import to_microseconds


@dataclass(frozen=True, slots=True)
class Arrival:
    """One record and its place in the order of arrival. Numbers grow; some may be missing."""

    arrival: int
    record: Event | Measurement


@dataclass(frozen=True, slots=True)
class ArrivalPage:
    """records: in order. last: number to go on after; also counts what is no longer there."""

    records: tuple[Arrival, ...]
    last: int


class Outbox:
    """Any thread may use it. Every method raises StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def after(
        self,
        arrival: int,
        limit: int = 500,
        kinds: Collection[str] = (EVENT, MEASUREMENT),
    ) -> ArrivalPage:
        """The next records of those kinds; records that retention took are passed over."""
        table = schema.outbox
        query = (
            sa.select(table).where(table.c.arrival > arrival).order_by(table.c.arrival).limit(limit)
        )
        if len(set(kinds)) == 1:
            query = query.where(table.c.record_kind.in_(kinds))
        found = self._store.select(query)
        events = self._records(found, EVENT)
        numbers = self._records(found, MEASUREMENT)
        records = []
        for row in found:
            record = (events if row["record_kind"] == EVENT else numbers).get(row["record_id"])
            if record is not None:
                records.append(Arrival(row["arrival"], record))
        return ArrivalPage(tuple(records), found[-1]["arrival"] if found else arrival)

    def newest(self) -> int:
        """The highest number given so far, 0 before the first."""
        table = schema.outbox
        (row,) = self._store.select(sa.select(sa.func.max(table.c.arrival).label("newest")))
        return int(row["newest"] or 0)

    def register(self, sink: str, *, from_start: bool = True) -> int:
        """The sink's cursor, made where it is new: at the first record still there, or at the end.

        Its records stay until it has read them.
        """
        start = 0 if from_start else self.newest()
        table = schema.sink_cursors
        with self._store.transaction() as connection:
            new = insert(table).values(sink=sink, arrival=start).on_conflict_do_nothing(["sink"])
            connection.execute(new)
            place = connection.scalar(sa.select(table.c.arrival).where(table.c.sink == sink))
        return int(place or 0)

    def advance(self, sink: str, arrival: int) -> None:
        """The sink has everything up to that number, for good."""
        table = schema.sink_cursors
        with self._store.transaction() as connection:
            connection.execute(sa.update(table).where(table.c.sink == sink).values(arrival=arrival))

    def cursors(self) -> dict[str, int]:
        found = self._store.select(sa.select(schema.sink_cursors))
        return {row["sink"]: row["arrival"] for row in found}

    def forget_sinks_but(self, names: Collection[str]) -> None:
        """Sinks that the site no longer has shall not hold the outbox back."""
        table = schema.sink_cursors
        with self._store.transaction() as connection:
            connection.execute(sa.delete(table).where(table.c.sink.not_in(list(names))))

    def bury(self, sink: str, arrival: Arrival, refusal: str, clock: Clock) -> None:
        """Note what a receiver refused for good, and go on behind it: one transaction."""
        record = arrival.record
        is_event = isinstance(record, Event)
        row = {
            "sink": sink,
            "arrival": arrival.arrival,
            "record_kind": EVENT if is_event else MEASUREMENT,
            "record_id": record.event_id if isinstance(record, Event) else record.measurement_id,
            "at_us": to_microseconds(clock.now()),
            "refusal": refusal,
        }
        cursors, letters = schema.sink_cursors, schema.dead_letters
        with self._store.transaction() as connection:
            connection.execute(insert(letters).values(row).on_conflict_do_nothing())
            connection.execute(
                sa.update(cursors).where(cursors.c.sink == sink).values(arrival=arrival.arrival)
            )

    def dead_letters(self, sink: str) -> int:
        table = schema.dead_letters
        query = sa.select(sa.func.count().label("number")).where(table.c.sink == sink)
        return int(self._store.select(query)[0]["number"])

    def trim(self, keep: int = 100_000) -> int:
        """Forget arrivals that every sink has, but the newest ``keep``, for listeners that return.

        The records themselves stay until their retention.
        """
        seen = self.cursors().values()
        limit = min([*seen, self.newest() - keep])
        table = schema.outbox
        with self._store.transaction() as connection:
            return connection.execute(sa.delete(table).where(table.c.arrival <= limit)).rowcount

    def _records(self, found: list[sa.RowMapping], kind: str) -> dict[object, Event | Measurement]:
        ids = [row["record_id"] for row in found if row["record_kind"] == kind]
        records: dict[object, Event | Measurement] = {}
        for some in chunks(ids):
            if kind == EVENT:
                events = schema.events
                for row in self._store.select(sa.select(events).where(events.c.event_id.in_(some))):
                    records[row["event_id"]] = rows.event_of(row)
            else:
                numbers = schema.measurements
                for row in self._store.select(
                    sa.select(numbers).where(numbers.c.measurement_id.in_(some))
                ):
                    records[row["measurement_id"]] = rows.measurement_of(row)
        return records
