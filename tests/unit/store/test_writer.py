from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from wayside.domain.errors import StoreError
from wayside.domain.records import Finding, Origin, Phase
from wayside.domain.time import SystemClock
from wayside.events.lifecycle import CUT_SHORT, Incidents
from wayside.store.abandoned import close_gone
from wayside.store.database import Store
from wayside.store.incidents import IncidentFilter, page
from wayside.store.journal import Journal, journal_path
from wayside.store.outbox import Outbox
from wayside.store.records import Clip, Gap, SessionRecord, SessionStatus, Still
from wayside.store.writer import StoreWriter
from wayside.store.writer_thread import StoreWriterThread
from wayside.testing.clock import FakeClock

MP4 = b"\0\0\0\x20ftypisom"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "journals"
    made.mkdir()
    return made


@pytest.fixture
def writer(store: Store, folder: Path) -> Iterator[StoreWriter]:
    made = StoreWriter(store, folder)
    yield made
    made.close()


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    with Journal.open(journal_path(folder, 0)) as opened:
        yield opened


def test_everything_arrives_once_and_is_forgotten(
    store: Store,
    writer: StoreWriter,
    journal: Journal,
    session: SessionRecord,
    make_events: Callable,
    make_measurements: Callable,
    make_trajectory: Callable,
    jpeg: bytes,
) -> None:
    events, windows = make_events(3), make_measurements()
    stills = [Still(events[0].event_id, jpeg, 8, 8)]
    gaps = [Gap("north", "s1", 1.0, 2.0, "stall")]
    paths = [make_trajectory()]
    journal.commit(session, events=events, measurements=windows)
    journal.commit(session, trajectories=paths, stills=stills, gaps=gaps)
    journal.commit(clips=[Clip(events[0].event_id, MP4)])
    assert writer.step() == 3 + 2 + 1 + 1 + 1 + 1 + 1
    assert writer.step() == 0
    assert store.events() == events
    assert store.measurements() == windows
    assert store.gaps() == gaps
    assert store.sessions() == [session]
    assert [each.track for each in store.trajectories()] == [paths[0].track]
    assert page(store, IncidentFilter()).items[-1].has_clip
    assert journal.read() == []
    arrived = [each.record for each in Outbox(store).after(0).records]
    assert arrived == [*events, *windows]


def test_a_writer_killed_before_it_forgot_copies_nothing_twice(
    store: Store, folder: Path, journal: Journal, session: SessionRecord, make_events: Callable
) -> None:
    journal.commit(session, events=make_events(2))
    killed = StoreWriter(store, folder)
    killed._tidy = lambda *_: None  # type: ignore[method-assign]
    assert killed.step() == 3
    killed.close()
    assert len(journal.read()) == 1
    following = StoreWriter(store, folder)
    assert following.step() == 0
    following.close()
    assert journal.read() == []
    assert Outbox(store).newest() == 2


def test_a_clip_comes_after_its_event_and_once(
    store: Store, folder: Path, journal: Journal, session: SessionRecord, make_events: Callable
) -> None:
    """The writer is killed after it has copied the clip and before it forgot it."""
    events = make_events(2)
    journal.commit(session, events=events)
    first = StoreWriter(store, folder)
    first.step()
    journal.commit(clips=[Clip(events[0].event_id, MP4)])
    first._tidy = lambda *_: None  # type: ignore[method-assign]
    assert first.step() == 1
    first.close()
    journal.commit(clips=[Clip(events[0].event_id, MP4 + b"again")])
    following = StoreWriter(store, folder)
    following.step()
    assert following.step() == following.orphans == 0
    following.close()
    with store.transaction() as connection:
        assert connection.exec_driver_sql("SELECT mp4 FROM clips").all() == [(MP4,)]
    assert Outbox(store).newest() == 2


def test_a_locked_store_loses_nothing(
    store: Store,
    path: Path,
    writer: StoreWriter,
    journal: Journal,
    session: SessionRecord,
    make_events: Callable,
) -> None:
    events = make_events(2)
    journal.commit(session, events=events)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another process"):
        writer.step()
    assert len(journal.read()) == 1
    other.execute("ROLLBACK")
    other.close()
    assert writer.step() == 3
    assert store.events() == events


def test_the_journal_of_a_dead_worker_is_copied_and_removed(
    store: Store, folder: Path, writer: StoreWriter, session: SessionRecord, make_events: Callable
) -> None:
    with Journal.open(journal_path(folder, 7)) as dead:
        dead.commit(session, events=make_events(1))
    writer.step()
    writer.step()
    assert len(store.events()) == 1
    assert list(folder.iterdir()) == []
    with store.transaction() as connection:
        assert connection.exec_driver_sql("SELECT * FROM journal_cursors").all() == []


def test_the_empty_journal_of_a_living_worker_stays(
    folder: Path,
    writer: StoreWriter,
    journal: Journal,
    session: SessionRecord,
    make_events: Callable,
) -> None:
    writer.step()
    journal.commit(session, events=make_events(1))
    assert writer.step() == 2
    assert journal.path.exists()


