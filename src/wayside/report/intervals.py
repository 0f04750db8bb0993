"""Time cut into equal intervals, and how much of each was really analysed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.report.contents import FeedContents, Gap

NICE_STEPS_S: Final = (
    *(1, 2, 5, 10, 15, 30),
    *(60, 120, 300, 600, 900, 1800),
    *(3600, 7200, 10_800, 21_600, 43_200, 86_400),
)
MOST_INTERVALS: Final = 40


@dataclass(frozen=True, slots=True)
class Intervals:
    """edges_s: (B+1,) float64, seconds since the feed's start. coverage: (B,) 0..1.

    A first or last interval that reaches beyond the feed is not fully covered.
    """

    edges_s: NDArray[np.float64]
    coverage: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.coverage)

    @property
    def step_s(self) -> float:
        return float(self.edges_s[1] - self.edges_s[0])

    def index(self, t_s: NDArray[np.float64]) -> NDArray[np.intp]:
        """(N,) the interval of each time; what lies outside goes to the nearest one."""
        found = np.searchsorted(self.edges_s, t_s, side="right") - 1
        return np.clip(found, 0, len(self) - 1)

    def overlaps(self, start_s: float, end_s: float) -> NDArray[np.float64]:
        """(B,) seconds of each interval that lie in start_s..end_s."""
        low = np.maximum(self.edges_s[:-1], start_s)
        high = np.minimum(self.edges_s[1:], end_s)
        return np.asarray(np.maximum(high - low, 0.0), np.float64)


def nice_step_s(duration_s: float, most: int = MOST_INTERVALS) -> float:
    """The shortest step of the series that cuts duration_s into at most ``most`` parts."""
    for step in NICE_STEPS_S:
        if duration_s <= step * most:
            return float(step)
    return 86_400.0 * math.ceil(duration_s / (86_400.0 * most))


def intervals_of(feed: FeedContents, last_event_s: float = 0.0) -> Intervals:
    """Equal intervals over the feed, cut at full clock times where its start is known.

    Traffic counts are compared by quarter hours of the clock, so 08:03 to 08:18
    would be of little use. They reach to the last event, should it be late.
    """
    end_s = max(feed.duration_s, last_event_s, 1.0)
    step = nice_step_s(end_s)
    phase = clock_phase_s(feed.start, step) if feed.start_known else 0.0
    count = max(1, math.ceil((end_s + phase) / step - 1e-9))
    edges: NDArray[np.float64] = np.arange(count + 1, dtype=np.float64) * step - phase
    seen: NDArray[np.float64] = np.zeros(count, np.float64)
    whole = Intervals(edges, seen)
    seen = whole.overlaps(0.0, max(feed.duration_s, 0.0))
    for gap in merged(feed.gaps, feed.duration_s):
        seen = seen - whole.overlaps(gap.start_s, gap.end_s)
    return Intervals(edges, np.asarray(np.clip(seen / step, 0.0, 1.0), np.float64))


def clock_phase_s(start: datetime, step_s: float) -> float:
    """Seconds from the last full multiple of step_s of the UTC day to ``start``."""
    utc = start.astimezone(UTC)
    midnight = utc.replace(hour=0, minute=0, second=0, microsecond=0)
    return (utc - midnight) % timedelta(seconds=step_s) / timedelta(seconds=1)


def merged(gaps: Sequence[Gap], duration_s: float) -> list[Gap]:
    """The gaps in order, cut to the feed; where two overlap the later gives way."""
    reached = 0.0
    kept: list[Gap] = []
    for gap in sorted(gaps, key=lambda gap: (gap.start_s, gap.end_s)):
        start, end = max(gap.start_s, reached), min(gap.end_s, duration_s)
        if end > start:
            kept.append(Gap(start, end, gap.reason))
            reached = end
    return kept
