"""Who moves: kinds, the state of one road user while it is simulated, and its finished journey."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.geometry import Points
from wayside.testing.town.layout import Route, Turn, Walk
from wayside.testing.town.paths import Path


class Kind(StrEnum):
    """A model of shapes.py. A van counts as a car, a lorry as a truck, a load as nothing known."""

    CAR = "car"
    VAN = "van"
    LORRY = "lorry"
    BUS = "bus"
    CYCLIST = "cyclist"
    PERSON = "person"
    LOAD = "load"

    @property
    def object_class(self) -> ObjectClass:
        return _CLASSES[self]


_CLASSES = {
    Kind.CAR: ObjectClass.CAR,
    Kind.VAN: ObjectClass.CAR,
    Kind.LORRY: ObjectClass.TRUCK,
    Kind.BUS: ObjectClass.BUS,
    Kind.CYCLIST: ObjectClass.BICYCLE,
    Kind.PERSON: ObjectClass.PERSON,
    Kind.LOAD: ObjectClass.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Size:
    """Outer measures in metres."""

    length: float
    width: float
    height: float


@dataclass(slots=True, eq=False)
class Driver:
    """A vehicle or a cyclist on its way. front_m: arc length of its front bumper.

    running: it met amber too late to stop. committed: it has decided to turn
    through those it would otherwise let pass, and will not stop any more.
    """

    kind: Kind
    size: Size
    route: Route
    desired_mps: float
    look: int
    speed_mps: float
    front_m: float = 0.0
    running: bool = False
    committed: bool = False
    log: list[tuple[float, float, float]] = field(default_factory=list)

    @property
    def rear_m(self) -> float:
        return self.front_m - self.size.length

    @property
    def path(self) -> Path:
        return self.route.path

    @property
    def is_inside(self) -> bool:
        """Past its stop line."""
        return self.front_m > self.route.s_stop

    @property
    def rank(self) -> int:
        """The lower passes first. People are 0."""
        order = {Turn.STRAIGHT: 2, Turn.RIGHT: 3, Turn.LEFT: 4}
        return order[self.route.turn] - (1 if self.route.is_cycle else 0)


@dataclass(slots=True, eq=False)
class Walker:
    """A person on its way. at_m: arc length. next_kerb: index of the next place to wait."""

    kind: Kind
    size: Size
    walk: Walk
    desired_mps: float
    look: int
    speed_mps: float
    at_m: float = 0.0
    next_kerb: int = 0
    log: list[tuple[float, float, float]] = field(default_factory=list)

    @property
    def path(self) -> Path:
        return self.walk.path


@dataclass(frozen=True, slots=True, eq=False)
class Traveller:
    """One finished (or still running) journey.

    track: index from 0 in order of appearance. t_s: (K,) seconds of the
    scenario. states: (K, 5) x and y of the footprint's centre in metres, heading
    in radians (continuous), speed in m/s, metres travelled.
    """

    track: int
    kind: Kind
    size: Size
    look: int
    t_s: NDArray[np.float64]
    states: NDArray[np.float64]

    @property
    def xy(self) -> Points:
        return self.states[:, :2]

    @property
    def heading(self) -> NDArray[np.float64]:
        return self.states[:, 2]

    @property
    def speed_mps(self) -> NDArray[np.float64]:
        return self.states[:, 3]

    @property
    def travelled_m(self) -> NDArray[np.float64]:
        return self.states[:, 4]

    def poses(self, t_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """(N, 5) states at times within the journey, interpolated."""
        before = np.clip(np.searchsorted(self.t_s, t_s) - 1, 0, len(self.t_s) - 2)
        start = self.t_s[before]
        share = ((t_s - start) / (self.t_s[before + 1] - start))[:, None]
        return self.states[before] * (1 - share) + self.states[before + 1] * share


# Where the axles sit, as shares of the length from the front. A body that hangs
# on two axles which both follow the path turns as real ones do.
FRONT_AXLE, REAR_AXLE = 0.2, 0.8


def driven(track: int, driver: Driver) -> Traveller:
    """The journey of a driver, from its log of (t_s, front_m, speed)."""
    t_s, front, speed = np.array(driver.log).T
    length = driver.size.length
    ahead = driver.path.at(front - FRONT_AXLE * length)
    behind = driver.path.at(front - REAR_AXLE * length)
    heading = np.unwrap(np.arctan2(*(ahead - behind).T[::-1]))
    states = np.column_stack([(ahead + behind) / 2, heading, speed, front])
    return Traveller(track, driver.kind, driver.size, driver.look, t_s, states)


def walked(track: int, walker: Walker) -> Traveller:
    """The journey of a walker, from its log of (t_s, at_m, speed)."""
    t_s, at, speed = np.array(walker.log).T
    ahead, behind = walker.path.at(at + 0.3), walker.path.at(at - 0.3)
    heading = np.unwrap(np.arctan2(*(ahead - behind).T[::-1]))
    states = np.column_stack([walker.path.at(at), heading, speed, at])
    return Traveller(track, walker.kind, walker.size, walker.look, t_s, states)


def travel_time_s(distance_m: float, speed_mps: float, top_mps: float, accel: float) -> float:
    """Seconds for ``distance_m`` when accelerating to ``top_mps`` and keeping it; 0 if passed."""
    if distance_m <= 0:
        return 0.0
    top = max(top_mps, speed_mps, 0.1)
    ramp = (top**2 - speed_mps**2) / (2 * accel)
    if distance_m <= ramp:
        return (math.sqrt(speed_mps**2 + 2 * accel * distance_m) - speed_mps) / accel
    return (top - speed_mps) / accel + (distance_m - ramp) / top
