"""From a condition that comes and goes to one incident with an onset and an end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from wayside.domain.records import Finding, JsonValue, Phase, Severity


class ZoneRule(Protocol):
    """What a rule says of the incidents that it is about."""

    @property
    def zone(self) -> str: ...
    @property
    def severity(self) -> Severity: ...


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

    def cut(self, t_s: float) -> bool:
        """The stream ends at t_s: whether that cuts an incident short."""
        was_open, self.is_open = self.is_open, False
        if was_open:
            self.end_s = t_s
        return was_open

    def finding(
        self,
        kind: str,
        key: str,
        rule: ZoneRule,
        phase: Phase,
        data: dict[str, JsonValue],
        *,
        complete: bool,
    ) -> Finding:
        """``data``, with the times of the incident added to it."""
        data["t_s"] = round(self.start_s, 4)
        is_over = phase is Phase.CLOSE
        if is_over:
            data["lasted_s"] = round(self.end_s - self.start_s, 4)
            data["complete"] = complete
        end_s = self.end_s if is_over else None
        return Finding(kind, key, phase, self.start_s, end_s, rule.zone, rule.severity, data)
