"""Feeds that play a script: pictures from arrays, packets in any order, failures on cue.

A scripted packet's payload is the picture itself, so a test needs no codec;
``raw_frame`` is the decoder of such a packet.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction

import cv2
import numpy as np

from wayside.domain.errors import SourceError
from wayside.domain.media import Packet, Picture, RawFrame, StreamFormat
from wayside.domain.time import MediaTime

DEFAULT_START = datetime(2026, 5, 4, 7, tzinfo=UTC)
TIME_BASE = Fraction(1, 90_000)


class ArrayPixels:
    """PixelAccess over a picture that is already an array.

    picture: (H, W, 3) BGR or (H, W) luma, uint8; anything else raises ValueError.
    """

    def __init__(self, picture: Picture) -> None:
        if picture.dtype != np.uint8 or picture.ndim not in {2, 3}:
            raise ValueError("a picture is (H, W, 3) or (H, W), uint8")
        if picture.ndim == 3 and picture.shape[2] != 3:
            raise ValueError("a colour picture has three channels, BGR")
        self._picture = picture

    @property
    def width(self) -> int:
        return int(self._picture.shape[1])

    @property
    def height(self) -> int:
        return int(self._picture.shape[0])

    def bgr(self, width: int, height: int) -> Picture:
        """(height, width, 3) uint8, area-averaged."""
        picture = self._picture
        if picture.ndim == 2:
            picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), np.uint8)
        return _resized(picture, width, height)

    def planes(self, width: int, height: int) -> Picture:
        """(3, height, width) uint8, area-averaged."""
        return np.ascontiguousarray(self.bgr(width, height).transpose(2, 0, 1))

    def luma(self, width: int, height: int) -> Picture:
        """(height, width) uint8, area-averaged."""
        picture = self._picture
        if picture.ndim == 3:
            picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        return _resized(picture, width, height)

    def forget(self) -> None:
        """Nothing converted is kept here."""


def _resized(picture: Picture, width: int, height: int) -> Picture:
    if picture.shape[:2] == (height, width):
        return picture
    return np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True, slots=True)
class Step:
    """One packet of a script. pts: ticks of ``TIME_BASE``, None where the stream has none.

    size: bytes, None for one eighth of the picture's own.
    """

    picture: Picture
    pts: int | None
    is_keyframe: bool = False
    is_corrupt: bool = False
    size: int | None = None

    def packet(self) -> Packet:
        size = self.picture.nbytes // 8 if self.size is None else self.size
        return Packet(
            self.pts, self.pts, TIME_BASE, size, self.is_keyframe, self.is_corrupt, self.picture
        )


def steps(
    pictures: Sequence[Picture],
    *,
    rate: float = 12.5,
    keyframe_every: int = 25,
    corrupt: frozenset[int] = frozenset(),
) -> tuple[Step, ...]:
    """A regular script: one step a picture, ``rate`` a second, ``corrupt`` by index."""
    return tuple(
        Step(
            picture,
            round(index / rate / TIME_BASE),
            is_keyframe=index % keyframe_every == 0,
            is_corrupt=index in corrupt,
        )
        for index, picture in enumerate(pictures)
    )


def raw_frame(packet: Packet, *, start_pts: int = 0) -> RawFrame:
    """Decode a scripted packet. Raises ValueError for one without pts: it has no time."""
    if packet.pts is None:
        raise ValueError("a scripted packet without pts cannot become a frame")
    t_s = float((packet.pts - start_pts) * packet.time_base)
    time = MediaTime(packet.pts, packet.time_base, t_s)
    return RawFrame(ArrayPixels(packet.payload), time, is_corrupt=packet.is_corrupt)


class ScriptedSession:
    """A session that plays its script once, then ends or raises ``failure``."""

    def __init__(
        self,
        script: Sequence[Step],
        *,
        identity: str = "scripted",
        start: datetime = DEFAULT_START,
        rate: float | None = 12.5,
        failure: SourceError | None = None,
    ) -> None:
        height, width = script[0].picture.shape[:2] if script else (0, 0)
        self.id = identity
        self.start = start
        self.start_is_known = True
        self.format = StreamFormat("rawvideo", width, height, 0, TIME_BASE, rate, None, None)
        self.closed = False
        self._script = script
        self._failure = failure

    def packets(self) -> Iterator[Packet]:
        """The script's packets. Raises the scripted failure after the last one."""
        for step in self._script:
            if self.closed:
                return
            yield step.packet()
        if self._failure is not None:
            raise self._failure

    def close(self) -> None:
        self.closed = True


@dataclass(slots=True)
class ScriptedSource:
    """A source whose n-th ``open`` gives the n-th entry of its script.

    An entry that is an error is raised by ``open`` instead. Once the script is
    used up, ``open`` raises SourceError, so a retry loop cannot run for ever.
    opened: how often ``open`` was called.
    """

    name: str
    sessions: Sequence[ScriptedSession | SourceError]
    opened: int = field(default=0)

    def open(self) -> ScriptedSession:
        """Raises the scripted SourceError, or one that says that the script has ended."""
        index, self.opened = self.opened, self.opened + 1
        if index >= len(self.sessions):
            raise SourceError("the script has no further session", where=self.name)
        entry = self.sessions[index]
        if isinstance(entry, SourceError):
            raise entry
        return entry