def test_a_damaged_journal_is_set_aside_and_its_worker_goes_on(
    store: Store, folder: Path, writer: StoreWriter, session: SessionRecord, make_events: Callable
) -> None:
    with Journal.open(journal_path(folder, 0)) as journal:
        for _ in range(30):
            journal.commit(session, events=make_events(20))
    content = bytearray(journal.path.read_bytes())
    content[4096 * 4 : 4096 * 40] = os.urandom(4096 * 36)
    journal.path.write_bytes(content)
    writer.step()
    assert writer.status().set_aside == 1
    assert journal.path.with_name("worker-0.journal.damaged-1").read_bytes() == content
    events = make_events(2)
    with Journal.open(journal.path) as following:
        following.commit(session, events=events)
        assert writer.step() == 3
    assert store.events() == events


def test_records_whose_session_was_lost_are_kept_under_a_stub(
    store: Store,
    writer: StoreWriter,
    journal: Journal,
    make_events: Callable,
    make_measurements: Callable,
    session: SessionRecord,
) -> None:
    events = make_events(2, first_s=5.0)
    journal.commit(events=events, measurements=make_measurements())
    writer.step()
    assert store.events() == events
    (stub,) = store.sessions()
    assert (stub.id, stub.feed, stub.start_is_known) == ("s1", "north", False)
    assert stub.start == session.start


def test_pictures_of_what_retention_took_are_counted_not_stuck(
    store: Store,
    writer: StoreWriter,
    journal: Journal,
    jpeg: bytes,
    make_events: Callable,
    session: SessionRecord,
) -> None:
    gone = uuid4()
    journal.commit(stills=[Still(gone, jpeg, 8, 8)], clips=[Clip(gone, MP4)])
    journal.commit(gaps=[Gap("north", "never", 1.0, 2.0, "stall")])
    journal.commit(session, events=make_events(1))
    writer.step()
    assert writer.status().orphans == 3
    assert len(store.events()) == 1


def test_what_a_killed_worker_left_open_is_closed_by_the_next_session(
    store: Store, writer: StoreWriter, journal: Journal, session: SessionRecord
) -> None:
    running = replace(session, status=SessionStatus.RUNNING)
    before = Incidents(Origin("harbour", "north", "s1"), session.start, SystemClock())
    opened = before.events([Finding("traffic.stopped_object", "z", Phase.OPEN, 5.0, None, "Z1")])
    journal.commit(running, events=opened)
    writer.step()
    following = replace(running, id="s2", start=session.start + timedelta(seconds=60))
    for _ in range(2):
        journal.commit(following)
        writer.step()
    (incident,) = page(store, IncidentFilter()).items
    assert incident.phase is Phase.CLOSE
    assert incident.end == following.start
    assert incident.data[CUT_SHORT] is True
    assert [event.phase for event in store.events()] == [Phase.OPEN, Phase.CLOSE]
    assert store.events()[1].end_s == 60.0
    assert {each.id: each.status for each in store.sessions()} == {
        "s1": SessionStatus.INTERRUPTED,
        "s2": SessionStatus.RUNNING,
    }
    assert len(Outbox(store).after(0).records) == 2


def test_what_a_failed_session_left_open_is_closed_at_its_end(
    store: Store, writer: StoreWriter, journal: Journal, session: SessionRecord
) -> None:
    before = Incidents(Origin("harbour", "north", "s1"), session.start, SystemClock())
    both = [
        Finding("traffic.stopped_object", key, Phase.OPEN, 5.0, None, "Z1") for key in ("a", "b")
    ]
    opened = before.events(both)
    ended = before.events([replace(both[0], phase=Phase.CLOSE, end_s=9.0)])
    journal.commit(replace(session, status=SessionStatus.RUNNING), events=opened)
    writer.step()
    for _ in range(2):
        failed = replace(session, status=SessionStatus.FAILED, duration_s=20.0)
        journal.commit(failed, events=ended)
        writer.step()
    ends = {event.incident_id: event for event in store.events() if event.phase is Phase.CLOSE}
    assert len(store.events()) == 4
    assert ends[opened[0].incident_id] == ended[0]
    assert ends[opened[1].incident_id].end_s == 20.0
    assert ends[opened[1].incident_id].data[CUT_SHORT] is True
    assert store.sessions()[0].status is SessionStatus.FAILED


