"""HTTP/1.1 with a deadline on a request's head: uvicorn itself waits for one for ever."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_S = 10.0
"""Seconds from a connection's opening, or a request's first byte, to the end of its headers."""

MAX_HEAD = 32_768
"""Bytes of a request line and its headers."""


class DeadlineProtocol(HttpToolsProtocol):
    """Cuts off who drips headers (slowloris), or sends them without end."""

    head_s = HEAD_S

    _deadline: asyncio.TimerHandle | None = None
    _head_size = 0  # bytes that came, which a header without an end adds to as well
    _parsed = 0  # bytes of whole headers
    _is_in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._start_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_in_head:
            self._head_size += len(data)
            # A body's first bytes may come along with the head; they are at most one read.
            if self._head_size > MAX_HEAD + 262_144:
                self._cut()
                return
        super().data_received(data)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._start_head()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._parsed += len(name) + len(value) + 4
        if self._parsed + len(self.url) > MAX_HEAD:
            self._cut()

    def on_headers_complete(self) -> None:
        self._end_head()
        if not self.transport.is_closing():
            super().on_headers_complete()

    def _start_head(self) -> None:
        self._is_in_head = True
        self._head_size = self._parsed = 0
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.head_s, self._cut)

    def _end_head(self) -> None:
        self._is_in_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _cut(self) -> None:
        self._end_head()
        if self.transport is not None:
            self.transport.abort()
