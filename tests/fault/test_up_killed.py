"""kill -9 of a worker, of the server, of everything, while events flow through all of it; then
count. WAYSIDE_KILLS sets how often.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from fault.counting import check_endings, check_records, closings
from fault.whole_system import FEEDS, System, has_faults_in, system, wait

KILLS = int(os.environ.get("WAYSIDE_KILLS", "12"))
REPLACED_S = 10.0
"""Promised are 5; a machine with two cores and other work on it gets as much again."""
ORPHANED_S = 10.0
"""The same."""

pytestmark = pytest.mark.slow


@dataclass(frozen=True, slots=True)
class Kill:
    """place: of the worker, None for the server and all. at_s: monotonic second."""

    at_s: float
    place: int | None = None


class Killer:
    """Chooses, kills, and brings back what does not come back by itself."""

    def __init__(self, it: System, seed: int) -> None:
        self.kills: list[Kill] = []
        self.orphans_ended_s: list[float] = []
        self._it = it
        self._chance = random.Random(seed)

    def strike(self) -> None:
        """Mostly while events flow, now and then while something starts."""
        chance = self._chance
        readiness = chance.random()
        if readiness < 0.7:
            self._it.all_work()
            self.nobody_else_is_there()
        if readiness < 0.35:
            wait(self._it.sees_all, "every feed is seen")
        time.sleep(chance.uniform(0.05, 2.5))
        kind = chance.choice(["worker", "worker", "server", "all"])
        workers = self._it.workers()
        if kind == "worker" and workers:
            place, pid = chance.choice(sorted(workers.items()))
            self.kills.append(Kill(time.monotonic(), place))
            os.kill(pid, signal.SIGKILL)
            wait(lambda: pid not in self._it.members(), "it is dead")
        else:
            self.kills.append(Kill(time.monotonic()))
            if kind == "all":
                self._it.kill_all()
            else:
                self._it.kill_server()
            self._again()

    def nobody_else_is_there(self) -> None:
        """No worker too many, no zombie that the server forgot."""
        it = self._it

        def is_so() -> bool:
            it.reap_orphans()
            return set(it.members(zombies=True)) == {it.server.pid, *it.workers().values()}

        wait(is_so, "nobody else", ORPHANED_S)

    def replaced_s(self) -> list[float]:
        """From each kill of a worker to the journal of the next one in its place.

        Only of those in whose time nobody else was killed.
        """
        began = [line for line in self._it.trace.lines if line["what"] == "began"]
        ends = [kill.at_s for kill in self.kills[1:]] + [float("inf")]
        found = []
        for kill, end_s in zip(self.kills, ends, strict=True):
            after = [
                line["at_s"] - kill.at_s
                for line in began
                if line["place"] == kill.place and kill.at_s < line["at_s"]
            ]
            if kill.place is not None and after and kill.at_s + after[0] < end_s:
                found.append(after[0])
        return found

    def _again(self) -> None:
        """At once, while orphans may still be ending, or when they have ended."""
        it = self._it
        if self._chance.random() < 0.5:
            self.orphans_ended_s.append(it.orphans_end_s(ORPHANED_S))
        listens = self._chance.random() < 0.8
        it.start(listens=listens)


@pytest.mark.timeout(600 + 60 * KILLS)  # a busy machine needs 15 s a kill
def test_no_committed_record_is_lost_or_doubled(
    tmp_path: Path, films: list[Path], record_property: Callable[[str, object], None]
) -> None:
    record_property("tries", KILLS)
    shared_memory = set(Path("/dev/shm").iterdir())
    with system(tmp_path, films) as it:
        it.start()
        killer = Killer(it, seed=KILLS)
        while len(killer.kills) < KILLS:
            killer.strike()
        wait(lambda: it.server.poll() is None and it.all_work(), "all work")
        wait(it.sees_all, "every feed is seen again")
        killer.nobody_else_is_there()
        assert it.end() == 0
        it.reap_orphans()
        assert it.members(zombies=True) == []
        it.trace.read_all()

        check_records(it)
        check_endings(it)
        cut_short = closings(it) - it.trace.ids("made")
        assert cut_short, "no kill left an incident open"
        replaced_s = killer.replaced_s()
        print(
            f"\nkills {KILLS}: {sum(k.place is not None for k in killer.kills)} of workers;"
            f" {it.starts} starts; committed {len(it.trace.ids('kept'))};"
            f" orphans gone after at most {max(killer.orphans_ended_s, default=0.0):.1f} s;"
            f" replaced after {sorted(round(each, 1) for each in replaced_s)} s;"
            f" events {it.rows('SELECT count(*) FROM events')[0][0]}, of them {len(cut_short)}"
            f" ends after a kill; cut trace lines {it.trace.broken}"
        )
        assert replaced_s, "no worker's replacement was seen"
        assert max(replaced_s) <= REPLACED_S
        assert has_faults_in(it.log) == []
        assert [path for path in it.data.rglob("*") if "journal" in path.name.split(".")] == []
        assert set(Path("/dev/shm").iterdir()) <= shared_memory


def test_a_stopped_worker_is_replaced_and_other_feeds_go_on(
    tmp_path: Path, films: list[Path]
) -> None:
    with system(tmp_path, films) as it:
        it.start()
        before = it.all_work()
        wait(it.sees_all, "every feed is seen")
        theirs = feeds_of(it, before[0])
        others = set(FEEDS) - theirs
        stopped_s = time.monotonic()
        os.kill(before[0], signal.SIGSTOP)
        wait(lambda: it.workers().get(0) not in (None, before[0]), "replaced")
        replaced_s = time.monotonic() - stopped_s
        assert not Path(f"/proc/{before[0]}").exists()
        assert it.workers()[1] == before[1]
        wait(it.sees_all, "every feed is seen again")
        assert it.end() == 0
        it.trace.read_all()
        print(f"\nreplaced {replaced_s:.1f} s after it was stopped")
        assert replaced_s <= REPLACED_S
        assert {len(it.sessions(feed)) for feed in others} == {1}
        assert {len(it.sessions(feed)) for feed in theirs} == {2}
        gaps = it.rows("SELECT feed, reason, end_s - start_s FROM gaps")
        assert [gap for gap in gaps if gap[0] in others and gap[2] > 1.0] == []
        check_records(it)
        check_endings(it)


def feeds_of(it: System, pid: int) -> set[str]:
    return {
        line["feed"] for line in it.trace.lines if line["what"] == "made" and line["pid"] == pid
    }


def test_children_end_with_their_killed_parent_and_leave_the_folder_free(
    tmp_path: Path, films: list[Path]
) -> None:
    with system(tmp_path, films) as it:
        it.start()
        it.all_work()
        it.kill_server()
        print(f"\nchildren gone {it.orphans_end_s(ORPHANED_S):.1f} s after their parent")
        it.start()
        first = it.all_work()
        wait(it.sees_all, "every feed is seen")
        it.kill_all()
        it.start()
        assert set(it.all_work().values()).isdisjoint(first.values())
        assert it.end() == 0
