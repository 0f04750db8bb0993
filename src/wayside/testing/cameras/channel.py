"""One feed on the air: compressed pictures to MPEG-TS bytes, the same for all its clients."""

from __future__ import annotations

import io
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import av

from wayside.testing.cameras.films import TIME_BASE, AccessUnit

MUXER = {"mpegts_flags": "pat_pmt_at_frames", "flush_packets": "1"}
BACKLOG_BYTES = 2_000_000
"""A client that is further behind is dropped; some half a minute of pictures."""


class Client(Protocol):
    """Where bytes go. Nothing of it may block."""

    def write(self, chunk: bytes) -> None: ...

    def backlog(self) -> int:
        """Bytes that were written and not yet taken."""
        ...

    def abort(self) -> None:
        """Close at once."""
        ...


class _Sink(io.RawIOBase):
    """Collects what the muxer writes."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, chunk: object) -> int:
        part = bytes(chunk)  # type: ignore[call-overload]
        self._parts.append(part)
        return len(part)

    def taken(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


class Muxer:
    """Compressed pictures with ever growing timestamps to MPEG-TS.

    template: any piece of the film, for the stream's parameters.
    """

    def __init__(self, template: Path, fps: float) -> None:
        self._ticks = Fraction(TIME_BASE) / Fraction(fps).limit_denominator(1000)
        self._sink = _Sink()
        self._output = av.open(self._sink, "w", format="mpegts", options=MUXER)
        with av.open(str(template), format="mpegts") as source:
            self._stream = self._output.add_stream_from_template(source.streams.video[0])

    def chunk(self, unit: AccessUnit, slot: int) -> bytes:
        """The bytes of one picture, tables before it, so that a client can begin there."""
        packet = av.Packet(unit.payload)
        packet.stream, packet.time_base = self._stream, Fraction(1, TIME_BASE)
        packet.pts = packet.dts = int(slot * self._ticks)
        packet.is_keyframe = unit.is_keyframe
        self._output.mux(packet)
        return self._sink.taken()

    def close(self) -> None:
        self._output.close()


class Channel:
    """Sends chunks to clients; who joins begins at the last keyframe."""

    def __init__(self, report: Callable[[str], None] = lambda _: None) -> None:
        self._clients: set[Client] = set()
        self._group: list[bytes] = []
        self._report = report
        self.was_watched = False
        self.dropped = 0

    def join(self, client: Client) -> None:
        self.was_watched = True
        self._clients.add(client)
        if self._group:
            client.write(b"".join(self._group))

    def leave(self, client: Client) -> None:
        self._clients.discard(client)

    def send(self, chunk: bytes, *, is_keyframe: bool) -> None:
        if is_keyframe:
            self._group.clear()
        self._group.append(chunk)
        for client in tuple(self._clients):
            if client.backlog() > BACKLOG_BYTES:
                self.dropped += 1
                self._report("a slow client was dropped")
                self._part(client)
            else:
                client.write(chunk)

    def cut(self) -> None:
        """Break every connection."""
        for client in tuple(self._clients):
            self._part(client)

    def _part(self, client: Client) -> None:
        self.leave(client)
        client.abort()
