import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from wayside.domain.errors import StoreError
from wayside.domain.records import Event, Measurement
from wayside.domain.tracks import Trajectory
from wayside.store.database import Store
from wayside.store.records import Gap, SessionRecord, SessionStatus, Still

Make = Callable[..., list[Event]]
MakeMeasurements = Callable[..., list[Measurement]]
MakeTrajectory = Callable[..., Trajectory]


def test_everything_comes_back_as_it_was_written(
    store: Store,
    session: SessionRecord,
    make_events: Make,
    make_measurements: MakeMeasurements,
    make_trajectory: MakeTrajectory,
    jpeg: bytes,
) -> None:
    events, measurements = make_events(), make_measurements()
    still = Still(events[0].event_id, jpeg, 640, 360)
    gap = Gap("north", "s1", 3.0, 4.5, "connection lost")
    paths = [make_trajectory(1), make_trajectory(2**62, first_s=1.0, ground=False)]
    store.write(
        session,
        events=events,
        measurements=measurements,
        trajectories=paths,
        stills=[still],
        gaps=[gap],
    )
    assert store.sessions() == [session]
    assert store.events() == events
    assert store.measurements() == measurements
    assert store.stills([event.event_id for event in events]) == {events[0].event_id: still}
    assert store.gaps() == [gap]
    found = store.trajectories("north")
    assert [each.track for each in found] == [1, 2**62]
    np.testing.assert_array_equal(found[0].t_s, paths[0].t_s)
    np.testing.assert_array_equal(found[0].ground, paths[0].ground)
    assert found[1].ground is None


def test_writing_again_changes_nothing(
    store: Store,
    session: SessionRecord,
    make_events: Make,
    make_measurements: MakeMeasurements,
    make_trajectory: MakeTrajectory,
    jpeg: bytes,
) -> None:
    events, measurements = make_events(), make_measurements()
    for _ in range(3):
        store.write(
            session,
            events=[*events, events[0]],
            measurements=measurements,
            trajectories=[make_trajectory()],
            stills=[Still(events[0].event_id, jpeg, 640, 360)],
            gaps=[Gap("north", "s1", 3.0, 4.5, "stall")],
        )
    assert store.events() == events
    assert store.measurements() == measurements
    assert len(store.trajectories()) == len(store.gaps()) == len(store.sessions()) == 1


def test_what_was_written_first_stays(
    store: Store, session: SessionRecord, make_events: Make
) -> None:
    (event,) = make_events(1)
    store.write(session, events=[event])
    store.write(events=[replace(event, place="forged")])
    assert store.events() == [event]


def test_a_session_is_brought_up_to_date(store: Store, session: SessionRecord) -> None:
    running = replace(session, status=SessionStatus.RUNNING, coverage=None, duration_s=None)
    store.write(running)
    assert store.sessions() == [running]
    store.write(session)
    assert store.sessions() == [session]


def test_a_write_is_all_or_nothing(
    store: Store, session: SessionRecord, make_events: Make, jpeg: bytes
) -> None:
    stray = Still(uuid4(), jpeg, 1, 1)
    with pytest.raises(StoreError, match="does not know"):
        store.write(session, events=make_events(), stills=[stray])
    assert store.sessions() == []
    assert store.events() == []


def test_an_event_needs_its_session(store: Store, make_events: Make) -> None:
    with pytest.raises(StoreError, match=r"session.*Write the session"):
        store.write(events=make_events())


def test_a_record_that_cannot_be_kept_is_refused_before_anything_is_written(
    store: Store, session: SessionRecord, make_events: Make
) -> None:
    (good, bad) = make_events(2)
    for data in ({"speed": float("nan")}, {"speed": np.float32(1)}):
        with pytest.raises((ValueError, TypeError)):
            store.write(session, events=[good, replace(bad, data=data)])
    assert store.sessions() == []


def test_trajectories_need_their_session(store: Store, make_trajectory: MakeTrajectory) -> None:
    with pytest.raises(ValueError, match="session"):
        store.write(trajectories=[make_trajectory()])


