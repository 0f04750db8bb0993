"""What feeds cost: real worker processes on real-time feeds, their CPU as the system counts it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from wayside.cli.running import WORKER
from wayside.domain.errors import OutputError
from wayside.domain.feeds import FeedSpec, FeedState
from wayside.fleet.epochs import Epochs
from wayside.fleet.local import FleetSettings, LocalFleet

LOOK_S = 0.5
OTHER = "readers and the rest"
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """What was measured of ``feeds`` feeds on ``workers`` workers in ``seconds``.

    cpu_ms: CPU of all worker processes, user and system, for one second of one feed. halves_ms:
    the same of the first and of the second half. stages_ms: the same by stage; what threads
    outside all stages take is ``OTHER``. cores: CPU of the workers a second. rss_mb: of all
    workers, at the beginning and at the end. lag_p95_s: from a picture's arrival to the end of
    its analysis. coverage: mean and least. dropped: share of the packets. live: feeds that gave
    pictures at the end. asleep: mean share of the time. shed: how workers said they shed load,
    "" where none did.
    """

    feeds: int
    workers: int
    seconds: float
    cpu_ms: float
    halves_ms: tuple[float, float]
    stages_ms: Mapping[str, float]
    cores: float
    rss_mb: tuple[float, float]
    lag_p50_s: float
    lag_p95_s: float
    coverage: tuple[float, float]
    dropped: float
    live: int
    analysed: float
    asleep: float
    shed: str = ""

    @property
    def feeds_a_core(self) -> float:
        return 1000.0 / self.cpu_ms if self.cpu_ms > 0 else float("inf")

    @property
    def is_whole(self) -> bool:
        """Everything was done in time, so the cost is that of all the work."""
        return self.live == self.feeds and self.dropped < 0.01 and not self.shed

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "feeds_a_core": self.feeds_a_core, "is_whole": self.is_whole}


@dataclass(slots=True)
class _Notes:
    """What workers said while they were watched."""

    lags: list[float] = field(default_factory=list)
    stages: list[Mapping[str, float]] = field(default_factory=list)
    asleep: list[float] = field(default_factory=list)
    analysed: list[float] = field(default_factory=list)
    shed: str = ""


def measured(
    feeds: Sequence[FeedSpec],
    folder: Path,
    settings: Mapping[str, Any],
    *,
    workers: int = 1,
    warm_s: float = 30.0,
    seconds: float = 30.0,
    told: Callable[[float, str], None] = lambda _share, _what: None,
) -> Cost:
    """Runs the feeds, first ``warm_s`` while they learn, then ``seconds`` that count.

    folder: for journals. settings: of a worker, see WorkerSettings. told: how far it is, 0..1,
    and what it does. Raises OutputError where a worker cannot run or died.
    """
    fleet = LocalFleet(
        WORKER,
        {"site": "bench", "log_level": "error", **settings, "journals": str(folder / "journals")},
        Epochs(folder / "epochs.json"),
        settings=FleetSettings(workers=workers),
    )
    fleet.start()
    try:
        fleet.apply(feeds)
        whole_s = warm_s + seconds
        _wait_for_all(fleet, len(feeds))
        _pass(warm_s, lambda t_s: told(t_s / whole_s, "feeds are learned"))
        return _measured(
            fleet, len(feeds), workers, seconds, lambda t: told((warm_s + t) / whole_s, "measuring")
        )
    finally:
        fleet.close()


def _measured(
    fleet: LocalFleet,
    feeds: int,
    workers: int,
    seconds: float,
    told: Callable[[float], None],
) -> Cost:
    notes = _Notes()
    pids = _pids(fleet)
    rss = sum(worker.rss_mb for worker in fleet.workers())
    before = {s.feed: (s.received, s.dropped) for s in fleet.statuses().values()}
    marks = [(time.monotonic(), _cpu_s(pids))]

    def look(t_s: float) -> None:
        told(t_s)
        _note(fleet, notes)

    for half_s in (0.0, seconds / 2):
        _pass(seconds / 2, lambda t_s, half_s=half_s: look(half_s + t_s))  # type: ignore[misc]
        marks.append((time.monotonic(), _cpu_s(pids)))
    if _pids(fleet) != pids:
        raise _died()
    statuses = list(fleet.statuses().values())
    received = sum(s.received - before.get(s.feed, (0, 0))[0] for s in statuses)
    dropped = sum(s.dropped - before.get(s.feed, (0, 0))[1] for s in statuses)
    wall_s, cpu_s = marks[2][0] - marks[0][0], marks[2][1] - marks[0][1]
    cpu_ms = 1000 * cpu_s / wall_s / feeds
    stages = _mean(notes.stages, feeds)
    coverage = [s.coverage for s in statuses] or [0.0]
    lags = notes.lags or [float("nan")]
    return Cost(
        feeds=feeds,
        workers=workers,
        seconds=round(wall_s, 2),
        cpu_ms=cpu_ms,
        halves_ms=(_rate(marks[0], marks[1], feeds), _rate(marks[1], marks[2], feeds)),
        stages_ms={**stages, OTHER: max(0.0, cpu_ms - sum(stages.values()))},
        cores=cpu_s / wall_s,
        rss_mb=(rss, sum(worker.rss_mb for worker in fleet.workers())),
        lag_p50_s=float(np.percentile(lags, 50)),
        lag_p95_s=float(np.percentile(lags, 95)),
        coverage=(float(np.mean(coverage)), min(coverage)),
        dropped=dropped / received if received else 1.0,
        live=sum(s.state is FeedState.LIVE for s in statuses),
        analysed=float(np.mean(notes.analysed or [0.0])),
        asleep=float(np.mean(notes.asleep or [0.0])),
        shed=notes.shed,
    )


def _wait_for_all(fleet: LocalFleet, feeds: int, most_s: float = 60.0) -> None:
    """Until all feeds are live, or some time has passed: those that fail show in the result."""
    until_s = time.monotonic() + most_s
    while time.monotonic() < until_s:
        statuses = fleet.statuses().values()
        if sum(s.state is FeedState.LIVE for s in statuses) == feeds:
            return
        time.sleep(LOOK_S)


def _note(fleet: LocalFleet, notes: _Notes) -> None:
    statuses, workers = list(fleet.statuses().values()), fleet.workers()
    notes.lags += [s.lag_s for s in statuses if s.lag_s is not None]
    notes.asleep += [s.asleep for s in statuses]
    notes.analysed += [s.fps_analysed for s in statuses]
    names = {name for worker in workers for name in worker.stages}
    notes.stages.append({n: sum(w.stages.get(n, 0.0) for w in workers) for n in names})
    for worker in workers:
        if worker.state != "running":
            notes.shed = worker.state


def _mean(stages: Sequence[Mapping[str, float]], feeds: int) -> dict[str, float]:
    """ms a feed-second by stage, the largest first."""
    names = {name for each in stages for name in each}
    found = {
        name: 1000 * sum(each.get(name, 0.0) for each in stages) / len(stages) / feeds
        for name in names
    }
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _rate(start: tuple[float, float], end: tuple[float, float], feeds: int) -> float:
    return 1000 * (end[1] - start[1]) / (end[0] - start[0]) / feeds


def _pass(seconds: float, each: Callable[[float], None]) -> None:
    """Lets time pass; ``each`` is called twice a second with the seconds so far."""
    began_s = time.monotonic()
    while (t_s := time.monotonic() - began_s) < seconds:
        each(t_s)
        time.sleep(min(LOOK_S, seconds - t_s))


def _died() -> OutputError:
    return OutputError(
        "a worker ended while it was measured",
        remedy="Look at its messages; where the machine has too much to do, take fewer --feeds",
    )


def _pids(fleet: LocalFleet) -> list[int]:
    return sorted(worker.pid for worker in fleet.workers())


def _cpu_s(pids: Sequence[int]) -> float:
    """User and system time of whole processes, all threads. Raises OutputError without one."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
        except OSError as error:
            raise _died() from error
        fields = text.rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / _TICKS
