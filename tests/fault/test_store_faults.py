"""The store under SIGKILL, full disks and damaged pages.

Run as a program, this file is the writer that gets killed: it reads
``path seed first_batch mode`` lines and forks one writer for each, so that
thirty kills cost one import.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from wayside.domain.errors import OutputError, StoreError
from wayside.domain.records import Event, Measurement, Origin, Phase, Reading, Severity
from wayside.domain.tracks import Trajectory
from wayside.store.database import Store
from wayside.store.export import write_events_jsonl, write_measurements_csv
from wayside.store.records import SessionRecord, SessionStatus, Still

START = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
SESSION = SessionRecord("s1", "harbour", "north", "north.mp4", START, True)
ORIGIN = Origin("harbour", "north", "s1")
RECORDS_A_BATCH = 8
KILLS = int(os.environ.get("WAYSIDE_KILLS", "30"))


# What is written: batch n is the same wherever and whenever it is made.


def events_of(batch: int) -> list[Event]:
    return [_event(batch * RECORDS_A_BATCH + number) for number in range(RECORDS_A_BATCH)]


def _event(number: int) -> Event:
    moment = START + timedelta(seconds=number)
    return Event(
        event_id=UUID(int=number),
        incident_id=UUID(int=number),
        origin=ORIGIN,
        sequence=number,
        kind="traffic.line_crossing",
        phase=Phase.INSTANT,
        start=moment,
        end=moment,
        start_s=float(number),
        end_s=float(number),
        place="L1",
        severity=Severity.INFO,
        data={"class": "car", "padding": "x" * 300},
    )


def measurements_of(batch: int) -> list[Measurement]:
    return [
        Measurement(
            measurement_id=UUID(int=event.sequence),
            origin=ORIGIN,
            sequence=event.sequence,
            window_start=event.start,
            window_end=event.start + timedelta(seconds=1),
            window_start_s=event.start_s,
            window_end_s=event.start_s + 1,
            reading=Reading("count", 1.0, "objects", "line", "L1"),
            coverage=1.0,
        )
        for event in events_of(batch)
    ]


def stills_of(batch: int) -> list[Still]:
    jpeg = b"\xff\xd8\xff" + bytes(20_000) + b"\xff\xd9"
    return [Still(event.event_id, jpeg, 64, 64) for event in events_of(batch)[:2]]


def trajectories_of(batch: int) -> list[Trajectory]:
    return [Trajectory(batch, 4, np.arange(9.0), np.full((9, 2), 0.5, np.float32), None)]


def write_batch(store: Store, batch: int) -> None:
    store.write(
        SESSION,
        events=events_of(batch),
        measurements=measurements_of(batch),
        trajectories=trajectories_of(batch),
        stills=stills_of(batch),
    )


def batches_in(store: Store) -> set[int]:
    """The batches that are there; each must be there whole, and each record once."""
    events, measurements = store.events(), store.measurements()
    batches = {event.sequence // RECORDS_A_BATCH for event in events}
    whole = [event for batch in sorted(batches) for event in events_of(batch)]
    assert events == whole
    assert [each.sequence for each in measurements] == [event.sequence for event in events]
    assert {path.track for path in store.trajectories()} == batches
    assert len(store.stills(event.event_id for event in events)) == 2 * len(batches)
    return batches


# The writer that is killed.


def _serve_writers() -> None:
    for line in sys.stdin:
        path, seed, first, mode = line.split()
        child = os.fork()
        if child == 0:
            _write_until_killed(Path(path), int(seed), int(first), mode)
        os.waitpid(child, 0)
        _say("gone")


def _write_until_killed(path: Path, seed: int, first: int, mode: str) -> None:
    """mode: ``outside`` waits for a kill from outside; the others kill themselves.

    ``inside`` does so at a random step of SQLite's machine, mostly in the
    middle of a transaction; ``opening`` at one of its first steps.
    """
    _say(f"pid {os.getpid()}")
    if mode != "outside":
        steps = 3_000 if mode == "opening" else 15_000
        _kill_after(random.Random(seed).randrange(steps))
    store = Store.open(path)
    batch = first
    while True:
        write_batch(store, batch)
        _say(f"done {batch}")
        batch += 1


def _kill_after(steps: int) -> None:
    left = steps

    def step() -> int:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0

    connect = sqlite3.dbapi2.connect

    def watched(*arguments: object, **more: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **more)  # type: ignore[call-overload]
        connection.set_progress_handler(step, 1)
        return connection

    sqlite3.connect = sqlite3.dbapi2.connect = watched  # type: ignore[assignment]


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


@pytest.fixture(scope="module")
def killed_writer() -> Iterator[Callable[..., list[int]]]:
    """Run one writer to its death; returns the batches that it said were written."""
    program = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    assert program.stdin is not None
    assert program.stdout is not None

    def run(path: Path, seed: int, first: int, mode: str, kill_after: int = 0) -> list[int]:
        program.stdin.write(f"{path} {seed} {first} {mode}\n")
        pid, done = 0, []
        for line in program.stdout:
            word, _, number = line.strip().partition(" ")
            if word == "gone":
                return done
            if word == "pid":
                pid = int(number)
            else:
                done.append(int(number))
            if mode == "outside" and len(done) == kill_after:
                os.kill(pid, signal.SIGKILL)
        raise AssertionError("the program that forks the writers died")

    with program:
        yield run
        program.stdin.close()


@pytest.mark.slow
def test_kill_9_loses_no_committed_batch_and_doubles_none(
    tmp_path: Path,
    killed_writer: Callable[..., list[int]],
    record_property: Callable[[str, object], None],
) -> None:
    record_property("tries", KILLS)
    path = tmp_path / "wayside.db"
    chance = random.Random(20_260_504)
    committed: set[int] = set()
    for kill in range(KILLS):
        mode = ("inside", "outside")[kill % 2]
        first = max(committed, default=-1) + 1
        said = killed_writer(path, chance.getrandbits(30), first, mode, chance.randint(1, 4))
        with Store.open(path) as store:
            there = batches_in(store)
            assert committed | set(said) <= there
            # A commit may be on the disk before its writer could say so: one, never more.
            assert len(there - committed - set(said)) <= 1
            for batch in {0, *sorted(there)[-6:], len(there)}:
                write_batch(store, batch)
            committed = batches_in(store)
            assert committed == set(range(len(committed)))
    assert len(committed) > 30
    assert [file.name for file in tmp_path.iterdir()] == ["wayside.db"]


@pytest.mark.slow
def test_kill_9_while_a_database_is_made_leaves_one_that_opens(
    tmp_path: Path, killed_writer: Callable[..., list[int]]
) -> None:
    chance = random.Random(7)
    early = 0
    for kill in range(12):
        path = tmp_path / f"{kill}.db"
        early += not killed_writer(path, chance.getrandbits(30), 0, "opening")
        with Store.open(path) as store:
            write_batch(store, 0)
            assert 0 in batches_in(store)
    assert early >= 6, "the kills came too late to test what they should"


# Full disks.


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB, where this user may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    command = [mount or "mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if mount is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("no right to mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def fill(store: Store) -> tuple[int, StoreError]:
    """Write until the disk refuses; returns the refused batch and the error."""
    for batch in range(1000):
        try:
            write_batch(store, batch)
        except StoreError as error:
            return batch, error
    raise AssertionError("the disk never filled")


def test_a_full_disk_is_said_keeps_what_is_committed_and_heals(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(1_300_000))
    path = small_disk / "wayside.db"
    store = Store.open(path)
    refused, error = fill(store)
    assert "disk is full" in error.what
    assert error.where == str(path)
    assert "Free some space" in str(error.remedy)
    assert batches_in(store) == set(range(refused))
    ballast.unlink()
    write_batch(store, refused)
    write_batch(store, 0)
    assert batches_in(store) == set(range(refused + 1))
    store.close()
    assert [file.name for file in small_disk.iterdir()] == ["wayside.db"]
    with Store.open(path) as again:
        assert batches_in(again) == set(range(refused + 1))


def test_closing_on_a_full_disk_is_said_and_loses_nothing(small_disk: Path) -> None:
    path = small_disk / "wayside.db"
    store = Store.open(path)
    refused, _ = fill(store)
    with pytest.raises(StoreError, match="disk is full"):
        store.close()
    elsewhere = small_disk.parent / "elsewhere"
    shutil.copytree(small_disk, elsewhere)
    with Store.open(elsewhere / path.name) as moved:
        assert batches_in(moved) == set(range(refused))


def test_a_disk_too_full_for_a_new_database_is_said(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    free = shutil.disk_usage(small_disk).free
    ballast.write_bytes(bytes(free))
    with pytest.raises(StoreError) as raised:
        Store.open(small_disk / "wayside.db")
    assert raised.value.remedy
    ballast.unlink()
    with Store.open(small_disk / "wayside.db") as store:
        assert store.sessions() == []


def test_a_limit_on_file_sizes_is_said_keeps_what_is_committed_and_heals(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "wayside.db")
    with files_no_larger_than(1_000_000):
        refused, error = fill(store)
        assert "limit on file sizes" in str(error.remedy)
        assert batches_in(store) == set(range(refused))
    write_batch(store, refused)
    assert batches_in(store) == set(range(refused + 1))
    store.close()


def test_an_export_to_a_full_disk_leaves_the_old_file(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(2_000_000))
    events, numbers = small_disk / "events.jsonl", small_disk / "measurements.csv"
    for out, write in (
        (events, lambda: write_events_jsonl(_many_events(), events)),
        (numbers, lambda: write_measurements_csv(_many_measurements(), numbers)),
    ):
        out.write_text("old")
        with pytest.raises(OutputError, match="Free some space"):
            write()
        assert out.read_text() == "old"
    left = {file.name for file in small_disk.iterdir()}
    assert left == {"ballast", "events.jsonl", "measurements.csv"}


def _many_events() -> Iterator[Event]:
    for batch in range(1000):
        yield from events_of(batch)


def _many_measurements() -> Iterator[Measurement]:
    for batch in range(1000):
        yield from measurements_of(batch)


def test_a_read_only_disk_is_said(small_disk: Path) -> None:
    path = small_disk / "wayside.db"
    Store.open(path).close()
    remount = ["mount", "-o", "remount,ro", str(small_disk)]
    subprocess.run(remount, check=True, capture_output=True)
    with pytest.raises(StoreError) as raised:
        Store.open(path)
    assert raised.value.remedy
    with pytest.raises(OutputError, match="read-only"):
        write_events_jsonl([], small_disk / "events.jsonl")


# Damage.


def damaged(path: Path, page: int) -> bytes:
    """Overwrite one page of a filled database with noise; returns the file's bytes."""
    with Store.open(path) as store:
        for batch in range(30):
            store.write(SESSION, events=events_of(batch))
    content = bytearray(path.read_bytes())
    noise = random.Random(page).randbytes(4096)
    content[page * 4096 : (page + 1) * 4096] = noise
    path.write_bytes(content)
    return bytes(content)


