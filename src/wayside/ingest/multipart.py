"""Splits an endless HTTP answer of JPEGs (multipart/x-mixed-replace). No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wayside.ingest.jpeg import START

MAX_PICTURE = 32_000_000
"""Bytes. What goes on for longer without ending is no picture."""

_LENGTH = re.compile(rb"content-length:[ \t]*(\d{1,9})", re.IGNORECASE)
_END = b"\xff\xd9"


class MultipartSplitter:
    """Bytes in, whole pictures out.

    Boundaries are not looked for: many cameras announce one and send another.
    A part begins with a JPEG's first bytes; it ends where its header says, and
    without such a header at the last end mark before the next part's header.
    """

    def __init__(self) -> None:
        self._held = bytearray()
        self._length: int | None = None
        self._searched = 0
        self.skipped = 0
        """Bytes that belonged to no picture, headers included."""

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Pictures that this chunk completes. Raises ValueError for one that never ends."""
        self._held += chunk
        while (picture := self._next()) is not None:
            yield picture
        if len(self._held) > MAX_PICTURE:
            raise ValueError("a picture without an end")

    def _next(self) -> bytes | None:
        held = self._held
        if not held.startswith(START):
            at = held.find(START)
            if at < 0:
                # A header, or a part of one, may be what is held.
                if len(held) > 65_536:
                    self._skip(len(held) - 65_536)
                return None
            lengths = _LENGTH.findall(held, 0, at)
            self._length = int(lengths[-1]) if lengths else None
            if self._length is not None and not 0 < self._length <= MAX_PICTURE:
                self._length = None
            self._skip(at)
        if self._length is not None:
            return self._cut(self._length) if len(held) >= self._length else None
        return self._unmeasured()

    def _unmeasured(self) -> bytes | None:
        """A picture without a length ends at an end mark that a line break or ``--`` follows."""
        held = self._held
        at = held.find(_END, max(self._searched - 1, 2))
        while at >= 0:
            after = bytes(held[at + 2 : at + 4])
            if len(after) < 2:
                self._searched = at
                return None
            if after in (b"\r\n", b"--") or after[:1] == b"\n" or after == START[:2]:
                return self._cut(at + 2)
            at = held.find(_END, at + 2)
        self._searched = len(held)
        return None

    def _cut(self, length: int) -> bytes:
        picture = bytes(self._held[:length])
        del self._held[:length]
        self._length, self._searched = None, 0
        return picture

    def _skip(self, length: int) -> None:
        self.skipped += length
        self._searched = 0
        del self._held[:length]
