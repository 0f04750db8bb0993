"""How a feed is doing, from counts and moments: rates, lag, coverage of the last minute."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from wayside.pipeline.coverage import CoverageMeter

WINDOW_TICKS = 5
COVERAGE_S = 60.0


@dataclass(frozen=True, slots=True)
class Rates:
    """Per second, over the last seconds. cpu: CPU seconds per second."""

    received: float = 0.0
    bits: float = 0.0
    analysed: float = 0.0
    cpu: float = 0.0


@dataclass(frozen=True, slots=True)
class _Totals:
    t_s: float
    received: int
    size: int
    analysed: int
    cpu_s: float


class VitalSigns:
    """Of one feed, across its sessions. Seconds are monotonic."""

    def __init__(self, now_s: float, reach_s: float) -> None:
        self.lag_s: float | None = None
        self.arrived_s: float | None = None
        self.analysed = 0
        self.cpu_s = 0.0
        self._began_s = now_s
        self._coverage = CoverageMeter(reach_s)
        self._ticks: deque[_Totals] = deque(maxlen=WINDOW_TICKS + 1)

    def saw(self, now_s: float, arrived_s: float | None, pictures: int) -> None:
        """So many pictures, the last of which arrived then, were analysed by now."""
        arrived_s = now_s if arrived_s is None else arrived_s
        self.analysed += pictures
        self.arrived_s = arrived_s
        self.lag_s = max(0.0, now_s - arrived_s)
        self._coverage.analysed(max(0.0, arrived_s - self._began_s))

    def attended(self, now_s: float, first_s: float | None, last_s: float | None) -> None:
        """Packets that arrived from ``first_s`` to ``last_s`` were listened to by now."""
        self.arrived_s = now_s if last_s is None else last_s
        self.lag_s = 0.0 if first_s is None else max(0.0, now_s - first_s)
        self._coverage.attended(max(0.0, self.arrived_s - self._began_s))

    def tick(self, now_s: float, received: int, size: int) -> Rates:
        """About once a second. received, size: totals of packets and of their bytes."""
        new = _Totals(now_s, received, size, self.analysed, self.cpu_s)
        old = self._ticks[0] if self._ticks else new
        self._ticks.append(new)
        span_s = new.t_s - old.t_s
        if not span_s > 0:
            return Rates()
        return Rates(
            received=(new.received - old.received) / span_s,
            bits=8 * (new.size - old.size) / span_s,
            analysed=(new.analysed - old.analysed) / span_s,
            cpu=(new.cpu_s - old.cpu_s) / span_s,
        )

    def coverage(self, now_s: float) -> float:
        """Share of the last minute, or of the feed's life where that is shorter, analysed."""
        meter, life_s = self._coverage, now_s - self._began_s
        if not life_s > 0:
            return 0.0
        if self.arrived_s is None or now_s - self.arrived_s > meter.reach_s:
            meter.lost(life_s, "no pictures")
        since_s = max(0.0, life_s - COVERAGE_S)
        share = meter.share(since_s, life_s)
        meter.untold()
        meter.forget(since_s)
        return share
