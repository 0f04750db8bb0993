"""A live feed whose pictures come one by one, each a whole JPEG."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any, Self

import av

from wayside.domain.errors import SourceChanged, SourceUnreadable
from wayside.domain.media import PICTURES, Packet, StreamFormat
from wayside.domain.time import Clock
from wayside.ingest.jpeg import jpeg_size
from wayside.ingest.opening import AGAIN
from wayside.ingest.probe import refuse_huge

TIME_BASE = Fraction(1, 1000)


class StillSession:
    """Over an iterator of JPEGs, which raises SourceError and ends when it shall stop.

    A picture's time is its arrival: neither multipart nor snapshots carry one.
    What is no JPEG is dropped and counted in corrupt_packets.
    """

    def __init__(
        self,
        pictures: Iterator[bytes],
        where: str,
        *,
        clock: Clock,
        rate: float | None,
        close: Callable[[], None],
    ) -> None:
        """Reads the first picture. Raises SourceError; then nothing is closed."""
        self.id = secrets.token_hex(8)
        self.corrupt_packets = 0
        self.clock_offset_s: float | None = None
        self._pictures = pictures
        self._where = where
        self._clock = clock
        self._close = close
        self._first = next(pictures, b"")
        self._began_s = clock.monotonic_s()
        size = jpeg_size(self._first)
        if size is None:
            raise SourceUnreadable(
                "what it sends is no JPEG picture",
                where=where,
                remedy="Check the address: a browser must show a picture there, not a page",
            )
        refuse_huge(*size, where)
        self._size = size
        self.start, self.start_is_known = clock.now(), False
        self.format = StreamFormat(
            codec=PICTURES,
            width=size[0],
            height=size[1],
            rotation=0,
            time_base=TIME_BASE,
            rate=rate,
            duration_s=None,
            codec_parameters=None,
        )

    @property
    def position(self) -> float:
        return 0.0

    def packets(self) -> Iterator[Packet]:
        """One for each picture. Raises SourceError when the source fails."""
        first, self._first = self._first, b""
        if first:
            yield self._packet(first, self._began_s)
        for picture in self._pictures:
            now_s = self._clock.monotonic_s()
            size = jpeg_size(picture)
            if size is None:
                self.corrupt_packets += 1
                continue
            if size != self._size:
                raise SourceChanged(
                    f"the picture's size changed to {size[0]} x {size[1]}",
                    where=self._where,
                    remedy=AGAIN,
                )
            yield self._packet(picture, now_s)

    def close(self) -> None:
        """May be called twice."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _packet(self, picture: bytes, now_s: float) -> Packet:
        payload: av.Packet[Any] = av.Packet(picture)
        stamp = round((now_s - self._began_s) * 1000)
        payload.pts = payload.dts = stamp
        payload.time_base = TIME_BASE
        payload.is_keyframe = True
        return Packet(
            pts=stamp,
            dts=stamp,
            time_base=TIME_BASE,
            size=len(picture),
            is_keyframe=True,
            is_corrupt=False,
            payload=payload,
            arrived_s=now_s,
        )
