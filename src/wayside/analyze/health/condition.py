"""One thing that can be wrong with a feed, from doubt to finding to all clear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wayside.domain.records import Finding, JsonValue, Phase, Severity

_ORDER = (Severity.INFO, Severity.WARNING, Severity.CRITICAL)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one sample says. is_bad: True, False, or None where it cannot tell.

    value, threshold, unit: what was compared, for people. hold_s: how long it has to stay bad
    before it is told. began_s: seconds before now that it is known to have been bad already.
    """

    value: float = 0.0
    threshold: float = 0.0
    unit: str = ""
    severity: Severity = Severity.WARNING
    hold_s: float = 0.0
    began_s: float = 0.0
    more: Mapping[str, JsonValue] = field(default_factory=dict)
    is_bad: bool | None = True


UNKNOWN = Verdict(is_bad=None)
FINE = Verdict(is_bad=False)


class Condition:
    """Opens after it was bad for the verdict's hold_s, closes after being fine for clear_s.

    Both take at least ``samples`` verdicts. A verdict that cannot tell stops neither clock.
    An UPDATE is told when it becomes more severe, never because a value wavers.
    """

    def __init__(self, kind: str, clear_s: float, *, samples: int = 3) -> None:
        self.kind = kind
        self.name = kind.removeprefix("health.")
        self._clear_s = clear_s
        self._least = samples
        self._number = 0
        self._open: Finding | None = None
        self._bad_since: float | None = None
        self._fine_since: float | None = None
        self._fine_at = 0.0
        self._bad = self._fine = 0

    @property
    def is_open(self) -> bool:
        return self._open is not None

    def judge(self, t_s: float, verdict: Verdict, session_s: float | None = None) -> list[Finding]:
        """t_s: the clock that durations are taken from. session_s: the same moment in the
        session's media seconds, where that is another clock.
        """
        at_s = t_s if session_s is None else session_s
        if verdict.is_bad is None:
            return []
        if verdict.is_bad:
            self._fine_since, self._fine = None, 0
            return self._bad_again(t_s, at_s, verdict)
        self._bad_since, self._bad = None, 0
        if self._open is None:
            return []
        if self._fine_since is None:
            self._fine_since, self._fine_at = t_s, at_s
        self._fine += 1
        if t_s - self._fine_since >= self._clear_s and self._fine >= self._least:
            return [self._closed(self._fine_at, is_complete=True)]
        return []

    def finish(self, session_s: float) -> list[Finding]:
        """The session ends; what is open was cut short, and doubts are forgotten."""
        found = [self._closed(session_s, is_complete=False)] if self._open else []
        self._forget_doubts()
        return found

    def _forget_doubts(self) -> None:
        self._bad_since = self._fine_since = None
        self._fine_at = 0.0
        self._bad = self._fine = 0

    def _bad_again(self, t_s: float, at_s: float, verdict: Verdict) -> list[Finding]:
        self._bad += 1
        if self._bad_since is None:
            self._bad_since = t_s
        if self._open is not None:
            return self._worse(verdict)
        lasted_s = max(t_s - self._bad_since, verdict.began_s)
        is_enough = verdict.began_s > 0 or verdict.hold_s == 0 or self._bad >= self._least
        if lasted_s < verdict.hold_s or not is_enough:
            return []
        self._number += 1
        self._open = Finding(
            self.kind,
            f"{self.name}:{self._number}",
            Phase.OPEN,
            max(at_s - lasted_s, 0.0),
            None,
            "",
            verdict.severity,
            _explained(verdict),
        )
        return [self._open]

    def _worse(self, verdict: Verdict) -> list[Finding]:
        assert self._open is not None
        before = self._open
        if _ORDER.index(verdict.severity) <= _ORDER.index(before.severity):
            return []
        data = _explained(verdict)
        self._open = Finding(
            before.kind, before.key, Phase.UPDATE, before.start_s, None, "", verdict.severity, data
        )
        return [self._open]

    def _closed(self, end_s: float, *, is_complete: bool) -> Finding:
        assert self._open is not None
        last, self._open = self._open, None
        self._forget_doubts()
        end_s = max(end_s, last.start_s)
        data = {
            **last.data,
            "lasted_s": round(end_s - last.start_s, 3),
            "complete": is_complete,
        }
        return Finding(
            last.kind, last.key, Phase.CLOSE, last.start_s, end_s, "", last.severity, data
        )


def _explained(verdict: Verdict) -> dict[str, JsonValue]:
    return {
        "value": round(verdict.value, 4),
        "threshold": verdict.threshold,
        "unit": verdict.unit,
        **verdict.more,
    }
