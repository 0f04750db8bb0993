"""Compressed data and decoded pictures, before anything is known about them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, NoReturn, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.domain.errors import PrivacyError
from wayside.domain.time import MediaTime

Picture: TypeAlias = NDArray[np.uint8]
"""(H, W, 3) uint8, BGR, or (H, W) uint8 luma."""

MAX_SIDE = 8192
"""Pixels. A header that asks for a longer side is refused before anything is allocated."""

MIN_SIDE = 8
"""Pixels. No camera sends less, and of an interlaced picture of one row nothing can be made."""

MAX_PIXELS = 64_000_000
"""Pixels of one picture. FFmpeg itself is told this limit too, wherever it decodes."""

DEFAULT_RATE = 25.0
"""Pictures a second where neither stamps nor the header tell."""

PICTURES = "pictures"
"""StreamFormat.codec of a folder of pictures: each packet is one whole picture of any kind."""


@dataclass(frozen=True, slots=True)
class StreamFormat:
    """What a session delivers, as far as its container declares it.

    width, height: of the displayed picture, after ``rotation`` (0, 90, 180 or
    270 degrees clockwise, to be applied to the decoded picture). rate: declared
    frames per second, None where the container carries none that can be trusted
    (elementary streams). duration_s: None where unknown or endless.
    codec_parameters: what the decoder needs; opaque outside ingest and decode.
    """

    codec: str
    width: int
    height: int
    rotation: int
    time_base: Fraction
    rate: float | None
    duration_s: float | None
    codec_parameters: Any


@dataclass(frozen=True, slots=True)
class Packet:
    """One access unit as demuxed. pts or dts is None where the stream has none.

    size: bytes. is_corrupt: the demuxer marked it. payload: the decoder's own
    packet object, opaque outside ingest and decode, so that nothing is copied.
    arrived_s: monotonic second of arrival, None for what is read from a disk.
    """

    pts: int | None
    dts: int | None
    time_base: Fraction
    size: int
    is_keyframe: bool
    is_corrupt: bool
    payload: Any
    arrived_s: float | None = None


class Session(Protocol):
    """One connection of a feed: opened once, read to its end or its failure, closed.

    id: random; stream times compare only inside one session. start: UTC of the
    first picture; start_is_known is False where it had to be guessed (a file
    without creation time) so that a report can say so. corrupt_packets: marked
    by the demuxer so far.
    """

    id: str
    format: StreamFormat
    start: datetime
    start_is_known: bool
    corrupt_packets: int

    @property
    def position(self) -> float:
        """Share handed out so far, 0..1, for progress bars; 0 for an endless stream."""
        ...

    def packets(self) -> Iterator[Packet]:
        """Until the end of the stream. Raises SourceError when the source fails."""
        ...

    def close(self) -> None: ...


class Source(Protocol):
    """Where a feed comes from. It only runs until it fails; retry lives once, above."""

    name: str

    def open(self) -> Session:
        """Raises SourceError (missing, unreadable, refused)."""
        ...


class PixelAccess(Protocol):
    """A decoded picture that converts only what is asked for.

    Conversion costs as much as detection motion does, so a picture that nobody
    looks at is never converted.
    """

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    def bgr(self, width: int, height: int) -> Picture:
        """(height, width, 3) uint8, displayed orientation."""
        ...

    def planes(self, width: int, height: int) -> Picture:
        """(3, height, width) uint8: B, G and R apart, displayed orientation."""
        ...

    def luma(self, width: int, height: int) -> Picture:
        """(height, width) uint8, displayed orientation."""
        ...

    def forget(self) -> None:
        """Lets go of what was converted; it is converted anew where it is asked for again."""
        ...


def reduced(width: int, height: int, long_side: int, least: int = 8) -> tuple[int, int]:
    """(width, height) of a picture made smaller, never larger, to ``long_side`` pixels of its
    longer side; no side below ``least``.
    """
    scale = min(1.0, long_side / max(width, height))
    return max(round(width * scale), least), max(round(height * scale), least)


class RawFrame:
    """One decoded, uncovered picture. Private to a worker.

    It has no way out: it cannot be pickled or copied to another process, and
    no encoder in wayside accepts it. See redact/ for the only door.
    """

    __slots__ = ("_pixels", "is_corrupt", "time")

    def __init__(self, pixels: PixelAccess, time: MediaTime, *, is_corrupt: bool = False) -> None:
        self._pixels = pixels
        self.time = time
        self.is_corrupt = is_corrupt

    @property
    def width(self) -> int:
        return self._pixels.width

    @property
    def height(self) -> int:
        return self._pixels.height

    def bgr(self, width: int | None = None, height: int | None = None) -> Picture:
        """(height, width, 3) uint8; full size where no size is given. Treat as read-only."""
        return self._pixels.bgr(width or self.width, height or self.height)

    def planes(self, width: int, height: int) -> Picture:
        """(3, height, width) uint8: B, G and R apart. Treat as read-only."""
        return self._pixels.planes(width, height)

    def luma(self, width: int | None = None, height: int | None = None) -> Picture:
        """(height, width) uint8; full size where no size is given. Treat as read-only."""
        return self._pixels.luma(width or self.width, height or self.height)

    def forget(self) -> None:
        """Lets go of what was converted, so that keeping the picture costs its own bytes only."""
        self._pixels.forget()

    def __reduce__(self) -> NoReturn:
        raise PrivacyError("a raw picture cannot leave its worker", remedy="Redact it first")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        self.__reduce__()

    def __repr__(self) -> str:
        return f"RawFrame({self.width}x{self.height} at {self.time.t_s:.3f} s)"
