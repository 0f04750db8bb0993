"""H.264 as RTP inside an RTSP connection (RFC 6184, RFC 2326 10.12), as a camera sends it."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence

_TICKS = 3600
"""Of 90 kHz, between two pictures of 25 a second."""
_LONGEST = 1200


def interleaved(units: Sequence[bytes]) -> bytes:
    """NAL units behind each other, each picture at its time, on channel 0."""
    sequence, stamp, sent = 0, 0, b""
    for unit in units:
        is_picture = unit[0] & 0x1F in (1, 5)
        fragments = list(_fragments(unit))
        for index, payload in enumerate(fragments):
            marker = 0x80 if is_picture and index == len(fragments) - 1 else 0
            head = struct.pack(">BBHII", 0x80, 96 | marker, sequence & 0xFFFF, stamp, 1)
            sent += struct.pack(">sBH", b"$", 0, len(head) + len(payload)) + head + payload
            sequence += 1
        stamp += _TICKS if is_picture else 0
    return sent


def _fragments(unit: bytes) -> Iterator[bytes]:
    if len(unit) <= _LONGEST:
        yield unit
        return
    indicator, kind, rest = unit[0] & 0xE0 | 28, unit[0] & 0x1F, unit[1:]
    for at in range(0, len(rest), _LONGEST):
        begins, ends = at == 0, at + _LONGEST >= len(rest)
        yield bytes([indicator, begins << 7 | ends << 6 | kind]) + rest[at : at + _LONGEST]
