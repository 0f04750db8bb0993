"""Which standing vehicles are one queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

STANDING_MPS: Final = 5 / 3.6
"""Standing or creeping: slower than 5 km/h (1.39 m/s) for a second. The threshold and the time of
SUMO's lane area detector (E2) for its jams; HCM 7th ed., chapter 31, reckons a vehicle to a queue
from about the same speed (5 mi/h, 2.2 m/s) on."""
STANDING_SIZES: Final = 0.5
"""The same in own sizes a second where nothing is calibrated: a car is 2 to 3 m large so."""
GOING: Final = 1.6
"""Times that: from here on it moves again if the mean does too. A measured speed of one that
creeps at 1.2 m/s has a standard deviation of 0.6 m/s at 3 pictures a second."""
OFF: Final = 2.2
"""Times that: from here on it moves whatever the mean."""
SLOW: Final = 1.8
"""Times that: up to here a vehicle between two that stand is part of their queue."""
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
    fronts: Sequence[float],
    rears: Sequence[float],
    asides: Sequence[float],
    scale: float = 1.0,
    sure: Sequence[bool] = (),
) -> Queue | None:
    """The longest of the queues that standing vehicles form; None where there are none.

    fronts, rears, asides: (N,) of all that stand, along and beside the way. scale: units of the
    way in a metre. sure: (N,) False for those that are slow without standing: they belong to a
    queue only between two that stand; without it all stand. One queue is where the free road from
    the rearmost so far to the next one's front is at most 10 m. Two tracks that overlap by half of
    the shorter one, within 1.5 m beside one another, are one vehicle.
    """
    best: list[int] = []
    best_front = best_back = 0.0
    longest = -1.0
    members: list[int] = []
    between: list[int] = []
    front = back = reached = 0.0
    gap, beside = GAP_M * scale, _BESIDE_M * scale
    for index in sorted(range(len(fronts)), key=lambda n: -fronts[n]):
        own_front, own_rear = fronts[index], rears[index]
        stands = not sure or sure[index]
        if not members or reached - own_front > gap:
            if not stands:
                continue
            members, between = [index], []
            front, back = own_front, own_rear
        else:
            for other in (*members[-3:], *between[-3:]):
                # Its front is the nearer one to the head, so what they share begins at own_front.
                shared = own_front - max(own_rear, rears[other])
                shorter = min(own_front - own_rear, fronts[other] - rears[other])
                if shared > _SAME * shorter and abs(asides[index] - asides[other]) <= beside:
                    break
            else:
                between.append(index)
            if not stands:
                reached = min(reached, own_rear)
                continue
            members += between
            between = []
            back = min(reached, own_rear)
        reached = back
        if front - back > longest:
            longest, best_front, best_back, best = front - back, front, back, list(members)
    return Queue(tuple(best), best_front, best_back) if best else None
