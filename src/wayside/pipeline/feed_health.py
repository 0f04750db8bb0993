"""Whether a feed can be seen at all: its pictures measured, its conditions watched."""

from __future__ import annotations

from wayside.analyze.health.watch import HealthWatch
from wayside.detect.quality import QualityMeter
from wayside.domain.health import Vitals
from wayside.domain.media import RawFrame
from wayside.domain.records import Finding

_SUSPICIOUS_S = 8.0
"""Between keyframes a quiet scene can look frozen for a while."""


class PictureHealth:
    """Of one feed, across its sessions: a FeedHealth."""

    def __init__(self) -> None:
        self._meter = QualityMeter()
        self._watch = HealthWatch()
        self._still_s = 0.0

    @property
    def conditions(self) -> frozenset[str]:
        return self._watch.conditions

    @property
    def counting_paused(self) -> bool:
        return self._watch.counting_paused

    @property
    def geometry_suspended(self) -> bool:
        return self._watch.geometry_suspended

    @property
    def clock_drift_s(self) -> float | None:
        return self._watch.clock_drift_s

    @property
    def is_suspicious(self) -> bool:
        """The same picture comes again and again: to call it frozen takes more than glances."""
        return self._still_s >= _SUSPICIOUS_S

    def new_session(self) -> None:
        """Media time begins anew."""
        self._still_s = 0.0
        self._meter.new_session()

    def picture(self, frame: RawFrame) -> list[Finding]:
        """What this sample made certain; most are not even measured."""
        quality = self._meter.measure(frame)
        if quality is None:
            return []
        self._still_s = quality.still_s
        return self._watch.picture(quality)

    def vitals(self, vitals: Vitals) -> list[Finding]:
        """What the last second made certain."""
        return self._watch.vitals(vitals)

    def confirm_view(self, t_s: float) -> list[Finding]:
        """The present view is the right one: it is learned, and lines and zones hold again."""
        self._meter.confirm_view()
        return self._watch.confirm_view(t_s)

    def finish(self, t_s: float) -> list[Finding]:
        """The session has ended."""
        return self._watch.finish(t_s)
