"""Hands out stored media at the speed it was filmed at."""

from __future__ import annotations

from collections.abc import Callable

from wayside.domain.time import Clock

MAX_LAG_S = 2.0
"""Behind by more, it starts anew from the present instead of racing after the past."""

MAX_LEAP_S = 10.0
"""A longer step is a break in the stamps, not a pause."""


class Pacer:
    """Tells how long to wait before media second ``t_s`` is due. No sleeping here."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._anchor: tuple[float, float] | None = None
        self._last_s = 0.0

    def delay_s(self, t_s: float) -> float:
        """Seconds until ``t_s`` is due, 0 where it is. Stamps may leap and go back."""
        now_s = self._clock.monotonic_s()
        anchor, last_s, self._last_s = self._anchor, self._last_s, t_s
        if anchor is None or not -MAX_LEAP_S <= t_s - last_s <= MAX_LEAP_S:
            self._anchor = (now_s, t_s)
            return 0.0
        due_s = anchor[0] + t_s - anchor[1]
        if now_s - due_s > MAX_LAG_S:
            self._anchor = (now_s, t_s)
        return max(0.0, due_s - now_s)


Wait = Callable[[float], bool]
"""Sleeps for so many seconds; True as soon as the reading is to stop."""
