"""kill -9 of the worker, of the server, of both, at random, while events flow; then count.

Run as a program, this file forks the workers and servers that get killed, so
that many lives cost one import. WAYSIDE_KILLS sets how many.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fault.forked import ForkedLives, forking
from wayside.domain.records import Event, Measurement, Origin, Phase, Reading, Severity
from wayside.domain.time import SystemClock
from wayside.events.sinks.jsonl import JsonlSink
from wayside.store.database import Store
from wayside.store.dispatch import SinkRun
from wayside.store.journal import Journal, journal_path
from wayside.store.outbox import Outbox
from wayside.store.records import SessionRecord, Still
from wayside.store.writer import StoreWriter

KILLS = int(os.environ.get("WAYSIDE_KILLS", "60"))
START = datetime(2026, 5, 4, 10, tzinfo=UTC)
JPEG = b"\xff\xd8\xff" + bytes(3000) + b"\xff\xd9"


# What is killed.


def work(folder: Path, seed: int) -> None:
    """A worker: commits what it makes up, and says so after each commit."""
    chance = random.Random(seed)
    session = SessionRecord(f"s{seed}", "harbour", "north", "rtsp", START, True)
    origin = Origin("harbour", "north", session.id)
    with Journal.open(journal_path(folder, 0)) as journal:
        number = 0
        while True:
            events = [_event(origin, number + each) for each in range(chance.randint(1, 4))]
            number += len(events)
            windows = [_measurement(origin, number)] if chance.random() < 0.5 else []
            stills = [Still(events[0].event_id, JPEG, 8, 8)] if chance.random() < 0.3 else []
            journal.commit(session, events=events, measurements=windows, stills=stills)
            ids = [event.event_id for event in events] + [each.measurement_id for each in windows]
            os.write(1, ("".join(f"done {each}\n" for each in ids)).encode())
            number += 1


def serve(folder: Path) -> None:
    """A server: copies journals into the store and the store into a file."""
    with Store.open(folder / "wayside.db") as store:
        writer = StoreWriter(store, folder)
        sink = JsonlSink(folder / "events.jsonl", max_bytes=200_000, keep=1000)
        run = SinkRun(Outbox(store), sink, SystemClock())
        while True:
            if not writer.step():
                time.sleep(0.002)
            run.step()
            assert not run.problem, run.problem


def _event(origin: Origin, number: int) -> Event:
    moment = START + timedelta(seconds=number)
    return Event(
        event_id=uuid.uuid4(),
        incident_id=uuid.uuid4(),
        origin=origin,
        sequence=number,
        kind="traffic.line_crossing",
        phase=Phase.INSTANT,
        start=moment,
        end=moment,
        start_s=float(number),
        end_s=float(number),
        place="L1",
        severity=Severity.INFO,
        data={"class": "car"},
    )


def _measurement(origin: Origin, number: int) -> Measurement:
    return Measurement(
        measurement_id=uuid.uuid4(),
        origin=origin,
        sequence=number,
        window_start=START,
        window_end=START + timedelta(seconds=60),
        window_start_s=0.0,
        window_end_s=60.0,
        reading=Reading("count", 3.0, "objects", "line", "L1"),
        coverage=1.0,
    )


def main() -> None:
    """Fork what standard input asks for: ``work folder seed`` or ``serve folder``."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps them
    for line in sys.stdin:
        word, folder, *seed = line.split()
        pid = os.fork()
        if pid == 0:
            os.write(1, f"pid {word} {os.getpid()}\n".encode())
            try:
                if word == "work":
                    work(Path(folder), int(seed[0]))
                else:
                    serve(Path(folder))
            except BaseException as error:  # noqa: BLE001 - told to the test, which fails on it
                os.write(1, f"failed {word} {error!r}\n".encode())
            os._exit(1)


# Who kills.


class Lives(ForkedLives):
    """What was committed, and who lives."""

    def __init__(self, program: subprocess.Popen[str], folder: Path) -> None:
        self.committed: list[str] = []
        self._pids: dict[str, int] = {}
        super().__init__(program, folder)

    def begin(self, word: str, seed: int) -> None:
        with self.said:
            self._pids.pop(word, None)
            self.ask(word, seed)
            assert self.said.wait_for(lambda: word in self._pids, 30)

    def kill(self, word: str) -> None:
        os.kill(self._pids[word], signal.SIGKILL)

    def hear(self, word: str, rest: str) -> bool:
        if word == "done":
            self.committed.append(rest)
        elif word == "pid":
            name, _, pid = rest.partition(" ")
            self._pids[name] = int(pid)
        return word in ("done", "pid")


@pytest.mark.slow
def test_no_committed_record_is_lost_or_doubled(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    record_property("tries", KILLS)
    chance = random.Random(20_260_504)
    Store.open(tmp_path / "wayside.db").close()
    with forking(Lives, "fault.test_kill_nine", tmp_path) as those:
        for word in ("work", "serve"):
            those.begin(word, 0)
        for number in range(1, KILLS + 1):
            time.sleep(chance.uniform(0.005, 0.12))
            for word in chance.choice([["work"], ["serve"], ["work", "serve"]]):
                those.kill(word)
                those.begin(word, number)
        for word in ("work", "serve"):
            those.kill(word)
        those.end()
    assert those.failed == []
    assert len(those.committed) > 2 * KILLS, "too little flowed to test anything"
    lines = drain(tmp_path)

    with Store.open(tmp_path / "wayside.db") as store:
        kept = Counter(str(event.event_id) for event in store.events())
        kept.update(str(each.measurement_id) for each in store.measurements())
    assert set(those.committed) <= set(kept)
    assert set(kept.values()) == {1}
    # A commit may be on the disk before its worker could say so: one a life, of at most 5 records.
    assert len(kept) - len(those.committed) <= 5 * KILLS
    assert lines == kept
    assert list(tmp_path.glob("*.journal*")) == []


def drain(folder: Path) -> Counter[str]:
    """What a last, undisturbed server does; returns the ids in its file, with how often."""
    with Store.open(folder / "wayside.db") as store:
        writer = StoreWriter(store, folder)
        # A step may go over nothing but what was copied before its copier was killed.
        while writer.step() or writer.status().journals:
            pass
        writer.close()
        sink = JsonlSink(folder / "events.jsonl", max_bytes=200_000, keep=1000)
        run = SinkRun(Outbox(store), sink, SystemClock())
        while not run.step():
            pass
        sink.close()
    found = Counter[str]()
    for path in folder.glob("events.jsonl*"):
        found.update(json.loads(line)["id"] for line in path.read_text().splitlines())
    return found


if __name__ == "__main__":
    main()
