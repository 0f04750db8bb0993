"""The whole system on a full disk and with a locked store: spooled, then stored once."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fault.counting import check_endings, check_records
from fault.whole_system import FEEDS, System, has_faults_in, system, wait

FULL_S = 12.0
LOCKED_S = 15.0
"""Longer than the store waits for a lock."""

STALLED_S = 6.0
"""Longer than a worker may be silent, shorter than it waits for its journal."""

pytestmark = pytest.mark.slow


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, small enough to be filled."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=48m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Not one byte more fits."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return filler


def keep_full(disk: Path, it: System, seconds: float) -> None:
    """Also where somebody gives something back."""
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        fill(disk)
        assert it.server.poll() is None
        time.sleep(0.1)


def waiting(it: System) -> set[str]:
    """Made, and in no journal yet."""
    it.trace.read()
    return it.trace.ids("made") - it.trace.ids("kept")


@pytest.mark.parametrize("kills", [False, True])
def test_a_full_disk_heals_by_itself(
    disk: Path, tmp_path: Path, films: list[Path], kills: bool
) -> None:
    """kills: also one worker, whose successor finds the disk full."""
    with system(tmp_path, films, data=disk / "data") as it:
        it.start()
        before = it.all_work()
        wait(it.sees_all, "every feed is seen")
        filler = fill(disk)
        keep_full(disk, it, FULL_S / 2)
        if kills:
            os.kill(before[0], signal.SIGKILL)
        keep_full(disk, it, FULL_S / 2)
        spooled = waiting(it) if not kills else set()
        assert kills or len(spooled) > 100, "the disk was not full"
        filler.unlink()
        space_s = time.monotonic()
        wait(lambda: len(it.workers()) == 2 and not spooled & waiting(it), "heals")
        wait(lambda: spooled <= it.stored().keys(), "stored")
        print(f"\n{len(spooled)} spooled, stored {time.monotonic() - space_s:.1f} s after")
        after = it.all_work()
        wait(it.sees_all, "every feed is seen")
        assert (after[0] == before[0]) is not kills
        assert after[1] == before[1]
        assert it.end() == 0
        it.trace.read_all()
        check_records(it)
        check_endings(it)
        assert has_faults_in(it.log) == []
        if not kills:
            assert sorted(it.trace.ids("made") - it.stored().keys()) == []
            assert {len(it.sessions(feed)) for feed in FEEDS} == {1}


def test_a_locked_store_gets_everything_once_in_the_end(tmp_path: Path, films: list[Path]) -> None:
    with system(tmp_path, films) as it:
        it.start()
        before = it.all_work()
        wait(it.sees_all, "every feed is seen")
        with closing(sqlite3.connect(it.data / "wayside.db", isolation_level=None)) as other:
            other.execute("PRAGMA busy_timeout = 30000")
            other.execute("BEGIN IMMEDIATE")
            time.sleep(LOCKED_S)
            stored = it.stored()
            it.trace.read()
            spooled = it.trace.ids("kept") - stored.keys()
            other.execute("ROLLBACK")
        assert len(spooled) > 100
        free_s = time.monotonic()
        wait(lambda: spooled <= it.stored().keys(), "stored")
        print(f"\n{len(spooled)} spooled, stored {time.monotonic() - free_s:.1f} s after")
        assert it.all_work() == before
        assert it.end() == 0
        it.trace.read_all()
        check_records(it)
        check_endings(it)
        assert sorted(it.trace.ids("made") - it.stored().keys()) == []
        assert "store takes records again" in it.log or "kept and tried again" in it.log


def test_a_slow_disk_costs_no_worker(tmp_path: Path, films: list[Path]) -> None:
    """A commit that takes seconds: to replace who waits for it would only lose what it holds."""
    with system(tmp_path, films) as it:
        it.start()
        before = it.all_work()
        wait(it.sees_all, "every feed is seen")
        journal = it.data / "journals" / "worker-0.journal"
        with closing(sqlite3.connect(journal, isolation_level=None)) as other:
            other.execute("PRAGMA busy_timeout = 30000")
            other.execute("BEGIN IMMEDIATE")
            time.sleep(STALLED_S)
            other.execute("ROLLBACK")
        held = waiting(it)
        wait(lambda: held <= it.stored().keys(), "stored")
        assert it.all_work() == before
        assert it.end() == 0
        it.trace.read_all()
        check_records(it)
        assert sorted(it.trace.ids("made") - it.stored().keys()) == []
