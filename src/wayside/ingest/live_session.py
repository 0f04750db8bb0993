"""One connection of a live feed that FFmpeg demuxes."""

from __future__ import annotations

import secrets
import struct
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import av
from av.container import InputContainer
from av.error import ExitError, FFmpegError, InvalidDataError

from wayside.domain.errors import SourceChanged, SourceError, SourceLost, SourceTimedOut
from wayside.domain.media import Packet
from wayside.domain.time import Clock
from wayside.ingest.changes import SizeWatch
from wayside.ingest.halt import Halt
from wayside.ingest.loss import FrameNumbers
from wayside.ingest.opening import AGAIN, ByteStream, explained, live_format, main_video

STALL_S = 5.0
"""Without a complete picture for so long, a source counts as dead."""

POLL_S = 0.8
"""A read by FFmpeg itself is broken off so often, to look at the stop sign."""

MAX_CLOCK_ERROR_S = 10.0
"""A source whose clock differs from ours by more is not believed about the time of day."""

MAX_LATE_S = 120.0
"""The same where pictures are told to be late by design, as in a playlist of long segments."""

_DAMAGED_READS = 64
_GLANCE = 8
"""Every so manieth packet between keyframes is looked at. 1.7 us each, of every feed."""


class LiveSession:
    """Reads until the source fails. Lives on one thread, but for ``clock_offset_s``.

    start: UTC of the first picture. Known from the source's own clock (RTCP
    sender reports, a playlist's date) where that is believable; else when it
    arrived. clock_offset_s: our clock minus the source's at the last
    keyframe, the way of the picture included; None where the source tells no
    time. demux_errors: reads that failed.
    """

    def __init__(
        self,
        container: InputContainer,
        where: str,
        *,
        clock: Clock,
        halt: Halt,
        stream: ByteStream | None = None,
        stall_s: float = STALL_S,
        may_lose: bool = False,
        captured: datetime | None = None,
        release: Callable[[], None] | None = None,
    ) -> None:
        """captured: UTC of the first picture, where something outside the container tells it.
        may_lose: the way to here loses pictures without a word (UDP).
        release: called when the session is closed. Raises SourceError, then nothing is closed.
        """
        self.id = secrets.token_hex(8)
        self.corrupt_packets = 0
        self.demux_errors = 0
        self.clock_offset_s: float | None = None
        self.must_hurry = may_lose
        self._where = where
        self._clock = clock
        self._halt = halt
        self._bytes = stream
        self._stall_s = stall_s
        self._container = container
        self._release = release
        self._video = main_video(container, where)
        self.format = live_format(self._video, where)
        self._watch = SizeWatch(self.format)
        extradata = self._video.codec_context.extradata
        numbered = may_lose and self.format.codec == "h264"
        self._numbers = FrameNumbers(extradata) if numbered else None
        self._demuxer = container.demux(self._video)
        self._picture_s = clock.monotonic_s()
        self._damaged = 0
        self._first: av.Packet[Any] | None = None
        self._first = self._read_first()
        self._max_error_s = MAX_LATE_S if captured else MAX_CLOCK_ERROR_S
        captured = captured or _capture_time(self._first) or self._container_time(self._first)
        self.start, self.start_is_known = self._believed(captured)

    @property
    def position(self) -> float:
        return 0.0

    def packets(self) -> Iterator[Packet]:
        """Until the source fails, which raises SourceError, or the stop sign is set."""
        time_base = self.format.time_base
        monotonic_s = self._clock.monotonic_s
        stream = self._bytes
        numbers = self._numbers
        since_keyframe = 0
        while (packet := self._next()) is not None:
            size = packet.size
            now_s = self._picture_s = monotonic_s()
            is_keyframe = packet.is_keyframe
            is_corrupt = packet.is_corrupt or (
                numbers is not None and numbers.lost(bytes(memoryview(packet)[:512]))
            )
            if is_keyframe:
                since_keyframe = 0
                self._look_at(packet)
            elif (since_keyframe := since_keyframe + 1) % _GLANCE == 0 and self._watch.is_foreign(
                packet
            ):
                raise SourceChanged(
                    "the coding of its pictures changed", where=self._where, remedy=AGAIN
                )
            if is_corrupt:
                self.corrupt_packets += 1
            if stream is not None:
                stream.picture(self._stall_s)
            yield Packet(
                packet.pts, packet.dts, time_base, size, is_keyframe, is_corrupt, packet, now_s
            )

    def close(self) -> None:
        """Release the connection. By the thread that reads; may be called twice."""
        self._first = None
        self._container.close()
        if self._release is not None:
            self._release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _read_first(self) -> av.Packet[Any] | None:
        packet = self._next()
        if packet is None:
            raise SourceLost("the reading was stopped", where=self._where)
        return packet

    def _next(self) -> av.Packet[Any] | None:
        """The next picture; None where the stop sign is set."""
        packet = self._first
        if packet is not None:
            self._first = None
            return packet
        while not self._halt.is_set:
            failure: SourceError | None
            try:
                packet = next(self._demuxer, None)
            except (FFmpegError, IndexError) as error:
                failure = self._failure(error)
            else:
                if packet is not None:
                    if packet.size:
                        self._damaged = 0
                        return packet
                    continue
                failure = self._ended()
            if failure is None:
                # The demuxing generator ends with its error; the container goes on.
                self._demuxer = self._container.demux(self._video)
            elif not self._halt.is_set:
                raise failure
        return None

    def _failure(self, error: FFmpegError | IndexError) -> SourceError | None:
        """What a failed read means; None where reading can go on."""
        if isinstance(error, ExitError):  # POLL_S has passed
            quiet_s = self._clock.monotonic_s() - self._picture_s
            return None if quiet_s < self._stall_s else stalled(self._where, self._stall_s)
        if isinstance(error, InvalidDataError):
            self.demux_errors += 1
            self._damaged += 1
            if self._damaged < _DAMAGED_READS:
                return None
            return SourceLost("nothing in it can be read", where=self._where, remedy=AGAIN)
        return self._source_failure() or explained(error, self._where)

    def _look_at(self, packet: av.Packet[Any]) -> None:
        """At a keyframe: has the picture another size, and how late is its clock?"""
        changed = self._watch.changed(packet)
        if changed is not None:
            raise SourceChanged(
                f"the picture's size changed to {changed[0]} x {changed[1]}",
                where=self._where,
                remedy=AGAIN,
            )
        captured = _capture_time(packet)
        if captured is not None:
            self.clock_offset_s = (self._clock.now() - captured).total_seconds()

    def _container_time(self, packet: av.Packet[Any] | None) -> datetime | None:
        """When the picture was taken, where a sender report came while the stream was opened."""
        origin_us = self._container.start_time_realtime
        if origin_us is None or packet is None or packet.pts is None:
            return None
        return _utc(origin_us + round(packet.pts * self.format.time_base * 1_000_000))

    def _believed(self, captured: datetime | None) -> tuple[datetime, bool]:
        now = self._clock.now()
        if captured is None:
            return now, False
        offset_s = (now - captured).total_seconds()
        self.clock_offset_s = offset_s
        known = abs(offset_s) <= self._max_error_s
        return (captured if known else now), known

    def _source_failure(self) -> SourceError | None:
        return self._bytes.failure if self._bytes is not None else None

    def _ended(self) -> SourceError:
        return self._source_failure() or SourceLost(
            "the stream ended or the connection broke", where=self._where, remedy=AGAIN
        )


def stalled(where: str, stall_s: float) -> SourceTimedOut:
    """The one error for a source that is there but shows no new picture."""
    return SourceTimedOut(
        f"no picture came for {stall_s:g} s",
        where=where,
        remedy="It is opened again by itself; look at the camera and its network if it goes on",
    )


def _capture_time(packet: av.Packet[Any] | None) -> datetime | None:
    """When the picture was taken by the source's own clock, from RTCP sender reports."""
    if packet is None or not packet.has_sidedata("prft"):
        return None
    content = bytes(packet.get_sidedata("prft"))
    if len(content) < 8:
        return None
    (microseconds,) = struct.unpack_from("<q" if _LITTLE else ">q", content)
    return _utc(microseconds)


def _utc(microseconds: int) -> datetime | None:
    try:
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    except OverflowError:
        return None


_LITTLE = struct.pack("=H", 1) == b"\1\0"
