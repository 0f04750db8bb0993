"""All that can be wrong with one feed, watched together."""

from __future__ import annotations

from wayside.analyze.health import seeing
from wayside.analyze.health.condition import UNKNOWN, Condition
from wayside.analyze.health.keeping import Damage, KeepingSettings, Rate, SourceClock
from wayside.analyze.health.seeing import SeeingSettings
from wayside.domain.health import PictureQuality, Vitals
from wayside.domain.records import Finding, JsonValue, Phase, Severity

_BLINDING = ("frozen", "black", "covered")


class HealthWatch:
    """The conditions of one feed. It outlives sessions; not shared, not thread-safe.

    Findings: kinds ``health.<condition>``, in media seconds of the present session. Each OPEN
    has ``value``, ``threshold`` and ``unit`` in its data, each CLOSE also ``lasted_s`` and
    ``complete``, which is False where the session ended first. A jump of the machine's own
    clock is a ``health.clock_drift`` that is over at once, with ``whose`` ``machine``.
    """

    def __init__(
        self, seeing: SeeingSettings | None = None, keeping: KeepingSettings | None = None
    ) -> None:
        self._seeing = seeing or SeeingSettings()
        self._keeping = keeping or KeepingSettings()
        self._black = Condition("health.black", clear_s=3.0)
        self._frozen = Condition("health.frozen", clear_s=1.0, samples=2)
        self._covered = Condition("health.covered", clear_s=8.0)
        self._blurred = Condition("health.blurred", clear_s=10.0)
        self._moved = Condition("health.view_moved", clear_s=5.0)
        self._low_rate = Condition("health.low_rate", clear_s=10.0)
        self._corrupt = Condition("health.corrupt", clear_s=10.0, samples=2)
        self._drift = Condition("health.clock_drift", clear_s=10.0)
        self._rate = Rate(self._keeping)
        self._damage = Damage(self._keeping)
        self._clock = SourceClock(self._keeping)
        self._is_elsewhere = False
        self._steps = 0

    @property
    def conditions(self) -> frozenset[str]:
        """What is wrong now, such as ``frozen``."""
        return frozenset(one.name for one in self._all() if one.is_open)

    @property
    def counting_paused(self) -> bool:
        """Nothing that is counted now would be true."""
        return not self.conditions.isdisjoint(_BLINDING)

    @property
    def geometry_suspended(self) -> bool:
        """Lines and zones are not where they were drawn; holds over the end of a session."""
        return self._is_elsewhere

    @property
    def clock_drift_s(self) -> float | None:
        """The source's clock against ours; None where it says no time."""
        return self._clock.drift_s

    def picture(self, picture: PictureQuality) -> list[Finding]:
        """What this sample made certain."""
        t_s, given = picture.t_s, self._seeing
        found = self._black.judge(t_s, seeing.black(picture, given))
        found += self._frozen.judge(t_s, seeing.frozen(picture, given))
        found += self._covered.judge(t_s, seeing.covered(picture, given))
        found += self._view(picture)
        # Another view has another sharpness: what is usual says nothing of it.
        soft = UNKNOWN if self._is_elsewhere else seeing.blurred(picture, given)
        return found + self._blurred.judge(t_s, soft)

    def vitals(self, vitals: Vitals) -> list[Finding]:
        """What these vital signs made certain."""
        t_s, session_s = vitals.t_s, vitals.session_s
        found = self._stepped(vitals)
        found += self._low_rate.judge(t_s, self._rate.judge(vitals), session_s)
        found += self._corrupt.judge(t_s, self._damage.judge(vitals), session_s)
        found += self._drift.judge(t_s, self._clock.judge(vitals), session_s)
        return found

    def confirm_view(self, t_s: float) -> list[Finding]:
        """Somebody says that the view is as it should be; tell the QualityMeter as well."""
        self._is_elsewhere = False
        return self._moved.finish(t_s)

    def finish(self, t_s: float) -> list[Finding]:
        """The session ends at media second t_s. What holds on is told anew in the next one."""
        return [finding for one in self._all() for finding in one.finish(t_s)]

    def _all(self) -> tuple[Condition, ...]:
        return (
            self._black,
            self._frozen,
            self._covered,
            self._blurred,
            self._moved,
            self._low_rate,
            self._corrupt,
            self._drift,
        )

    def _view(self, picture: PictureQuality) -> list[Finding]:
        verdict = seeing.view_moved(picture, self._seeing)
        if verdict.is_bad and self._covered.is_open and not self._moved.is_open:
            return []  # what is left of the view is too little to recognise it by
        found = self._moved.judge(picture.t_s, verdict)
        if self._moved.is_open:
            self._is_elsewhere = True
        elif verdict.is_bad is False:
            # After a CLOSE, or back in a new session that had told nothing yet.
            self._is_elsewhere = False
        return found

    def _stepped(self, vitals: Vitals) -> list[Finding]:
        step_s = self._clock.step_s(vitals)
        if step_s is None:
            return []
        self._steps += 1
        data: dict[str, JsonValue] = {
            "value": round(step_s, 3),
            "threshold": self._keeping.step_s,
            "unit": "s",
            "whose": "machine",
        }
        at_s = max(vitals.session_s, 0.0)
        return [
            Finding(
                "health.clock_drift",
                f"machine_clock:{self._steps}",
                Phase.INSTANT,
                at_s,
                at_s,
                "",
                Severity.WARNING,
                data,
            )
        ]
