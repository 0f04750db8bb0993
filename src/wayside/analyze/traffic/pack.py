"""All that is measured and told of traffic on one feed, over one shared Motion."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from wayside.analyze.traffic.grouping import Grouping
from wayside.analyze.traffic.motion import Motion, TrafficPart
from wayside.domain.records import Finding, Reading
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene

MakePart: TypeAlias = Callable[[Motion], TrafficPart]


class Traffic:
    """An Analyzer made of parts, each of which sees the same Moment once.

    What follows from an incident is told within it: see Grouping.
    """

    def __init__(self, scene: Scene, parts: Sequence[MakePart]) -> None:
        self._motion = Motion(scene)
        self._grouping = Grouping(scene)
        self._parts = tuple(make(self._motion) for make in parts)

    @property
    def settling_s(self) -> float:
        return max((part.settling_s for part in self._parts), default=0.0)

    def update(self, tracks: Tracks) -> list[Finding]:
        moment = self._motion.update(tracks)
        found = [finding for part in self._parts for finding in part.update(moment)]
        return self._grouping.told(found) if found else found

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        return [row for part in self._parts for row in part.readings(start_s, end_s)]

    def finish(self, t_s: float) -> list[Finding]:
        found = [finding for part in self._parts for finding in part.finish(t_s)]
        return self._grouping.finish(found)
