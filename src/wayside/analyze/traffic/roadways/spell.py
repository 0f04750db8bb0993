"""From a condition that comes and goes to one incident with an onset and an end."""

from __future__ import annotations

from dataclasses import dataclass

from wayside.domain.records import Phase


@dataclass(slots=True)
class Spell:
    """An incident begins once its condition has held for ``for_s``, and has ended once no such
    spell has gone on for ``clear_s``; the queues of one red light after another are one incident.

    bridge_s: what interrupts a spell for no longer belongs to it. start_s, end_s: of the incident,
    told by update; the end is that of its last long spell.
    """

    for_s: float
    clear_s: float
    bridge_s: float = 3.0
    start_s: float = 0.0
    end_s: float = 0.0
    is_open: bool = False
    _begun_s: float | None = None
    _gone_s: float | None = None

    def update(self, t_s: float, *, holds: bool, gone: bool) -> Phase | None:
        """holds: over the threshold; gone: under a lower one; neither changes nothing."""
        if holds:
            self._begun_s = t_s if self._begun_s is None else self._begun_s
            self._gone_s = None
        elif not gone:
            self._gone_s = None
        elif self._begun_s is not None:
            self._gone_s = t_s if self._gone_s is None else self._gone_s
            if t_s - self._gone_s > self.bridge_s:
                self._begun_s = self._gone_s = None
        is_long = self._begun_s is not None and t_s - self._begun_s >= self.for_s
        if is_long and self._gone_s is None:
            self.end_s = t_s
            if not self.is_open:
                self.is_open = True
                self.start_s = t_s if self._begun_s is None else self._begun_s
                return Phase.OPEN
        if self.is_open and t_s - self.end_s >= self.clear_s:
            self.is_open = False
            return Phase.CLOSE
        return None
