"""Pages of incidents, newest first, with what hangs on them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from wayside.domain.errors import UsageError
from wayside.domain.records import Event, JsonValue, Phase, Severity
from wayside.store import rows, schema
from wayside.store.database import Store
from wayside.store.keeping import chunks, one_of
from wayside.store.rows import from_microseconds, to_microseconds

_COUNTED = frozenset({"traffic.line_crossing", "traffic.movement", "venue.zone_presence"})
"""Kinds of which a feed has thousands a day; of all others it has few."""

_LARGEST = 2**63 - 1  # of SQLite's integers


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """by: the user's name on this site. at: UTC."""

    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """All phases of one incident as one: the latest data, the worst severity, the first start."""

    id: UUID
    site: str
    feed: str
    session: str
    kind: str
    phase: Phase
    start: datetime
    end: datetime | None
    place: str
    severity: Severity
    class_label: str
    data: Mapping[str, JsonValue] = field(default_factory=dict)
    has_still: bool = False
    has_clip: bool = False
    acknowledged: Acknowledgement | None = None

    @property
    def is_open(self) -> bool:
        return self.phase in (Phase.OPEN, Phase.UPDATE)

    @property
    def lasted_s(self) -> float | None:
        """None while it is open."""
        return None if self.end is None else max(0.0, (self.end - self.start).total_seconds())


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """None asks for all; since <= start < until.

    kind: whole, or up to a dot, as ``traffic.``; several with commas between them.
    feeds: of these alone.
    """

    kind: str | None = None
    feed: str | None = None
    place: str | None = None
    class_label: str | None = None
    severity: Severity | None = None
    acknowledged: bool | None = None
    since: datetime | None = None
    until: datetime | None = None
    feeds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """next: cursor of the page after this one, None at the end."""

    items: tuple[StoredIncident, ...]
    next: str | None


def page(
    store: Store, wanted: IncidentFilter, cursor: str | None = None, limit: int = 50
) -> IncidentPage:
    """Newest first. Raises UsageError for a cursor that no page gave, StoreError."""
    kinds = _kinds(store, wanted.kind)
    if kinds == [] or wanted.feeds == frozenset():
        return IncidentPage((), None)
    before = None if cursor is None else _place(cursor)
    query: sa.Select[Any] | sa.CompoundSelect[Any]
    if kinds is None:
        query = _one(wanted, None, before, limit + 1)
    elif len(kinds) == 1:
        query = _one(wanted, kinds[0], before, limit + 1)
    else:
        # One walk along the index for each kind: an IN would gather all of them and then sort.
        parts = [_one(wanted, kind, before, limit + 1).subquery() for kind in kinds]
        query = sa.union_all(*(sa.select(part) for part in parts))
        query = query.order_by(sa.desc("start_us"), sa.desc("incident_id")).limit(limit + 1)
    found = store.select(query)
    shown = found[:limit]
    following = _cursor(shown[-1]) if len(found) > limit and shown else None
    return IncidentPage(tuple(_filled(store, shown)), following)


def one(store: Store, incident_id: UUID) -> StoredIncident | None:
    """None where there is no such incident. Raises StoreError."""
    table = schema.incidents
    found = store.select(sa.select(table).where(table.c.incident_id == incident_id))
    return next(iter(_filled(store, found)), None)


def several(store: Store, incident_ids: Iterable[UUID]) -> list[StoredIncident]:
    """Those that there are, in any order. Raises StoreError."""
    table = schema.incidents
    found: list[sa.RowMapping] = []
    for some in chunks(list(dict.fromkeys(incident_ids))):
        found += store.select(sa.select(table).where(table.c.incident_id.in_(some)))
    return _filled(store, found)


def phases(store: Store, incident_id: UUID) -> list[Event]:
    """First phase first."""
    table = schema.events
    query = sa.select(table).where(table.c.incident_id == incident_id).order_by(table.c.sequence)
    return [rows.event_of(row) for row in store.select(query)]


def acknowledge(store: Store, incident_id: UUID, seen: Acknowledgement) -> bool:
    """False where there is no such incident. A second one takes the first one's place."""
    table, incidents = schema.acknowledgements, schema.incidents
    with store.transaction() as connection:
        query = sa.select(incidents.c.incident_id).where(incidents.c.incident_id == incident_id)
        if connection.scalar(query) is None:
            return False
        new = insert(table).values(
            incident_id=incident_id, by=seen.by, at_us=to_microseconds(seen.at), note=seen.note
        )
        changed = {name: new.excluded[name] for name in ("by", "at_us", "note")}
        connection.execute(new.on_conflict_do_update(index_elements=["incident_id"], set_=changed))
    return True


def unacknowledge(store: Store, incident_id: UUID) -> bool:
    """False where nobody had acknowledged it."""
    table = schema.acknowledgements
    with store.transaction() as connection:
        gone = connection.execute(sa.delete(table).where(table.c.incident_id == incident_id))
    return gone.rowcount > 0


