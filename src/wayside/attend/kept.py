"""The packets since the last keyframe but one: what a decoder needs in order to look back."""

from __future__ import annotations

from collections.abc import Iterable

from wayside.domain.media import Packet


class KeptPackets:
    """One session's. Bounded in packets and bytes; where that is outgrown the GOP before the
    present one goes first, then everything until the next keyframe.

    has_keyframe: what is kept can be decoded.
    """

    def __init__(self, *, packets: int = 600, size: int = 8_000_000) -> None:
        self._bounds = packets, size
        self._before: list[Packet] = []
        self._present: list[Packet] = []
        self._sizes = [0, 0]

    @property
    def is_nearly_full(self) -> bool:
        """The GOP is about to outgrow the bounds: look at it while it can be decoded."""
        most, size = self._bounds
        return len(self._present) > 0.8 * most or self._sizes[1] > 0.8 * size

    @property
    def has_keyframe(self) -> bool:
        return bool(self._present)

    def add(self, packets: Iterable[Packet]) -> None:
        """In decoding order."""
        for packet in packets:
            if packet.is_keyframe:
                self._before, self._present = self._present, [packet]
                self._sizes = [self._sizes[1], packet.size]
            elif self._present:
                self._present.append(packet)
                self._sizes[1] += packet.size
        most, size = self._bounds
        if self._before and (len(self) > most or sum(self._sizes) > size):
            self._before, self._sizes[0] = [], 0
        if len(self._present) > most or self._sizes[1] > size:
            self.clear()

    def clear(self) -> None:
        self._before, self._present, self._sizes = [], [], [0, 0]

    def last(self, seconds: float) -> list[Packet]:
        """From a keyframe on, at least so many seconds where that much is kept."""
        if not self._before or not self._present:
            return list(self._present)
        first, newest = self._present[0], self._present[-1]
        if first.pts is not None and newest.pts is not None:
            lasted_s = float((newest.pts - first.pts) * newest.time_base)
            if lasted_s >= seconds:
                return list(self._present)
        return self._before + self._present

    def __len__(self) -> int:
        return len(self._before) + len(self._present)
