"""How a batch gets into the tables once and only once, however often it is brought."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from wayside.store import schema
from wayside.store.batches import EVENT, MEASUREMENT, Batch
from wayside.store.rows import Row

_IDS_A_QUERY = 500  # SQLite before 3.32 takes at most 999 parameters


def keep(connection: sa.Connection, batch: Batch, *, outbox: bool = False) -> None:
    """Into the tables, inside the connection's transaction; what is there already stays once.

    outbox: what is new gets an arrival number, in the order of the batch.
    """
    for row in batch.sessions:
        connection.execute(_upsert_session(row))
    arrivals = _new(connection, batch) if outbox else []
    for table, new in (
        (schema.events, batch.events),
        (schema.measurements, batch.measurements),
        (schema.trajectories, batch.trajectories),
        (schema.stills, batch.stills),
        (schema.clips, batch.clips),
        (schema.gaps, batch.gaps),
    ):
        if new:
            keys = list(table.primary_key.columns)
            connection.execute(insert(table).on_conflict_do_nothing(keys), new)
    if batch.events:
        incidents = [_incident_row(event) for event in batch.events]
        connection.execute(_UPSERT_INCIDENT, incidents)
    if arrivals:
        connection.execute(sa.insert(schema.outbox), arrivals)


def present(
    connection: sa.Connection, column: sa.Column[Any], wanted: Iterable[object]
) -> set[object]:
    """Those of ``wanted`` that the column holds."""
    found: set[object] = set()
    for some in chunks(list(wanted)):
        found.update(connection.scalars(sa.select(column).where(column.in_(some))))
    return found


def one_of(values: Iterable[str]) -> sa.Select[tuple[Any]]:
    """For ``column.in_``: any number of texts as one parameter."""
    listed = sa.func.json_each(json.dumps(sorted(values))).table_valued("value")
    return sa.select(listed.c.value)


def chunks(values: Sequence[object]) -> Iterator[Sequence[object]]:
    """Parts that are short enough for one query each."""
    for first in range(0, len(values), _IDS_A_QUERY):
        yield values[first : first + _IDS_A_QUERY]


def _new(connection: sa.Connection, batch: Batch) -> list[Row]:
    """Rows of the outbox for the records that the tables do not hold yet."""
    arrivals: dict[object, Row] = {}
    for kind, column, made in (
        (EVENT, schema.events.c.event_id, batch.events),
        (MEASUREMENT, schema.measurements.c.measurement_id, batch.measurements),
    ):
        ids = [row[column.name] for row in made]
        there = present(connection, column, ids)
        arrivals.update(
            {each: {"record_kind": kind, "record_id": each} for each in ids if each not in there}
        )
    return list(arrivals.values())


def _upsert_session(row: Row) -> sa.Insert:
    new = insert(schema.sessions).values(row)
    changed = {name: new.excluded[name] for name in row if name != "id"}
    return new.on_conflict_do_update(index_elements=["id"], set_=changed)


def _incident_row(event: Row) -> Row:
    names = [column.name for column in schema.incidents.columns if column.name != "class_label"]
    label = json.loads(event["data"]).get("class", "")
    return {**{name: event[name] for name in names}, "class_label": str(label)}


def _upsert_incident() -> sa.Insert:
    """The latest phase wins, but the severity is the worst of all and the start the first."""
    table = schema.incidents
    new = insert(table)
    added = new.excluded
    latest = ("sequence", "phase", "end_us", "place", "data")
    changed: dict[str, Any] = {name: added[name] for name in latest}
    changed["class_label"] = sa.case(
        (added.class_label == "", table.c.class_label), else_=added.class_label
    )
    changed["start_us"] = sa.func.min(table.c.start_us, added.start_us)
    changed["severity"] = sa.case(
        (_rank(added.severity) > _rank(table.c.severity), added.severity), else_=table.c.severity
    )
    return new.on_conflict_do_update(
        index_elements=["incident_id"], set_=changed, where=added.sequence > table.c.sequence
    )


def _rank(severity: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    return sa.case((severity == "critical", 2), (severity == "warning", 1), else_=0)


_UPSERT_INCIDENT = _upsert_incident()
