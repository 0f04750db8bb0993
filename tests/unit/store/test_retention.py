import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from wayside.domain.records import Event, Finding, Measurement, Phase
from wayside.domain.tracks import Trajectory
from wayside.events.lifecycle import Incidents
from wayside.store.database import Store
from wayside.store.records import Gap, SessionRecord, SessionStatus, Still
from wayside.store.retention import PurgeCounts, purge

Make = Callable[..., list[Event]]
MakeMeasurements = Callable[..., list[Measurement]]
MakeTrajectory = Callable[..., Trajectory]

CANARY = b"canary-5c1f0e"


def after(session: SessionRecord, seconds: float) -> datetime:
    return session.start + timedelta(seconds=seconds)


def bytes_of(path: Path) -> bytes:
    """Of the database and all that lies beside it: log, shared memory, temporary files."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.iterdir()))


def test_old_records_go_and_the_rest_stays(
    store: Store,
    session: SessionRecord,
    make_events: Make,
    make_measurements: MakeMeasurements,
    make_trajectory: MakeTrajectory,
    jpeg: bytes,
) -> None:
    old, new = make_events(3), make_events(2, first_s=1000.0)
    old_windows, new_windows = make_measurements(), make_measurements(start_s=1000.0)
    stills = [Still(event.event_id, jpeg, 8, 8) for event in (old[0], old[1], new[0])]
    gaps = [Gap("north", "s1", 1.0, 2.0, "stall"), Gap("north", "s1", 400.0, 700.0, "stall")]
    store.write(
        session,
        events=old + new,
        measurements=old_windows + new_windows,
        trajectories=[make_trajectory(1), make_trajectory(2, first_s=1000.0)],
        stills=stills,
        gaps=gaps,
    )
    counts = purge(store, after(session, 500))
    assert counts == PurgeCounts(
        sessions=0,
        events=3,
        measurements=2,
        trajectories=1,
        stills=2,
        gaps=1,
        is_scrubbed=True,
        incidents=3,
    )
    assert store.events() == new
    assert store.measurements() == new_windows
    assert [each.track for each in store.trajectories()] == [2]
    assert list(store.stills(event.event_id for event in old + new)) == [new[0].event_id]
    assert store.gaps() == gaps[1:]
    assert store.sessions() == [session]


def test_a_second_purge_finds_nothing(
    store: Store, session: SessionRecord, make_events: Make
) -> None:
    store.write(session, events=make_events(3))
    purge(store, after(session, 500))
    again = purge(store, after(session, 500))
    assert again == PurgeCounts(0, 0, 0, 0, 0, 0, is_scrubbed=True)


def test_the_limit_itself_is_kept(store: Store, session: SessionRecord, make_events: Make) -> None:
    (event,) = make_events(1, first_s=10.0)
    store.write(session, events=[event])
    assert purge(store, event.start).events == 0
    assert purge(store, event.start + timedelta(microseconds=1)).events == 1


def test_an_event_is_old_when_it_has_ended_long_ago(
    store: Store, session: SessionRecord, incidents: Incidents
) -> None:
    opened, closed = incidents.events(
        [
            Finding("traffic.queue", "q", Phase.OPEN, 5.0, None, "Z1"),
            Finding("traffic.queue", "q", Phase.CLOSE, 5.0, 900.0, "Z1"),
        ]
    )
    store.write(session, events=[opened, closed])
    purge(store, after(session, 500))
    assert store.events() == [closed]


def test_a_session_goes_after_its_last_record_unless_it_runs(
    store: Store, session: SessionRecord, make_events: Make
) -> None:
    running = replace(session, id="s2", status=SessionStatus.RUNNING)
    store.write(session, events=make_events(2))
    store.write(running)
    assert purge(store, after(session, -1)).sessions == 0
    assert purge(store, after(session, 500)).sessions == 1
    assert store.sessions() == [running]


def test_expired_bytes_are_gone_from_every_file(
    store: Store, path: Path, session: SessionRecord, make_events: Make
) -> None:
    note = CANARY.decode()
    # Small rows among rows that stay, rows with overflow pages, and pictures.
    old = make_events(300, note=note) + make_events(20, note=note * 900)
    new = make_events(300, first_s=1000.0, note="kept")
    picture = b"\xff\xd8\xff" + CANARY * 4000 + b"\xff\xd9"
    stills = [Still(event.event_id, picture, 64, 64) for event in old[::10]]
    mixed = [event for pair in zip(old, new, strict=False) for event in pair]
    store.write(session, events=mixed)
    store.write(events=old + new, stills=stills)
    store.compact()
    assert CANARY in path.read_bytes()
    size = path.stat().st_size
    counts = purge(store, after(session, 500))
    assert (counts.events, counts.stills, counts.is_scrubbed) == (320, 32, True)
    assert CANARY not in bytes_of(path)
    assert store.events() == new
    assert path.stat().st_size < size / 2
    assert path.with_name("wayside.db-wal").stat().st_size == 0
    store.close()
    assert CANARY not in bytes_of(path)


def test_a_reader_keeps_old_bytes_alive_and_that_is_said(
    store: Store, path: Path, session: SessionRecord, make_events: Make
) -> None:
    store.write(session, events=make_events(50, note=CANARY.decode()))
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM events").fetchall()
    counts = purge(store, after(session, 500))
    assert (counts.events, counts.is_scrubbed) == (50, False)
    reader.execute("COMMIT")
    reader.close()
    assert purge(store, after(session, 500)).is_scrubbed
    assert CANARY not in bytes_of(path)


def test_a_limit_without_a_zone_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="zone"):
        purge(store, datetime(2026, 1, 1))
