"""What is usual at this hour: the same hours of the same weekday in the weeks before.

Median and band of the values of those days; nothing is smoothed and nothing modelled. The median
is robust to a few odd days (holidays, incidents) as long as they are fewer than half.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Final

import numpy as np

WATCHED: Final = 0.9
"""Coverage from which a step of a past day is taken: below it a count is only a lower bound."""

_BAND: Final = (10.0, 90.0)


@dataclass(frozen=True, slots=True)
class Usual:
    """One step. median: None where no day is known. low, high: 10th and 90th percentile.

    Percentiles are linear between order statistics, so with few days they lie near the lowest and
    the highest; None for fewer than three days. days: that the step rests on.
    """

    median: float | None
    low: float | None
    high: float | None
    days: int


def weeks_before(
    since: datetime, until: datetime, weeks: int, zone: tzinfo
) -> list[tuple[datetime, datetime]]:
    """The same range of the clock on the wall, 1, 2, ... weeks before; newest first.

    zone: whose clock. Where summer time began or ended between, the hours still match; inside a
    range that holds the change itself they are one hour off on one side of it.
    """
    length = until - since
    wall = since.astimezone(zone).replace(tzinfo=None)
    found = []
    for week in range(1, weeks + 1):
        start = (wall - timedelta(weeks=week)).replace(tzinfo=zone).astimezone(since.tzinfo)
        found.append((start, start + length))
    return found


def usual(days: Sequence[Sequence[tuple[float | None, float]]]) -> list[Usual]:
    """days: of each past day its (value, coverage) by step; all of the same length."""
    return [_of_step([day[step] for day in days]) for step in range(len(days[0]) if days else 0)]


def _of_step(found: Sequence[tuple[float | None, float]]) -> Usual:
    known = [value for value, coverage in found if value is not None and coverage >= WATCHED]
    if not known:
        return Usual(None, None, None, 0)
    low, high = (float(each) for each in np.percentile(known, _BAND))
    has_band = len(known) >= 3
    return Usual(
        float(np.median(known)), low if has_band else None, high if has_band else None, len(known)
    )
