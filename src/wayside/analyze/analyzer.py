"""What every analyzer is."""

from __future__ import annotations

from typing import Protocol

from wayside.domain.records import Finding, Reading
from wayside.domain.tracks import Tracks


class Analyzer(Protocol):
    """Stateful: sees each instant's tracks once, in order of time.

    settling_s: the readings of a window are final this long after its end;
    what settles later still is counted in the next window, never dropped.
    """

    @property
    def settling_s(self) -> float: ...

    def update(self, tracks: Tracks) -> list[Finding]:
        """What this instant made certain, in order of time."""
        ...

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        """The numbers of the window [start_s, end_s).

        Called once a window, in order, after update has seen end_s + settling_s
        or after finish.
        """
        ...

    def finish(self, t_s: float) -> list[Finding]:
        """The stream ends at t_s: settle and close everything that is open."""
        ...
