"""What a killed worker could not end: its sessions, and the incidents that were open in them.

A feed has one session at a time. When the next one begins, the one before it
is over, whether or not anybody could say so. And a session that ended after a
fault could say that it ended, but not what was open in it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable

import sqlalchemy as sa

from wayside.domain.records import Phase
from wayside.events.lifecycle import CUT_SHORT
from wayside.store import schema
from wayside.store.batches import Batch
from wayside.store.records import SessionStatus
from wayside.store.rows import Row

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
        for before in _running_before(connection, session):
            closed.events.extend(_closings(connection, before, session["start_us"]))
            connection.execute(
                sa.update(schema.sessions)
                .where(schema.sessions.c.id == before)
                .values(status=SessionStatus.INTERRUPTED.value)
            )
    return closed


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
