"""What attention loses: the same films through the same worker, with attention and without.

    python benchmarks/attention_loss.py
    python benchmarks/attention_loss.py --only night-360 --model motion

No processes and no waiting: a worker on a clock that moves with the film, so that
both runs are given every packet at the same moment and CPU plays no part. Line
crossings and stopped events are matched in time (0.5 s), by place, direction and
class: those of the run without attention are what should be found, and the
film's own truth stands beside. Delay: from the event to its commit.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import cv2
import numpy as np
from platformdirs import user_cache_path
from rich.console import Console
from rich.table import Table

from wayside.attend.sleeping import PacketListener
from wayside.cli.detectors import choose
from wayside.domain.classes import ObjectClass
from wayside.domain.feeds import FeedSpec, FeedState
from wayside.events.identifiers import Identifiers
from wayside.ingest.buffer import Opened, PacketBuffer
from wayside.ingest.file import FileSource
from wayside.ingest.reader import ReaderStatus
from wayside.observe.stages import StageTimer
from wayside.pipeline.feed_health import PictureHealth
from wayside.pipeline.house import FeedInput, House
from wayside.pipeline.outgoing import CommitGroup, Outgoing
from wayside.pipeline.wiring import LIVE_SIDE, Eyes, shared_looks
from wayside.pipeline.worker import Worker
from wayside.testing.clock import FakeClock
from wayside.testing.workloads import WorkloadFilm, films_of, recipes
from wayside.testing.workloads.phases import phased

SHARED = Path(__file__).parents[2] / "shared"
SIZES = {"360": (640, 360), "1080": (1920, 1080)}
CASES = {
    "busy-360": 0.98,
    "typical-360": 0.97,
    "night-360": 0.97,
    "stops-360": 0.97,
    "busy-1080": 0.98,
    "typical-1080": 0.97,
    "night-1080": 0.97,
}
WITHIN_S = 0.5
LEARN_S = 30.0
CROSSING, STOPPED = "traffic.line_crossing", "traffic.stopped_object"


@dataclass(frozen=True, slots=True)
class Found:
    """One event. what: kind, place, direction and class. t_s: of the film. told_s: committed."""

    what: tuple[str, str, str, str]
    t_s: float
    told_s: float

    @property
    def delay_s(self) -> float:
        return self.told_s - self.t_s


@dataclass(slots=True)
class Answer:
    """Of one run over one film."""

    found: list[Found] = field(default_factory=list)
    cpu_s: float = 0.0
    asleep: float = 0.0
    pictures: float = 0.0


class Idle:
    """A reader that reads nothing: the packets are put by the player."""

    def __init__(self, clock: FakeClock) -> None:
        self._status = ReaderStatus(FeedState.LIVE, clock.now())
        self.received = 0
        self.size = 0

    def start(self) -> None: ...

    def stop(self, timeout_s: float = 2.0) -> bool:  # noqa: ARG002
        return True

    def status(self) -> ReaderStatus:
        return replace(self._status, received=self.received, size=self.size)


class Kept:
    """A recorder that notes when events came."""

    def __init__(self, clock: FakeClock) -> None:
        self.found: list[Found] = []
        self._clock = clock

    def commit(self, records: Outgoing) -> None:
        for event in records.events:
            is_crossing = event.kind == CROSSING
            if not is_crossing and not (event.kind == STOPPED and event.phase.value == "open"):
                continue
            label = str(event.data.get("class", "unknown"))
            what = (
                event.kind,
                event.place,
                str(event.data.get("direction", "")) if is_crossing else "",
                group_of(label),
            )
            self.found.append(Found(what, event.start_s, self._clock.monotonic_s()))


def group_of(label: str) -> str:
    try:
        return str(ObjectClass.from_label(label).group)
    except ValueError:
        return label


def play(
    film: WorkloadFilm, clip: Path, eyes: Eyes, *, attention: bool, health: bool = True
) -> Answer:
    """The clip once, each packet at its own time, everything worked off before the next."""
    clock = FakeClock()
    kept, timer = Kept(clock), StageTimer()
    house = House(
        site="loss",
        number=1,
        epoch=1,
        window_s=60.0,
        eyes=eyes,
        clock=clock,
        identifiers=Identifiers(clock),
        journal=CommitGroup(kept, clock),
        timer=timer,
        on_picture=lambda _picture: None,
        health=PictureHealth if health else (lambda: None),
        size_watch=PacketListener if attention else (lambda: None),
        looks=shared_looks(eyes.detector, timer),
        stills=False,
    )
    buffer, reader = PacketBuffer(), Idle(clock)

    def given(_spec: FeedSpec) -> FeedInput:
        return FeedInput(buffer, reader, clip.name)

    worker = Worker(house, given)
    worker.add(replace(film.feed, id="film"), 1)
    turn(worker)
    answer = Answer()
    began_s = time.process_time()
    looked: list[tuple[float, float]] = []
    with FileSource(clip).open() as session:
        session.format = replace(session.format, duration_s=None)
        buffer.put(Opened(session))
        told_s, noted_s = 0.0, 0.0
        for number, packet in enumerate(session.packets()):
            now_s = number / 25.0
            clock.advance(max(0.0, now_s - clock.monotonic_s()))
            buffer.put(replace(packet, arrived_s=now_s), tell=False)
            reader.received += 1
            reader.size += packet.size
            if now_s - told_s >= buffer.pace_s:
                told_s = now_s
                buffer.tell()
            turn(worker)
            if now_s - noted_s >= 1.0 and (status := worker.statuses.get("film")):
                noted_s = now_s
                looked.append((status.asleep, status.fps_analysed))
        buffer.tell()
        for _ in range(60):  # what is still settling
            clock.advance(0.1)
            turn(worker)
        worker.remove("film")
        turn(worker)
        house.journal.commit(at_once=True)
    answer.cpu_s = time.process_time() - began_s
    answer.asleep, answer.pictures = np.mean(looked, 0).tolist() if looked else (0.0, 0.0)
    answer.found = kept.found
    return answer


def turn(worker: Worker) -> None:
    """Until nothing waits; the worker would rest then, which the fake clock does not."""
    for _ in range(2000):
        worker._wake.set()
        worker.turn()
        if not worker._ready and not worker._heard:
            return


def matched(wanted: Sequence[Found], found: Sequence[Found]) -> list[tuple[Found, Found]]:
    """Pairs of the same event, each used once, the nearest in time first."""
    candidates = sorted(
        (abs(a.t_s - b.t_s), i, j)
        for i, a in enumerate(wanted)
        for j, b in enumerate(found)
        if a.what == b.what and abs(a.t_s - b.t_s) <= WITHIN_S
    )
    left, right, pairs = set(), set(), []
    for _, i, j in candidates:
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            pairs.append((wanted[i], found[j]))
    return pairs


@dataclass(slots=True)
class Score:
    """wanted, found, same: how many. late: how much later than the other run, seconds."""

    wanted: int = 0
    found: int = 0
    same: int = 0
    late: list[float] = field(default_factory=list)

    def add(self, wanted: Sequence[Found], found: Sequence[Found]) -> None:
        pairs = matched(wanted, found)
        self.wanted += len(wanted)
        self.found += len(found)
        self.same += len(pairs)
        self.late += [b.delay_s - a.delay_s for a, b in pairs]

    @property
    def f1(self) -> float:
        return 2 * self.same / max(1, self.wanted + self.found)

    def text(self) -> str:
        precision, recall = self.same / max(1, self.found), self.same / max(1, self.wanted)
        return f"{precision:.3f} / {recall:.3f} / {self.f1:.3f}"


def truth_of(film: WorkloadFilm, until_s: float) -> list[Found]:
    """Crossings of the film, over its end as well. There is no list of true stops."""
    rows = []
    for lap in range(int(until_s // film.seconds) + 1):
        for one in film.crossings:
            t_s = one.t_s + lap * film.seconds
            what = (CROSSING, one.line, one.direction, group_of(one.label))
            rows.append(Found(what, t_s, t_s))
    return [row for row in rows if row.t_s < until_s]


def after(found: Iterable[Found], until_s: float) -> list[Found]:
    """What happened after the feed was learned and early enough to be told."""
    return [one for one in found if LEARN_S <= one.t_s < until_s - 3.0]


def crossings(found: Iterable[Found]) -> list[Found]:
    return [one for one in found if one.what[0] == CROSSING]


def run(name: str, given: argparse.Namespace, eyes: Eyes, told: Table, console: Console) -> None:
    workload, height = name.split("-")
    films = [f for r in recipes(workload, SIZES[height]) for f in films_of(r, given.films)]
    same, truth, plain = Score(), Score(), Score()
    cpu, asleep, plain_cpu, media_s = 0.0, [], 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for film in films[:: given.every]:
            clip = Path(folder) / "clip.mp4"
            length_s = max(film.seconds, 120.0) if film.seconds < 100 else film.seconds + LEARN_S
            phased(film.path, 0.0, length_s, clip)
            whole = play(film, clip, eyes, attention=False)
            ours = play(film, clip, eyes, attention=True)
            wanted, found = after(whole.found, length_s), after(ours.found, length_s)
            true = after(truth_of(film, length_s), length_s)
            one = Score()
            for score in (same, one):
                score.add(wanted, found)
            truth.add(true, crossings(found))
            plain.add(true, crossings(wanted))
            cpu, plain_cpu = cpu + ours.cpu_s, plain_cpu + whole.cpu_s
            asleep.append(ours.asleep)
            media_s += length_s
            console.print(
                f"{film.name}: {len(wanted)} exhaustive, {len(found)} with attention, "
                f"{one.same} the same, asleep {ours.asleep:.0%}, "
                f"{1000 * whole.cpu_s / length_s:.1f} → {1000 * ours.cpu_s / length_s:.1f} ms/s"
            )
            if given.verbose:
                pairs = matched(wanted, found)
                for sign, rows, used in (
                    ("-", wanted, {id(a) for a, _ in pairs}),
                    ("+", found, {id(b) for _, b in pairs}),
                ):
                    for row in rows:
                        if id(row) not in used:
                            console.print(f"   {sign} {row.t_s:7.2f} {row.what}")
    late = same.late or [float("nan")]
    colour = "green" if same.f1 >= CASES[name] else "red"
    told.add_row(
        name,
        f"{same.wanted} / {same.found}",
        same.text(),
        f"[{colour}]≥ {CASES[name]:g}[/]",
        f"{np.percentile(late, 50):+.2f} / {np.percentile(late, 95):+.2f}",
        f"{truth.wanted}",
        plain.text(),
        truth.text(),
        f"{np.mean(asleep):.0%}",
        f"{1000 * plain_cpu / media_s:.1f} → {1000 * cpu / media_s:.1f}",
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    models = os.environ.get("WAYSIDE_MODEL_DIR") or SHARED / "models"
    options.add_argument("--only", action="append", choices=list(CASES))
    options.add_argument("--model", default="auto")
    options.add_argument("--models", type=Path, default=Path(models))
    options.add_argument("--films", type=Path, default=user_cache_path("wayside") / "workloads")
    options.add_argument("--every", type=int, default=1, help="every n-th film only")
    options.add_argument("--verbose", action="store_true", help="name each event that differs")
    given = options.parse_args()
    os.environ["WAYSIDE_MODEL_DIR"] = str(given.models.resolve())
    os.environ["WAYSIDE_OFFLINE"] = "1"
    cv2.setNumThreads(1)
    choice = choose(given.model)
    eyes = Eyes(choice.detector, choice.threshold, motion_side=LIVE_SIDE)
    told = Table(title="With attention against without", title_justify="left")
    for column in (
        "workload",
        "events without / with",
        "precision / recall / F1",
        "limit",
        "later p50 / p95 s",
        "true crossings",
        "truth: without",
        "truth: with",
        "asleep",
        "ms a second",
    ):
        told.add_column(column, justify="left" if column == "workload" else "right")
    console = Console(width=180, soft_wrap=True)
    for name in given.only or CASES:
        run(name, given, eyes, told, console)
    console.print(told)


if __name__ == "__main__":
    main()
