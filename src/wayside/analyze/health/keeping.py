"""What a feed's vital signs say: pictures too few, damaged, or dated wrongly."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wayside.analyze.health.condition import FINE, UNKNOWN, Verdict
from wayside.domain.feeds import FeedState
from wayside.domain.health import Vitals
from wayside.domain.records import Severity


@dataclass(frozen=True, slots=True)
class KeepingSettings:
    """low_rate, low_rate_clear: share of the feed's own usual rate. Many cameras halve their
    rate at dusk on purpose, so half is no fault. corrupt, corrupt_clear: damaged pictures and
    refused packets, share of all in the last corrupt_over_s, and at least corrupt_least of them.
    drift_s, drift_clear_s, drift_much_s: of the source's clock against ours. step_s: a jump of
    our own wall clock against its monotonic one.
    """

    low_rate: float = 0.4
    low_rate_clear: float = 0.6
    low_rate_s: float = 15.0
    learn_rate_s: float = 30.0
    corrupt: float = 0.05
    corrupt_clear: float = 0.01
    corrupt_least: int = 3
    corrupt_over_s: float = 10.0
    drift_s: float = 5.0
    drift_clear_s: float = 2.5
    drift_much_s: float = 60.0
    drift_hold_s: float = 20.0
    step_s: float = 2.0


class Rate:
    """Pictures a second against what this feed usually delivers, whatever it declares.

    The usual is learned over learn_rate_s from when pictures began, then followed slowly
    (an hour), and hardly while it is low. A declared rate is no measure: many cameras declare
    25 and send 12.
    """

    _FOLLOW_S: Final = 3600.0

    def __init__(self, settings: KeepingSettings) -> None:
        self._settings = settings
        self._usual = 0.0
        self._seen_s = 0.0
        self._last_s: float | None = None

    def judge(self, vitals: Vitals) -> Verdict:
        if vitals.state is not FeedState.LIVE:
            self._last_s = None
            return UNKNOWN
        given = self._settings
        gap_s = 0.0 if self._last_s is None else min(vitals.t_s - self._last_s, 10.0)
        self._last_s = vitals.t_s
        self._seen_s += gap_s
        if self._seen_s < given.learn_rate_s:
            self._usual += (vitals.fps_in - self._usual) * min(gap_s / max(self._seen_s, 1.0), 1.0)
            return UNKNOWN
        share = vitals.fps_in / self._usual if self._usual > 0 else 1.0
        if share >= given.low_rate_clear:
            self._usual += (vitals.fps_in - self._usual) * gap_s / self._FOLLOW_S
            return FINE
        if share >= given.low_rate:
            return UNKNOWN
        # Two pictures a second are what analysis needs at least.
        severity = Severity.WARNING if vitals.fps_in < 2.0 else Severity.INFO
        hold_s = max(given.low_rate_s, 5.0 / self._usual)
        return Verdict(
            vitals.fps_in,
            round(given.low_rate * self._usual, 3),
            "pictures/s",
            severity,
            hold_s,
            more={"usual": round(self._usual, 3), "declared": vitals.fps_declared},
        )


class Damage:
    """Share of pictures that came damaged, over the last seconds."""

    def __init__(self, settings: KeepingSettings) -> None:
        self._settings = settings
        self._totals: deque[tuple[float, int, int]] = deque()

    def judge(self, vitals: Vitals) -> Verdict:
        given = self._settings
        broken = vitals.corrupt + vitals.decode_errors
        whole = vitals.pictures + vitals.decode_errors
        if self._totals and (broken < self._totals[-1][1] or whole < self._totals[-1][2]):
            self._totals.clear()  # a new session counts from 0 again, and what it lost counts
            self._totals.append((vitals.t_s, 0, 0))
        self._totals.append((vitals.t_s, broken, whole))
        while len(self._totals) > 2 and self._totals[1][0] <= vitals.t_s - given.corrupt_over_s:
            self._totals.popleft()
        damaged = broken - self._totals[0][1]
        share = damaged / max(whole - self._totals[0][2], damaged, 1)
        if damaged >= given.corrupt_least and share >= given.corrupt:
            severity = Severity.CRITICAL if share >= 0.5 else Severity.WARNING
            more = {"damaged": damaged, "over_s": given.corrupt_over_s}
            return Verdict(share, given.corrupt, "share of pictures", severity, more=dict(more))
        return FINE if share <= given.corrupt_clear else UNKNOWN


class SourceClock:
    """The source's clock against ours.

    Ours may be the one that jumps. So the source is compared with the wall clock of now and
    with the wall clock of the start carried on by the monotonic one; it is wrong only if it
    disagrees with both. Where ours was corrected the first agrees, where it jumped away the
    second does.
    """

    def __init__(self, settings: KeepingSettings) -> None:
        self._settings = settings
        self._begun: tuple[float, datetime] | None = None
        self._before: tuple[float, datetime] | None = None
        self.drift_s: float | None = None

    def step_s(self, vitals: Vitals) -> float | None:
        """Seconds that our own wall clock jumped since the last call, None where it did not."""
        before, self._before = self._before, (vitals.t_s, vitals.now)
        if self._begun is None:
            self._begun = (vitals.t_s, vitals.now)
        if before is None:
            return None
        step_s = (vitals.now - before[1]).total_seconds() - (vitals.t_s - before[0])
        return step_s if abs(step_s) >= self._settings.step_s else None

    def judge(self, vitals: Vitals) -> Verdict:
        given = self._settings
        self.drift_s = None
        if vitals.captured is None or vitals.arrived_s is None or self._begun is None:
            return UNKNOWN
        age_s = vitals.t_s - vitals.arrived_s
        against_now = (vitals.captured - vitals.now).total_seconds() + age_s
        steady_s = (vitals.captured - self._begun[1]).total_seconds()
        against_steady = steady_s - (vitals.arrived_s - self._begun[0])
        self.drift_s = min(against_now, against_steady, key=abs)
        away_s = abs(self.drift_s)
        if away_s < given.drift_s:
            return FINE if away_s <= given.drift_clear_s else UNKNOWN
        severity = Severity.WARNING if away_s >= given.drift_much_s else Severity.INFO
        more = {"whose": "source"}
        return Verdict(
            self.drift_s,
            given.drift_s,
            "s",
            severity,
            given.drift_hold_s,
            more=dict(more),
        )
