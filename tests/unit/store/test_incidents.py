from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from wayside.domain.errors import UsageError
from wayside.domain.records import Event, Finding, Phase, Severity
from wayside.events.lifecycle import Incidents
from wayside.store import schema
from wayside.store.database import Store
from wayside.store.incidents import IncidentFilter, StoredIncident, page
from wayside.store.queries import Archive
from wayside.store.records import Clip, SessionRecord, Still
from wayside.store.retention import purge

MP4 = b"\0\0\0\x20ftypisom"


def all_pages(store: Store, wanted: IncidentFilter, limit: int) -> list[StoredIncident]:
    found: list[StoredIncident] = []
    cursor = None
    while True:
        shown = page(store, wanted, cursor, limit)
        assert len(shown.items) <= limit
        found += shown.items
        if shown.next is None:
            return found
        cursor = shown.next


@pytest.mark.parametrize("kind", [None, "traffic.", "venue.zone_presence", "venue.", "x.", "x.y"])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_pages_show_each_incident_once_newest_first(
    store: Store, session: SessionRecord, make_events: Callable, kind: str | None, limit: int
) -> None:
    kinds = ("traffic.line_crossing", "traffic.movement", "venue.zone_presence")
    events = [event for each in kinds for event in make_events(4, kind=each)]
    store.write(session, events=events)
    expected = [event for event in events if event.kind.startswith(kind or "")]
    expected.sort(key=lambda event: (event.start, event.incident_id.hex), reverse=True)
    found = all_pages(store, IncidentFilter(kind=kind), limit)
    assert [each.id for each in found] == [event.incident_id for event in expected]


def test_the_phases_make_one_incident(
    store: Store, session: SessionRecord, incidents: Incidents, jpeg: bytes
) -> None:
    def found(phase: Phase, end_s: float | None, severity: Severity, **data: object) -> Finding:
        return Finding("traffic.stopped_object", "k", phase, 5.0, end_s, "Z1", severity, data)

    events = incidents.events(
        [
            found(Phase.OPEN, None, Severity.INFO, **{"class": "car"}),
            found(Phase.UPDATE, None, Severity.CRITICAL, **{"class": "truck"}),
            found(Phase.CLOSE, 17.0, Severity.WARNING, **{"class": "bus", "track": 4}),
        ]
    )
    still = Still(events[0].event_id, jpeg, 8, 8)
    for batch in ([events[0]], events[:2], events, events[:1]):  # again and late changes nothing
        store.write(session, events=batch)
    archive = Archive(store)
    store.write(stills=[still], clips=[Clip(events[2].event_id, MP4)])
    incident = archive.incident(events[0].incident_id)
    assert incident is not None
    assert (incident.phase, incident.severity, incident.class_label) == (
        Phase.CLOSE,
        Severity.CRITICAL,
        "bus",
    )
    assert (incident.lasted_s, incident.is_open) == (12.0, False)
    assert incident.data == {"class": "bus", "track": 4}
    assert (incident.has_still, incident.has_clip) == (True, True)
    assert archive.phases(incident.id) == events
    assert archive.still(incident.id) == still
    assert archive.clip(incident.id) == MP4
    assert archive.incidents_of(events) == [incident]
    assert archive.incident(uuid4()) is None


def test_filters_narrow(store: Store, session: SessionRecord, make_events: Callable) -> None:
    events: list[Event] = make_events(6)
    store.write(session, events=events)

    def number(**wanted: object) -> int:
        return len(page(store, IncidentFilter(**wanted)).items)  # type: ignore[arg-type]

    assert number(feed="north", place="L1", class_label="car", severity=Severity.WARNING) == 6
    assert number(feed="south") == number(place="L2") == number(class_label="bus") == 0
    assert number(feeds=frozenset({"north", "x"})) == number(feeds=None) == 6
    assert number(feeds=frozenset({"x"})) == number(feeds=frozenset()) == 0
    assert number(feeds=frozenset({"x"}), feed="north") == 0
    assert number(severity=Severity.INFO) == 0
    assert number(since=events[2].start) == 4
    assert number(until=events[2].start) == 2
    assert number(kind="traffic.", feed="north", since=events[5].start) == 1


