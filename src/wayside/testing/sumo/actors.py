"""What SUMO has no rules for: moved along a way by hand, seen by the camera as all the rest."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from wayside.domain.scene import XY
from wayside.testing.sumo.lanes import along, beside
from wayside.testing.sumo.simulation import Seen, Simulation, sumo
from wayside.testing.sumo.truth import Incident

_CLEARED_S = 25.0
"""A lane is closed so long before somebody comes the wrong way or walks in it."""


@dataclass(slots=True)
class Way:
    """A polyline walked with a speed that may change. distance_m: how far along it is."""

    points: Sequence[XY]
    distance_m: float = 0.0
    _lengths: list[float] = field(init=False)

    def __post_init__(self) -> None:
        steps = [math.dist(a, b) for a, b in zip(self.points, self.points[1:], strict=False)]
        self._lengths = np.concatenate([[0.0], np.cumsum(steps)]).tolist()

    @property
    def length_m(self) -> float:
        return self._lengths[-1]

    def now(self) -> tuple[XY, float]:
        """Place and heading."""
        ways = self._lengths
        leg = max(int(np.searchsorted(ways, self.distance_m, side="right")) - 1, 0)
        leg = min(leg, len(ways) - 2)
        (ax, ay), (bx, by) = self.points[leg], self.points[leg + 1]
        share = (self.distance_m - ways[leg]) / max(ways[leg + 1] - ways[leg], 1e-9)
        place = (ax + share * (bx - ax), ay + share * (by - ay))
        return place, math.atan2(by - ay, bx - ax)


class Stray:
    """Somebody or something on a lane that is kept free of traffic.

    event: what it must be told as. kind: see kinds.NAMES. way: gives the points once the
    simulation runs. speed_mps, brake_mps2: it begins so fast and slows down to rest where
    brake_mps2 is more than 0. lanes: closed from 25 s before until it is gone. stays_s: how long
    it rests at the end of its way.
    """

    def __init__(
        self,
        *,
        event: str,
        kind: str,
        way: Callable[[np.random.Generator], list[XY]],
        speed_mps: float,
        start_s: float,
        seed: int,
        lanes: tuple[str, ...] = (),
        brake_mps2: float = 0.0,
        stays_s: float = 0.0,
        zone: str = "",
        every_s: float = 0.0,
        free: Callable[[], bool] | None = None,
    ) -> None:
        self._chance = np.random.default_rng((seed, len(event), int(start_s)))
        self._event, self._kind, self._make_way = event, kind, way
        self._first_mps, self._brake_mps2 = speed_mps, brake_mps2
        self._start_s = start_s + float(self._chance.uniform(0, 60))
        self._lanes, self._stays_s, self._zone = lanes, stays_s, zone
        self._every_s, self._free = every_s, free
        self._number = 0
        self._way: Way | None = None
        self._began_s = 0.0
        self._rested_s: float | None = None
        self._speed_mps = 0.0
        self._closed = False

    def step(self, simulation: Simulation) -> None:
        if self._way is None:
            self._await(simulation)
        if self._way is not None:
            self._move(simulation, self._way)

    def finish(self, simulation: Simulation) -> None:
        if self._way is not None:
            self._tell(simulation, None)

    def _await(self, simulation: Simulation) -> None:
        t_s = simulation.t_s
        if self._start_s > t_s >= self._start_s - _CLEARED_S and self._lanes and not self._closed:
            self._close(closed=True)
        if not self._start_s <= t_s or (self._number and not self._every_s):
            return
        if self._free is not None and not self._free():
            return
        self._number += 1
        self._way = Way(self._make_way(self._chance))
        self._first_place = self._way.points[0]
        self._began_s, self._rested_s, self._speed_mps = t_s, None, self._first_mps

    def _move(self, simulation: Simulation, way: Way) -> None:
        name = self._name()
        step_s = simulation.step_s
        slower = max(self._speed_mps - self._brake_mps2 * step_s, 0.0)
        change = (slower - self._speed_mps) / step_s
        self._speed_mps = slower
        way.distance_m = min(way.distance_m + self._speed_mps * step_s, way.length_m)
        place, heading = way.now()
        arrived = way.distance_m >= way.length_m or self._speed_mps == 0
        if arrived and self._rested_s is None:
            self._rested_s = simulation.t_s
        if self._rested_s is not None and simulation.t_s >= self._rested_s + self._stays_s:
            simulation.actors.pop(name, None)
            self._tell(simulation, simulation.t_s)
            self._way = None
            self._close(closed=False)
            self._start_s = simulation.t_s + self._every_s
            return
        speed = 0.0 if arrived else self._speed_mps
        simulation.actors[name] = Seen(name, self._kind, place, heading, speed, change)

    def _tell(self, simulation: Simulation, end_s: float | None) -> None:
        simulation.incidents.append(
            Incident(
                self._event,
                self._began_s,
                end_s,
                self._first_place,
                (self._name(),),
                self._zone,
                self._kind,
            )
        )

    def _name(self) -> str:
        return f"stray-{self._kind}-{self._event.split('.')[-1]}-{self._number}"

    def _close(self, *, closed: bool) -> None:
        """Nobody may drive in the lanes; whoever is there leaves them."""
        if closed == self._closed:
            return
        self._closed = closed
        for lane in self._lanes:
            if closed:
                sumo.lane.setDisallowed(lane, ["all"])
            else:
                sumo.lane.setDisallowed(lane, ["pedestrian"])


def lane_way(
    lane: str, from_m: float, to_m: float, spread_m: float = 0.4
) -> Callable[[np.random.Generator], list[XY]]:
    """Along a lane, somewhat beside its middle."""

    def way(chance: np.random.Generator) -> list[XY]:
        return along(lane, from_m, to_m, float(chance.uniform(-spread_m, spread_m)))

    return way


def over_way(
    lane: str, between_m: tuple[float, float], from_left_m: float, to_left_m: float
) -> Callable[[np.random.Generator], list[XY]]:
    """Across the road, from so far left of a lane's middle to so far left."""

    def way(chance: np.random.Generator) -> list[XY]:
        at = float(chance.uniform(*between_m))
        return [beside(lane, at, from_left_m), beside(lane, at + 1.0, to_left_m)]

    return way


def no_traffic(edges: Sequence[tuple[str, float, float]]) -> Callable[[], bool]:
    """Whether no vehicle is on any of the edges between the two places."""

    def free() -> bool:
        for edge, from_m, to_m in edges:
            for vehicle in sumo.edge.getLastStepVehicleIDs(edge):
                if from_m <= sumo.vehicle.getLanePosition(vehicle) <= to_m:
                    return False
        return True

    return free
