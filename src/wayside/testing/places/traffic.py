"""Lanes and pavements along x, shared by all places with a street."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wayside.testing.places.journeys import Crowd, steady, way
from wayside.testing.places.surfaces import KERBSTONE, PAVING, Surface, Tone
from wayside.testing.town.agents import Kind, Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.ground import Sheet

EAST, WEST = True, False
"""Values of Lane.eastbound."""
CORNERS = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])


CARS = (Kind.CAR, Kind.CAR, Kind.CAR, Kind.VAN)
MIXED = (Kind.CAR, Kind.CAR, Kind.CAR, Kind.VAN, Kind.LORRY, Kind.BUS)


@dataclass(frozen=True, slots=True)
class Lane:
    """One way along x. y_m: its middle. speeds: least and greatest, m/s.

    kinds: to be chosen from with equal chances. count: journeys in one period.
    spread_m: how far from the middle one may keep.
    """

    y_m: float
    eastbound: bool
    kinds: tuple[Kind, ...]
    speeds: tuple[float, float]
    count: int
    spread_m: float = 0.15


def sheet_of(camera: Camera, scale_px: int, margin_m: float = 2.0) -> Sheet:
    """A ground picture as large as what the camera sees."""
    seen = camera.image_to_ground(CORNERS)
    (west, south), (east, north) = seen.min(0) - margin_m, seen.max(0) + margin_m
    size = float(east - west), float(north - south)
    return Sheet(float(west), float(north), *size, scale_px)


def road(ground: Surface, half: float, walk: float, tone: Tone) -> None:
    """A carriageway with kerbs, and pavements beside it."""
    ground.slabs(-90, -half - walk, 90, half + walk, PAVING)
    ground.rect(-90, -half - 0.22, 90, half + 0.22, KERBSTONE)
    ground.rect(-90, -half, 90, half, tone, rough=4.5)
    ground.repairs(-30, -half, 30, half, 14)


def drive(
    crowd: Crowd,
    lanes: Sequence[Lane],
    reach_m: float,
    period_s: float,
    random: np.random.Generator,
    headway_s: float = 0.7,
) -> None:
    """Fill the lanes; all ways lead from -reach_m to reach_m or back."""
    for lane in lanes:

        def propose(lane: Lane = lane) -> Traveller:
            kind = lane.kinds[int(random.integers(len(lane.kinds)))]
            y = lane.y_m + float(random.uniform(-lane.spread_m, lane.spread_m))
            ends = (-reach_m, reach_m) if lane.eastbound else (reach_m, -reach_m)
            speed = float(random.uniform(*lane.speeds))
            start = float(random.uniform(0, period_s))
            return steady(kind, way((ends[0], y), (ends[1], y)), start, speed, random)

        crowd.fill(lane.count, propose, headway_s=headway_s)


def stroll(
    crowd: Crowd,
    strips: Sequence[tuple[float, float]],
    reach_m: float,
    count: int,
    period_s: float,
    random: np.random.Generator,
) -> None:
    """People on foot along x. strips: from and to in y of each pavement.

    Those eastbound keep to its southern half, the others to its northern one.
    """

    def propose() -> Traveller:
        low, high = strips[int(random.integers(len(strips)))]
        middle = (low + high) / 2
        eastbound = bool(random.random() < 0.5)
        y = float(
            random.uniform(low, middle - 0.2) if eastbound else random.uniform(middle + 0.2, high)
        )
        ends = (-reach_m, reach_m) if eastbound else (reach_m, -reach_m)
        speed = float(random.uniform(1.15, 1.6))
        start = float(random.uniform(0, period_s))
        return steady(Kind.PERSON, way((ends[0], y), (ends[1], y)), start, speed, random)

    crowd.fill(count, propose, clearance_m=0.7)
