"""Which picture is due, without a clock of its own and without I/O.

Time runs in slots of 1 / fps since the feed went on the air; a slot's number is
its picture's timestamp. The loop's position moves on with the slots, except
where the film has not been made that far yet: then slots pass empty.
"""

from __future__ import annotations

from dataclasses import dataclass

LATE_S = 2.0
"""After a longer standstill of this process the missed slots pass empty."""


@dataclass(frozen=True, slots=True)
class Due:
    """Send picture ``position`` of the loop with timestamp ``slot`` (in pictures)."""

    slot: int
    position: int


class Playhead:
    """begun_s: monotonic second of slot 0. frame_count: pictures of the loop."""

    def __init__(self, fps: float, frame_count: int, begun_s: float) -> None:
        self._fps, self._frame_count, self._begun_s = fps, frame_count, begun_s
        self._slot = self._position = 0

    def due(self, now_s: float, ready: int) -> list[Due]:
        """What has become due since the last call. ready: pictures made, from the first on."""
        now_slot = int((now_s - self._begun_s) * self._fps + 1e-6)
        self._slot = max(self._slot, now_slot - int(LATE_S * self._fps))
        found = []
        while self._slot <= now_slot:
            if self._position < ready:
                found.append(Due(self._slot, self._position))
                self._position = (self._position + 1) % self._frame_count
            self._slot += 1
        return found


@dataclass(frozen=True, slots=True)
class Breaks:
    """The connection is cut from ``after_s`` on for ``lasts_s``, every ``every_s``."""

    every_s: float = 60.0
    after_s: float = 45.0
    lasts_s: float = 8.0

    def is_cut(self, elapsed_s: float) -> bool:
        return self.after_s <= elapsed_s % self.every_s < self.after_s + self.lasts_s
