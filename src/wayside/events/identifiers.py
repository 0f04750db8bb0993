"""Identifiers that sort by the time they were made: UUID version 7 (RFC 9562, 5.7).

Own code because the standard library has ``uuid7`` only from Python 3.14.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from wayside.domain.time import Clock

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_TAIL_BITS = 74  # rand_a (12) and rand_b (62) as one number
_RAND_B_BITS = 62
_STEP_BITS = 32


class Identifiers:
    """Makes UUIDv7s, each greater than the one before it, also when the clock goes back.

    Within one millisecond, and while the clock is behind the last identifier,
    the random tail grows by a random step (RFC 9562, 6.2, method 2), so that
    order is kept and the next identifier cannot be guessed from the last.
    Safe to share between threads: events of all feeds of a process then have
    one order.

    random_bits: ``random_bits(n)`` gives n random bits, as ``secrets.randbits``.
    """

    def __init__(self, clock: Clock, random_bits: Callable[[int], int] = secrets.randbits) -> None:
        self._clock = clock
        self._random_bits = random_bits
        self._lock = threading.Lock()
        self._milliseconds = -1
        self._tail = 0

    def new(self) -> UUID:
        """The next identifier."""
        now = (self._clock.now() - _EPOCH) // _MILLISECOND
        with self._lock:
            if now > self._milliseconds:
                self._restart(now)
            else:
                self._tail += 1 + self._random_bits(_STEP_BITS)
                if self._tail >> _TAIL_BITS:
                    # Out of room: borrow the next millisecond, as the RFC allows.
                    self._restart(self._milliseconds + 1)
            return _assemble(self._milliseconds, self._tail)

    def _restart(self, milliseconds: int) -> None:
        self._milliseconds = milliseconds
        # The top bit stays clear, which leaves at least 2**41 steps of room.
        self._tail = self._random_bits(_TAIL_BITS - 1)


def _assemble(milliseconds: int, tail: int) -> UUID:
    """unix_ts_ms (48) | version 7 (4) | rand_a (12) | variant 10 (2) | rand_b (62)."""
    rand_a = tail >> _RAND_B_BITS
    rand_b = tail & ((1 << _RAND_B_BITS) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | rand_a << 64 | 0b10 << 62 | rand_b)
