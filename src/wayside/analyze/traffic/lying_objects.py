"""Things that lie on the carriageway."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from wayside.analyze.traffic.alarms import Alarm, Alarms
from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.motion import Motion
from wayside.analyze.traffic.on_carriageway import OnCarriagewayRule
from wayside.analyze.traffic.roads import (
    THING_M,
    Spots,
    Surface,
    Yard,
    require_road,
)
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.geometry import Points, covered
from wayside.domain.records import Finding, JsonValue, Reading, Severity

KIND = "traffic.object_on_carriageway"

_LEAST_S = 10.0
_LEAST_SIGHTS = 8
_SMALLEST_M = 0.2
_LARGEST_OF_VEHICLES = 0.5
_AT_REST_MPS = 0.7
_STOOD_S = 20.0
_STOOD_M = 4.0
_EDGE = 0.02
_TOUCHES = 0.02
_JOIN_M = 10.0
_LINGER_S = 15.0
_SAME_M = 3.0
_SHARE = 0.2
_IS_VEHICLE = np.array([kind.group is ClassGroup.VEHICLE for kind in ObjectClass])
_BINS = 12


@dataclass(slots=True, eq=False)
class _Rest:
    """A place (2,) in the yard's frame where a thing has lain since start_s.

    seen_s: until when; sights: how often. The place is remembered and not the track: vehicles
    that drive over a thing break its track again and again.
    """

    number: int
    place: Points
    start_s: float
    seen_s: float
    sights: int = 1
    is_told: bool = False


class _VehicleSizes:
    """What own size vehicles have, by how far down in the picture they are."""

    def __init__(self) -> None:
        self._mean = np.zeros(_BINS)
        self._seen = np.zeros(_BINS, np.int64)

    def learn(self, heights: Points, sizes: Points) -> None:
        """heights, sizes: (M,) of whole vehicles."""
        for at, size in zip(_bin(heights).tolist(), sizes.tolist(), strict=True):
            self._seen[at] += 1
            self._mean[at] += (size - self._mean[at]) / min(int(self._seen[at]), 500)

    def at(self, height: float) -> float:
        """Their mean there; NaN where too few were seen."""
        at = int(_bin(np.array([height]))[0])
        return float(self._mean[at]) if self._seen[at] >= 20 else float("nan")


class ObjectsOnCarriageway:
    """Tells of unknown things that came to lie on a lane or carriageway.

    A confirmed track that nothing has named, and then any within 3 m of it, at rest (under
    0.7 m/s) ``margin_m`` inside a road, for 10 s and ``for_s`` at least, in eight sights; small:
    0.2 to 1.6 m across the view, or where not calibrated under half the own size that vehicles
    have there; first seen on the road itself and not at the picture's edge, so that nobody drove
    it there, or as small as no vehicle is (1.3 m) and on the track of one, from which it fell;
    where no vehicle has stood within 4 m in the 20 s before, since what a vehicle leaves behind
    in a background is no thing; and in no vehicle's box at the time. It closes 15 s after it was
    seen last.
    """

    settling_s = 0.0

    def __init__(self, motion: Motion, rules: tuple[OnCarriagewayRule, ...]) -> None:
        """Raises ConfigError for a rule that names no road."""
        scene = motion.scene
        for rule in rules:
            require_road(scene, rule.zone, "on_carriageway")
        self._scene = scene
        self._motion = motion
        self._yard = Yard(scene)
        self._rules = rules
        self._surfaces = [Surface(scene, self._yard, rule.zone) for rule in rules]
        self._alarms = [
            Alarms(f"object:{index}", join_m=_JOIN_M, linger_s=_LINGER_S)
            for index in range(len(rules))
        ]
        self._sizes = _VehicleSizes()
        self._stood: deque[tuple[float, Points]] = deque()
        self._rests: list[list[_Rest]] = [[] for _ in rules]
        self._number = 0

    def update(self, moment: Moment) -> list[Finding]:
        spots = self._yard.spots(moment)
        found: list[Finding] = []
        for row in self._candidates(moment):
            for index in range(len(self._rules)):
                found += self._see(moment, spots, row, index)
        self._remember(moment, spots)
        for index, alarms in enumerate(self._alarms):
            self._rests[index] = [
                rest for rest in self._rests[index] if moment.t_s - rest.seen_s < _LINGER_S
            ]
            found += alarms.settle(moment.t_s)
        return found

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        return []

    def finish(self, t_s: float) -> list[Finding]:
        self._rests = [[] for _ in self._rules]
        return [finding for alarms in self._alarms for finding in alarms.finish(t_s)]

    def _candidates(self, moment: Moment) -> list[int]:
        """Rows of small unknown things in no vehicle's box."""
        tracks = moment.tracks
        things = (tracks.class_ids == ObjectClass.UNKNOWN) | self._yard.are_things(moment)
        rows = np.flatnonzero(things & tracks.observed & moment.whole)
        if not len(rows):
            return []
        vehicles = tracks.boxes[_IS_VEHICLE[tracks.class_ids] & ~things]
        # What a vehicle hides half of may be another vehicle.
        free = ~(covered(tracks.boxes[rows], vehicles) > _TOUCHES).any(1)
        return [row for row in rows[free].tolist() if self._is_small(moment, row)]

    def _is_small(self, moment: Moment, row: int) -> bool:
        across_m = float(self._yard.sizes_m(moment)[row])
        if np.isfinite(across_m):
            return _SMALLEST_M <= across_m <= float(THING_M[moment.tracks.class_ids[row]])
        size = float(self._scene.sizes(moment.tracks.boxes[row : row + 1])[0])
        usual = self._sizes.at(float(moment.anchors[row, 1]))
        return size < _LARGEST_OF_VEHICLES * usual  # False where nothing is usual yet

    def _see(self, moment: Moment, spots: Spots, row: int, index: int) -> list[Finding]:
        rule, surface, alarms = self._rules[index], self._surfaces[index], self._alarms[index]
        speed, place = float(moment.going[1][row]), spots.places[row]
        if not speed < _AT_REST_MPS or not surface.holds(spots, row, rule.margin_m, 0.0):
            return []
        rest = self._rest_at(index, place, float(spots.metres[row]))
        if rest is None:
            if moment.tracks.confirmed[row]:
                self._begin(moment, spots, row, index)
            return []
        rest.seen_s = moment.t_s
        rest.place = rest.place + _SHARE * (place - rest.place)
        rest.sights += 1
        if rest.is_told:
            alarms.seen(rest.number, place, moment.t_s)
            return []
        needed_s = max(rule.for_s, _LEAST_S)
        if rest.number == 0 or moment.t_s - rest.start_s < needed_s or rest.sights < _LEAST_SIGHTS:
            return []
        rest.is_told = True
        return alarms.sound(self._alarm(moment, spots, row, index, rest), moment.t_s)

    def _rest_at(self, index: int, place: Points, metre: float) -> _Rest | None:
        for rest in self._rests[index]:
            if float(np.hypot(*(rest.place - place))) <= _SAME_M * metre:
                return rest
        return None

    def _begin(self, moment: Moment, spots: Spots, row: int, index: int) -> None:
        """What nobody can have dropped there is remembered too, by the number 0, and not told."""
        place = spots.places[row]
        named = moment.tracks.class_ids[row] != ObjectClass.UNKNOWN
        fell = bool(named) or self._fell_here(int(moment.tracks.ids[row]))
        is_thing = fell and not self._has_stood(place, spots, row)
        self._number += is_thing
        number = self._number if is_thing else 0
        self._rests[index].append(_Rest(number, place, moment.t_s, moment.t_s))

    def _fell_here(self, track: int) -> bool:
        """Whether it was first seen on a road and away from the picture's edge."""
        slot = self._motion.histories.slot(track)
        box = self._motion.histories.birth_box[slot : slot + 1]
        if (box[:, :2] < _EDGE).any() or (box[:, 2:] > 1 - _EDGE).any():
            return False
        born = self._scene.geometry.anchor.points(box)
        return any(surface.zone_at(born) is not None for surface in self._surfaces)

    def _has_stood(self, place: Points, spots: Spots, row: int) -> bool:
        """Whether a vehicle has, near there, in the last 20 s."""
        reach = _STOOD_M * float(spots.metres[row])
        return any(bool((np.hypot(*(places - place).T) < reach).any()) for _, places in self._stood)

    def _remember(self, moment: Moment, spots: Spots) -> None:
        """Where vehicles stand, once a second, and how large they are."""
        if self._stood and moment.t_s - self._stood[-1][0] < 1.0:
            return
        tracks = moment.tracks
        vehicles = _IS_VEHICLE[tracks.class_ids] & tracks.confirmed
        vehicles &= ~self._yard.are_things(moment)
        _, speeds = moment.going
        stands = vehicles & (speeds < _AT_REST_MPS)
        self._stood.append((moment.t_s, spots.places[stands]))
        while moment.t_s - self._stood[0][0] > _STOOD_S:
            self._stood.popleft()
        whole = vehicles & moment.whole & tracks.observed
        if not self._yard.is_calibrated and whole.any():
            self._sizes.learn(moment.anchors[whole, 1], self._scene.sizes(tracks.boxes[whole]))

    def _alarm(self, moment: Moment, spots: Spots, row: int, index: int, rest: _Rest) -> Alarm:
        track = int(moment.tracks.ids[row])
        zone = self._surfaces[index].zone_at(spots.picture[row : row + 1]) or ""
        x, y = moment.anchors[row].tolist()
        data: dict[str, JsonValue] = {
            "zone": zone,
            "class": ObjectClass.UNKNOWN.label,  # whatever its track was before it fell
            "group": ClassGroup.UNKNOWN.value,
            "t_s": round(rest.start_s, 4),
            "track": track,
            "value": round(moment.t_s - rest.start_s, 2),
            "threshold": max(self._rules[index].for_s, _LEAST_S),
            "unit": "s",
            "x": round(x, 4),
            "y": round(y, 4),
        }
        place, metre = spots.places[row], float(spots.metres[row])
        return Alarm(KIND, rest.number, rest.start_s, place, metre, zone, Severity.WARNING, data)


def _bin(heights: Points) -> Points:
    """(M,) which twelfth of the picture's height."""
    return np.clip((heights * _BINS).astype(np.intp), 0, _BINS - 1)
