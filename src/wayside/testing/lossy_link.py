"""A link that breaks on command: between a test's client and a real server, or instead of one.

One thread moves the bytes. What it does is changed while it runs, from any
thread: ``link.mode = Mode.STALL``.
"""

from __future__ import annotations

import selectors
import socket
import threading
from enum import StrEnum
from typing import Self

_TICK_S = 0.05
_CHUNK = 65_536


class Mode(StrEnum):
    """OPEN: as if there were no link. STALL: connections stay, nothing flows. DRIP: one byte a
    tick (50 ms) towards the client. CUT: connections are closed, new ones too. SILENT: as
    STALL, but new connections do not reach the server. DROP: chunks towards the client are
    lost at ``loss``. FLIP: one bit of such a chunk is turned instead.
    """

    OPEN = "open"
    STALL = "stall"
    DRIP = "drip"
    CUT = "cut"
    SILENT = "silent"
    DROP = "drop"
    FLIP = "flip"


class LossyLink:
    """A TCP proxy on 127.0.0.1. port: where it listens. target: port of the server behind it.

    loss: every how many chunks towards the client one is harmed. Deterministic.
    """

    def __init__(self, target: int, *, loss: int = 20) -> None:
        self.target = target
        self.mode = Mode.OPEN
        self.accepted = 0
        self._loss = loss
        self._seen = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(0.0)
        self.port = int(self._listener.getsockname()[1])
        self._other: dict[socket.socket, socket.socket | None] = {}
        self._to_client: set[socket.socket] = set()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lossy link", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ends.set()
        self._thread.join(5.0)
        self._drop_all()
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _run(self) -> None:
        while not self._ends.is_set():
            if self.mode is Mode.CUT:
                self._drop_all()
            for ready in self._ready():
                if ready is self._listener:
                    self._accept()
                elif ready in self._other:
                    self._move(ready)

    def _ready(self) -> list[socket.socket]:
        """What can be read within a tick, by the present mode."""
        waiting = [self._listener]
        if self.mode in (Mode.DRIP, Mode.STALL, Mode.SILENT):
            self._ends.wait(_TICK_S)
        if self.mode not in (Mode.STALL, Mode.SILENT):
            waiting += [s for s in self._other if self._other[s] is not None]
        with selectors.DefaultSelector() as selector:
            for sock in waiting:
                selector.register(sock, selectors.EVENT_READ)
            return [key.fileobj for key, _ in selector.select(_TICK_S)]  # type: ignore[misc]

    def _accept(self) -> None:
        client, _ = self._listener.accept()
        self.accepted += 1
        if self.mode is Mode.CUT:
            client.close()
            return
        if self.mode in (Mode.SILENT, Mode.STALL):
            self._other[client] = None
            return
        try:
            server = socket.create_connection(("127.0.0.1", self.target), timeout=2.0)
        except OSError:
            client.close()
            return
        client.settimeout(5.0)
        self._other[client], self._other[server] = server, client
        self._to_client.add(server)

    def _move(self, ready: socket.socket) -> None:
        other = self._other[ready]
        towards_client = ready in self._to_client
        size = 1 if self.mode is Mode.DRIP and towards_client else _CHUNK
        try:
            chunk = ready.recv(size)
            if chunk and other is not None:
                other.sendall(self._harmed(chunk) if towards_client else chunk)
        except OSError:
            chunk = b""
        if not chunk:
            self._drop(ready)

    def _harmed(self, chunk: bytes) -> bytes:
        self._seen += 1
        if self._seen % self._loss or self.mode not in (Mode.DROP, Mode.FLIP):
            return chunk
        if self.mode is Mode.DROP:
            return b""
        at = len(chunk) // 2
        return chunk[:at] + bytes((chunk[at] ^ 0x10,)) + chunk[at + 1 :]

    def _drop(self, sock: socket.socket) -> None:
        other = self._other.pop(sock, None)
        self._to_client.discard(sock)
        sock.close()
        if other is not None and other in self._other:
            self._drop(other)

    def _drop_all(self) -> None:
        for sock in list(self._other):
            if sock in self._other:
                self._drop(sock)


class CannedServer:
    """Answers every connection on 127.0.0.1 with the same bytes, then keeps it open or closes it.

    answer: sent once the client has sent a blank line (at once where ``greets``).
    Redirect loops, refusals and nonsense are all just bytes.
    """

    def __init__(self, answer: bytes, *, greets: bool = False, keeps_open: bool = False) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self._greets = greets
        self._keeps_open = keeps_open
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(_TICK_S)
        self.port = int(self._listener.getsockname()[1])
        self._held: list[socket.socket] = []
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run, name="canned server", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ends.set()
        self._thread.join(5.0)
        for held in self._held:
            held.close()
        self._listener.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _run(self) -> None:
        while not self._ends.is_set():
            try:
                client, _ = self._listener.accept()
            except TimeoutError:
                continue
            client.settimeout(1.0)
            try:
                self._serve(client)
            except OSError:
                client.close()

    def _serve(self, client: socket.socket) -> None:
        if not self._greets:
            request = b""
            while b"\r\n\r\n" not in request and (received := client.recv(4096)):
                request += received
            self.requests.append(request)
        client.sendall(self.answer)
        if self._keeps_open:
            self._held.append(client)
        else:
            client.close()
