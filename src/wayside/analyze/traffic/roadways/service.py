"""Level of service: how good a road is to drive on, from 1 (A) to 6 (F)."""

from __future__ import annotations

from bisect import bisect_left
from typing import Final

UNINTERRUPTED_MPS: Final = 72 / 3.6
"""Free-flow speed from which a road is judged as one without signals: 45 mi/h, where HCM's method
for multilane highways and motorways begins."""

_PER_MILE: Final = 1.609344
_DENSITIES: Final = tuple(limit / _PER_MILE for limit in (11.0, 18.0, 26.0, 35.0, 45.0))
"""Passenger cars a kilometre and lane at the end of A to E: HCM 7th ed., Exhibit 12-15."""
_DELAYS_S: Final = (10.0, 20.0, 35.0, 55.0, 80.0)
"""Seconds of control delay at the end of A to E: HCM 7th ed., Exhibit 19-8."""


def by_density(cars_per_km_and_lane: float) -> int:
    """For uninterrupted flow."""
    return bisect_left(_DENSITIES, cars_per_km_and_lane) + 1


def by_delay(seconds: float) -> int:
    """For lanes that lead to a signal."""
    return bisect_left(_DELAYS_S, seconds) + 1
