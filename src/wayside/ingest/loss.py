"""Whole pictures that a network has lost, told from the numbers that H.264 gives them.

Where a datagram with a part of a picture is lost, the decoder notices. Where
all of a picture is lost it does not: FFmpeg shows the next one over the wrong
background and says nothing (seen: 0 of 20 pictures marked). But every H.264
slice carries its picture's ``frame_num``, which counts pictures that others
refer to (ITU-T H.264, 7.4.3). H.265 has no such count; over UDP its losses
inside a picture stay unseen.
"""

from __future__ import annotations

from dataclasses import dataclass

from wayside.ingest.changes import parameter_set

_HIGH_PROFILES = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})
_SLICE_HEAD = 24


@dataclass(frozen=True, slots=True)
class FrameNumbering:
    """How a stream counts. bits: of frame_num. gaps: it leaves numbers out on purpose."""

    bits: int
    has_planes: bool
    gaps: bool


class FrameNumbers:
    """Of one H.264 session, Annex B, fed with the first bytes of each packet in order."""

    def __init__(self, extradata: bytes | None) -> None:
        self._numbering = numbering(extradata) if extradata else None
        self._last: int | None = None

    def lost(self, head: bytes) -> bool:
        """True where pictures are missing before this one. False where it cannot be told."""
        in_band = parameter_set(head, "h264")
        if in_band is not None:
            self._numbering = numbering(b"\0\0\1" + in_band) or self._numbering
        how = self._numbering
        found = _first_slice(head)
        if how is None or how.gaps or found is None:
            self._last = None
            return False
        kind, is_reference, bits = found
        try:
            number = _frame_number(bits, how)
        except IndexError:
            return False
        last, is_idr = self._last, kind == 5
        expected = (last, ((last or 0) + 1) % (1 << how.bits))
        if is_reference or last is None:
            self._last = number
        return last is not None and not is_idr and number not in expected


def numbering(extradata: bytes) -> FrameNumbering | None:
    """From the sequence parameter set in ``extradata``; None where there is none that parses."""
    content = parameter_set(extradata, "h264")
    if content is None or len(content) < 4:
        return None
    bits = _Bits(_unescaped(content[1:]))
    try:
        return _numbering(bits)
    except IndexError:
        return None


def _numbering(bits: _Bits) -> FrameNumbering | None:
    profile = bits.take(8)
    bits.take(16)
    bits.ue()
    has_planes = False
    if profile in _HIGH_PROFILES:
        chroma = bits.ue()
        has_planes = chroma == 3 and bool(bits.take(1))
        bits.ue()
        bits.ue()
        bits.take(1)
        if bits.take(1):
            _skip_scaling(bits, 12 if chroma == 3 else 8)
    number_bits = bits.ue() + 4
    order = bits.ue()
    if order == 0:
        bits.ue()
    elif order == 1:
        bits.take(1)
        for _ in range(2):
            bits.ue()
        for _ in range(bits.ue()):
            bits.ue()
    bits.ue()
    gaps = bool(bits.take(1))
    return FrameNumbering(number_bits, has_planes, gaps) if 4 <= number_bits <= 16 else None


def _skip_scaling(bits: _Bits, lists: int) -> None:
    for index in range(lists):
        if not bits.take(1):
            continue
        last, following = 8, 8
        for _ in range(16 if index < 6 else 64):
            if following:
                following = (last + bits.se()) % 256
            last = following or last


def _first_slice(head: bytes) -> tuple[int, bool, _Bits] | None:
    """(NAL type, whether others refer to it, its bits behind the NAL header)."""
    at = head.find(b"\0\0\1")
    while at >= 0 and at + 3 < len(head):
        kind = head[at + 3] & 0x1F
        if kind in (1, 5):
            content = _unescaped(head[at + 4 : at + 4 + _SLICE_HEAD])
            return kind, bool(head[at + 3] & 0x60), _Bits(content)
        at = head.find(b"\0\0\1", at + 3)
    return None


def _frame_number(bits: _Bits, how: FrameNumbering) -> int:
    for _ in range(3):  # first macroblock, slice type, picture parameter set
        bits.ue()
    if how.has_planes:
        bits.take(2)
    return bits.take(how.bits)


def _unescaped(content: bytes) -> bytes:
    return content.replace(b"\0\0\3", b"\0\0")


class _Bits:
    """Reads bits from the left. IndexError behind the end."""

    def __init__(self, content: bytes) -> None:
        self._value = int.from_bytes(content, "big")
        self._left = 8 * len(content)

    def take(self, count: int) -> int:
        if count > self._left:
            raise IndexError
        self._left -= count
        return self._value >> self._left & ((1 << count) - 1)

    def ue(self) -> int:
        """Exp-Golomb, unsigned."""
        rest = self._value & ((1 << self._left) - 1)
        zeros = self._left - rest.bit_length()
        if zeros > 32:
            raise IndexError
        return self.take(2 * zeros + 1) - 1

    def se(self) -> int:
        """Exp-Golomb, signed."""
        value = self.ue()
        return (value + 1) // 2 if value % 2 else -(value // 2)
