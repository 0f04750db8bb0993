"""How much CPU and wall time each stage of a worker takes.

Time inside a nested stage belongs to the inner one alone, so the stages of a
timer add up to the time spent and never to more than that.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType


@dataclass(frozen=True, slots=True)
class StageTotal:
    """cpu_s: CPU seconds of the thread. wall_s: elapsed seconds. calls: times entered."""

    cpu_s: float
    wall_s: float
    calls: int


class StageTimer:
    """``with timer("decode"): ...`` adds the block's time to the stage ``decode``.

    CPU time is the calling thread's own (CLOCK_THREAD_CPUTIME_ID), so a timer
    belongs to one thread; ``merge`` joins what several threads measured. The
    context of a stage is made once and used again: entering allocates nothing.
    """

    __slots__ = ("_cpu_mark", "_cpu_now", "_running", "_stages", "_wall_mark", "_wall_now")

    def __init__(
        self,
        cpu_ns: Callable[[], int] = time.thread_time_ns,
        wall_ns: Callable[[], int] = time.perf_counter_ns,
    ) -> None:
        self._cpu_now = cpu_ns
        self._wall_now = wall_ns
        self._stages: dict[str, _Stage] = {}
        self._running: list[_Stage] = []
        self._cpu_mark = 0
        self._wall_mark = 0

    def __call__(self, name: str) -> _Stage:
        try:
            return self._stages[name]
        except KeyError:
            stage = self._stages[name] = _Stage(self)
            return stage

    def totals(self) -> dict[str, StageTotal]:
        """Of all stages so far, in the order in which they were first named.

        The time of a block that is still open is not in it.
        """
        return {
            name: StageTotal(stage.cpu_ns / 1e9, stage.wall_ns / 1e9, stage.calls)
            for name, stage in self._stages.items()
        }

    def merge(self, other: StageTimer) -> None:
        """Add what another thread's timer measured."""
        for name, theirs in other._stages.items():
            ours = self(name)
            ours.cpu_ns += theirs.cpu_ns
            ours.wall_ns += theirs.wall_ns
            ours.calls += theirs.calls


class _Stage:
    """One stage's running sums, and the context manager that feeds them."""

    __slots__ = ("calls", "cpu_ns", "timer", "wall_ns")

    def __init__(self, timer: StageTimer) -> None:
        self.timer = timer
        self.cpu_ns = 0
        self.wall_ns = 0
        self.calls = 0

    # Both ends are written out, without a shared method: a call costs as much
    # as a clock does. Measured: 2.7 us for a block, of which the two readings
    # of the thread's CPU clock (a system call each) take 1.5 us.

    def __enter__(self) -> None:
        timer = self.timer
        cpu, wall = timer._cpu_now(), timer._wall_now()
        running = timer._running
        if running:
            outer = running[-1]
            outer.cpu_ns += cpu - timer._cpu_mark
            outer.wall_ns += wall - timer._wall_mark
        timer._cpu_mark = cpu
        timer._wall_mark = wall
        running.append(self)
        self.calls += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        timer = self.timer
        cpu, wall = timer._cpu_now(), timer._wall_now()
        self.cpu_ns += cpu - timer._cpu_mark
        self.wall_ns += wall - timer._wall_mark
        timer._cpu_mark = cpu
        timer._wall_mark = wall
        timer._running.pop()
