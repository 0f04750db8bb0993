"""Which of the vehicles that stand on a road stand there for no reason of traffic."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.motion import Motion
from wayside.analyze.traffic.roads import (
    Road,
    Spots,
    Yard,
    polygons_of,
    roads_of,
)
from wayside.analyze.traffic.usual_stops import UsualStops
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.geometry import Points, inside
from wayside.domain.outlines import Outlines
from wayside.domain.scene import ZoneUse

_JUDGED_S = 0.6
"""Between two judgements: who stands does not have to be judged in every sample."""
_LOOK_AHEAD_M = 40.0
_NEAR_LINE_M = 20.0
_CREEP_MPS = 1.4
_HALF_LANE_M = 1.3
_SIDE_M = 12.0
_UPSTREAM_M = 60.0
_FAST_MPS = 22.0
_Mask: TypeAlias = NDArray[np.bool_]
_Metres: TypeAlias = NDArray[np.float64]
_IS_PERSON: Final = np.array([kind.group is ClassGroup.PERSON for kind in ObjectClass])
_IS_VEHICLE: Final = np.array([kind.group is ClassGroup.VEHICLE for kind in ObjectClass])


@dataclass(frozen=True, slots=True)
class Patience:
    """What a road allows: see StoppedRule for the seconds."""

    min_stop_s: float
    longest_red_s: float
    bus_stop_s: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why standing is told.

    reason: ``free_road``, ``queue_gone``, ``passed``, ``free_flow`` or ``longer_than_usual``.
    free_s: for how long it has stood with nothing standing ahead of it. threshold_s: what that
    was compared with. passed: vehicles that came from behind it in its own lane and are ahead of
    it now.
    """

    reason: str
    free_s: float
    threshold_s: float
    passed: int


@dataclass(slots=True)
class _Case:
    """One standing object. place, ahead: (2,) in the yard's frame, ahead NaN where not known.

    free_s: how long nothing has stood ahead of it. behind: live tracks seen behind it in its own
    lane, beside: behind it in any. passed, overtaken: how many of those have got ahead. fast:
    how many others drive as only where no signals are, rushing: those of them that are live.
    """

    place: Points
    ahead: Points
    metre: float
    road: Road | None = None
    along: float = 0.0
    aside: float = 0.0
    is_blind: bool = True
    is_bus: bool = False
    free_s: float = 0.0
    was_held_s: float = 0.0
    followed: bool = False
    passed: int = 0
    overtaken: int = 0
    behind: set[int] = field(default_factory=set)
    beside: set[int] = field(default_factory=set)
    fast: int = 0
    rushing: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True, eq=False)
class _Traffic:
    """What all cases are judged by at one instant, row by row of the tracks.

    drives: vehicles that are not parked. stands: those of them that stand or creep. fast: those
    that drive as only where no signals are. on: along, aside (N,) and inside (N,), by road.
    """

    ids: NDArray[np.int64]
    spots: Spots
    drives: _Mask
    stands: _Mask
    fast: _Mask
    on: dict[str, tuple[_Metres, _Metres, _Mask]] = field(default_factory=dict)


