"""How a reader that waits is told to stop."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Halt:
    """One feed's stop sign. Set once, from any thread; it never goes back.

    A thread that blocks in a socket does not see a flag, so sockets are lent
    to the sign while they are read: setting it shuts them down, and the read
    returns at once.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()

    @property
    def is_set(self) -> bool:
        return self._event.is_set()

    def set(self) -> None:
        with self._lock:
            self._event.set()
            sockets = list(self._sockets)
        for lent in sockets:
            _shut(lent)

    def wait(self, seconds: float) -> bool:
        """Sleep; True as soon as the sign is set."""
        return self._event.wait(max(seconds, 0.0))

    def lend(self, lent: socket.socket) -> None:
        """Shut this socket down when the sign is set (now, if it is). The caller still owns it."""
        with self._lock:
            self._sockets.add(lent)
            halted = self._event.is_set()
        if halted:
            _shut(lent)

    def take_back(self, lent: socket.socket) -> None:
        with self._lock:
            self._sockets.discard(lent)

    @contextmanager
    def lending(self, lent: socket.socket) -> Iterator[None]:
        self.lend(lent)
        try:
            yield
        finally:
            self.take_back(lent)


def _shut(lent: socket.socket) -> None:
    with suppress(OSError):  # it may have been closed in the meantime
        lent.shutdown(socket.SHUT_RDWR)
