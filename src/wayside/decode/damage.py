"""Which pictures cannot be trusted, from where the damage was."""

from __future__ import annotations


class Damage:
    """Damage spreads from picture to picture until a keyframe starts afresh.

    Packets and pictures are told apart by the packet's number in decoding
    order, because pictures leave a decoder later and in another order than
    their packets enter it. A stream that never sends another keyframe stays
    damaged: what was not seen is said, not guessed.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._last = -1

    def hit(self, number: int) -> None:
        """Packet ``number`` was lost, marked or refused."""
        self._first = number if self._first is None else min(self._first, number)
        self._last = max(self._last, number)

    def reaches(self, number: int, *, is_keyframe: bool) -> bool:
        """True where the picture of packet ``number`` may show damage. Call in display order."""
        if self._first is None or number < self._first:
            return False
        if is_keyframe and number > self._last:
            self._first = None
            return False
        return True
