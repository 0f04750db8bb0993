"""What is known of a road, and of the vehicles on it, at one instant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.moment import Values
from wayside.analyze.traffic.roadways.queue import Queue


@dataclass(frozen=True, slots=True)
class RoadState:
    """One zone at one instant.

    vehicles: number inside. cars: the same as passenger cars (HCM: 2 for a lorry or bus). timed:
    of them those whose speed is known; distance_rate: the sum of their speeds along the way, m/s
    or own sizes a second. queued: vehicles in the longest queue;
    queue: None where nobody stands. length: of that queue from its front to its back, from the
    stop line where its head stands within 10 m of it; in units of the way. back: how far the
    queue's back is from the stop line, 0 without a queue. is_cut: the queue reaches the zone's
    beginning or the picture's edge, so that it may be longer.
    """

    vehicles: int = 0
    cars: float = 0.0
    timed: int = 0
    distance_rate: float = 0.0
    queued: int = 0
    queue: Queue | None = None
    length: float = 0.0
    back: float = 0.0
    is_cut: bool = False
    at_stop: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class VehiclesSeen:
    """Vehicles on roads, pair by pair of (row of the moment, zone), (P,) each."""

    rows: NDArray[np.intp]
    zones: NDArray[np.intp]
    fronts: Values
    rears: Values
    asides: Values
    speeds: Values
    standing: NDArray[np.bool_]
    slow: NDArray[np.bool_]
    scales: Values

    def where(self, keep: NDArray[np.bool_]) -> VehiclesSeen:
        """The pairs that a mask selects."""
        return VehiclesSeen(
            self.rows[keep],
            self.zones[keep],
            self.fronts[keep],
            self.rears[keep],
            self.asides[keep],
            self.speeds[keep],
            self.standing[keep],
            self.slow[keep],
            self.scales[keep],
        )
