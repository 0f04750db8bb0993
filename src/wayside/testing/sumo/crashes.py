"""Two vehicles that meet, or just do not: steered against the rules that SUMO keeps."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

import numpy as np
from shapely.geometry import LineString, Polygon

from wayside.testing.sumo.boxes import footprints
from wayside.testing.sumo.kinds import KINDS
from wayside.testing.sumo.simulation import Simulation, sumo
from wayside.testing.sumo.truth import Incident

_STANDING_S = 90.0
_CRASH_MPS2 = 9.0
_LEADER_MPS2 = 6.5
COLLISION = "traffic.collision"
NEAR_MISS = "traffic.near_miss"

Turn: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class _Pair:
    """first comes first to where they meet."""

    first: str
    second: str
    since_s: float
    met_s: float | None = None
    place: tuple[float, float] = (0.0, 0.0)


class RearEnd:
    """A vehicle brakes to a stop and the one behind it brakes too late (near miss) or not at all.

    between_m: where on the edge the first one begins to brake. ends: with a collision. every_s:
    0 for once.
    """

    def __init__(
        self,
        edge: str,
        between_m: tuple[float, float],
        start_s: float,
        *,
        ends: bool,
        seed: int,
        every_s: float = 0.0,
    ) -> None:
        chance = np.random.default_rng((seed, 11))
        self._edge, self._between_m, self._ends = edge, between_m, ends
        self._start_s = start_s + float(chance.uniform(0, 40))
        self._every_s = every_s
        self._pair: _Pair | None = None
        self._least = np.inf

    def step(self, simulation: Simulation) -> None:
        if simulation.t_s < self._start_s:
            return
        if self._pair is None:
            self._pair = self._chosen(simulation.t_s)
        elif self._ends:
            self._collide(simulation, self._pair)
        else:
            self._escape(simulation, self._pair)

    def finish(self, simulation: Simulation) -> None:
        if self._pair is not None and self._pair.met_s is not None and self._ends:
            _tell(simulation, COLLISION, self._pair, None, "rear end")

    def _chosen(self, t_s: float) -> _Pair | None:
        for leader in sumo.edge.getLastStepVehicleIDs(self._edge):
            place = sumo.vehicle.getLanePosition(leader)
            if not self._between_m[0] <= place <= self._between_m[1]:
                continue
            behind = sumo.vehicle.getFollower(leader, 60.0)
            if not behind or not behind[0] or not 6 < behind[1] < 30:
                continue
            speeds = (sumo.vehicle.getSpeed(leader), sumo.vehicle.getSpeed(behind[0]))
            if min(speeds) < 8 or sumo.vehicle.getTypeID(leader).startswith("motor"):
                continue
            for vehicle in (leader, behind[0]):
                sumo.vehicle.setSpeedMode(vehicle, 0)
                sumo.vehicle.setLaneChangeMode(vehicle, 0)
            return _Pair(leader, behind[0], t_s)
        return None

    def _collide(self, simulation: Simulation, pair: _Pair) -> None:
        if pair.met_s is None:
            brake(pair.first, 7.0, simulation.step_s)
            hold = sumo.vehicle.getSpeed(pair.second)
            sumo.vehicle.setSpeed(pair.second, hold)
            if _gap_m(pair) <= 0:
                pair.met_s, pair.place = simulation.t_s, sumo.vehicle.getPosition(pair.second)
                common = (hold + sumo.vehicle.getSpeed(pair.first)) / 2
                for vehicle in (pair.first, pair.second):
                    sumo.vehicle.setSpeed(vehicle, common)
            return
        _after(simulation, pair, self, "rear end")

    def _escape(self, simulation: Simulation, pair: _Pair) -> None:
        """Braking as late as can be: once it needs 7 m/s² to stop 1.5 m behind the other."""
        gap_m = _gap_m(pair)
        ahead, behind = (sumo.vehicle.getSpeed(v) for v in (pair.first, pair.second))
        since_s = simulation.t_s - pair.since_s
        if ahead > 2 and since_s < 6:
            brake(pair.first, _LEADER_MPS2, simulation.step_s)
        closing = behind - ahead
        room_m = gap_m - 1.5 + ahead**2 / (2 * _LEADER_MPS2)
        needed = behind**2 / (2 * max(room_m, 0.3)) if closing > 0 else 0.0
        if closing > 0 and gap_m / closing < self._least:
            self._least = gap_m / closing
            pair.met_s, pair.place = simulation.t_s, sumo.vehicle.getPosition(pair.second)
        if needed > 7.0:
            brake(pair.second, min(1.05 * needed, 9.5), simulation.step_s)
        else:
            sumo.vehicle.setSpeed(pair.second, behind)
        if since_s > 8 or (since_s > 2 and closing < -0.5):
            if self._least < 1.5 and pair.met_s is not None:
                _tell(simulation, NEAR_MISS, pair, pair.met_s + 1.0, "rear end")
            self.over(simulation)

    def over(self, simulation: Simulation) -> None:
        if self._pair is not None:
            release(self._pair.first)
            release(self._pair.second)
        self._pair, self._least = None, np.inf
        self._start_s = simulation.t_s + self._every_s if self._every_s else np.inf


class Crossing:
    """Two vehicles whose ways cross inside a junction come there at about the same time.

    ways: (edge in, edge out) of the one that comes first and of the other, for each pair that may
    be taken. pet_s: None for a collision, else the time
    between the first's leaving the place where they cross and the second's coming there.
    """

    def __init__(
        self,
        ways: tuple[tuple[Turn, Turn], ...],
        start_s: float,
        *,
        pet_s: float | None,
        seed: int,
        every_s: float = 0.0,
    ) -> None:
        chance = np.random.default_rng((seed, 13))
        self._ways = ways
        self._pet_s = None if pet_s is None else pet_s * float(chance.uniform(0.8, 1.2))
        self._start_s = start_s + float(chance.uniform(0, 40))
        self._every_s = every_s
        self._pair: _Pair | None = None

    def step(self, simulation: Simulation) -> None:
        if simulation.t_s < self._start_s:
            return
        if self._pair is None:
            self._choose(simulation)
            return
        pair = self._pair
        if pair.met_s is not None and self._pet_s is None:
            _after(simulation, pair, self, "crossing")
            return
        self._steer(simulation, pair)

    def finish(self, simulation: Simulation) -> None:
        if self._pair is not None and self._pair.met_s is not None and self._pet_s is None:
            _tell(simulation, COLLISION, self._pair, None, "crossing")

    def over(self, simulation: Simulation) -> None:
        if self._pair is not None:
            release(self._pair.first)
            release(self._pair.second)
        self._pair = None
        self._start_s = simulation.t_s + self._every_s if self._every_s else np.inf

    def _choose(self, simulation: Simulation) -> None:
        ahead = {way: self._candidates(*way) for pair in self._ways for way in pair}
        for one, other in self._ways:
            for (first, first_lane, first_m), (second, second_lane, second_m) in product(
                ahead[one], ahead[other]
            ):
                points = _crossing_m(first_lane, second_lane)
                if points is None:
                    continue
                speed = max(sumo.vehicle.getSpeed(first), 6.0)
                when_s = (first_m + points[0]) / speed
                needed = (second_m + points[1]) / (when_s + self._later_s(first, second, speed))
                now = sumo.vehicle.getSpeed(second)
                if 5 < needed < 15 and abs(needed - now) < 5 and when_s > 1.5:
                    self._take(simulation, first, second, points, speed)
                    return

    def _take(
        self,
        simulation: Simulation,
        first: str,
        second: str,
        points: tuple[float, float],
        speed: float,
    ) -> None:
        for vehicle in (first, second):
            sumo.vehicle.setSpeedMode(vehicle, 0)
            sumo.vehicle.setLaneChangeMode(vehicle, 0)
        sumo.vehicle.setSpeed(first, speed)
        self._pair = _Pair(first, second, simulation.t_s)
        # Distances from the front bumper to where the ways cross, counted down as they drive.
        self._left = {
            first: points[0] + _to_stop_m(first),
            second: points[1] + _to_stop_m(second),
        }

    def _steer(self, simulation: Simulation, pair: _Pair) -> None:
        for vehicle in self._left:
            self._left[vehicle] -= sumo.vehicle.getSpeed(vehicle) * simulation.step_s
        speed = sumo.vehicle.getSpeed(pair.first)
        first_m, second_m = self._left[pair.first], self._left[pair.second]
        when_s = first_m / max(speed, 1.0) + self._later_s(pair.first, pair.second, speed)
        if when_s > 0.3 and second_m > 0.5:
            wanted = min(max(second_m / when_s, 3.0), 16.0)
            now = sumo.vehicle.getSpeed(pair.second)
            change = 5.0 * simulation.step_s
            sumo.vehicle.setSpeed(pair.second, min(max(wanted, now - change), now + change))
        if self._pet_s is None:
            if _touch(pair.first, pair.second):
                pair.met_s, pair.place = simulation.t_s, sumo.vehicle.getPosition(pair.second)
        elif second_m <= 0:
            pair.met_s = pair.met_s or simulation.t_s
            pair.place = sumo.vehicle.getPosition(pair.second)
            _tell(simulation, NEAR_MISS, pair, simulation.t_s + 1.0, "crossing")
            self.over(simulation)
            return
        if simulation.t_s - pair.since_s > 20 and pair.met_s is None:
            self.over(simulation)
            self._start_s = simulation.t_s + 5.0  # they missed each other: others will not

    def _later_s(self, first: str, second: str, speed: float) -> float:
        """By how much the second's front is to come later than the first's."""
        if self._pet_s is None:
            return 0.6 * _body(first)[0] / max(speed, 1.0)
        clear_m = _body(first)[0] + (_body(first)[1] + _body(second)[1]) / 2
        return clear_m / max(speed, 1.0) + self._pet_s

    def _candidates(self, edge: str, out: str) -> list[tuple[str, str, float]]:
        """Vehicles first in their lane on the way: id, the junction's lane, metres to the stop."""
        found: list[tuple[str, str, float]] = []
        for vehicle in sumo.edge.getLastStepVehicleIDs(edge):
            route = sumo.vehicle.getRoute(vehicle)
            if out not in route or KINDS[_kind(vehicle)].length_m < 3:
                continue
            to_stop_m = _to_stop_m(vehicle)
            leader = sumo.vehicle.getLeader(vehicle, to_stop_m)
            if not 12 < to_stop_m < 70 or (leader and leader[1] < to_stop_m):
                continue
            lane = sumo.vehicle.getLaneID(vehicle)
            inner = [link[4] for link in sumo.lane.getLinks(lane) if link[0].startswith(out)]
            if inner and inner[0]:
                found.append((vehicle, inner[0], to_stop_m))
        return found