def kinds_there(store: Store) -> list[str]:
    """All kinds of incidents that the store holds, by name: one look at the index for each."""
    table = schema.incidents
    found: list[str] = []
    while True:
        query = sa.select(sa.func.min(table.c.kind).label("kind"))
        if found:
            query = query.where(table.c.kind > found[-1])
        (row,) = store.select(query)
        if row["kind"] is None:
            return found
        found.append(row["kind"])


def _kinds(store: Store, wanted: str | None) -> list[str] | None:
    """None for all kinds; a prefix becomes the kinds that there are."""
    if not wanted:
        return None
    asked = tuple(dict.fromkeys(each for each in wanted.split(",") if each))
    if not any(each.endswith(".") for each in asked):
        return list(asked)
    there = kinds_there(store)
    matching = [
        kind
        for kind in there
        if any(kind.startswith(each) if each.endswith(".") else kind == each for each in asked)
    ]
    return None if matching == there and there else matching


def _one(
    wanted: IncidentFilter, kind: str | None, before: tuple[int, UUID] | None, limit: int
) -> sa.Select[Any]:
    table = schema.incidents.c
    seen = schema.acknowledgements
    query = sa.select(schema.incidents)
    # Without statistics SQLite takes any index with an equality: the first of these, which are
    # in the order of how few rows they usually leave, keeps its index, the others only filter.
    is_rare = kind is not None and kind not in _COUNTED
    equal = (
        (table.kind, kind if is_rare else None),
        (table.feed, wanted.feed),
        (table.place, wanted.place),
        (table.class_label, wanted.class_label),
        (table.kind, None if is_rare else kind),
        (table.severity, None if wanted.severity is None else wanted.severity.value),
    )
    # Acknowledged ones are few: they are gathered and sorted, and no index is walked for them.
    is_first = wanted.acknowledged is not True
    start = table.start_us if is_first else _unindexed(table.start_us)
    for column, value in equal:
        if value is not None:
            query = query.where((column if is_first else _unindexed(column)) == value)
            is_first = False
    if wanted.feeds is not None:
        query = query.where(_unindexed(table.feed).in_(one_of(wanted.feeds)))
    if wanted.since is not None:
        query = query.where(start >= to_microseconds(wanted.since))
    if wanted.until is not None:
        query = query.where(start < to_microseconds(wanted.until))
    if before is not None:
        start_us, incident = before
        older = sa.or_(start < start_us, table.incident_id < incident)
        query = query.where(start <= start_us, older)
    if wanted.acknowledged is not None:
        known = table.incident_id.in_(sa.select(seen.c.incident_id))
        query = query.where(known if wanted.acknowledged else ~known)
    return query.order_by(start.desc(), table.incident_id.desc()).limit(limit)


def _unindexed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """SQLite's unary plus: the same value, but no index is looked for."""
    return UnaryExpression(column, operator=custom_op("+"), type_=column.type)


def _filled(store: Store, found: Sequence[sa.RowMapping]) -> list[StoredIncident]:
    ids = [row["incident_id"] for row in found]
    stills = _owners(store, schema.stills, ids)
    clips = _owners(store, schema.clips, ids)
    seen = _acknowledgements(store, ids)
    return [
        StoredIncident(
            id=row["incident_id"],
            site=row["site"],
            feed=row["feed"],
            session=row["session"],
            kind=row["kind"],
            phase=Phase(row["phase"]),
            start=from_microseconds(row["start_us"]),
            end=None if row["end_us"] is None else from_microseconds(row["end_us"]),
            place=row["place"],
            severity=Severity(row["severity"]),
            class_label=row["class_label"],
            data=json.loads(row["data"]),
            has_still=row["incident_id"] in stills,
            has_clip=row["incident_id"] in clips,
            acknowledged=seen.get(row["incident_id"]),
        )
        for row in found
    ]


def _owners(store: Store, table: sa.Table, ids: Sequence[UUID]) -> set[UUID]:
    """Incidents of which any phase has one."""
    events = schema.events
    found: set[UUID] = set()
    for some in chunks(ids):
        query = (
            sa.select(events.c.incident_id)
            .join(table, table.c.event_id == events.c.event_id)
            .where(events.c.incident_id.in_(some))
        )
        found.update(row["incident_id"] for row in store.select(query))
    return found


def _acknowledgements(store: Store, ids: Sequence[UUID]) -> dict[UUID, Acknowledgement]:
    table = schema.acknowledgements
    found: dict[UUID, Acknowledgement] = {}
    for some in chunks(ids):
        for row in store.select(sa.select(table).where(table.c.incident_id.in_(some))):
            at = from_microseconds(row["at_us"])
            found[row["incident_id"]] = Acknowledgement(row["by"], at, row["note"])
    return found


def _cursor(last: sa.RowMapping) -> str:
    text = f"{last['start_us']}.{last['incident_id'].hex}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(cursor: str) -> tuple[int, UUID]:
    try:
        text = base64.b64decode(
            cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True
        ).decode("ascii")
        start_us, _, incident = text.partition(".")
        place = min(max(int(start_us), -_LARGEST), _LARGEST), UUID(incident)
    except ValueError as error:
        raise UsageError(
            "this cursor is of no page", remedy="Begin again without a cursor"
        ) from error
    return place