class RoadStops:
    """Judges standing vehicles by one clock: for how long they have stood although the road
    ahead of them is free.

    The clock runs while nothing stands or creeps (under 1.4 m/s) within 40 m ahead in the same
    lane, and runs back three times as fast while something does. So the head of a queue is
    judged and nobody behind it, and each of those from the moment on at which the queue has left
    it behind. What the clock is held against:

    - ``min_stop_s`` on open road;
    - ``longest_red_s`` where something out of sight may hold it: within 20 m of the end of its
      lane's heading, before a crossing, at the picture's edge, where no way of traffic is drawn.
      Once 15 stops have been seen there, one and a half times what 90 % of them did not exceed
      and 10 s, if that is less;
    - ``min_stop_s`` once two vehicles from behind it in its lane have passed it (a quarter of
      ``longest_red_s`` and three where something out of sight may hold it), or three drive by
      as only where no signals are (22 m/s);
    - ``bus_stop_s`` at least for a bus, and one and a half times what is usual at the place and
      5 s, at most twice ``longest_red_s``, where three have stood so before.

    A head out of whose sight traffic stands, and whom nobody has overtaken while others wait
    behind it, is the head of a jam and is not told.
    """

    def __init__(self, motion: Motion, yard: Yard, patience: Patience) -> None:
        scene = motion.scene
        self._motion = motion
        self._yard = yard
        self._patience = patience
        self._roads = roads_of(scene, yard)
        self._parking = Outlines(polygons_of(scene, ZoneUse.PARKING))
        crossings = [_outline(p) for p in polygons_of(scene, ZoneUse.CROSSING)]
        outlines = np.concatenate(crossings) if crossings else np.empty((0, 2))
        self._crossings = yard.places(outlines)
        self._cases: dict[int, _Case] = {}
        self._usual = UsualStops()
        self._judged_s = -np.inf

    def is_parked(self, spots: Spots) -> _Mask:
        """(N,) True where an object is in a parking zone."""
        return np.asarray(self._parking.inside(spots.picture).any(1))

    def is_on_road(self, point: Points) -> bool:
        """Whether a (1, 2) place in the picture is in a lane or carriageway."""
        return any(bool(inside(road.polygon, point)[0]) for road in self._roads)

    def end(self, number: int, *, moved_on: bool) -> None:
        """A stop is over. moved_on: it was seen to, so that its length says what is usual."""
        case = self._cases.pop(number, None)
        if case is not None and moved_on and case.free_s >= 5.0:
            self._usual.learn(case.place, 4 * case.metre, case.free_s)

    def verdict(self, number: int) -> Verdict | None:
        """What there is to tell of a stop now; None while traffic may explain it."""
        case = self._cases.get(number)
        if case is None:
            return None
        threshold, reason = self._threshold(case)
        if case.free_s < threshold or (case.is_blind and case.followed and not case.overtaken):
            return None
        return Verdict(reason, case.free_s, threshold, case.passed)

    def judge(
        self, moment: Moment, spots: Spots, stops: Iterable[tuple[int, int, float, bool]]
    ) -> None:
        """Run the clocks. stops: (number, track, since when at rest, whether it is a bus)."""
        if ended := moment.tracks.ended.tolist():
            for case in self._cases.values():
                for kept in (case.behind, case.beside, case.rushing):
                    kept.difference_update(ended)
        step_s = min(moment.t_s - self._judged_s, 1.0)
        if step_s < _JUDGED_S:
            return
        self._judged_s = moment.t_s
        traffic = self._traffic(moment, spots)
        rows = {track: row for row, track in enumerate(moment.tracks.ids.tolist())}
        for number, track, start_s, is_bus in stops:
            stood_s = step_s
            if number not in self._cases:
                if track not in rows:
                    continue
                self._cases[number] = self._case(track, spots, rows[track])
                stood_s = moment.t_s - start_s
            self._cases[number].is_bus = is_bus
            self._advance(self._cases[number], stood_s, traffic)

    def _traffic(self, moment: Moment, spots: Spots) -> _Traffic:
        kinds = moment.tracks.class_ids
        drives = ~_IS_PERSON[kinds] & ~self.is_parked(spots)
        _, speeds = moment.going
        with np.errstate(invalid="ignore"):
            stands = drives & ~(speeds >= _CREEP_MPS)
            fast = _IS_VEHICLE[kinds] & (speeds > _FAST_MPS)
        return _Traffic(moment.tracks.ids, spots, drives, stands, fast)

    def _threshold(self, case: _Case) -> tuple[float, str]:
        own = self._patience
        number, usual_s = self._usual.near(case.place, 4 * case.metre)
        reason = "queue_gone" if case.was_held_s > 2.0 else "free_road"
        limit_s = own.min_stop_s
        if case.is_blind and own.longest_red_s > 0:
            limit_s, reason = max(own.longest_red_s, limit_s), "longer_than_usual"
            if number >= 15:
                limit_s = max(own.min_stop_s, min(limit_s, 1.5 * usual_s + 10.0))
        is_passed = case.passed >= (3 if case.is_blind else 2)
        if is_passed or case.fast >= 3:
            # Beside a queue for another signal much gets past; a red seldom lasts so long alone.
            least_s = own.longest_red_s / 4 if case.is_blind and is_passed else 0.0
            limit_s, number = max(own.min_stop_s, least_s), 0
            reason = "passed" if is_passed else "free_flow"
        if case.is_bus:
            limit_s = max(limit_s, own.bus_stop_s)
        if number >= 3:
            most_s = 2 * max(own.longest_red_s, own.bus_stop_s)
            limit_s = max(limit_s, min(1.5 * usual_s + 5.0, most_s))
        return limit_s, reason

    def _case(self, track: int, spots: Spots, row: int) -> _Case:
        place, metre = spots.places[row], float(spots.metres[row])
        case = _Case(place, self._came(track, place, metre), metre)
        self._put_on_road(case, spots.picture[row : row + 1])
        case.is_blind = self._is_blind(case)
        return case

    def _put_on_road(self, case: _Case, picture: Points) -> None:
        """Find its way: of the lane or carriageway it is in, else of one that it is about to
        enter, whose outline does not reach as far back as its queue.
        """
        for road in self._roads:
            if road.way is None:
                continue
            along, aside, units = road.way.along(case.place[None])
            upstream_m, aside_m = -along[0] / case.metre, abs(aside[0]) / case.metre
            enters = 0 < upstream_m < _UPSTREAM_M and aside_m < _HALF_LANE_M
            enters = enters and not float(case.ahead @ units[0]) < 0.7
            if inside(road.polygon, picture)[0] or enters:
                case.road, case.ahead = road, units[0]
                case.along, case.aside = float(along[0]), float(aside[0])
                return

    def _came(self, track: int, place: Points, metre: float) -> Points:
        """(2,) unit vector in which it arrived; NaN where it has not come from anywhere."""
        here = self._motion.path(track).anchors
        way = self._yard.places(here)
        with np.errstate(invalid="ignore"):
            away = np.flatnonzero(np.hypot(*(way - place).T) > 4.0 * metre)
        if not len(away):
            return np.full(2, np.nan)
        towards = place - way[away[-1]]
        return np.asarray(towards / np.hypot(*towards))

    def _is_blind(self, case: _Case) -> bool:
        """Whether something that nobody sees may hold traffic here."""
        near = (_NEAR_LINE_M if self._yard.is_calibrated else 12.0) * case.metre
        way = case.road.way if case.road is not None else None
        if way is None or abs(way.length - case.along) < near:
            return True
        to = self._crossings - case.place
        ahead, aside = to @ case.ahead, to @ np.array([-case.ahead[1], case.ahead[0]])
        if ((ahead > -4 * case.metre) & (ahead < 0.75 * near) & (abs(aside) < 0.4 * near)).any():
            return True
        seen = self._yard.picture((case.place + near * case.ahead)[None])[0]
        return not bool((seen >= 0).all() and (seen <= 1).all())

    def _advance(self, case: _Case, step_s: float, traffic: _Traffic) -> None:
        ahead, aside, inside_lane = self._relative(case, traffic)
        least = 2.5 if self._yard.is_calibrated else 1.0
        with np.errstate(invalid="ignore"):
            in_lane = (abs(aside) < _HALF_LANE_M) | inside_lane & (abs(aside) < 2 * _HALF_LANE_M)
            is_before = (ahead > least) & (ahead < _LOOK_AHEAD_M)
            is_behind = traffic.drives & (ahead < -least) & (ahead > -_LOOK_AHEAD_M)
            is_near = abs(aside) < _SIDE_M
        case.followed = bool((traffic.stands & is_behind & in_lane).any())
        if (traffic.stands & is_before & in_lane).any():
            case.was_held_s += step_s
            case.free_s = max(case.free_s - 3 * step_s, 0.0)
        else:
            case.free_s += step_s
        beside, before = is_behind & is_near, traffic.drives & is_before & is_near
        rushing = set(traffic.ids[traffic.fast & (beside | before)].tolist()) - case.rushing
        case.fast += len(rushing)
        case.rushing |= rushing
        arrived = set(traffic.ids[before & ~traffic.stands].tolist())
        case.passed += len(case.behind & arrived)
        case.overtaken += len(case.beside & arrived)
        case.behind -= arrived
        case.beside -= arrived
        case.behind.update(traffic.ids[is_behind & in_lane].tolist())
        case.beside.update(traffic.ids[beside].tolist())

    def _relative(self, case: _Case, traffic: _Traffic) -> tuple[_Metres, _Metres, _Mask]:
        """(N,) metres ahead of the case, to the right of it, and whether in its lane's outline."""
        places = traffic.spots.places
        road = case.road
        if road is None or road.way is None:
            to = (places - case.place) / case.metre
            across = np.array([-case.ahead[1], case.ahead[0]])
            return to @ case.ahead, to @ across, np.zeros(len(places), bool)
        if road.id not in traffic.on:
            along, aside, _ = road.way.along(places)
            lane = road.is_lane and len(places) > 0
            within = (
                inside(road.polygon, traffic.spots.picture) if lane else np.zeros(len(places), bool)
            )
            traffic.on[road.id] = along, aside, within
        along, aside, within = traffic.on[road.id]
        return (along - case.along) / case.metre, (aside - case.aside) / case.metre, within


def _outline(polygon: Points) -> Points:
    """(8 V, 2) places on the edges of a (V, 2) polygon."""
    shares = np.linspace(0, 1, 8, endpoint=False)[None, :, None]
    edges = polygon[:, None] * (1 - shares) + np.roll(polygon, -1, axis=0)[:, None] * shares
    return np.asarray(edges.reshape(-1, 2))