def brake(vehicle: str, by_mps2: float, step_s: float) -> None:
    sumo.vehicle.setSpeed(vehicle, max(sumo.vehicle.getSpeed(vehicle) - by_mps2 * step_s, 0.0))


def release(vehicle: str) -> None:
    """SUMO drives it again; nothing where it has left."""
    if vehicle in sumo.vehicle.getIDList():
        sumo.vehicle.setSpeedMode(vehicle, 31)
        sumo.vehicle.setLaneChangeMode(vehicle, 1621)
        sumo.vehicle.setSpeed(vehicle, -1)


def _after(simulation: Simulation, pair: _Pair, script: RearEnd | Crossing, detail: str) -> None:
    """Both slow down as wrecks do, stand, and are gone after a while."""
    assert pair.met_s is not None
    for vehicle in (pair.first, pair.second):
        brake(vehicle, _CRASH_MPS2, simulation.step_s)
    if simulation.t_s >= pair.met_s + _STANDING_S:
        _tell(simulation, COLLISION, pair, simulation.t_s, detail)
        for vehicle in (pair.first, pair.second):
            sumo.vehicle.remove(vehicle)
        script.over(simulation)


def _tell(
    simulation: Simulation, event: str, pair: _Pair, end_s: float | None, detail: str
) -> None:
    assert pair.met_s is not None
    objects = (pair.first, pair.second)
    simulation.incidents.append(Incident(event, pair.met_s, end_s, pair.place, objects, "", detail))


