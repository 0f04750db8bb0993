"""A car park: cars come in, stop in a bay for a while, back out and leave."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from wayside.domain.media import Picture
from wayside.testing.places.furniture import IRON, box
from wayside.testing.places.journeys import Crowd, Leg, journey, look_of, size_of, steady, way
from wayside.testing.places.place import Ground, Place, StoppedRule
from wayside.testing.places.surfaces import ASPHALT, GRASS, KERBSTONE, PAVING, WHITE, Surface, bar
from wayside.testing.places.traffic import sheet_of
from wayside.testing.town.agents import Kind, Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.ground import Sheet
from wayside.testing.town.scenario import Sky
from wayside.testing.town.scenery import Post, Thing, Tree

PERIOD_S = 84.0
CAMERA = Camera(0.0, -9.0, 33.0, 90.0, 74.0, 62.0)
BAY_M = 2.7
AISLE_M = 3.2
"""Half the width of the aisle."""
DEPTH_M = 5.2
BAYS = tuple(-12.15 + BAY_M * i for i in range(10))
COMING = {(2, 1): 2.0, (6, 1): 14.0, (4, -1): 26.0, (8, 1): 40.0, (1, -1): 52.0, (7, -1): 66.0}
"""When somebody heads for a bay: (index, +1 the northern row or -1 the southern)."""
EMPTY = {(0, 1), (9, -1), (5, -1)}
ENTRY_X = -40.0


def _pave(sheet: Sheet) -> Picture:
    ground = Surface(sheet, 51)
    ground.everywhere(GRASS, (3, 9.0), (30, 9.0))
    ground.rect(-60, -AISLE_M - DEPTH_M - 0.4, 15.4, AISLE_M + DEPTH_M + 0.4, KERBSTONE)
    ground.rect(-60, -AISLE_M - DEPTH_M, 15.1, AISLE_M + DEPTH_M, ASPHALT, rough=4.5)
    ground.repairs(-20, -8, 14, 8, 12)
    for y in (-1.6, 1.6):
        ground.wear(-60, y - 0.9, 12, y + 0.9, 8.0)
    ground.slabs(-60, AISLE_M + DEPTH_M + 0.4, 60, AISLE_M + DEPTH_M + 2.8, PAVING)
    marks = []
    for side in (1, -1):
        near, far = sorted((side * AISLE_M, side * (AISLE_M + DEPTH_M)))
        marks += [
            bar(x - 0.06, near, x + 0.06, far)
            for x in (BAYS[0] - BAY_M / 2 + BAY_M * i for i in range(11))
        ]
    for y, tip in ((-1.6, 1), (1.6, -1)):
        marks.append(bar(-17.4, y - 0.12, -15.4, y + 0.12))
        x = -15.4 if tip > 0 else -17.4
        marks.append([(x, y - 0.5), (x + tip * 1.2, y), (x, y + 0.5)])
    ground.paint(marks, WHITE)
    return ground.picture()


def _things() -> tuple[Thing, ...]:
    edge = AISLE_M + DEPTH_M
    trees = [Tree(x, -edge - 2.2, 3.4, 1.7, 60 + i) for i, x in enumerate((-14.0, -4.0, 7.0))]
    trees += [Tree(x, edge + 5.0, 3.6, 2.0, 70 + i) for i, x in enumerate((-16, -8, 0, 9, 17))]
    trees.append(Tree(19.0, -3.0, 3.8, 2.2, 80))
    posts = [Post(15.6, 0.0, 7.0, 0.09, 1.8, -1.0, 0.0)]
    machine = box(-14.6, edge + 0.5, -14.0, edge + 1.0, 1.7, (150.0, 110.0, 60.0))
    hut = box(16.6, 4.0, 19.6, 8.0, 2.8, (150.0, 160.0, 172.0))
    bollards = [box(x - 0.1, edge + 0.35, x + 0.1, edge + 0.55, 0.9, IRON) for x in (-10.0, 10.0)]
    return (*trees, *posts, machine, hut, *bollards)


def _bay_end(side: int) -> float:
    return side * (AISLE_M + DEPTH_M - 0.35)


def _visit(bay: int, side: int, start_s: float, random: np.random.Generator) -> Traveller:
    """In by the southern lane, out by the northern one."""
    x, end = BAYS[bay], _bay_end(side)
    half = side * 2.4
    inward = way(
        (ENTRY_X, -1.6),
        (x - 5.2, -1.6),
        (x - 0.5, -1.2 if side < 0 else -0.4),
        (x, half + side),
        (x, end),
    )
    back = way(
        (x + 10.5, 1.6),
        (x + 4.6, 1.6),
        (x + 0.5, 1.2 if side > 0 else 0.4),
        (x, half + side),
        (x, end),
    )
    # Backing ends where the whole car stands in the lane again.
    out = way((x + 10.5 - 1.5, 1.6), (ENTRY_X, 1.6))
    backed = way(*[(float(a), float(b)) for a, b in back.xy[6:]], passes=0)
    stay = float(random.uniform(17.0, 24.0))
    legs = [
        Leg(inward, 4.6, 4.6, 0.15, stay, accel=1.1),
        Leg(backed, 2.2, 0.15, 0.15, 0.8, reverse=True, accel=0.9),
        Leg(out, 5.0, 0.15, 5.0, accel=1.3),
    ]
    kind = Kind.CAR if random.random() < 0.85 else Kind.VAN
    return journey(kind, size_of(kind, random), look_of(random), start_s, legs)


def _travel() -> tuple[Traveller, ...]:
    random = np.random.default_rng(52)
    crowd = Crowd(PERIOD_S)
    for (bay, side), start in COMING.items():
        for delay in np.arange(0.0, 10.0, 1.0):
            visit = _visit(bay, side, (start + delay) % PERIOD_S, random)
            if crowd.offer(visit, 0.2, 0.5):
                break

    def passer() -> Traveller:
        y = AISLE_M + DEPTH_M + float(random.uniform(1.0, 2.4))
        ends = (-28.0, 28.0) if y < AISLE_M + DEPTH_M + 1.7 else (28.0, -28.0)
        speed, start = float(random.uniform(1.15, 1.5)), float(random.uniform(0, PERIOD_S))
        return steady(Kind.PERSON, way((ends[0], y), (ends[1], y)), start, speed, random)

    crowd.fill(7, passer, clearance_m=0.7)
    return crowd.travellers()


def _parked() -> tuple[tuple[Traveller, NDArray[np.float64]], ...]:
    random = np.random.default_rng(53)
    found = []
    for side in (1, -1):
        for bay, x in enumerate(BAYS):
            if (bay, side) in COMING or (bay, side) in EMPTY:
                continue
            kind = Kind.CAR if random.random() < 0.85 else Kind.VAN
            size = size_of(kind, random)
            heading = side * math.pi / 2 * (1 if random.random() < 0.7 else -1)
            middle = _bay_end(side) - side * size.length / 2
            pose = np.array([x + random.uniform(-0.12, 0.12), middle, heading, 0.0, 0.0])
            still = np.stack([pose, pose])
            found.append(
                (Traveller(0, kind, size, look_of(random), np.array([0.0, 1.0]), still), pose)
            )
    return tuple(found)


def car_park() -> Place:
    """See the module."""
    inner = AISLE_M + DEPTH_M
    return Place(
        "car-park",
        "Car park",
        CAMERA,
        Ground(
            lines={
                "gate": ((-14.5, -3.6), (-14.5, 3.6)),
                "footway": ((4.0, inner + 0.5), (4.0, inner + 2.8)),
            },
            zones={
                "north-bays": ((-13.4, AISLE_M), (13.4, AISLE_M), (13.4, inner), (-13.4, inner)),
                "south-bays": (
                    (-13.4, -inner),
                    (13.4, -inner),
                    (13.4, -AISLE_M),
                    (-13.4, -AISLE_M),
                ),
            },
            control=((-13.5, -8.4), (13.5, -8.4), (13.5, 8.4), (-13.5, 8.4), (0.0, 3.2)),
        ),
        sheet_of(CAMERA, 22),
        _pave,
        _things(),
        _travel,
        PERIOD_S,
        sky=replace(Sky(), sun_azimuth_deg=-50.0, sun_elevation_deg=58.0, cloud_swing=0.2),
        seed=54,
        parked=_parked(),
        rules=(StoppedRule("north-bays", 10.0), StoppedRule("south-bays", 10.0)),
    )
