"""How fast traffic goes on a road that is free: learned from the road itself."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

ASSUMED_MPS: Final = 50 / 3.6
"""Until enough is learned, where speeds are in m/s: the usual limit in towns."""
_SHARE = 0.85
_BIN = 0.5
_BINS = 140
_LEAST = 2.0
_ENOUGH_S = 60.0
_REMEMBERED_S = 20_000.0


class FreeFlow:
    """The speed that 85 % of the vehicle-seconds on the free road do not exceed, for each zone.

    Free is a zone without a queue and with few vehicles (see Roads). Speeds under 2 m/s are left
    out: who parks or lets somebody out says nothing about the road. Bins of 0.5 m/s, or of 0.5
    own sizes a second where nothing is calibrated. All is halved at 20 000 vehicle-seconds, so
    that it follows the seasons; it is known from 60 on.
    """

    def __init__(self, zones: int) -> None:
        self._seconds = np.zeros((zones, _BINS))

    def learn(self, zones: NDArray[np.intp], speeds: NDArray[np.float64], span_s: float) -> None:
        """(N,) speeds of vehicles in the (N,) free zones, which held for span_s seconds."""
        used = np.isfinite(speeds) & (speeds >= _LEAST)
        bins = np.minimum(speeds[used] / _BIN, _BINS - 1).astype(np.intp)
        np.add.at(self._seconds, (zones[used], bins), span_s)
        full = self._seconds.sum(1) > _REMEMBERED_S
        if full.any():
            self._seconds[full] /= 2

    def speed(self, zone: int) -> float | None:
        """m/s or own sizes a second; None until enough has been seen."""
        seconds = self._seconds[zone]
        total = float(seconds.sum())
        if total < _ENOUGH_S:
            return None
        reached = np.cumsum(seconds)
        place = int(np.searchsorted(reached, _SHARE * total))
        before = reached[place] - seconds[place]
        return float((place + (_SHARE * total - before) / seconds[place]) * _BIN)
