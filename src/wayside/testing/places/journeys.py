"""Ways over the ground as journeys that repeat, and the choice of those that never collide."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points
from wayside.testing.town.agents import FRONT_AXLE, REAR_AXLE, Kind, Size, Traveller
from wayside.testing.town.arrivals import SIZES
from wayside.testing.town.paths import Path, rounded

STEP_S = 0.08
CHECK_S = 0.24
"""How often two journeys are compared when it is asked whether they collide."""
ON_FOOT = frozenset({Kind.PERSON})


@dataclass(frozen=True, slots=True)
class Leg:
    """One stretch of a journey.

    path: where the front goes. reverse: driven backwards, from the path's end to
    its start. cruise_mps: the speed that is kept in between; start_mps and
    end_mps at its ends. rest_s: how long the traveller stands still afterwards.
    """

    path: Path
    cruise_mps: float
    start_mps: float
    end_mps: float
    rest_s: float = 0.0
    reverse: bool = False
    accel: float = 1.6


def way(*corners: tuple[float, float], passes: int = 3) -> Path:
    """A path through corners, which are rounded off."""
    points = np.array(corners, np.float64)
    return Path.through(rounded(points, passes) if len(points) > 2 else points)


def size_of(kind: Kind, random: np.random.Generator) -> Size:
    """Any size that is usual for the kind."""
    low, high = SIZES[kind]
    share = float(random.random())
    return Size(
        low.length + share * (high.length - low.length),
        low.width + share * (high.width - low.width),
        low.height + share * (high.height - low.height),
    )


def look_of(random: np.random.Generator) -> int:
    return int(random.integers(1 << 30))


def steady(
    kind: Kind, path: Path, start_s: float, speed_mps: float, random: np.random.Generator
) -> Traveller:
    """A journey along the whole path at one speed."""
    leg = Leg(path, speed_mps, speed_mps, speed_mps)
    return journey(kind, size_of(kind, random), look_of(random), start_s, (leg,))


def journey(
    kind: Kind, size: Size, look: int, start_s: float, legs: Sequence[Leg], track: int = 0
) -> Traveller:
    """A journey over ``legs``, one after the other."""
    times: list[NDArray[np.floating]] = []
    rows: list[NDArray[np.float64]] = []
    now, travelled = start_s, 0.0
    for leg in legs:
        at, speed = _progress(leg)
        xy, heading = _stance(kind, size, leg, at)
        times.append(now + np.arange(len(at)) * STEP_S)
        rows.append(np.column_stack([xy, heading, speed, travelled + at]))
        now = float(times[-1][-1]) + STEP_S
        travelled += float(at[-1])
    states = np.concatenate(rows)
    states[:, 2] = np.unwrap(states[:, 2])
    return Traveller(track, kind, size, look, np.concatenate(times), states)


def _progress(leg: Leg) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Metres come along the leg and speed, every STEP_S."""
    at, speed = 0.0, leg.start_mps
    places, speeds = [at], [speed]
    while at < leg.path.length - 0.005:
        left = leg.path.length - at
        brake = math.sqrt(leg.end_mps**2 + 2 * leg.accel * left)
        top = min(leg.cruise_mps, brake, speed + leg.accel * STEP_S)
        speed = max(top, speed - 2 * leg.accel * STEP_S, 0.12)
        at = min(at + speed * STEP_S, leg.path.length)
        places.append(at)
        speeds.append(speed)
    rest = round(leg.rest_s / STEP_S)
    return (
        np.concatenate([places, np.full(rest, places[-1])]),
        np.concatenate([speeds, np.zeros(rest)]),
    )