@pytest.mark.parametrize("page", [1, 5, 20, 30])
def test_a_damaged_page_is_noticed_and_the_file_set_aside(tmp_path: Path, page: int) -> None:
    path = tmp_path / "wayside.db"
    content = damaged(path, page)
    with pytest.raises(StoreError, match="damaged") as raised:
        Store.open(path)
    aside = tmp_path / "wayside.db.damaged-1"
    assert aside.name in raised.value.what
    assert raised.value.remedy
    assert aside.read_bytes() == content
    assert not path.exists()
    with Store.open(path) as store:
        write_batch(store, 0)
        assert batches_in(store) == {0}
    assert aside.read_bytes() == content


def test_a_damaged_first_page_is_noticed_and_the_file_left_where_it_is(tmp_path: Path) -> None:
    path = tmp_path / "wayside.db"
    content = damaged(path, 0)
    with pytest.raises(StoreError, match="not a wayside database"):
        Store.open(path)
    assert path.read_bytes() == content


def test_a_file_cut_in_half_is_noticed_and_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "wayside.db"
    content = damaged(path, 20)
    half = content[: len(content) // 8192 * 4096]
    path.write_bytes(half)
    with pytest.raises(StoreError, match="damaged"):
        Store.open(path)
    assert (tmp_path / "wayside.db.damaged-1").read_bytes() == half


def test_the_session_of_a_killed_worker_can_be_ended_later(tmp_path: Path) -> None:
    """A kill leaves a session running; what takes over writes its end under the same id."""
    path = tmp_path / "wayside.db"
    with Store.open(path) as store:
        write_batch(store, 0)
    with Store.open(path) as store:
        (left,) = store.sessions()
        assert left.status is SessionStatus.RUNNING
        ended = SessionRecord(
            "s1", "harbour", "north", "north.mp4", START, True, status=SessionStatus.INTERRUPTED
        )
        store.write(ended)
        assert store.sessions() == [ended]
        assert batches_in(store) == {0}


if __name__ == "__main__":
    _serve_writers()
