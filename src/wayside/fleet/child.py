"""One worker process as its parent sees it: a channel, a heartbeat, a page of memory, an end."""

from __future__ import annotations

import mmap
import os
import signal
import socket
import struct
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from wayside.fleet.blame import can_be_a_feeds, memory_kills
from wayside.fleet.wire import Channel

_PAGE = 4096
_DYING_S = 0.5
_NUMBER = struct.Struct("<Q")

LEAN = {
    # Dozens of reader threads: with an arena each, freed memory is not used again.
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
"""Of a worker's environment: it owns one core and should stay small."""


class NotedFeed:
    """A page shared with the worker, in which it notes the feed it is working on.

    It is there still when the worker has crashed, which no message would be.
    """

    def __init__(self, handle: int) -> None:
        self._page = mmap.mmap(handle, _PAGE)

    @property
    def number(self) -> int:
        """0 for none."""
        return int(_NUMBER.unpack_from(self._page)[0])

    def note(self, number: int) -> None:
        _NUMBER.pack_into(self._page, 0, number)

    def close(self) -> None:
        self._page.close()


class Child:
    """Started when it is made. seen_s: monotonic second of its last sign of life.

    is_ready: it has said that it runs feeds. restarts: of its place so far.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], now_s: float
    ) -> None:
        """command: of the worker, to which ``--fd N --page M --parent P`` is added.

        Raises OSError.
        """
        self.seen_s = now_s
        self.is_ready = False
        self._memory_kills = memory_kills()
        ours, theirs = socket.socketpair()
        page = os.memfd_create("wayside worker")
        try:
            os.ftruncate(page, _PAGE)
            self.noted = NotedFeed(page)
            told = ["--fd", str(theirs.fileno()), "--page", str(page)]
            told += ["--parent", str(os.getpid())]
            self.process = subprocess.Popen(  # noqa: S603  our own program, arguments of our own
                [*command, *told],
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(), page),
                env={**environment, **LEAN},
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
            os.close(page)
        self.channel = Channel(ours)

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def has_ended(self) -> bool:
        """It is reaped by this question."""
        return self.process.poll() is not None

    def suspect(self) -> int:
        """The number of the feed that may have ended the worker, or keeps it from moving.

        0 for none. Asked before ``kill``, which would look like one from outside.
        """
        if self.channel.closed:
            # The socket of a dying process goes a moment before the process.
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(_DYING_S)
        code = self.process.poll()
        if code is None or can_be_a_feeds(code, self._memory_kills, memory_kills()):
            return self.noted.number
        return 0

    def kill(self) -> None:
        """At once, also where it is stopped or spins; reaped when this returns."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """Lets go of what the parent holds; the process must have ended."""
        self.channel.close()
        self.noted.close()
