"""One incident for many alerts: what follows from an incident is told within it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

import numpy as np

from wayside.domain.geometry import inside
from wayside.domain.records import Finding, JsonValue, Phase
from wayside.scene.scene import Scene

_ROADWIDE: Final = frozenset({"traffic.queue", "traffic.congestion", "traffic.braking_wave"})
"""Told of a zone, not of a place in it."""

FOLLOWS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "traffic.collision": frozenset(
            {
                "traffic.near_miss",
                "traffic.stopped_object",
                "traffic.object_on_carriageway",
                "traffic.person_on_carriageway",
                *_ROADWIDE,
            }
        ),
        "traffic.wrong_way": frozenset({"traffic.near_miss", "traffic.braking_wave"}),
        "traffic.person_on_carriageway": frozenset({"traffic.near_miss", "traffic.braking_wave"}),
        "traffic.object_on_carriageway": frozenset({"traffic.near_miss", "traffic.braking_wave"}),
        "traffic.stopped_object": frozenset({"traffic.queue", "traffic.braking_wave"}),
    }
)
"""Kind of an incident to what follows from it, in order of precedence: what could belong to two
belongs to the first."""

_NEAR_M = 20.0
_NEAR: Final = 0.08
_BEFORE_S = 10.0
_SOON_S = 180.0
_LATER_S = 900.0


@dataclass(slots=True)
class _Main:
    """An open incident. latest: what was told of it last. also: kinds that follow from it, in
    their order. held: its CLOSE, told once nothing that follows from it is open any more.
    """

    latest: Finding
    also: list[str] = field(default_factory=list)
    inside: set[tuple[str, str]] = field(default_factory=set)
    held: Finding | None = None


class Grouping:
    """Takes the findings of one feed, and gives those that are to be told.

    An incident follows from an open one of the kinds in FOLLOWS when it begins no more than 10 s
    before and 180 s after it (a queue or congestion 900 s), and shows one of the same tracks, or
    lies within 20 m (8 % of the picture's height where not calibrated), or is told of a zone in
    which the other lies. It is then not told by itself; the other gets an UPDATE with its kind in
    ``also``, and does not close before it. What had been told before stays, and is named too. No
    finding enters a measurement, so nothing is lost from counts.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._open: dict[tuple[str, str], _Main] = {}
        self._within: dict[tuple[str, str], tuple[str, str]] = {}

    def told(self, findings: list[Finding]) -> list[Finding]:
        """Those to tell, in their order, with what they change in others."""
        told: list[Finding] = []
        for finding in findings:
            told += self._one(finding)
        return told

    def finish(self, findings: list[Finding]) -> list[Finding]:
        """The same at the end of the stream, when every incident closes."""
        told = self.told(findings)
        for main in list(self._open.values()):
            if main.held is not None:
                told.append(self._closed(main, main.held))
        self._open.clear()
        self._within.clear()
        return told

    def _one(self, finding: Finding) -> list[Finding]:
        name = finding.kind, finding.key
        if name in self._within:
            return self._inner(finding)
        main = self._open.get(name)
        if main is not None:
            return self._main(main, finding)
        cause = self._cause(finding) if finding.phase.begins else None
        if cause is not None:
            return self._enter(cause, finding)
        if finding.phase is Phase.OPEN:
            self._begin(finding)
        return [self._with_also(finding)]

    def _begin(self, finding: Finding) -> None:
        """Remember it; what is open already and follows from it is named in it."""
        main = self._open[finding.kind, finding.key] = _Main(finding)
        for other in self._open.values():
            if other is not main and self._belongs(other.latest, main):
                _name(main, other.latest.kind)

    def _enter(self, cause: _Main, finding: Finding) -> list[Finding]:
        if finding.phase is Phase.OPEN:
            name = finding.kind, finding.key
            cause.inside.add(name)
            self._within[name] = cause.latest.kind, cause.latest.key
        if not _name(cause, finding.kind):
            return []
        update = replace(cause.latest, phase=Phase.UPDATE, end_s=None)
        return [self._with_also(update)]

    def _inner(self, finding: Finding) -> list[Finding]:
        """A later phase of what is told within another."""
        if finding.phase is not Phase.CLOSE:
            return []
        name = finding.kind, finding.key
        main = self._open.get(self._within.pop(name))
        if main is None:
            return []
        main.inside.discard(name)
        if main.held is None or main.inside:
            return []
        ends = [each for each in (main.held.end_s, finding.end_s) if each is not None]
        return [self._closed(main, replace(main.held, end_s=max(ends)))]

    def _main(self, main: _Main, finding: Finding) -> list[Finding]:
        if finding.phase is Phase.CLOSE:
            if main.inside:
                main.held = finding
                return []
            return [self._closed(main, finding)]
        main.latest = finding
        return [self._with_also(finding)]

    def _closed(self, main: _Main, finding: Finding) -> Finding:
        told = self._with_also(finding)
        del self._open[finding.kind, finding.key]
        for name in main.inside:
            self._within.pop(name, None)
        if finding.end_s is not None and "lasted_s" in told.data:
            lasted = round(finding.end_s - finding.start_s, 4)
            told = replace(told, data={**told.data, "lasted_s": lasted})
        return told

    def _with_also(self, finding: Finding) -> Finding:
        main = self._open.get((finding.kind, finding.key))
        if main is None or not main.also:
            return finding
        return replace(finding, data={**finding.data, "also": list[JsonValue](main.also)})

    def _cause(self, finding: Finding) -> _Main | None:
        for kind in FOLLOWS:
            for main in self._open.values():
                if main.latest.kind == kind and self._belongs(finding, main):
                    return main
        return None

    def _belongs(self, finding: Finding, main: _Main) -> bool:
        cause = main.latest
        if finding.kind not in FOLLOWS.get(cause.kind, ()):
            return False
        after_s = finding.start_s - cause.start_s
        if not -_BEFORE_S <= after_s <= (_LATER_S if finding.kind in _ROADWIDE else _SOON_S):
            return False
        if _tracks(finding) & _tracks(cause):
            return True
        if finding.kind in _ROADWIDE and self._lies_in(cause, finding.place):
            return True
        return self._is_near(finding, cause)

    def _lies_in(self, finding: Finding, zone: str) -> bool:
        spot = _spot(finding)
        if spot is None or zone not in self._scene.zone_ids:
            return False
        polygon = self._scene.polygons[self._scene.zone_ids.index(zone)]
        return bool(inside(polygon, np.array([spot]))[0])

    def _is_near(self, a: Finding, b: Finding) -> bool:
        spots = _spot(a), _spot(b)
        if spots[0] is None or spots[1] is None:
            return False
        both = np.array([spots[0], spots[1]])
        ground = self._scene.ground(both)
        if ground is not None and np.isfinite(ground).all():
            return float(np.hypot(*(ground[1] - ground[0]))) <= _NEAR_M
        away = (both[1] - both[0]) * (self._scene.aspect, 1.0)
        return float(np.hypot(*away)) <= _NEAR


def _name(main: _Main, kind: str) -> bool:
    """True where it had not been named."""
    if kind in main.also:
        return False
    main.also.append(kind)
    return True


def _tracks(finding: Finding) -> set[int]:
    many, one = finding.data.get("tracks"), finding.data.get("track")
    found = {track for track in many if isinstance(track, int)} if isinstance(many, list) else set()
    return found | ({one} if isinstance(one, int) else set())


def _spot(finding: Finding) -> tuple[float, float] | None:
    x, y = finding.data.get("x"), finding.data.get("y")
    if isinstance(x, (int, float)) and isinstance(y, (int, float)):
        return float(x), float(y)
    return None