def test_events_are_found_by_feed_kind_time_and_session(
    store: Store, session: SessionRecord, make_events: Make
) -> None:
    start = session.start
    crossings = make_events(4)
    queues = make_events(2, kind="traffic.queue", first_s=100.0)
    south = replace(session, id="s2", feed="south")
    moved = [
        replace(event, origin=replace(event.origin, feed="south", session="s2"))
        for event in make_events(1, first_s=50.0)
    ]
    store.write(session, events=[*queues, *crossings])
    store.write(south, events=moved)
    assert store.events() == [*crossings, *moved, *queues]
    assert store.events(feed="north") == [*crossings, *queues]
    assert store.events(kind="traffic.queue") == queues
    assert store.events(feed="south", kind="traffic.queue") == []
    assert store.events(session="s2") == moved
    middle = start + timedelta(seconds=50)
    assert store.events(since=middle) == [*moved, *queues]
    assert store.events(until=middle) == crossings
    assert store.events(since=crossings[1].start, until=crossings[3].start) == crossings[1:3]
    assert store.sessions(feed="south") == [south]


def test_measurements_are_found_by_feed_metric_and_window(
    store: Store, session: SessionRecord, make_measurements: MakeMeasurements
) -> None:
    first, second = make_measurements(), make_measurements(start_s=60.0)
    speeds = make_measurements(metric="speed_mps")
    store.write(session, measurements=[*second, *first, *speeds])
    assert store.measurements(metric="count") == [*first, *second]
    assert store.measurements(since=second[0].window_start) == second
    assert store.measurements(until=second[0].window_start) == [*first, *speeds]
    assert store.measurements(feed="south") == []
    assert len(store.measurements(session="s1")) == 6


def test_stills_are_found_for_many_events(
    store: Store, session: SessionRecord, make_events: Make, jpeg: bytes
) -> None:
    events = make_events(1100)
    with_still = events[::100]
    stills = {event.event_id: Still(event.event_id, jpeg, 8, 8) for event in with_still}
    store.write(session, events=events, stills=stills.values())
    assert store.stills(event.event_id for event in events) == stills
    assert store.stills([]) == {}


def test_a_question_needs_a_zoned_time(store: Store) -> None:
    with pytest.raises(ValueError, match="zone"):
        store.events(since=datetime(2026, 5, 4))


def test_points_that_cannot_be_read_are_a_store_error(
    store: Store, session: SessionRecord, make_trajectory: MakeTrajectory
) -> None:
    store.write(session, trajectories=[make_trajectory(5)])
    with store.transaction() as connection:
        connection.exec_driver_sql("UPDATE trajectories SET points = x'0100'")
    with pytest.raises(StoreError, match="track 5"):
        store.trajectories()


def test_closing_leaves_one_whole_file(
    path: Path, session: SessionRecord, make_events: Make
) -> None:
    with Store.open(path) as store:
        events = make_events(200)
        store.write(session, events=events)
        assert path.with_name("wayside.db-wal").exists()
    assert [file.name for file in path.parent.iterdir()] == ["wayside.db"]
    moved = path.rename(path.with_name("moved.db"))
    with Store.open(moved) as store:
        assert store.events() == events


def test_a_closed_store_can_be_opened_again_many_times(
    path: Path, session: SessionRecord, make_events: Make
) -> None:
    for number in range(1, 4):
        with Store.open(path) as store:
            store.write(session, events=make_events(10))
            assert len(store.events()) == 10 * number


def test_a_closed_store_says_so_and_touches_nothing(
    path: Path, session: SessionRecord, make_events: Make
) -> None:
    store = Store.open(path)
    store.write(session)
    store.close()
    path.rename(path.with_name("moved.db"))
    store.close()
    for use in (store.events, store.compact, lambda: store.write(session)):
        with pytest.raises(StoreError, match="closed"):
            use()
    assert [file.name for file in path.parent.iterdir()] == ["moved.db"]


