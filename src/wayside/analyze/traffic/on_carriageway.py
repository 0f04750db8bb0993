"""People and riders on the carriageway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.alarms import Alarm, Alarms
from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.motion import Motion
from wayside.analyze.traffic.roads import Spots, Surface, Yard, require_road
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.detections import Boxes
from wayside.domain.geometry import covered
from wayside.domain.records import Finding, JsonValue, Reading, Severity

KIND = "traffic.person_on_carriageway"

_CROSSING_M = 1.5
_CORNER_M = 5.0
"""So near to a crossing people cut the corner: it takes them twice as long to be told."""
_FASTEST_MPS: Final = {
    ObjectClass.PERSON: 4.0,
    ObjectClass.BICYCLE: 15.0,
    ObjectClass.MOTORCYCLE: 60.0,
}
_LEAST_SHARE = 0.6
_LEAST_SIGHTS = 5
_UPRIGHT = 1.1
_RIDES = 0.4
_SITS = 0.6
_JOIN_M = 20.0
_LINGER_S = 10.0


@dataclass(frozen=True, slots=True)
class OnCarriagewayRule:
    """Who or what must not be on a carriageway.

    zone: id of a lane or carriageway, None for all of them. classes: labels of whom to tell.
    objects: whether to tell of things that lie there too. for_s: how long on it. margin_m: so
    near to its edge still counts as off it, where calibrated; elsewhere 1 m is one own size
    (square root of a person's box's area).
    """

    least_rate: ClassVar[float] = 0.0

    zone: str | None = None
    classes: tuple[str, ...] = ("person",)
    objects: bool = True
    for_s: float = 2.0
    margin_m: float = 0.75


@dataclass(slots=True)
class _Walk:
    """A track's time on the carriageway. on_s: what counts of it. sights: how many of them."""

    start_s: float
    seen_s: float
    on_s: float = 0.0
    sights: int = 1


