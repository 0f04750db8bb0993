"""For how long objects usually stand where: what one session has seen of it."""

from __future__ import annotations

import numpy as np

from wayside.domain.geometry import Points

_KEPT = 512
_NEAR_SIZES = 1.5
_SHARE = 0.9


class UsualStops:
    """The last 512 stops: where, and how long; nothing about who.

    Places (2,) and sizes in one frame. A stop is near another within one and a half of the
    larger's own size.
    """

    def __init__(self) -> None:
        self._places: Points = np.full((_KEPT, 2), np.nan)
        self._sizes = np.zeros(_KEPT)
        self._lasted_s = np.zeros(_KEPT)
        self._next = 0

    def learn(self, place: Points, size: float, lasted_s: float) -> None:
        """A stop has ended; the oldest kept one is forgotten for it."""
        self._places[self._next] = place
        self._sizes[self._next] = size
        self._lasted_s[self._next] = lasted_s
        self._next = (self._next + 1) % _KEPT

    def near(self, place: Points, size: float) -> tuple[int, float]:
        """How many have stood near ``place``, and the seconds that 90 % of them did not exceed."""
        away = np.hypot(*(self._places - place).T)
        with np.errstate(invalid="ignore"):
            lasted = self._lasted_s[away <= _NEAR_SIZES * np.maximum(self._sizes, size)]
        return len(lasted), float(np.quantile(lasted, _SHARE)) if len(lasted) else 0.0
