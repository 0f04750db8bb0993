"""What a killed worker could not end: its sessions, and the incidents that were open in them.

A feed has one session at a time. When the next one begins, the one before it
is over, whether or not anybody could say so.
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


def close_superseded(connection: sa.Connection, begun: Iterable[Row]) -> Batch:
    """CLOSE events for what is open in sessions that these new ones of the same feed follow.

    The sessions themselves are marked as interrupted. The events end when the
    next session began, at the latest: nothing was seen since, and their data
    say ``cut_short``. Their ids follow from the incident's, so that to close
    again makes no second one.
    """
    closed = Batch()
    for session in begun:
        for before in _running_before(connection, session):
            events = [_closing(row, session) for row in _open_incidents(connection, before)]
            closed.events.extend(events)
            connection.execute(
                sa.update(schema.sessions)
                .where(schema.sessions.c.id == before)
                .values(status=SessionStatus.INTERRUPTED.value)
            )
    return closed


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


def _closing(latest: sa.RowMapping, following: Row) -> Row:
    """The end of an incident whose last phase is that."""
    end_us = max(latest["start_us"], following["start_us"])
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
