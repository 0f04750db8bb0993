"""The packets since the last keyframe: what a decoder needs in order to look back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wayside.domain.media import Packet


class KeptPackets:
    """One session's. Bounded in packets and bytes; where a GOP outgrows that nothing is kept
    until the next keyframe. has_keyframe: what is kept can be decoded.
    """

    def __init__(self, *, packets: int = 600, size: int = 8_000_000) -> None:
        self._bounds = packets, size
        self._packets: list[Packet] = []
        self._size = 0

    @property
    def is_nearly_full(self) -> bool:
        """The GOP is about to outgrow the bounds: look at it while it can be decoded."""
        most, size = self._bounds
        return len(self._packets) > 0.8 * most or self._size > 0.8 * size

    @property
    def has_keyframe(self) -> bool:
        return bool(self._packets)

    def add(self, packets: Iterable[Packet]) -> None:
        """In decoding order."""
        for packet in packets:
            if packet.is_keyframe:
                self._packets, self._size = [packet], packet.size
            elif self._packets:
                self._packets.append(packet)
                self._size += packet.size
        most, size = self._bounds
        if len(self._packets) > most or self._size > size:
            self.clear()

    def clear(self) -> None:
        self._packets, self._size = [], 0

    def __iter__(self) -> Iterator[Packet]:
        return iter(self._packets)

    def __len__(self) -> int:
        return len(self._packets)
