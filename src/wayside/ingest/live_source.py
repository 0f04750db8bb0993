"""What all live sources have in common."""

from __future__ import annotations

import time

from wayside.domain.errors import SourceLost
from wayside.domain.feeds import SourceSpec
from wayside.domain.time import Clock
from wayside.ingest.address import masked
from wayside.ingest.halt import Halt
from wayside.ingest.live_session import STALL_S
from wayside.ingest.network import NetworkPolicy

OPEN_S = 10.0
"""Seconds from the first attempt to connect to the first picture."""


class RemoteSource:
    """Base of the sources over a network. Each session is one connection.

    name: the address without a password. stall_s: seconds without a complete
    picture after which a session has failed. open_s: for an opening.
    """

    def __init__(
        self,
        spec: SourceSpec,
        *,
        network: NetworkPolicy,
        clock: Clock,
        stall_s: float = STALL_S,
        open_s: float = OPEN_S,
    ) -> None:
        self.name = masked(spec)
        self._spec = spec
        self._network = network
        self._clock = clock
        self._stall_s = stall_s
        self._open_s = open_s
        self._halt = Halt()

    def interrupt(self) -> None:
        """End an open() or a read that is under way, within a second, and all later ones."""
        self._halt.set()

    def _not_halted(self) -> None:
        if self._halt.is_set:
            raise SourceLost("the reading was stopped", where=self.name)


class Deadline:
    """Seconds that are left of a span of real time. Sockets know no other clock."""

    def __init__(self, seconds: float) -> None:
        self._until_s = time.monotonic() + seconds

    @property
    def left_s(self) -> float:
        """Never negative."""
        return max(0.0, self._until_s - time.monotonic())
