"""A file played in real time, again and again: a camera that never changes.

Stamps go on over the loop, so to everything behind it is one endless session.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

from wayside.domain.errors import SourceUnreadable
from wayside.domain.feeds import SourceSpec
from wayside.domain.media import DEFAULT_RATE, Packet
from wayside.domain.time import Clock
from wayside.ingest.file import FileSession, FileSource
from wayside.ingest.halt import Halt
from wayside.ingest.pacing import Pacer, Wait


class LoopedFileSource:
    """wait: sleeps, and tells whether to stop; tests give one that moves a fake clock."""

    def __init__(self, spec: SourceSpec, *, clock: Clock, wait: Wait | None = None) -> None:
        self.name = Path(spec.address).name
        self._file = FileSource(spec.address, rate=spec.rate)
        self._clock = clock
        self._halt = Halt()
        self._wait = wait or self._halt.wait

    def interrupt(self) -> None:
        self._halt.set()

    def open(self) -> LoopedFileSession:
        """Raises SourceError, as FileSource does."""
        return LoopedFileSession(self._file, self._file.open(), self._clock, self._halt, self._wait)


class LoopedFileSession:
    """start is now: what a looped file shows is made to happen in the present."""

    def __init__(
        self, source: FileSource, first: FileSession, clock: Clock, halt: Halt, wait: Wait
    ) -> None:
        self.id = secrets.token_hex(8)
        self.corrupt_packets = 0
        self.clock_offset_s: float | None = None
        self.format = replace(first.format, duration_s=None)
        self.start, self.start_is_known = clock.now(), True
        self._source = source
        self._turn = first
        self._clock = clock
        self._halt = halt
        self._wait = wait

    @property
    def position(self) -> float:
        return 0.0

    def packets(self) -> Iterator[Packet]:
        """Endless. Raises SourceError where the file can no longer be read."""
        pacer = Pacer(self._clock)
        base = float(self.format.time_base)
        step = max(1, round(1.0 / ((self.format.rate or DEFAULT_RATE) * base)))
        stamps = _Stamps(step)
        while True:
            count = 0
            for stored in self._turn.packets():
                pts, dts = stamps.shifted(stored)
                due = dts if dts is not None else pts
                delay_s = pacer.delay_s((due or 0) * base)
                if self._halt.is_set or (delay_s > 0 and self._wait(delay_s)):
                    return
                count += 1
                self.corrupt_packets += stored.is_corrupt
                yield Packet(
                    pts,
                    dts,
                    stored.time_base,
                    stored.size,
                    stored.is_keyframe,
                    stored.is_corrupt,
                    stored.payload,
                    self._clock.monotonic_s(),
                )
            if not count:
                raise SourceUnreadable(
                    "no picture in the file could be read",
                    where=self._source.name,
                    remedy="Play it in a player; if it is damaged, copy it again",
                )
            if self._halt.is_set:
                return
            self._begin_again()
            stamps.turn()

    def close(self) -> None:
        self._turn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _begin_again(self) -> None:
        self._turn.close()
        self._turn = self._source.open()


class _Stamps:
    """Moves the stamps of each turn to where those of the last have ended.

    step: ticks of one picture; stamps that a file lacks are counted from it.
    """

    def __init__(self, step: int) -> None:
        self._step = step
        self._shift = 0
        self._first: int | None = None
        self._end: int | None = None
        self._counted = 0

    def shifted(self, packet: Packet) -> tuple[int | None, int | None]:
        """(pts, dts), which the packet's payload is given too."""
        pts, dts = packet.pts, packet.dts
        if pts is None and dts is None:
            pts = dts = self._counted
        self._counted += self._step
        # Turns are joined by pts; dts runs ahead of it by as much in each, so it fits too.
        shown = pts if pts is not None else dts or 0
        if self._first is None:
            self._first = shown
            self._shift = 0 if self._end is None else self._end - shown
        pts = None if pts is None else pts + self._shift
        dts = None if dts is None else dts + self._shift
        end = shown + self._shift + self._step
        self._end = end if self._end is None else max(self._end, end)
        packet.payload.pts, packet.payload.dts = pts, dts
        return pts, dts

    def turn(self) -> None:
        self._first = None
        self._counted = 0
