"""Which standing vehicles are one queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from wayside.analyze.traffic.moment import Values

STANDING_MPS: Final = 5 / 3.6
"""Standing or creeping: slower than 5 km/h (1.39 m/s) for STANDING_S. The threshold and the time
of SUMO's lane area detector (E2) for its jams; HCM 7th ed., chapter 31, reckons a vehicle to a
queue from about the same speed (5 mi/h, 2.2 m/s) on."""
GOING_MPS: Final = 1.3 * STANDING_MPS
"""From here on it moves again. The band is three standard deviations of a measured speed."""
STANDING_SIZES: Final = 0.5
"""The same in own sizes a second where nothing is calibrated: a car is 2 to 3 m large so."""
GOING_SIZES: Final = 0.65
STANDING_S: Final = 1.0
GAP_M: Final = 10.0
"""Free road between two vehicles of one queue at most; E2's default (jamThreshold)."""
SIZE_M: Final = 2.5
"""What one own size is taken for where nothing is calibrated: a car seen aslant from above."""

_SAME = 0.5
_BESIDE_M = 1.5


@dataclass(frozen=True, slots=True)
class Queue:
    """front, back: distances along the way, of the head's front and the last one's rear.
    members: indices of the vehicles, head first.
    """

    members: tuple[int, ...]
    front: float
    back: float

    @property
    def length(self) -> float:
        return self.front - self.back


def longest_queue(
    fronts: Values, rears: Values, asides: Values, scale: float = 1.0
) -> Queue | None:
    """The longest of the queues that standing vehicles form; None where there are none.

    fronts, rears, asides: (N,) of all that stand, along and beside the way. scale: units of the
    way in a metre. One queue is where the free road from the rearmost so far to the next one's
    front is at most 10 m. Two tracks that overlap by half of the shorter one, within 1.5 m beside
    one another, are one vehicle.
    """
    best: list[int] = []
    best_span = -1.0, 0.0, 0.0
    members: list[int] = []
    front = back = 0.0
    for index in np.argsort(-fronts, kind="stable").tolist():
        own_front, own_rear = float(fronts[index]), float(rears[index])
        if members and back - own_front <= GAP_M * scale:
            if not any(_same(index, m, fronts, rears, asides, scale) for m in members[-3:]):
                members.append(index)
            back = min(back, own_rear)
        else:
            members = [index]
            front, back = own_front, own_rear
        if front - back > best_span[0]:
            best_span = front - back, front, back
            best = members
    if not best:
        return None
    return Queue(tuple(best), best_span[1], best_span[2])


def _same(a: int, b: int, fronts: Values, rears: Values, asides: Values, scale: float) -> bool:
    shared = min(fronts[a], fronts[b]) - max(rears[a], rears[b])
    shorter = min(fronts[a] - rears[a], fronts[b] - rears[b])
    return bool(shared > _SAME * shorter and abs(asides[a] - asides[b]) <= _BESIDE_M * scale)
