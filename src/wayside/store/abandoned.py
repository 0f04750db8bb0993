"""What a killed worker could not end: its sessions, and the incidents that were open in them.

A feed has one session at a time. When the next one begins, the one before it
is over, whether or not anybody could say so. And a session that ended after a
fault could say that it ended, but not what was open in it. A feed that is
removed, or whose worker died before, may have no next session at all.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from wayside.domain.records import Phase
from wayside.events.lifecycle import CUT_SHORT
from wayside.store import schema
from wayside.store.batches import Batch
from wayside.store.database import Store
from wayside.store.keeping import keep
from wayside.store.records import SessionStatus
from wayside.store.rows import Row, to_microseconds

_AFTER_TIME = 80  # bits of a UUID after its 48 bits of time (RFC 9562, 5.7)
_RAND_B_BITS = 62
_OPEN = (Phase.OPEN.value, Phase.UPDATE.value)


def close_abandoned(connection: sa.Connection, told: Iterable[Row]) -> Batch:
    """CLOSE events for what is open in sessions that are over.

    told: rows of sessions, whose own records are in the tables already. One that
    has ended ends what is open in it. One that is there at all ends those of the
    same feed that began before it and still run; they are marked as interrupted.
    Nothing was seen since, so the events end then at the latest, and their data
    say ``cut_short``. Their ids follow from the incident's, so that to close
    again makes no second one.
    """
    closed = Batch()
    for session in told:
        if session["status"] != SessionStatus.RUNNING.value:
            end_us = session["start_us"] + round((session["duration_s"] or 0.0) * 1e6)
            closed.events.extend(_closings(connection, session["id"], end_us))
        before = _running_before(connection, session)
        for each in before:
            closed.events.extend(_closings(connection, each, session["start_us"]))
        _interrupt(connection, before)
    return closed


def close_gone(store: Store, site: str, feeds: Collection[str], now: datetime) -> int:
    """Ends what still runs of feeds that the site has not (any more); returns how many sessions.

    Their incidents close as ``cut_short``, where the last measurement ends, or now where none was
    made. Call it when their workers have had time to end them in order; again does no harm.
    Raises StoreError.
    """
    with store.transaction() as connection:
        gone = [row for row in _running(connection) if row.site != site or row.feed not in feeds]
        closed = Batch()
        for row in gone:
            seen_us = _measured_until(connection, row.id)
            over_us = to_microseconds(now) if seen_us is None else seen_us
            closed.events.extend(_closings(connection, row.id, over_us))
        keep(connection, closed, outbox=True)
        _interrupt(connection, [row.id for row in gone])
    return len(gone)


def _running(connection: sa.Connection) -> list[sa.Row[tuple[str, str, str]]]:
    table = schema.sessions.c
    running = table.status == SessionStatus.RUNNING.value
    return list(connection.execute(sa.select(table.id, table.site, table.feed).where(running)))


def _measured_until(connection: sa.Connection, session: str) -> int | None:
    table = schema.measurements.c
    query = sa.select(sa.func.max(table.window_end_us)).where(table.session == session)
    found: int | None = connection.scalar(query)
    return found


def _interrupt(connection: sa.Connection, sessions: Iterable[str]) -> None:
    for session in sessions:
        connection.execute(
            sa.update(schema.sessions)
            .where(schema.sessions.c.id == session)
            .values(status=SessionStatus.INTERRUPTED.value)
        )


def _closings(connection: sa.Connection, session: str, over_us: int) -> list[Row]:
    return [_closing(row, over_us) for row in _open_incidents(connection, session)]


def _running_before(connection: sa.Connection, session: Row) -> list[str]:
    table = schema.sessions.c
    query = sa.select(table.id).where(
        table.feed == session["feed"],
        table.site == session["site"],
        table.id != session["id"],
        table.start_us < session["start_us"],
        table.status == SessionStatus.RUNNING.value,
    )
    return list(connection.scalars(query))


def _open_incidents(connection: sa.Connection, session: str) -> list[sa.RowMapping]:
    incidents = schema.incidents
    events = schema.events
    query = (
        sa.select(events)
        .join(
            incidents,
            (incidents.c.incident_id == events.c.incident_id)
            & (incidents.c.sequence == events.c.sequence),
        )
        .where(incidents.c.session == session, incidents.c.phase.in_(_OPEN))
    )
    return list(connection.execute(query).mappings())


def _closing(latest: sa.RowMapping, over_us: int) -> Row:
    """The end of an incident whose last phase is that, in a session that was over then."""
    end_us = max(latest["start_us"], over_us)
    lasted_s = (end_us - latest["start_us"]) / 1e6
    data = {**json.loads(latest["data"]), CUT_SHORT: True}
    return {
        **latest,
        "event_id": _closing_id(latest["incident_id"], latest["event_id"], end_us),
        "sequence": latest["sequence"] + 1,
        "phase": Phase.CLOSE.value,
        "end_us": end_us,
        "end_s": latest["start_s"] + lasted_s,
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")),
    }


def _closing_id(incident: uuid.UUID, latest: uuid.UUID, end_us: int) -> uuid.UUID:
    """The same at each try, and as a version 7 it sorts after the phase before it."""
    milliseconds = max((latest.int >> _AFTER_TIME) + 1, end_us // 1000)
    tail = uuid.uuid5(incident, CUT_SHORT).int & ((1 << _RAND_B_BITS) - 1)
    return uuid.UUID(int=milliseconds << _AFTER_TIME | 7 << 76 | 0b10 << _RAND_B_BITS | tail)
