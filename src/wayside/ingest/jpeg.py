"""The size of a JPEG, from its header alone: nothing is decoded or allocated."""

from __future__ import annotations

_STANDALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
START = b"\xff\xd8\xff"


def jpeg_size(picture: bytes) -> tuple[int, int] | None:
    """(width, height), or None for what is no JPEG or is cut off before its frame header."""
    if not picture.startswith(START):
        return None
    at = 2
    end = len(picture)
    while at + 9 <= end and picture[at] == 0xFF:
        marker = picture[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _STANDALONE:
            at += 2
        elif marker in _FRAMES:
            height = int.from_bytes(picture[at + 5 : at + 7], "big")
            width = int.from_bytes(picture[at + 7 : at + 9], "big")
            return (width, height) if width and height else None
        else:
            length = int.from_bytes(picture[at + 2 : at + 4], "big")
            if length < 2:
                return None
            at += 2 + length
    return None
