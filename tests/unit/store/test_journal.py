from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wayside.domain.errors import StoreError
from wayside.domain.records import Event, Measurement
from wayside.domain.tracks import Trajectory
from wayside.store.batches import batch_of
from wayside.store.journal import Journal
from wayside.store.records import Clip, Gap, SessionRecord, Still

MP4 = b"\0\0\0\x20ftypisom" + bytes(range(256))


@pytest.fixture
def where(tmp_path: Path) -> Path:
    return tmp_path / "worker-0.journal"


@pytest.fixture
def journal(where: Path) -> Iterator[Journal]:
    with Journal.open(where) as opened:
        yield opened


def test_what_is_committed_is_read_as_it_was(
    journal: Journal,
    session: SessionRecord,
    make_events: Callable[..., list[Event]],
    make_measurements: Callable[..., list[Measurement]],
    make_trajectory: Callable[..., Trajectory],
    jpeg: bytes,
) -> None:
    events = make_events(3)
    records = {
        "events": events,
        "measurements": make_measurements(),
        "trajectories": [make_trajectory()],
        "stills": [Still(event.event_id, jpeg, 8, 8) for event in events[:2]],
        "gaps": [Gap("north", "s1", 1.0, 2.0, "stall")],
        "clips": [Clip(events[0].event_id, MP4)],
    }
    assert journal.commit(session, **records) == 1
    (entry,) = journal.read()
    assert entry.sequence == 1
    assert entry.batch == batch_of(session, **records)


def test_sequences_go_on_after_what_is_forgotten(journal: Journal, make_events: Callable) -> None:
    assert [journal.commit(events=make_events(1)) for _ in range(3)] == [1, 2, 3]
    journal.forget(2)
    assert [entry.sequence for entry in journal.read()] == [3]
    journal.forget(3)
    assert journal.oldest is None
    assert journal.commit(events=make_events(1)) == 4
    assert journal.read(after=4) == []


def test_a_read_is_bounded_in_entries_and_bytes(journal: Journal, make_events: Callable) -> None:
    for _ in range(5):
        journal.commit(events=make_events(1))
    assert [entry.sequence for entry in journal.read(1, limit=2)] == [2, 3]
    assert [entry.sequence for entry in journal.read(1, max_bytes=1)] == [2]


def test_another_connection_reads_while_the_worker_writes(
    journal: Journal, where: Path, make_events: Callable
) -> None:
    journal.commit(events=make_events(1))
    with Journal.open(where, owner=False) as reader:
        assert reader.id == journal.id
        assert len(reader.read()) == 1
        journal.commit(events=make_events(1))
        reader.forget(1)
        assert [entry.sequence for entry in reader.read()] == [2]
    assert [entry.sequence for entry in journal.read()] == [2]


def test_one_worker_has_a_journal_and_its_id_stays(where: Path) -> None:
    with Journal.open(where) as first:
        with pytest.raises(StoreError, match="another worker writes this journal"):
            Journal.open(where, busy_timeout_s=0.02)
        name = first.id
    with Journal.open(where) as again:
        assert again.id == name


def test_a_record_that_cannot_be_kept_changes_nothing(
    journal: Journal, make_events: Callable
) -> None:
    (event,) = make_events(1)
    with pytest.raises(ValueError, match="is not a JPEG"):
        journal.commit(events=[event], stills=[Still(event.event_id, b"GIF", 1, 1)])
    with pytest.raises(ValueError, match="is not an MP4"):
        journal.commit(events=[event], clips=[Clip(event.event_id, b"GIF")])
    assert journal.read() == []


def test_forgotten_bytes_are_gone_from_the_file(
    journal: Journal, where: Path, make_events: Callable
) -> None:
    canary = "canary-5c1f0e"
    journal.commit(events=make_events(3, note=canary))
    journal.forget(1)
    journal.close()
    assert canary.encode() not in where.read_bytes()


@pytest.mark.parametrize("damage", ["first page", "stump", "another page"])
def test_a_damaged_journal_is_set_aside_and_a_new_one_begun(
    where: Path, make_events: Callable, damage: str
) -> None:
    with Journal.open(where) as journal:
        name = journal.id
        for _ in range(50):
            journal.commit(events=make_events(20))
    content = bytearray(where.read_bytes())
    if damage == "stump":
        content = content[:100]
    else:
        begin = 0 if damage == "first page" else 2 * 4096
        content[begin : begin + 4096 * 3] = os.urandom(4096 * 3)
    where.write_bytes(content)
    with Journal.open(where) as journal:
        assert journal.id != name
        assert journal.set_aside == where.with_name("worker-0.journal.damaged-1")
        assert journal.set_aside.read_bytes() == content
        assert journal.commit(events=make_events(1)) == 1


def test_a_commit_goes_to_the_file_that_bears_the_name(
    journal: Journal, where: Path, make_events: Callable
) -> None:
    """The store writer has set the file aside while the worker had it open."""
    journal.commit(events=make_events(1))
    where.rename(where.with_name("aside"))
    events = make_events(1)
    assert journal.commit(events=events) == 1
    with Journal.open(where, owner=False) as reader:
        (entry,) = reader.read()
    assert entry.batch.events[0]["event_id"] == events[0].event_id


def test_a_full_disk_keeps_what_is_committed_and_takes_the_same_again(
    tmp_path: Path, make_events: Callable
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk")
    try:
        with Journal.open(disk / "worker-0.journal") as journal:
            first = journal.commit(events=make_events(1))
            ballast = disk / "ballast"
            ballast.write_bytes(bytes(600_000))
            big = make_events(100, note="x" * 10_000)
            with pytest.raises(StoreError, match="the disk"):
                journal.commit(events=big)
            assert [entry.sequence for entry in journal.read()] == [first]
            journal.forget(first)
            ballast.unlink()
            with pytest.raises(StoreError, match="the disk"):
                journal.commit(events=big)
            some = big[:10]
            journal.commit(events=some)
            (entry,) = journal.read()
            assert [row["event_id"] for row in entry.batch.events] == [e.event_id for e in some]
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_an_entry_of_a_newer_wayside_is_told_as_unreadable(
    journal: Journal, where: Path, make_events: Callable
) -> None:
    journal.commit(events=make_events(1))
    with sqlite3.connect(where) as connection:
        connection.execute("UPDATE entries SET records = '{\"v\": 2}'")
    connection.close()
    with pytest.raises(StoreError, match="damaged"):
        journal.read()