def test_a_file_that_was_taken_away_is_not_made_anew(path: Path, session: SessionRecord) -> None:
    store = Store.open(path)
    with store.transaction():  # the pool's connection is taken, so a question opens another
        for file in list(path.parent.iterdir()):
            file.unlink()
        with pytest.raises(StoreError, match="cannot be opened"):
            store.sessions()
    assert list(path.parent.iterdir()) == []
    store.close()


def test_an_odd_name_is_a_name(tmp_path: Path, session: SessionRecord) -> None:
    path = tmp_path / "a?mode=memory#b %41 é.db"
    with Store.open(path) as store:
        store.write(session)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    with Store.open(path) as store:
        assert store.sessions() == [session]


def test_closing_does_not_wait_for_another_writer(
    path: Path, session: SessionRecord, make_events: Make
) -> None:
    store = Store.open(path, busy_timeout_s=0.05)
    store.write(session, events=make_events())
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store.close()
    other.execute("ROLLBACK")
    other.close()
    with Store.open(path) as again:
        assert len(again.events()) == 3


def test_leaving_after_an_error_tells_that_error_first(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Store) -> None:
        raise StoreError("the disk is full")

    def use_and_fail() -> None:
        with Store.open(path):
            monkeypatch.setattr(Store, "close", refuse)
            raise KeyError("first")

    def use() -> None:
        with Store.open(path):
            pass

    with pytest.raises(KeyError, match="first") as raised:
        use_and_fail()
    assert raised.value.__notes__ == ["the disk is full"]
    with pytest.raises(StoreError, match="full"):
        use()


def test_every_connection_is_durable_and_forgets_well(store: Store) -> None:
    asked = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "temp_store")
    with store.transaction() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in asked]
        assert connection.exec_driver_sql("PRAGMA auto_vacuum").scalar() == 2  # incremental
    assert found == ["wal", 2, 1, 1, 2]  # 2: synchronous=FULL, temp_store=MEMORY


def test_readers_see_the_last_commit_while_a_write_is_under_way(
    store: Store, session: SessionRecord, make_events: Make
) -> None:
    events = make_events(2)
    store.write(session, events=events)
    with store.transaction() as connection:
        connection.exec_driver_sql("DELETE FROM events")
        assert store.events() == events
    assert store.events() == []


def test_a_failed_transaction_is_undone(
    store: Store, session: SessionRecord, make_events: Make
) -> None:
    store.write(session, events=make_events(2))

    def delete_and_fail() -> None:
        with store.transaction() as connection:
            connection.exec_driver_sql("DELETE FROM events")
            raise KeyError("stop")

    with pytest.raises(KeyError):
        delete_and_fail()
    assert len(store.events()) == 2


def test_a_locked_database_is_said_and_heals(
    store: Store, path: Path, session: SessionRecord, make_events: Make
) -> None:
    events = make_events()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        store.write(session, events=events)
    assert store.events() == []  # reading goes on
    other.execute("ROLLBACK")
    store.write(session, events=events)
    assert store.events() == events
    other.close()


def test_threads_may_share_a_store(path: Path, session: SessionRecord, make_events: Make) -> None:
    batches = [make_events(20) for _ in range(8)]
    with Store.open(path) as store:
        store.write(session)
        writers = [
            threading.Thread(target=lambda batch=batch: store.write(events=batch))  # type: ignore[misc]
            for batch in batches
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join()
        assert {event.event_id for event in store.events()} == {
            event.event_id for batch in batches for event in batch
        }


def test_error_messages_do_not_show_records(
    store: Store, session: SessionRecord, make_events: Make
) -> None:
    with pytest.raises(StoreError) as raised:
        store.write(events=make_events(note="canary-7f3a"))
    error: BaseException | None = raised.value
    while error is not None:
        assert "canary-7f3a" not in f"{error!s} {error!r}"
        error = error.__cause__ or error.__context__