def test_what_is_open_in_feeds_that_are_gone_is_cut_short(
    store: Store, writer: StoreWriter, journal: Journal, session: SessionRecord
) -> None:
    running = replace(session, status=SessionStatus.RUNNING, duration_s=None)
    opened = []
    for name in ("s1", "s2"):
        feed = "north" if name == "s1" else "south"
        origin = Origin(session.site, feed, name, 0, 1)
        incidents = Incidents(origin, session.start, SystemClock())
        given = Finding("health.frozen", "frozen:1", Phase.OPEN, 5.0, None, "")
        opened += incidents.events([given])
        journal.commit(replace(running, id=name, feed=feed), events=opened[-1:])
    writer.step()
    now = session.start + timedelta(seconds=30)
    assert close_gone(store, session.site, {"north", "south"}, now) == 0
    assert close_gone(store, session.site, {"south"}, now) == 1
    assert close_gone(store, session.site, {"south"}, now) == 0
    ends = [event for event in store.events() if event.phase is Phase.CLOSE]
    assert [event.incident_id for event in ends] == [opened[0].incident_id]
    assert (ends[0].end, ends[0].data[CUT_SHORT]) == (now, True)
    found = {each.id: each.status for each in store.sessions()}
    assert found == {"s1": SessionStatus.INTERRUPTED, "s2": SessionStatus.RUNNING}
    assert [each.record for each in Outbox(store).after(0).records][-1] == ends[0]
    assert close_gone(store, "another-site", {"south"}, now) == 1


def test_the_thread_outlives_a_fault_that_nobody_foresaw(
    store: Store, folder: Path, journal: Journal, session: SessionRecord
) -> None:
    arrived = threading.Event()
    writer = StoreWriter(store, folder)
    whole, faults = writer.step, [ZeroDivisionError("a secret in a text")]

    def step() -> int:
        if faults:
            raise faults.pop()
        return whole()

    writer.step = step  # type: ignore[method-assign]
    thread = StoreWriterThread(writer, SystemClock(), arrived.set)
    journal.commit(session)
    with capture_logs() as lines:
        thread.start()
        assert arrived.wait(30)
        thread.stop()
    assert store.sessions() == [session]
    assert (thread.status().failures, thread.status().problem) == (1, "")
    assert lines[0]["problem"] == "a fault inside wayside (ZeroDivisionError)"


def test_the_older_records_of_a_feed_that_changed_its_worker_come_first(
    store: Store, folder: Path, writer: StoreWriter, session: SessionRecord, make_events: Callable
) -> None:
    clock = FakeClock()
    first, second = make_events(1), make_events(1)
    with (
        Journal.open(journal_path(folder, 1), clock=clock) as older,
        Journal.open(journal_path(folder, 0), clock=clock) as newer,
    ):
        older.commit(session, events=first)
        clock.advance(1.0)
        newer.commit(session, events=second)
        writer.step()
    assert [each.record for each in Outbox(store).after(0).records] == [*first, *second]


def test_lag_is_the_age_of_what_is_not_copied(
    store: Store, folder: Path, session: SessionRecord
) -> None:
    clock = FakeClock()
    writer = StoreWriter(store, folder, clock)
    with Journal.open(journal_path(folder, 0), clock=clock) as journal:
        writer.step()
        journal.commit(session)
        clock.advance(3.0)
        assert writer.lag_s() == 3.0
        writer.step()
        assert writer.lag_s() == 0.0
    writer.close()


def test_the_thread_copies_when_nudged_and_what_is_left_at_the_end(
    store: Store, folder: Path, journal: Journal, session: SessionRecord, make_events: Callable
) -> None:
    arrived = threading.Event()
    thread = StoreWriterThread(StoreWriter(store, folder), SystemClock(), arrived.set)
    thread.start()
    events = make_events(2)
    journal.commit(session, events=events[:1])
    thread.nudge()
    assert arrived.wait(30)
    journal.commit(session, events=events[1:])
    thread.stop()
    assert store.events() == events
    assert thread.status().problem == ""


def test_the_thread_says_that_the_store_is_locked_and_heals(
    store: Store,
    path: Path,
    folder: Path,
    journal: Journal,
    session: SessionRecord,
    make_events: Callable,
) -> None:
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    events = make_events(1)
    journal.commit(session, events=events)
    arrived = threading.Event()
    thread = StoreWriterThread(StoreWriter(store, folder), SystemClock(), arrived.set)
    thread.start()
    while thread.status().failures == 0:
        arrived.wait(0.01)
    assert "locked" in thread.status().problem
    other.execute("ROLLBACK")
    other.close()
    assert arrived.wait(30)
    thread.stop()
    assert store.events() == events
    assert isinstance(store.events()[0].start, datetime)


def test_the_outbox_is_trimmed_now_and_then(
    store: Store,
    writer: StoreWriter,
    journal: Journal,
    session: SessionRecord,
    make_events: Callable,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("wayside.store.writer._RECORDS_A_TRIM", 5)
    monkeypatch.setattr(Outbox.trim, "__defaults__", (2,))
    journal.commit(session, events=make_events(3))
    writer.step()
    assert len(Outbox(store).after(0).records) == 3
    journal.commit(events=make_events(3))
    writer.step()
    assert [each.arrival for each in Outbox(store).after(0).records] == [5, 6]