def test_acknowledging(store: Store, session: SessionRecord, make_events: Callable) -> None:
    first, second = make_events(2)
    store.write(session, events=[first, second])
    archive = Archive(store)
    at = session.start + timedelta(seconds=9)
    assert archive.acknowledge(first.incident_id, "ann", at, "false alarm")
    assert archive.acknowledge(first.incident_id, "bob", at)
    assert not archive.acknowledge(uuid4(), "ann", at)
    (seen,) = archive.incidents(IncidentFilter(acknowledged=True)).items
    assert seen.id == first.incident_id
    assert seen.acknowledged is not None
    assert (seen.acknowledged.by, seen.acknowledged.at, seen.acknowledged.note) == ("bob", at, "")
    (unseen,) = archive.incidents(IncidentFilter(acknowledged=False)).items
    assert unseen.id == second.incident_id
    assert archive.unacknowledge(first.incident_id)
    assert not archive.unacknowledge(first.incident_id)
    assert len(archive.incidents(IncidentFilter(acknowledged=False)).items) == 2


@pytest.mark.parametrize("cursor", ["", "x", "é", "MTIz", "A" * 5000, "OTk5OTk5.", "LS0tLg=="])
def test_a_cursor_of_nobody_is_refused(store: Store, cursor: str) -> None:
    with pytest.raises(UsageError, match="cursor"):
        page(store, IncidentFilter(), cursor)


def test_retention_takes_incident_clip_and_acknowledgement(
    store: Store, session: SessionRecord, make_events: Callable
) -> None:
    (old,), (new,) = make_events(1), make_events(1, first_s=1000.0)
    store.write(session, events=[old, new], clips=[Clip(old.event_id, MP4)])
    archive = Archive(store)
    archive.acknowledge(old.incident_id, "ann", session.start)
    counts = purge(store, session.start + timedelta(seconds=500))
    assert (counts.clips, counts.incidents) == (1, 1)
    assert [each.id for each in archive.incidents(IncidentFilter()).items] == [new.incident_id]
    with store.transaction() as connection:
        query = sa.select(sa.func.count()).select_from(schema.acknowledgements)
        assert connection.scalar(query) == 0


def test_a_store_of_an_older_wayside_gets_its_incidents(
    path: Path,
    older: Callable[[str], None],
    session: SessionRecord,
    incidents: Incidents,
    make_events: Callable,
) -> None:
    older("0001")
    events = incidents.events(
        [
            Finding("venue.zone_presence", "k", Phase.OPEN, 1.0, None, "Z1", Severity.CRITICAL),
            Finding("venue.zone_presence", "k", Phase.CLOSE, 1.0, 4.0, "Z1", data={"class": "car"}),
        ]
    ) + make_events(2)
    with sqlite3.connect(path) as connection:
        start = [session.id, session.site, session.feed, "", 0, 0, None, "finished", None]
        connection.execute(
            f"INSERT INTO sessions VALUES ({', '.join('?' * 14)})", start + ["{}"] * 5
        )
        for event in events:
            row = [event.event_id.hex, event.incident_id.hex, "harbour", "north", "s1", 2, 5]
            row += [event.sequence, event.kind, event.phase.value, round(event.start_s * 1e6)]
            row += [None if event.end_s is None else round(event.end_s * 1e6), event.start_s]
            row += [event.end_s, event.place, event.severity.value, json.dumps(dict(event.data))]
            connection.execute(f"INSERT INTO events VALUES ({', '.join('?' * 17)})", row)
    connection.close()
    with Store.open(path) as store:
        found = {each.id: each for each in page(store, IncidentFilter()).items}
        migrated = found[events[0].incident_id]
        assert len(found) == 3
        assert (migrated.phase, migrated.class_label) == (Phase.CLOSE, "car")
        assert (migrated.severity, migrated.lasted_s) == (Severity.CRITICAL, 3.0)


def test_several_kinds_at_once(
    store: Store, session: SessionRecord, make_events: Callable[..., list[Event]]
) -> None:
    kinds = ("traffic.queue", "traffic.movement", "venue.zone_presence")
    events = [event for each in kinds for event in make_events(2, kind=each)]
    store.write(session, events=events)

    def found(kind: str) -> set[str]:
        return {each.kind for each in page(store, IncidentFilter(kind=kind)).items}

    assert found("traffic.queue,venue.") == {"traffic.queue", "venue.zone_presence"}
    assert found("traffic.queue,traffic.movement") == {"traffic.queue", "traffic.movement"}
    assert found("traffic.queue,traffic.queue,health.") == {"traffic.queue"}
    assert found("health.frozen,health.lost") == set()