class PeopleOnCarriageway:
    """Tells of people, and of riders where asked for, on a lane or carriageway.

    On it: ``margin_m`` from its edge and 1.5 m from crossings, by the place of the feet. What
    counts is a confirmed track whose class has 60 % of its votes, slower than one of its class can
    be (people 4 m/s, bicycles 15 m/s), people upright, not on a two-wheeler and not sitting in a
    vehicle. Time on it adds up, time off it takes away twice as much; told from ``for_s`` on (twice
    as long within 5 m of a crossing, where people cut corners), with five sights at least. One
    incident for all of a class within 20 m; it closes 10 s after anybody was on it.
    """

    settling_s = 0.0

    def __init__(self, motion: Motion, rules: tuple[OnCarriagewayRule, ...]) -> None:
        """Raises ConfigError for a rule that names no road."""
        scene = motion.scene
        for rule in rules:
            require_road(scene, rule.zone, "on_carriageway")
        self._scene = scene
        self._yard = Yard(scene)
        self._rules = rules
        self._surfaces = [Surface(scene, self._yard, rule.zone) for rule in rules]
        self._alarms = {
            (index, kind): Alarms(
                f"on_carriageway:{index}:{kind}", join_m=_JOIN_M, linger_s=_LINGER_S
            )
            for index, rule in enumerate(rules)
            for kind in rule.classes
        }
        self._walks: dict[tuple[int, int], _Walk] = {}

    def update(self, moment: Moment) -> list[Finding]:
        spots = self._yard.spots(moment)
        found: list[Finding] = []
        for row in self._candidates(moment):
            for index in range(len(self._rules)):
                found += self._see(moment, spots, row, index)
        for track in moment.tracks.ended.tolist():
            for index in range(len(self._rules)):
                self._walks.pop((index, track), None)
            for alarms in self._alarms.values():
                alarms.leave(track)
        for alarms in self._alarms.values():
            found += alarms.settle(moment.t_s)
        return found

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        return []

    def finish(self, t_s: float) -> list[Finding]:
        self._walks.clear()
        return [finding for alarms in self._alarms.values() for finding in alarms.finish(t_s)]

    def _candidates(self, moment: Moment) -> list[int]:
        """Rows of those that a rule may be about and that are what they are taken for."""
        tracks = moment.tracks
        asked = {label for rule in self._rules for label in rule.classes}
        wanted = np.array([kind.label in asked for kind in ObjectClass])
        rows = np.flatnonzero(wanted[tracks.class_ids] & tracks.confirmed & tracks.observed)
        if not len(rows):
            return []
        speeds = moment.going[1][rows]
        fastest = np.array([_FASTEST_MPS.get(kind, 0.0) for kind in ObjectClass])
        sure = (tracks.class_shares[rows] >= _LEAST_SHARE) & ~(
            speeds > fastest[tracks.class_ids[rows]]
        )
        people = tracks.class_ids[rows] == ObjectClass.PERSON
        boxes = tracks.boxes[rows]
        wide = (boxes[:, 2] - boxes[:, 0]) * self._scene.aspect
        sure &= ~people | (wide < _UPRIGHT * (boxes[:, 3] - boxes[:, 1]))
        sure &= ~people | ~self._are_carried(moment, boxes)
        return list(rows[sure].tolist())

    def _are_carried(self, moment: Moment, people: Boxes) -> NDArray[np.bool_]:
        """(M,) which of (M, 4) people ride, or sit in a vehicle: in its box, feet above its own."""
        boxes, groups = moment.tracks.boxes, _GROUPS[moment.tracks.class_ids]
        cycles = boxes[groups == _CYCLE]
        vehicles = boxes[groups == _VEHICLE]
        rides = (covered(people, cycles) > _RIDES).any(1)
        heights = vehicles[:, 3] - vehicles[:, 1]
        above = people[:, None, 3] < (vehicles[:, 3] - 0.1 * heights)[None]
        return np.asarray(rides | ((covered(people, vehicles) > _SITS) & above).any(1))

    def _see(self, moment: Moment, spots: Spots, row: int, index: int) -> list[Finding]:
        rule, surface = self._rules[index], self._surfaces[index]
        track, kind = int(moment.tracks.ids[row]), ObjectClass(int(moment.tracks.class_ids[row]))
        if kind.label not in rule.classes:
            return []
        alarms = self._alarms[index, kind.label]
        if track in alarms:
            if surface.holds(spots, row, 0.0, 0.0):
                alarms.seen(track, spots.places[row], moment.t_s)
            return []
        walk = self._walks.get((index, track))
        if not surface.holds(spots, row, rule.margin_m, _CROSSING_M):
            if walk is not None:
                walk.on_s -= 2 * min(moment.t_s - walk.seen_s, 1.0)
                walk.seen_s = moment.t_s
                if walk.on_s <= 0:
                    del self._walks[index, track]
            return []
        if walk is None:
            self._walks[index, track] = _Walk(moment.t_s, moment.t_s)
            return []
        walk.on_s += min(moment.t_s - walk.seen_s, 1.0)
        walk.seen_s = moment.t_s
        walk.sights += 1
        needed_s = rule.for_s
        if not surface.holds(spots, row, 0.0, _CORNER_M):
            needed_s *= 2
        if walk.on_s < needed_s or walk.sights < _LEAST_SIGHTS:
            return []
        del self._walks[index, track]
        return alarms.sound(self._alarm(moment, spots, row, index, walk), moment.t_s)

    def _alarm(self, moment: Moment, spots: Spots, row: int, index: int, walk: _Walk) -> Alarm:
        track, kind = int(moment.tracks.ids[row]), ObjectClass(int(moment.tracks.class_ids[row]))
        zone = self._surfaces[index].zone_at(spots.picture[row : row + 1]) or ""
        x, y = moment.anchors[row].tolist()
        data: dict[str, JsonValue] = {
            "zone": zone,
            "class": kind.label,
            "group": kind.group.value,
            "t_s": round(walk.start_s, 4),
            "track": track,
            "value": round(walk.on_s, 2),
            "threshold": self._rules[index].for_s,
            "unit": "s",
            "x": round(x, 4),
            "y": round(y, 4),
        }
        severity = Severity.CRITICAL if kind is ObjectClass.PERSON else Severity.WARNING
        place, metre = spots.places[row], float(spots.metres[row])
        return Alarm(KIND, track, walk.start_s, place, metre, zone, severity, data)


_CYCLE: Final = 1
_VEHICLE: Final = 2
_GROUPS: Final = np.array(
    [
        {ClassGroup.TWO_WHEELER: _CYCLE, ClassGroup.VEHICLE: _VEHICLE}.get(kind.group, 0)
        for kind in ObjectClass
    ]
)