def _stance(
    kind: Kind, size: Size, leg: Leg, at: NDArray[np.float64]
) -> tuple[Points, NDArray[np.float64]]:
    """The footprint's centre and the heading after ``at`` metres of the leg."""
    front = leg.path.length - at if leg.reverse else at
    if kind in ON_FOOT:
        ahead, behind, centre = front + 0.3, front - 0.3, leg.path.at(front)
    else:
        ahead, behind = front - FRONT_AXLE * size.length, front - REAR_AXLE * size.length
        centre = (leg.path.at(ahead) + leg.path.at(behind)) / 2
    along = leg.path.at(ahead) - leg.path.at(behind)
    return centre, np.arctan2(along[:, 1], along[:, 0])


class Crowd:
    """Collects journeys that keep clear of one another, all times modulo the period."""

    def __init__(self, period_s: float) -> None:
        self._period_s = period_s
        self._slots = round(period_s / CHECK_S)
        self._spots = np.empty((0, self._slots, 2))
        self._reach = np.empty(0)
        self._taken: list[Traveller] = []

    def offer(self, one: Traveller, clearance_m: float = 0.35, headway_s: float = 0.7) -> bool:
        """Take the journey unless it would come too close to one taken before.

        headway_s: how many seconds of its own way a vehicle keeps free ahead.
        Raises ValueError for a journey that outlasts the period: it would meet itself.
        """
        if one.t_s[-1] - one.t_s[0] > self._period_s or not 0 <= one.t_s[0] < self._period_s:
            raise ValueError("a journey must begin in the period and be over within one")
        spots, reach = self._room(one, headway_s)
        if len(self._spots):
            apart = np.hypot(*np.moveaxis(self._spots[:, None] - spots[None], -1, 0))
            least = self._reach[:, None, None] + reach[None, :, None] + clearance_m
            if (apart < least).any():  # NaN, not there, is less than nothing
                return False
        self._spots = np.concatenate([self._spots, spots])
        self._reach = np.concatenate([self._reach, np.full(len(spots), reach[0])])
        self._taken.append(one)
        return True

    def keep_clear(self, x_m: float, y_m: float) -> None:
        """Nobody comes near this place: somebody stands there all the time."""
        self._spots = np.concatenate([self._spots, np.full((1, self._slots, 2), (x_m, y_m))])
        self._reach = np.append(self._reach, 0.3)

    def _room(
        self, one: Traveller, headway_s: float
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(D, slots, 2) centres of discs that cover the journey's room, and their radii."""
        slots = np.full((self._slots, 5), np.nan)
        index = np.arange(math.ceil(one.t_s[0] / CHECK_S), math.floor(one.t_s[-1] / CHECK_S) + 1)
        index = index[: self._slots]
        slots[index % self._slots] = one.poses(index * CHECK_S)
        if one.kind in ON_FOOT:
            return slots[None, :, :2], np.array([0.3])
        radius = one.size.width / 2 + 0.15
        half = one.size.length / 2
        parts = max(2, math.ceil(2 * half / radius / 1.6)) + 1
        shares = np.linspace(-1.0, 1.0, parts)
        ahead = [half * share + 0.0 * slots[:, 3] for share in shares]
        room = headway_s * slots[:, 3]
        ahead += [half + room * share for share in (0.25, 0.5, 0.75, 1.0)]
        heading = np.stack([np.cos(slots[:, 2]), np.sin(slots[:, 2])], axis=1)
        spots = np.stack([slots[:, :2] + step[:, None] * heading for step in ahead])
        return spots, np.full(len(spots), radius)

    def fill(
        self,
        count: int,
        propose: Callable[[], Traveller],
        tries: int = 40,
        clearance_m: float = 0.35,
        headway_s: float = 0.7,
    ) -> None:
        """Take up to ``count`` proposals, each replaced by another one when it does not fit."""
        for _ in range(count):
            for _ in range(tries):
                if self.offer(propose(), clearance_m, headway_s):
                    break

    def travellers(self) -> tuple[Traveller, ...]:
        """Everybody, numbered."""
        return tuple(
            Traveller(track, one.kind, one.size, one.look, one.t_s, one.states)
            for track, one in enumerate(self._taken)
        )
