"""Objects that came to rest where they should not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.bridging import Succession
from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.motion import Motion
from wayside.analyze.traffic.road_stops import Patience, RoadStops
from wayside.analyze.traffic.roads import Spots, Yard
from wayside.analyze.traffic.slowness import Slowness, left_s, rest_s
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes
from wayside.domain.errors import ConfigError
from wayside.domain.geometry import Points, inside, iou
from wayside.domain.records import Finding, JsonValue, Phase, Reading, Severity

KIND = "traffic.stopped_object"

_MISSED_S = 8.0
_MISSED_ONCE_TOLD_S = 30.0
_SAME_PLACE = 0.3
_LEFT_SIZES = 0.8
_BEGINNING_S = 20.0
_SAME_HAPPENING_M = 25.0
_KEPT = 500
_KNOWN_M = 3.0
_LEAST_SIGHTS = 5


@dataclass(frozen=True, slots=True)
class StoppedRule:
    """What counts as stopped.

    zone: id, or None for the whole picture. min_stop_s: how long at rest before
    it is told. max_speed_mps: at rest is slower than this, where calibrated.
    max_speed_sizes: the same where not, in own sizes (square root of the box's
    area) a second; a car is about 4 m. classes: labels it applies to, empty for
    all. It moves again at twice the speed, so that creeping does not flicker.

    On a road (see RoadStops) standing is told only where traffic does not explain it.
    longest_red_s: for how long signals, crossings and gates hold traffic at most; 0 where nothing
    does. bus_stop_s: for how long a bus may stand.
    """

    least_rate: ClassVar[float] = 0.0

    zone: str | None = None
    min_stop_s: float = 10.0
    max_speed_mps: float = 0.5
    max_speed_sizes: float = 0.15
    longest_red_s: float = 120.0
    bus_stop_s: float = 90.0
    classes: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING


@dataclass(slots=True, eq=False)
class _Stop:
    """An object at rest since start_s in the (1, 4) box ``place``.

    opened_s: when it was told, None before. missed_s: since when it has no track, NaN while it
    has one. why: what was told with it.
    """

    number: int
    rule: int
    track: int
    start_s: float
    place: Boxes
    class_id: int
    opened_s: float | None = None
    missed_s: float = float("nan")
    why: dict[str, JsonValue] = field(default_factory=dict)


class StoppedObjects:
    """Tells of objects that arrived and then stand still, per rule.

    Speed: least-squares slope of the anchor's observed places over the last 2 s
    (unit m/s where calibrated, own sizes a second else); undefined before 1 s of
    observations. Arrived: at least one own size from where the track began, so
    what was parked when the picture began is none; on a road also what began there later than
    20 s, where nothing stood then. Where its place is known to no better than 3 m, standing cannot
    be told from crawling, and is not told. start_s: since when all places lie within a quarter of
    its size of where it rests. It is told after min_stop_s, where all places since then make no
    way faster than max_speed_mps; on a road (a rule for a lane or carriageway, or for the whole
    picture of a scene that has one) when RoadStops says so. It closes when it moves again, or
    when its track ends and no other carries on there within 8 s.

    Readings: ``stopped``, per rule's place: number of incidents told in the
    window, by the time of telling (start_s + min_stop_s or later); unit objects.
    Never undefined.
    """

    settling_s = 0.0

    def __init__(self, motion: Motion, rules: tuple[StoppedRule, ...]) -> None:
        """Raises ConfigError for a rule that names a zone the scene does not have."""
        scene = motion.scene
        for index, rule in enumerate(rules):
            if rule.zone is not None and rule.zone not in scene.zone_ids:
                raise ConfigError(
                    f"the rule for stopped objects names the zone {rule.zone!r}, "
                    "which is not drawn",
                    where=f"rules[{index}]",
                    remedy=f"Zones of this scene: {', '.join(scene.zone_ids) or 'none'}",
                )
        self._scene = scene
        self._rules = rules
        self._zones = [
            None if rule.zone is None else scene.polygons[scene.zone_ids.index(rule.zone)]
            for rule in rules
        ]
        self._yard = Yard(scene)
        self._roads = [self._road_stops(motion, rule) for rule in rules]
        self._histories = motion.histories
        self._slowness = Slowness(scene, self._histories)
        self._succession = Succession(self._histories, scene.aspect)
        self._stops: dict[tuple[int, int], _Stop] = {}
        self._missed: list[_Stop] = []
        self._told: list[tuple[float, str]] = []
        self._number = 0
        self._began_s = float("inf")
        self._from_the_start: Boxes = np.empty((0, 4), np.float32)

    def _road_stops(self, motion: Motion, rule: StoppedRule) -> RoadStops | None:
        """None for a rule about places where nothing but its own patience counts."""
        uses = {zone.id: zone.use for zone in self._scene.geometry.zones}
        watched = uses.values() if rule.zone is None else [uses[rule.zone]]
        if not any(use.is_road for use in watched):
            return None
        patience = Patience(rule.min_stop_s, rule.longest_red_s, rule.bus_stop_s)
        return RoadStops(motion, self._yard, patience)

    def update(self, moment: Moment) -> list[Finding]:
        if not self._rules:
            return []
        tracks = moment.tracks
        self._began_s = min(self._began_s, tracks.t_s)
        confirmed = [int(track) for track in tracks.ids[moment.steps.confirmed]]
        self._inherit(confirmed)
        spots = self._yard.spots(moment)
        found = self._see(moment, spots)
        self._judge(moment, spots)
        found += self._tell(tracks.t_s)
        for track in tracks.ended.tolist():
            if any(key[0] == track for key in self._stops):
                self._succession.lose(track, tracks.t_s)
        self._miss(self._succession.without_heir(tracks.t_s))
        return found + self._give_up(tracks.t_s)

    def finish(self, t_s: float) -> list[Finding]:
        self._miss(self._succession.lost_before(t_s))
        found = self._give_up(np.inf)
        told = [stop for stop in self._stops.values() if stop.opened_s is not None]
        self._stops.clear()
        return found + [self._close(stop, t_s, has_ended=False) for stop in told]

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        told = [place for t_s, place in self._told if t_s < end_s]
        self._told = [row for row in self._told if row[0] >= end_s]
        places = dict.fromkeys(rule.zone or "" for rule in self._rules)
        return [
            Reading(
                "stopped",
                float(told.count(place)),
                "objects",
                "zone" if place else "feed",
                place,
            )
            for place in places
        ]

    def _see(self, moment: Moment, spots: Spots) -> list[Finding]:
        """Begin and end stops by what was observed at this instant."""
        observed = np.flatnonzero(moment.tracks.observed)
        if not len(observed):
            return []
        anchors = moment.anchors[observed]
        speeds = self._slowness.speeds(moment.t_s, moment.slots[observed], anchors)
        ids = moment.tracks.ids[observed]
        found: list[Finding] = []
        for index, rule in enumerate(self._rules):
            limit = np.where(speeds.is_physical, rule.max_speed_mps, rule.max_speed_sizes)
            with np.errstate(invalid="ignore"):
                slow, moving = speeds.values < limit, speeds.values >= 2 * limit
            if slow.any():
                slow &= self._concerns(index, moment, spots, anchors, observed)
                with np.errstate(invalid="ignore"):
                    slow &= ~(moment.centre_sigmas_m[observed].max(1) > _KNOWN_M)
            for row in np.flatnonzero(slow).tolist():
                self._begin(int(ids[row]), index)
            if self._stops:
                for row in np.flatnonzero(moving).tolist():
                    found += self._end(int(ids[row]), index)
        return found

    def _concerns(
        self,
        index: int,
        moment: Moment,
        spots: Spots,
        anchors: Points,
        observed: NDArray[np.intp],
    ) -> NDArray[np.bool_]:
        """(M,) of the observed rows, whether a rule is about what stands there."""
        concerned = np.ones(len(observed), bool)
        polygon, road = self._zones[index], self._roads[index]
        if polygon is not None:
            concerned = inside(polygon, anchors)
        if road is not None:
            concerned &= ~(road.is_parked(spots) | self._yard.are_things(moment))[observed]
            if not self._rules[index].classes:
                concerned &= moment.tracks.class_ids[observed] != ObjectClass.PERSON
        return concerned

    def _judge(self, moment: Moment, spots: Spots) -> None:
        for index, road in enumerate(self._roads):
            if road is not None:
                standing = [stop for stop in self._stops.values() if stop.rule == index]
                road.judge(
                    moment,
                    spots,
                    [
                        (s.number, s.track, s.start_s, s.class_id == ObjectClass.BUS)
                        for s in standing
                    ],
                )

    def _begin(self, track: int, rule: int) -> None:
        if (track, rule) in self._stops:
            return
        slot = self._histories.slot(track)
        if self._resume(track, rule, self._histories.last_box[slot : slot + 1]):
            return
        if not self._slowness.has_arrived(track) and not self._is_new(slot, rule):
            return
        class_id = int(self._histories.class_id[slot])
        self._number += 1
        trace = self._histories.trace(track)
        start_s = rest_s(trace, self._scene)
        place = trace.boxes[-1:]
        self._stops[track, rule] = _Stop(self._number, rule, track, start_s, place, class_id)

    def _is_new(self, slot: int, rule: int) -> bool:
        """Whether a track that began where it rests is on a road on which nothing stood there
        when the session began: one that broke as its vehicle braked.
        """
        road, box = self._roads[rule], self._histories.last_box[slot : slot + 1]
        if road is None:
            return False
        if self._histories.birth_s[slot] - self._began_s < _BEGINNING_S:
            self._from_the_start = np.concatenate([self._from_the_start[-_KEPT:], box])
            return False
        stood = (iou(self._from_the_start, box) >= _SAME_PLACE).any()
        return not stood and road.is_on_road(self._scene.geometry.anchor.points(box))

    def _resume(self, track: int, rule: int, box: Boxes) -> bool:
        """Whether the track stands where one was lost a moment ago, behind a lorry for one."""
        for stop in self._missed:
            if stop.rule == rule and float(iou(stop.place, box)[0, 0]) >= _SAME_PLACE:
                self._missed.remove(stop)
                stop.track, stop.missed_s = track, float("nan")
                self._stops[track, rule] = stop
                return True
        return False

    def _end(self, track: int, rule: int) -> list[Finding]:
        stop = self._stops.get((track, rule))
        if stop is None or not self._has_left(stop):
            return []
        del self._stops[track, rule]
        self._forget(stop, moved_on=True)
        if stop.opened_s is None:
            return []
        end_s = left_s(self._histories.trace(track), stop.place, self._scene)
        return [self._close(stop, max(end_s, stop.start_s), has_ended=True)]

    def _has_left(self, stop: _Stop) -> bool:
        """Whether it is 0.8 of its size from where it rested. Far away, where a swing of its box is
        metres on the ground, speed alone would have it start and stop.
        """
        slot = self._histories.slot(stop.track)
        boxes = np.concatenate([stop.place, self._histories.last_box[slot : slot + 1]])
        rested, here = self._scene.geometry.anchor.points(boxes) * (self._scene.aspect, 1.0)
        size = max(float(self._scene.sizes(stop.place)[0]), 1e-6)
        return bool(np.hypot(*(here - rested)) >= _LEFT_SIZES * size)

    def _forget(self, stop: _Stop, *, moved_on: bool) -> None:
        road = self._roads[stop.rule]
        if road is not None:
            road.end(stop.number, moved_on=moved_on)

    def _tell(self, t_s: float) -> list[Finding]:
        """Open what has stood long enough. A held track, at rest unobserved, still stands."""
        found: list[Finding] = []
        creeping: list[_Stop] = []
        for stop in self._stops.values():
            rule = self._rules[stop.rule]
            if stop.opened_s is not None or t_s - stop.start_s < rule.min_stop_s:
                continue
            if stop.track not in self._histories:
                continue  # lost; only an heir could still make it long enough
            slot = self._histories.slot(stop.track)
            stop.class_id = int(self._histories.class_id[slot])
            label = ObjectClass(stop.class_id).label
            if not self._histories.confirmed[slot] or (rule.classes and label not in rule.classes):
                continue
            if not self._is_due(stop, t_s) or self._belongs_to_another(stop):
                continue
            if self._creeps(stop):
                creeping.append(stop)
                continue
            stop.opened_s = t_s
            self._told.append((t_s, rule.zone or ""))
            found.append(
                Finding(
                    KIND,
                    self._key(stop),
                    Phase.OPEN,
                    stop.start_s,
                    None,
                    rule.zone or "",
                    rule.severity,
                    self._data(stop),
                )
            )
        for stop in creeping:
            del self._stops[stop.track, stop.rule]
            self._forget(stop, moved_on=True)
        return found

    def _creeps(self, stop: _Stop) -> bool:
        """Whether all it was seen at since it came to rest makes a way, where metres are known.

        In a queue that crawls at 1 m/s two seconds may seem to be none, and a lorry has to go ten
        metres to have left its place.
        """
        rule = self._rules[stop.rule]
        trace = self._histories.trace(stop.track)
        since = trace.t_s >= stop.start_s
        places = self._scene.ground(self._scene.geometry.anchor.points(trace.boxes[since]))
        if places is None or np.count_nonzero(since) < _LEAST_SIGHTS:
            return False
        known = np.isfinite(places[:, 0])
        t_s, places = trace.t_s[since][known], places[known]
        if len(t_s) < _LEAST_SIGHTS or t_s[-1] - t_s[0] < rule.min_stop_s / 2:
            return False
        centred = t_s - t_s.mean()
        slope = centred @ places / (centred @ centred)
        return bool(np.hypot(*slope) > rule.max_speed_mps)

    def _belongs_to_another(self, stop: _Stop) -> bool:
        """Whether what is told on a road stands within 25 m: who waits behind it or helps, or it
        itself on another track, is the same happening.
        """
        if self._roads[stop.rule] is None:
            return False
        told = [
            each.place
            for each in (*self._stops.values(), *self._missed)
            if each.rule == stop.rule and each.opened_s is not None
        ]
        if not told:
            return False
        boxes = np.concatenate([stop.place, *told])
        places = self._yard.places(self._scene.geometry.anchor.points(boxes))
        sizes = self._scene.sizes(boxes)
        metre = 1.0 if self._yard.is_calibrated else float(sizes.max()) / 4
        away = np.hypot(*(places[1:] - places[0]).T)
        return bool((away <= _SAME_HAPPENING_M * metre).any())

    def _is_due(self, stop: _Stop, t_s: float) -> bool:
        """Whether it is to be told by now, and if so writes down why."""
        road = self._roads[stop.rule]
        x, y = self._scene.geometry.anchor.points(stop.place)[0].tolist()
        evidence: dict[str, JsonValue] = {"unit": "s", "x": round(x, 4), "y": round(y, 4)}
        if road is None:
            value, threshold = t_s - stop.start_s, self._rules[stop.rule].min_stop_s
            evidence["reason"] = "min_stop"
        else:
            verdict = road.verdict(stop.number)
            if verdict is None:
                return False
            value, threshold = verdict.free_s, verdict.threshold_s
            evidence |= {"reason": verdict.reason, "passed": verdict.passed}
        stop.why = {"value": round(value, 2), "threshold": round(threshold, 2), **evidence}
        return True

    def _inherit(self, confirmed: list[int]) -> None:
        if not confirmed or not self._stops:
            return
        holders = dict.fromkeys(track for track, _ in self._stops)
        for old, new in self._succession.inherit(confirmed, holders):
            for rule in [rule for track, rule in self._stops if track == old]:
                stop = self._stops.pop((old, rule))
                stop.track = new
                self._stops[new, rule] = stop

    def _miss(self, lost: Iterable[tuple[int, float]]) -> None:
        """Stops whose track ended at (track, when it was there last) and has no heir."""
        for track, present_s in lost:
            for key in [key for key in self._stops if key[0] == track]:
                stop = self._stops.pop(key)
                stop.missed_s = max(present_s, stop.start_s)
                self._missed.append(stop)

    def _give_up(self, t_s: float) -> list[Finding]:
        """Close those that nothing has been seen of for too long."""
        gone = [stop for stop in self._missed if t_s - stop.missed_s >= self._patience_s(stop)]
        self._missed = [stop for stop in self._missed if stop not in gone]
        for stop in gone:
            self._forget(stop, moved_on=False)
        told = [stop for stop in gone if stop.opened_s is not None]
        return [self._close(stop, stop.missed_s, has_ended=True) for stop in told]

    def _patience_s(self, stop: _Stop) -> float:
        """For how long it may be out of sight. What is told on a road has traffic around it."""
        is_told_on_road = stop.opened_s is not None and self._roads[stop.rule] is not None
        return _MISSED_ONCE_TOLD_S if is_told_on_road else _MISSED_S

    def _close(self, stop: _Stop, end_s: float, *, has_ended: bool) -> Finding:
        rule = self._rules[stop.rule]
        data = self._data(stop)
        data["stopped_s"] = round(end_s - stop.start_s, 4)
        data["complete"] = has_ended
        return Finding(
            KIND,
            self._key(stop),
            Phase.CLOSE,
            stop.start_s,
            end_s,
            rule.zone or "",
            rule.severity,
            data,
        )

    def _key(self, stop: _Stop) -> str:
        return f"stopped:{self._rules[stop.rule].zone or ''}:{stop.number}"

    def _data(self, stop: _Stop) -> dict[str, JsonValue]:
        kind = ObjectClass(stop.class_id)
        return {
            "zone": self._rules[stop.rule].zone or "",
            "class": kind.label,
            "group": kind.group.value,
            "t_s": round(stop.start_s, 4),
            "track": stop.track,
            **stop.why,
        }