def _kind(vehicle: str) -> str:
    return str(sumo.vehicle.getTypeID(vehicle)).split("@")[0]


def _body(vehicle: str) -> tuple[float, float]:
    kind = KINDS[_kind(vehicle)]
    return kind.length_m, kind.width_m


def _gap_m(pair: _Pair) -> float:
    """Bumper to bumper in one lane."""
    first, second = (sumo.vehicle.getPosition(v) for v in (pair.first, pair.second))
    return float(np.hypot(first[0] - second[0], first[1] - second[1])) - _body(pair.first)[0]


def _to_stop_m(vehicle: str) -> float:
    lane = sumo.vehicle.getLaneID(vehicle)
    return float(sumo.lane.getLength(lane) - sumo.vehicle.getLanePosition(vehicle))


def _crossing_m(first: str, second: str) -> tuple[float, float] | None:
    """Metres along two lanes of a junction to where they cross; None where they do not."""
    ways = [LineString(sumo.lane.getShape(lane)) for lane in (first, second)]
    place = ways[0].intersection(ways[1])
    if place.geom_type != "Point":
        return None
    return float(ways[0].project(place)), float(ways[1].project(place))


def _touch(first: str, second: str) -> bool:
    return bool(_footprint(first).intersects(_footprint(second)))


def _footprint(vehicle: str) -> Polygon:
    length, width = _body(vehicle)
    heading = np.radians(90 - sumo.vehicle.getAngle(vehicle))
    back = np.array([np.cos(heading), np.sin(heading)]) * length / 2
    centre = np.array(sumo.vehicle.getPosition(vehicle)) - back
    return footprints(
        centre[None].astype(np.float32),
        np.array([heading], np.float32),
        np.array([[length, width, 1.0]], np.float32),
    )[0]
