"""How much of the time was really analysed. A number without this does not exist."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gap:
    """Media seconds that were not analysed, and why."""

    start_s: float
    end_s: float
    reason: str


class CoverageMeter:
    """Remembers which media seconds were analysed.

    A sample speaks for the time since the one before it, as long as that is no
    more than ``reach_s``: an object cannot come and go unseen in so short a
    time. What is longer is a gap and is reported as one.

    why_late: the reason given for a gap for which nobody told another one.
    """

    def __init__(self, reach_s: float) -> None:
        if not reach_s > 0:
            raise ValueError("the reach of a sample is above 0 s")
        self.reach_s = reach_s
        self.why_late = "no pictures"
        self.gaps: list[Gap] = []
        self._told = 0
        self._last_s = 0.0
        self._pending: str | None = None

    def lost(self, t_s: float, reason: str) -> None:
        """A picture at ``t_s`` could not be analysed."""
        if self._pending is None and t_s >= self._last_s:
            self._pending = reason

    def analysed(self, t_s: float) -> None:
        """A picture at ``t_s`` was analysed; what was lost before it is a gap up to here."""
        is_late = t_s - self._last_s > self.reach_s
        if (is_late or self._pending is not None) and t_s > self._last_s:
            self.gaps.append(Gap(self._last_s, t_s, self._pending or self.why_late))
        self._pending = None
        self._last_s = max(self._last_s, t_s)

    def attended(self, t_s: float) -> None:
        """Up to ``t_s`` nothing was looked at because nothing changed: that is no gap."""
        if self._pending is None:
            self._last_s = max(self._last_s, t_s)

    def ended(self, t_s: float) -> None:
        """The stream ended at ``t_s``, with or without a last picture."""
        self.analysed(t_s)

    def untold(self) -> list[Gap]:
        """The gaps since this was last asked."""
        new, self._told = self.gaps[self._told :], len(self.gaps)
        return new

    def forget(self, before_s: float) -> None:
        """Lets go of told gaps that ended before: no window will ask for them any more.

        A live session lasts for months and its gaps would not fit into memory.
        """
        gone = 0
        while gone < self._told and self.gaps[gone].end_s <= before_s:
            gone += 1
        del self.gaps[:gone]
        self._told -= gone

    def share(self, start_s: float, end_s: float) -> float:
        """Of the window that lies outside all gaps, 0..1. Raises ValueError for an empty window."""
        if not end_s > start_s:
            raise ValueError(f"no window: {start_s} s to {end_s} s")
        gaps = list(self.gaps)
        if self._pending is not None:
            # Still lost, nobody knows how long: a window that closes meanwhile must show it.
            gaps.append(Gap(self._last_s, math.inf, self._pending))
        lost_s = sum(max(0.0, min(gap.end_s, end_s) - max(gap.start_s, start_s)) for gap in gaps)
        return min(max(1 - lost_s / (end_s - start_s), 0.0), 1.0)
