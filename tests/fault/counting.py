"""What must be true of store and sink when a system has ended, whatever was done to it."""

from __future__ import annotations

import json

from fault.whole_system import WORKERS, System


def check_records(it: System) -> None:
    """What a journal has taken is stored once and delivered once, and nothing else is."""
    kept, made = it.trace.ids("kept"), it.trace.ids("made")
    stored, delivered = it.stored(), it.delivered()
    assert len(kept) > 100 * WORKERS, "too little flowed to test anything"
    assert sorted(kept - stored.keys()) == []
    assert delivered == stored
    assert set(stored.values()) == {1}
    # What nobody made is the end of an incident whose worker died.
    assert stored.keys() - made - kept <= closings(it)
    assert it.rows(TWICE_A_PHASE) == []
    assert it.rows(TWICE_A_WINDOW) == []


def closings(it: System) -> set[str]:
    """Events that end an incident because nothing more could be seen of it."""
    query = "SELECT event_id, data FROM events WHERE phase = 'close'"
    return {
        event.replace("-", "")
        for event, data in it.rows(query)
        if json.loads(data).get("cut_short") is True
    }


TWICE_A_PHASE = """
SELECT incident_id, phase, count(*) FROM events WHERE phase IN ('open', 'close', 'instant')
GROUP BY incident_id, phase HAVING count(*) > 1
"""
TWICE_A_WINDOW = """
SELECT session, metric, count(*) FROM measurements
GROUP BY session, place_kind, place, metric, class_label, direction, window_start_us
HAVING count(*) > 1
"""


def check_endings(it: System) -> None:
    """Incidents and sessions that died with their worker have got an end, by whoever followed."""
    assert it.open_incidents() == []
    assert it.rows("SELECT id, feed FROM sessions WHERE status = 'running'") == []
