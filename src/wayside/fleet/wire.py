"""Messages between the server and its workers: length-prefixed JSON with a binary rest.

A frame is the length of the header and of the payload (two 4-byte big-endian
numbers), the header as JSON text, the payload. Never a pickle: what a broken
or taken-over worker sends is text to be checked, nothing that runs.
"""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from wayside.domain.errors import WaysideError

Header: TypeAlias = dict[str, Any]

LONGEST_HEADER = 64_000_000
"""Bytes: the whole of a site of some ten thousand feeds with their scenes."""
LONGEST_PAYLOAD = 64_000_000
_LENGTHS = struct.Struct(">II")
_READ = 262_144


class WireError(WaysideError):
    """The other end sends what is no frame."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One message. payload: a JPEG, or nothing."""

    header: Header = field(repr=False)
    payload: bytes = field(default=b"", repr=False)

    @property
    def op(self) -> str:
        """What is asked for or told."""
        return str(self.header.get("op", ""))


def encoded(header: Header, payload: bytes = b"") -> bytes:
    """The frame's bytes. Raises ValueError for a header that is not JSON, or too long a frame."""
    text = json.dumps(header, allow_nan=False, separators=(",", ":")).encode()
    if len(text) > LONGEST_HEADER or len(payload) > LONGEST_PAYLOAD:
        raise ValueError("too long for one frame")
    return _LENGTHS.pack(len(text), len(payload)) + text + payload


class FrameReader:
    """Bytes in, in any pieces; whole frames out. What a killed peer left half stays inside."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    @property
    def is_between(self) -> bool:
        """No frame has begun."""
        return not self._bytes

    def feed(self, piece: bytes) -> list[Frame]:
        """The frames that this piece completes. Raises WireError for what is none."""
        self._bytes += piece
        frames = []
        while (frame := self._next()) is not None:
            frames.append(frame)
        return frames

    def _next(self) -> Frame | None:
        if len(self._bytes) < _LENGTHS.size:
            return None
        header, payload = _LENGTHS.unpack_from(self._bytes)
        if header > LONGEST_HEADER or payload > LONGEST_PAYLOAD:
            raise WireError("a frame longer than any that is sent here")
        begin, end = _LENGTHS.size + header, _LENGTHS.size + header + payload
        if len(self._bytes) < end:
            return None
        text, rest = bytes(self._bytes[_LENGTHS.size : begin]), bytes(self._bytes[begin:end])
        del self._bytes[:end]
        try:
            parsed = json.loads(text)
        except ValueError as error:
            raise WireError("a frame without a JSON header") from error
        if not isinstance(parsed, dict):
            raise WireError("a frame whose header is no mapping")
        return Frame(parsed, rest)


class Channel:
    """One end of a socket pair. Nothing here waits: whoever owns it asks ``select`` when to go on.

    send: by any thread. receive and flush: by the owner. closed: the other end is gone.
    """

    def __init__(self, end: socket.socket) -> None:
        end.settimeout(0.0)
        self.closed = False
        self._socket = end
        self._reader = FrameReader()
        self._lock = threading.Lock()
        self._pending: deque[memoryview] = deque()
        self._pending_bytes = 0

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def pending_bytes(self) -> int:
        """Not yet taken by the other end."""
        return self._pending_bytes

    def send(self, header: Header, payload: bytes = b"") -> None:
        frame = encoded(header, payload)
        with self._lock:
            if not self.closed:
                self._pending.append(memoryview(frame))
                self._pending_bytes += len(frame)

    def flush(self) -> None:
        """Sends what the other end takes now."""
        with self._lock:
            while self._pending and not self.closed:
                piece = self._pending[0]
                try:
                    sent = self._socket.send(piece)
                except BlockingIOError:
                    return
                except OSError:
                    self._lost()
                    return
                self._pending_bytes -= sent
                if sent == len(piece):
                    self._pending.popleft()
                else:
                    self._pending[0] = piece[sent:]

    def receive(self) -> list[Frame]:
        """What has come; nothing where the other end is gone. Raises WireError."""
        frames: list[Frame] = []
        while not self.closed:
            try:
                piece = self._socket.recv(_READ)
            except BlockingIOError:
                break
            except OSError:
                piece = b""
            if not piece:
                with self._lock:
                    self._lost()
                break
            frames += self._reader.feed(piece)
            if len(piece) < _READ:
                break
        return frames

    def close(self) -> None:
        with self._lock:
            self._lost()
        self._socket.close()

    def _lost(self) -> None:
        self.closed = True
        self._pending.clear()
        self._pending_bytes = 0
