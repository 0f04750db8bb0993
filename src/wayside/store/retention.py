"""Forget what is over its time, down to the bytes in the file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from wayside.store import schema
from wayside.store.database import Store
from wayside.store.records import SessionStatus
from wayside.store.rows import to_microseconds


@dataclass(frozen=True, slots=True)
class PurgeCounts:
    """Rows removed from each table.

    is_scrubbed: the bytes are gone from the file and from the write-ahead log.
    False while a reader still looks at an older state; purge again after it.
    """

    sessions: int
    events: int
    measurements: int
    trajectories: int
    stills: int
    gaps: int
    is_scrubbed: bool
    clips: int = 0
    incidents: int = 0


def purge(store: Store, older_than: datetime) -> PurgeCounts:
    """Remove every record that lies wholly before ``older_than``.

    An event counts by its end, or by its start while it has none; the rest by
    its end. A still, a clip and a place in the outbox go with their record, an
    incident and who saw it with its last event, a session after its last
    record, except one that is still running. SQLite's secure_delete overwrites the
    rows with zeros, the write-ahead log is emptied and freed pages are given
    back. Run again after a kill, it finishes what was begun.

    Raises ValueError for a naive datetime, StoreError if the database refuses.
    """
    limit_us = to_microseconds(older_than)
    with store.transaction() as connection:
        stills = _delete(connection, schema.stills, schema.stills.c.event_id.in_(_old(limit_us)))
        clips = _delete(connection, schema.clips, schema.clips.c.event_id.in_(_old(limit_us)))
        events = _delete(connection, schema.events, schema.events.c.event_id.in_(_old(limit_us)))
        incidents = _forget_incidents(connection, limit_us)
        windows = schema.measurements.c
        # It has started before it has ended, and the start has an index.
        is_old = sa.and_(windows.window_start_us < limit_us, windows.window_end_us < limit_us)
        measurements = _delete(connection, schema.measurements, is_old)
        # A quarter hour goes as a whole, once all its windows may have gone.
        sums = schema.quarters.c.start_us
        _delete(connection, schema.quarters, sums < limit_us - schema.QUARTER_US)
        _forget_arrivals(connection, limit_us)
        ends = schema.trajectories.c.end_us
        trajectories = _delete(connection, schema.trajectories, ends < limit_us)
        gaps = _delete(connection, schema.gaps, _gap_is_old(limit_us))
        sessions = _delete(connection, schema.sessions, _session_is_done(limit_us))
    return PurgeCounts(
        sessions=sessions,
        events=events,
        measurements=measurements,
        trajectories=trajectories,
        stills=stills,
        gaps=gaps,
        is_scrubbed=store.compact(),
        clips=clips,
        incidents=incidents,
    )


def _delete(connection: sa.Connection, table: sa.Table, old: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.delete(table).where(old)).rowcount


def _old(limit_us: int) -> sa.Select[tuple[object]]:
    events = schema.events.c
    ended = sa.func.coalesce(events.end_us, events.start_us)
    return sa.select(events.event_id).where(events.start_us < limit_us, ended < limit_us)


def _forget_incidents(connection: sa.Connection, limit_us: int) -> int:
    """Those without an event left. Their acknowledgements go with them (ON DELETE CASCADE)."""
    incident = schema.incidents.c
    has_events = sa.exists().where(schema.events.c.incident_id == incident.incident_id)
    return _delete(connection, schema.incidents, (incident.start_us < limit_us) & ~has_events)


def _forget_arrivals(connection: sa.Connection, limit_us: int) -> None:
    """Arrivals and dead letters of records that are gone."""
    for table in (schema.outbox, schema.dead_letters):
        record = table.c.record_id
        is_event = sa.exists().where(schema.events.c.event_id == record)
        is_number = sa.exists().where(schema.measurements.c.measurement_id == record)
        _delete(connection, table, ~is_event & ~is_number)
    _delete(connection, schema.dead_letters, schema.dead_letters.c.at_us < limit_us)


def _gap_is_old(limit_us: int) -> sa.ColumnElement[bool]:
    session, gap = schema.sessions.c, schema.gaps.c
    start_us = sa.select(session.start_us).where(session.id == gap.session).scalar_subquery()
    return start_us + gap.end_s * 1e6 < limit_us


def _session_is_done(limit_us: int) -> sa.ColumnElement[bool]:
    session = schema.sessions.c
    owners = (
        schema.events,
        schema.incidents,
        schema.measurements,
        schema.trajectories,
        schema.gaps,
    )
    return sa.and_(
        session.start_us < limit_us,
        session.status != SessionStatus.RUNNING.value,
        *(~sa.exists().where(table.c.session == session.id) for table in owners),
    )
