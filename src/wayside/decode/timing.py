"""Media time that always moves forward, from time stamps that need not.

Streams lack stamps, repeat them, jump, wrap after 26.5 h (33 bits at 90 kHz)
and go back. Durations measured on top of that would be wrong or negative, so
every stamp passes here once. No I/O and no clock: stamps in, times out.
"""

from __future__ import annotations

import math
from fractions import Fraction

from wayside.domain.media import DEFAULT_RATE
from wayside.domain.time import MediaTime

MAX_GAP_S = 10.0
"""A longer step is a break in the stamps, not a pause of the camera."""

_MPEG_TICKS = Fraction(1, 90_000)
_MPEG_WRAP = 1 << 33


class StampChoice:
    """Which of a picture's two stamps to go by: pts, or dts where pts proves to be wrong.

    The rule of FFmpeg's own best_effort_timestamp, which PyAV does not hand
    on: whichever failed to increase less often. AVI with packed B-pictures
    needs it; its pts run 4, 6, 5, 7, 9, 8 in display order.
    """

    def __init__(self) -> None:
        self._faulty_pts = 0
        self._faulty_dts = 0
        self._last_pts: int | None = None
        self._last_dts: int | None = None

    def of(self, pts: int | None, dts: int | None) -> int | None:
        """The stamp of the next picture in display order; None where it has none."""
        if dts is not None:
            self._faulty_dts += self._last_dts is not None and dts <= self._last_dts
            self._last_dts = dts
        if pts is None:
            return dts
        self._faulty_pts += self._last_pts is not None and pts <= self._last_pts
        self._last_pts = pts
        return pts if dts is None or self._faulty_pts <= self._faulty_dts else dts


class MediaTimer:
    """Gives each picture of one session its MediaTime; the first has t_s = 0.

    Rules. A stamp that moves forward by at most MAX_GAP_S is believed. One
    that repeats the last one, or is missing, counts as one nominal interval
    (1 / rate). One that goes back, or leaps further, starts anew one nominal
    interval after the time reached; ``discontinuities`` counts those. Where
    repeats have put time ahead of the stamps, it goes on in half intervals
    until they have caught up, so that no speed is measured over a step of
    almost zero.
    """

    def __init__(self, time_base: Fraction, rate: float | None = None) -> None:
        self.discontinuities = 0
        self._time_base = time_base
        self._interval_s = 1.0 / (rate or DEFAULT_RATE)
        self._choice = StampChoice()
        self._last_s: float | None = None
        """Time of the last picture."""
        self._reached_s: float | None = None
        """The furthest time known to have passed, in pictures or in skipped packets."""
        self._anchor: tuple[int, float] | None = None
        """(ticks, seconds) of one instant; the stamps since then are counted from it."""
        self._seen = 0
        """The largest stamp since the anchor."""
        self._shown: int | None = None
        """The stamp of the last picture since the anchor."""
        self._by_pts = True

    def at(self, pts: int | None, dts: int | None = None) -> MediaTime:
        """Time of the next picture in display order."""
        raw = self._choice.of(pts, dts)
        if raw is not None and raw != pts and self._by_pts:
            # From here on dts: the same clock, but shifted by the reorder delay. No break.
            self._by_pts = False
            self._shown = None
        t_s = self._after_reached() if raw is None else self._of_picture(self._unwrapped(raw))
        self._last_s = t_s
        self._reached_s = max(self._reached_s or 0.0, t_s)
        return MediaTime(round(t_s / self._time_base) if raw is None else raw, self._time_base, t_s)

    @property
    def reached_s(self) -> float:
        """The furthest time known to have passed, in pictures or in skipped packets."""
        return self._reached_s or 0.0

    def rewind(self, pts: int | None, dts: int | None = None) -> None:
        """The picture with this stamp comes next, though it was skipped or told already.

        It and those behind it have the time that their stamps say.
        """
        raw = dts if pts is None else pts
        if self._anchor is None or raw is None:
            return
        self._seen = self._unwrapped(raw)
        self._shown = None
        self._last_s = -math.inf

    def skip(self, pts: int | None, dts: int | None = None) -> None:
        """Note a packet, in decoding order, that is not going to be decoded.

        Without this a feed that was left undecoded for a minute would look
        like a break in its stamps.
        """
        raw = dts if pts is None else pts
        if raw is None:
            self._reached_s = self._after_reached()
            return
        stamp = self._unwrapped(raw)
        if self._anchor is None:
            self._start_anew(stamp)
        elif abs(self._seconds(stamp - self._seen)) > MAX_GAP_S:
            self._break(stamp)
        self._seen = max(self._seen, stamp)
        self._reached_s = max(self._reached_s or 0.0, self._mapped(stamp))

    def _of_picture(self, stamp: int) -> float:
        """Seconds of a picture that has a stamp, by the rules above."""
        repeated = stamp == self._shown
        if self._anchor is None:
            self._start_anew(stamp)
        elif self._is_break(stamp):
            self._break(stamp)
        self._seen = max(self._seen, stamp)
        self._shown = stamp
        t_s, last_s = self._mapped(stamp), self._last_s
        if last_s is None and t_s < 0:
            # The first picture came out of the decoder behind a later, skipped packet.
            self._anchor, t_s = (stamp, 0.0), 0.0
        if last_s is None or t_s > last_s:
            return t_s
        if last_s - t_s > MAX_GAP_S:
            self._break(stamp)
            self._shown = stamp
            return self._mapped(stamp)
        return last_s + self._interval_s * (1.0 if repeated else 0.5)

    def _is_break(self, stamp: int) -> bool:
        if self._seconds(stamp - self._seen) > MAX_GAP_S:
            return True
        if self._shown is None:
            # Pictures held back for reordering may be older than a skipped packet.
            return self._seconds(self._seen - stamp) > MAX_GAP_S
        return stamp < self._shown

    def _break(self, stamp: int) -> None:
        self.discontinuities += 1
        self._start_anew(stamp)

    def _start_anew(self, stamp: int) -> None:
        self._anchor = (stamp, self._after_reached())
        self._seen = stamp
        self._shown = None

    def _unwrapped(self, raw: int) -> int:
        """Ticks in the turn of the 33-bit counter that lies nearest to what was seen."""
        if self._anchor is None or self._time_base != _MPEG_TICKS:
            return raw
        return raw + round((self._seen - raw) / _MPEG_WRAP) * _MPEG_WRAP

    def _after_reached(self) -> float:
        return 0.0 if self._reached_s is None else self._reached_s + self._interval_s

    def _mapped(self, stamp: int) -> float:
        ticks, seconds = self._anchor or (stamp, 0.0)
        return seconds + self._seconds(stamp - ticks)

    def _seconds(self, ticks: int) -> float:
        return ticks * self._time_base.numerator / self._time_base.denominator
