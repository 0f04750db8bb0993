"""kill -9 of publishers at random, and many at once: the budget is never overspent.

Run as a program, this file forks the publishers that get killed, so that many
lives cost one import. WAYSIDE_KILLS sets how many.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fault.forked import ForkedLives, forking
from wayside.domain.errors import PublicationError
from wayside.publish.ledger import Ledger
from wayside.publish.policy import Policy
from wayside.publish.publisher import Publisher
from wayside.publish.question import Question
from wayside.publish.tally import Crossed
from wayside.testing.clock import FakeClock

KILLS = int(os.environ.get("WAYSIDE_KILLS", "60"))
MIDNIGHT = datetime(2026, 5, 4, tzinfo=UTC)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
POLICY = Policy(rho_s=30, stays=2, budget=999_999)
FEEDS = ("gate", "mast")
MINUTES = 40


# What is killed.


class Nobody:
    """Somewhere nothing happens: what is told is noise alone, new for each answer."""

    def has(self, feed: str, since: datetime, until: datetime) -> bool:
        return True

    def crossings(self, feed: str, since: datetime, until: datetime) -> Iterable[Crossed]:
        return ()

    def watched(self, feed: str, since: datetime, until: datetime) -> Iterable[tuple[int, int]]:
        return ()


def question(feeds: Iterable[str], first: int, last: int, clamp: int, epsilon: int) -> Question:
    return Question(
        since=MIDNIGHT + timedelta(minutes=first),
        until=MIDNIGHT + timedelta(minutes=last),
        interval_s=60 * (last - first),
        lines=tuple((feed, "line") for feed in feeds),
        clamp=clamp,
        epsilon=epsilon,
    )


def publish(folder: Path, seed: int) -> None:
    """Ask whatever comes to mind, and tell each answer as soon as it is there."""
    chance = random.Random(seed)
    while True:
        # Opened anew each time, as each command does; the first makes it.
        with Ledger.begin(folder / "ledger.db", POLICY, NOON) as ledger:
            first = chance.randrange(MINUTES)
            asked = question(
                chance.choice([FEEDS, FEEDS[:1], FEEDS[1:]]),
                first,
                first + chance.randint(1, 10),
                chance.randint(1, 3),
                chance.choice([50_000, 100_000, 170_000]),
            )
            try:
                told = Publisher(Nobody(), ledger, FakeClock(NOON)).release(asked)
            except PublicationError:
                say("refused", {})
                continue
        say("told", {"question": told.question, "numbers": told.numbers})


def spend(folder: Path, seed: int) -> None:
    """Ask once for a third of the budget of one minute, together with all the others."""
    with Ledger.begin(folder / "ledger.db", POLICY, NOON) as ledger:
        asked = question(FEEDS, 0, 1, seed, POLICY.budget // 3)
        try:
            told = Publisher(Nobody(), ledger, FakeClock(NOON)).release(asked)
            say("told", {"question": told.question, "numbers": told.numbers})
        except PublicationError:
            say("refused", {})
    os._exit(0)


def say(word: str, what: dict[str, object]) -> None:
    os.write(1, f"{word} {json.dumps(what)}\n".encode())


def main() -> None:
    """Fork what standard input asks for: ``publish folder seed`` or ``spend folder seed``."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps them
    import opendp.prelude  # noqa: F401 - once for all lives

    for line in sys.stdin:
        word, folder, seed = line.split()
        pid = os.fork()
        if pid == 0:
            os.write(1, f"pid {os.getpid()}\n".encode())
            try:
                (publish if word == "publish" else spend)(Path(folder), int(seed))
            except BaseException as error:  # noqa: BLE001 - told to the test, which fails on it
                os.write(1, f"failed {word} {error!r}\n".encode())
            os._exit(1)


# Who kills.


class Lives(ForkedLives):
    """What was told and refused, and who was born."""

    def __init__(self, program: subprocess.Popen[str], folder: Path) -> None:
        self.told: list[tuple[str, str]] = []
        self.refused = 0
        self._pids: list[int] = []
        super().__init__(program, folder)

    def begin(self, word: str, seed: int) -> int:
        with self.said:
            before = len(self._pids)
            self.ask(word, seed)
            assert self.said.wait_for(lambda: len(self._pids) > before, 120)
            return self._pids[-1]

    @property
    def answers(self) -> int:
        return len(self.told) + self.refused + len(self.failed)

    def await_answers(self, number: int) -> None:
        with self.said:
            assert self.said.wait_for(lambda: self.answers >= number, 120)

    def hear(self, word: str, rest: str) -> bool:
        if word == "told":
            what = json.loads(rest)
            self.told.append((what["question"], json.dumps(what["numbers"])))
        elif word == "refused":
            self.refused += 1
        elif word == "pid":
            self._pids.append(int(rest))
        return word in ("told", "refused", "pid")


def most_spent(questions: Iterable[str]) -> int:
    """On any chunk of any feed, counted chunk by chunk and not as the ledger does."""
    spent = Counter[tuple[str, int]]()
    for text in questions:
        asked = json.loads(text)
        first, last = (
            int(datetime.fromisoformat(asked[name]).timestamp()) // POLICY.chunk_s
            for name in ("since", "until")
        )
        for feed, _ in asked["lines"]:
            for chunk in range(first, last):
                spent[feed, chunk] += asked["epsilon_millionths"]
    return max(spent.values(), default=0)


@pytest.mark.slow
def test_kills_never_overspend(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("tries", KILLS)
    chance = random.Random(20_260_504)
    with forking(Lives, "fault.test_ledger_killed", tmp_path) as those:
        publishers = [those.begin("publish", number) for number in range(2)]
        for number in range(KILLS):
            # After some answers, however slow the machine, and then anywhere in the next one.
            those.await_answers(those.answers + chance.randrange(6))
            time.sleep(chance.uniform(0.0, 0.03))
            victim = chance.randrange(2)
            os.kill(publishers[victim], signal.SIGKILL)
            publishers[victim] = those.begin("publish", 100 + number)
        for pid in publishers:
            os.kill(pid, signal.SIGKILL)
        those.end()
    assert those.failed == []
    assert len(those.told) > KILLS // 2, "too little was told to test anything"
    assert those.refused > 0, "the budget was never near its end"

    with Ledger.open(tmp_path / "ledger.db") as ledger:
        kept = {each.question: json.dumps(each.numbers) for each in ledger.releases()}
    # What went out was charged before, and no question has had two answers.
    for asked, numbers in those.told:
        assert kept.get(asked) == numbers
    assert most_spent(kept) <= POLICY.budget
    charges = charged(tmp_path / "ledger.db")
    assert charges == Counter(
        {(text, feed): 1 for text in kept for feed, _ in json.loads(text)["lines"]}
    )


def charged(path: Path) -> Counter[tuple[str, str]]:
    """How often each question was charged for each feed, read past the ledger's own code."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return Counter(
            connection.execute("SELECT question, feed FROM charges JOIN releases USING (number)")
        )


@pytest.mark.slow
def test_many_at_once_never_overspend(tmp_path: Path) -> None:
    """Eight ask for a third each, before there is a ledger: three get it."""
    with forking(Lives, "fault.test_ledger_killed", tmp_path) as those:
        for seed in range(1, 9):
            those.begin("spend", seed)
        those.await_answers(8)
        those.end()
    assert those.failed == []
    assert (len(those.told), those.refused) == (3, 5)
    assert most_spent(asked for asked, _ in those.told) == POLICY.budget


if __name__ == "__main__":
    main()
