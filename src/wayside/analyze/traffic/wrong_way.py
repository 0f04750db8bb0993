"""Vehicles that drive against the way traffic goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.alarms import Alarm, Alarms
from wayside.analyze.traffic.body import OWN_SIZE_M
from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.motion import Motion
from wayside.analyze.traffic.roads import (
    Road,
    Spots,
    Yard,
    require_road,
    roads_of,
)
from wayside.analyze.traffic.way import Ways
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.geometry import Points, inside
from wayside.domain.outlines import Outlines
from wayside.domain.records import Finding, JsonValue, Reading, Severity

KIND = "traffic.wrong_way"

_LEAST_MPS = 1.0
_LEAST_SIGHTS = 4
_LEAST_SEEN = 0.6
_LARGEST_STEP = 0.5
_DEEP_M = 0.5
_BACKING = 3.0
_MISSED_S = 1.2
_OVERTAKING_S = 12.0
_JOIN_M = 60.0
_LINGER_S = 6.0
_MAY_DRIVE: Final = np.array(
    [
        kind.group in (ClassGroup.VEHICLE, ClassGroup.UNKNOWN) or kind is ObjectClass.MOTORCYCLE
        for kind in ObjectClass
    ]
)
_IS_VEHICLE: Final = np.array([kind.group is ClassGroup.VEHICLE for kind in ObjectClass])


@dataclass(frozen=True, slots=True)
class WrongWayRule:
    """What counts as driving the wrong way.

    zone: id of a lane or carriageway with a heading, None for all of them. min_distance_m: how
    far against the heading, where calibrated; elsewhere 4 m are one own size (square root of the
    box's area). min_s: for how long. min_speed_mps: slower is backing up, into a parking space
    for one, and is told only after three times the distance.
    """

    least_rate: ClassVar[float] = 4.0

    zone: str | None = None
    min_distance_m: float = 10.0
    min_s: float = 1.5
    min_speed_mps: float = 2.0
    severity: Severity = Severity.CRITICAL


@dataclass(slots=True)
class _Run:
    """A track's way against the heading since start_s, in metres.

    place: (2,) where it was seen last, at seen_s. sights: how often it was seen. largest_m: the
    longest step. deep: sights well inside the road. passing_s: for how long it overtook.
    """

    start_s: float
    seen_s: float
    place: Points
    distance_m: float = 0.0
    largest_m: float = 0.0
    sights: int = 1
    missed: int = 0
    deep: int = 0
    passing_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Against:
    """The objects that drive against a heading now: rows (M,), the direction of the heading at
    each (M, 2), whether well inside the road (M,), and the road of each.
    """

    rows: NDArray[np.intp]
    headings: Points
    deep: NDArray[np.bool_]
    roads: list[Road]


class WrongWay:
    """Tells of vehicles that drive against the heading of their lane or carriageway.

    A run is a stretch of a confirmed track with a speed of at least 1 m/s at more than 120° to
    the heading, in no road whose heading it follows. Told once the way made against the heading
    has reached min_distance_m (half as much again for an unknown object, three times for one
    slower than min_speed_mps on average), over min_s, in four sights at least and three of five
    instants (what is missed more often is looked for too widely, and finds others), no step of
    which is more than half of it (a track that jumped to another vehicle), and two thirds of which
    are half a metre inside the road. While it overtakes, that is, is faster than a vehicle beside
    it that goes its way, nothing counts, for 12 s at most. Not calibrated, an own size stands for
    4 m. One incident for all within 60 m; it closes 6 s after it was seen last.
    """

    settling_s = 0.0

    def __init__(self, motion: Motion, rules: tuple[WrongWayRule, ...]) -> None:
        """Raises ConfigError for a rule that names no road."""
        scene = motion.scene
        for rule in rules:
            require_road(scene, rule.zone, "wrong_way")
        self._scene = scene
        self._yard = Yard(scene)
        self._roads = [road for road in roads_of(scene, self._yard) if road.way is not None]
        self._outlines = Outlines([road.polygon for road in self._roads])
        self._ways = Ways([road.way for road in self._roads if road.way is not None])
        self._rules = rules
        # A car seen from above is a third shorter than the 4 m that its own size stands for.
        self._beside_m = 6.0 if self._yard.is_calibrated else 12.0
        self._alarms = [
            Alarms(f"wrong_way:{index}", join_m=_JOIN_M, linger_s=_LINGER_S)
            for index in range(len(rules))
        ]
        self._runs: dict[int, _Run] = {}

    def update(self, moment: Moment) -> list[Finding]:
        if not self._roads:
            return []
        spots = self._yard.spots(moment)
        against = self._against(moment, spots)
        self._advance(moment, spots, against)
        found: list[Finding] = []
        for position, row in enumerate(against.rows.tolist()):
            found += self._tell(moment, spots, row, against.roads[position])
        for track in moment.tracks.ended.tolist():
            self._runs.pop(track, None)
            for alarms in self._alarms:
                alarms.leave(track)
        for alarms in self._alarms:
            found += alarms.settle(moment.t_s)
        return found

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        return []

    def finish(self, t_s: float) -> list[Finding]:
        self._runs.clear()
        return [finding for alarms in self._alarms for finding in alarms.finish(t_s)]

    def _against(self, moment: Moment, spots: Spots) -> _Against:
        tracks = moment.tracks
        velocities, speeds = moment.going
        with np.errstate(invalid="ignore"):
            moves = tracks.confirmed & tracks.observed & _MAY_DRIVE[tracks.class_ids]
            moves &= speeds >= _LEAST_MPS
        rows = np.flatnonzero(moves)
        within = self._outlines.inside(spots.picture[rows])
        at, road = np.nonzero(within)  # by rising rows, and of each row the lanes first
        on = rows[at]
        _, _, units = self._ways.along(spots.places[on], road)
        share = (velocities[on] * units).sum(1) / speeds[on]
        follows = np.bincount(at[share > 0.5], minlength=len(rows)) > 0
        wrong = np.flatnonzero((share < -0.5) & ~follows[at])
        first = wrong[np.unique(at[wrong], return_index=True)[1]]
        roads = [self._roads[each] for each in road[first].tolist()]
        against = _Against(on[first], units[first], np.zeros(len(first), bool), roads)
        for position, row in enumerate(against.rows.tolist()):
            unit = against.headings[position]
            against.deep[position] = self._is_deep(roads[position], spots, row, unit)
        return against

    def _is_deep(self, road: Road, spots: Spots, row: int, unit: Points) -> bool:
        """Half a metre to both sides of it is still road."""
        aside = np.array([-unit[1], unit[0]]) * _DEEP_M * spots.metres[row]
        both = self._yard.picture(np.stack([spots.places[row] + aside, spots.places[row] - aside]))
        return bool(inside(road.polygon, both).all())

    def _advance(self, moment: Moment, spots: Spots, against: _Against) -> None:
        t_s = moment.t_s
        for track in moment.tracks.ids[~moment.tracks.observed].tolist():
            if track in self._runs:
                self._runs[track].missed += 1
        for position, row in enumerate(against.rows.tolist()):
            track, place = int(moment.tracks.ids[row]), spots.places[row]
            run = self._runs.get(track)
            if run is None:
                self._runs[track] = _Run(t_s, t_s, place, deep=int(against.deep[position]))
                continue
            step_s, step = t_s - run.seen_s, place - run.place
            run.place, run.seen_s = place, t_s
            if run.passing_s < _OVERTAKING_S and self._overtakes(moment, spots, row):
                run.passing_s += step_s
                run.start_s, run.distance_m, run.largest_m = t_s, 0.0, 0.0
                run.sights = run.deep = run.missed = 0
                continue
            made_m = -float(step @ against.headings[position]) / float(spots.metres[row])
            run.distance_m += made_m
            run.largest_m = max(run.largest_m, made_m)
            run.sights += 1
            run.deep += int(against.deep[position])
        self._runs = {
            track: run for track, run in self._runs.items() if t_s - run.seen_s <= _MISSED_S
        }

    def _overtakes(self, moment: Moment, spots: Spots, row: int) -> bool:
        """Whether a slower vehicle that goes its way is beside it."""
        velocities, speeds = moment.going
        along = velocities[row] / speeds[row]
        to = (spots.places - spots.places[row]) / spots.metres[row]
        ahead, aside = to @ along, abs(to @ np.array([-along[1], along[0]]))
        with np.errstate(invalid="ignore"):
            goes = (velocities @ along > 0.8 * speeds) & (speeds < speeds[row] - 1.0) & (speeds > 1)
            near = (abs(ahead) < 25.0) & (aside > 1.5) & (aside < self._beside_m)
        return bool((goes & near & _IS_VEHICLE[moment.tracks.class_ids]).any())

    def _tell(self, moment: Moment, spots: Spots, row: int, road: Road) -> list[Finding]:
        track = int(moment.tracks.ids[row])
        run = self._runs[track]
        found: list[Finding] = []
        for rule, alarms in zip(self._rules, self._alarms, strict=True):
            if track in alarms:
                alarms.seen(track, spots.places[row], moment.t_s)
            elif rule.zone in (None, road.id) and _is_sure(run, rule, _kind(moment, row)):
                alarm = self._alarm(moment, spots, row, road, rule)
                found += alarms.sound(alarm, moment.t_s)
        return found

    def _alarm(
        self, moment: Moment, spots: Spots, row: int, road: Road, rule: WrongWayRule
    ) -> Alarm:
        track, kind = int(moment.tracks.ids[row]), _kind(moment, row)
        run = self._runs[track]
        in_metres = self._yard.is_calibrated
        scale = 1.0 if in_metres else 1 / float(OWN_SIZE_M[kind])
        x, y = moment.anchors[row].tolist()
        data: dict[str, JsonValue] = {
            "zone": road.id,
            "class": kind.label,
            "group": kind.group.value,
            "t_s": round(run.start_s, 4),
            "track": track,
            "value": round(run.distance_m * scale, 2),
            "threshold": round(rule.min_distance_m * scale, 2),
            "unit": "m" if in_metres else "own sizes",
            "x": round(x, 4),
            "y": round(y, 4),
        }
        if in_metres:
            data["speed_mps"] = round(run.distance_m / max(moment.t_s - run.start_s, 1e-3), 2)
        place = spots.places[row]
        metre = float(spots.metres[row])
        return Alarm(KIND, track, run.start_s, place, metre, road.id, rule.severity, data)


def _is_sure(run: _Run, rule: WrongWayRule, kind: ObjectClass) -> bool:
    lasted_s = run.seen_s - run.start_s
    needed_m = rule.min_distance_m
    if run.distance_m < rule.min_speed_mps * lasted_s:
        needed_m *= _BACKING
    if kind is ObjectClass.UNKNOWN:
        needed_m *= 1.5
    return (
        lasted_s >= rule.min_s
        and run.distance_m >= needed_m
        and run.sights >= max(_LEAST_SIGHTS, _LEAST_SEEN * (run.sights + run.missed))
        and run.largest_m <= _LARGEST_STEP * run.distance_m
        and run.deep * 3 >= run.sights * 2
    )


def _kind(moment: Moment, row: int) -> ObjectClass:
    return ObjectClass(int(moment.tracks.class_ids[row]))
