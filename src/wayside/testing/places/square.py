"""A square with a fountain: people cross it, some stop and look."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from wayside.domain.media import Picture
from wayside.testing.places.furniture import bench, planter
from wayside.testing.places.journeys import Crowd, Leg, journey, look_of, size_of, way
from wayside.testing.places.place import Ground, Place
from wayside.testing.places.surfaces import GRASS, KERBSTONE, WARM_PAVING, WATER, Surface
from wayside.testing.places.traffic import sheet_of
from wayside.testing.town.agents import Kind, Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.ground import Sheet
from wayside.testing.town.scenario import Sky
from wayside.testing.town.scenery import Building, Panel, Panels, Thing, Tree

STANDING = (
    (-8.2, -4.0, 0.4),
    (-7.5, -3.8, 3.4),
    (3.4, -2.6, 2.0),
    (8.2, 3.4, -0.5),
    (8.9, 3.0, 2.6),
    (8.3, 2.6, 1.2),
)
"""Who stands about and talks: x, y, heading."""
PERIOD_S = 72.0
CAMERA = Camera(0.0, -15.5, 24.0, 90.0, 60.0, 60.0)
FOUNTAIN = (0.0, 1.0)
BASIN_M = 2.6
GATES = {"west": (-26.0, -1.0), "east": (26.0, 0.5), "north": (5.0, 27.0), "south": (-3.0, -23.0)}


def _pave(sheet: Sheet) -> Picture:
    ground = Surface(sheet, 31)
    ground.everywhere(WARM_PAVING, (3, 3.0), (40, 4.0))
    ground.slabs(-60, -40, 60, 60, WARM_PAVING, 1.2, 11.0)
    for x in (-11.0, 11.0):
        ground.rect(x - 0.4, -40, x + 0.4, 60, (120.0, 138.0, 156.0), 0.7)
    for y in (-7.0, 9.0):
        ground.rect(-60, y - 0.4, 60, y + 0.4, (120.0, 138.0, 156.0), 0.7)
    ground.disc(*FOUNTAIN, 4.6, (128.0, 144.0, 158.0), 3.0)
    ground.disc(*FOUNTAIN, BASIN_M + 0.35, KERBSTONE, 3.0)
    ground.disc(*FOUNTAIN, BASIN_M, WATER, 5.0)
    for x0, x1 in ((-20.0, -13.0), (13.5, 20.5)):
        ground.rect(x0, 3.0, x1, 6.6, KERBSTONE)
        ground.rect(x0 + 0.25, 3.25, x1 - 0.25, 6.35, GRASS, rough=9.0)
    return ground.picture()


def _fountain() -> Panels:
    x, y = FOUNTAIN
    panels = []
    for top, radius in ((0.5, 0.9), (1.7, 0.45)):
        turns = np.linspace(0, 2 * math.pi, 13)
        for a, b in pairwise(turns):
            pa = (x + radius * math.cos(a), y + radius * math.sin(a))
            pb = (x + radius * math.cos(b), y + radius * math.sin(b))
            if math.sin((a + b) / 2) < 0.3:
                panels.append(
                    Panel(
                        np.array([(*pa, 0), (*pb, 0), (*pb, top), (*pa, top)]),
                        (160.0, 164.0, 166.0),
                        0.35,
                    )
                )
        lid = np.array([(x + radius * math.cos(t), y + radius * math.sin(t), top) for t in turns])
        panels.append(Panel(lid, (178.0, 182.0, 184.0), 0.9))
    shadow = np.array(
        [(x + dx, y + dy, z) for dx in (-0.5, 0.5) for dy in (-0.5, 0.5) for z in (0.0, 1.7)]
    )
    return Panels(x, y, tuple(panels), shadow)


def _things() -> tuple[Thing, ...]:
    trees = [Tree(x, 4.8, 3.4, 1.7, 50 + i) for i, x in enumerate((-18.3, -14.8, 15.2, 18.8))]
    tubs = [piece for x in (-7.0, 8.0) for piece in planter(x, 13.5, 0.8)]
    seats = [bench(-16.5, 2.3), bench(17.0, 2.3), bench(-5.0, 5.2), bench(5.0, 5.2)]
    houses = [
        Building(-30.0, 17.0, 0.5, 34.0, 8.5, (116, 140, 176)),
        Building(10.0, 17.0, 34.0, 34.0, 8.5, (158, 172, 186)),
    ]
    return (*trees, *tubs, *seats, *houses, _fountain())


def _corner(name: str, random: np.random.Generator) -> tuple[float, float]:
    x, y = GATES[name]
    spread = float(random.uniform(-2.6, 2.6))
    return (x + spread, y) if name in {"north", "south"} else (x, y + 1.5 * spread)


def _around(
    a: tuple[float, float], b: tuple[float, float], random: np.random.Generator
) -> tuple[float, float]:
    """A place between two gates that leaves the fountain aside."""
    middle = np.array([(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]) - FOUNTAIN
    angle = math.atan2(middle[1], middle[0]) + float(random.uniform(-0.6, 0.6))
    radius = float(random.uniform(4.4, 7.0))
    return FOUNTAIN[0] + radius * math.cos(angle), FOUNTAIN[1] + radius * math.sin(angle)


def _walk(random: np.random.Generator) -> Traveller:
    names = list(GATES)
    origin, goal = (names[i] for i in random.choice(len(names), 2, replace=False))
    a, b = _corner(origin, random), _corner(goal, random)
    via = _around(a, b, random)
    speed = float(random.uniform(1.15, 1.6))
    who = size_of(Kind.PERSON, random), look_of(random), float(random.uniform(0, PERIOD_S))
    if random.random() < 0.2:
        rest = float(random.uniform(4.0, 9.0))
        legs = [Leg(way(a, via), speed, speed, 0.2, rest), Leg(way(via, b), speed, 0.2, speed)]
    else:
        legs = [Leg(way(a, via, b, passes=4), speed, speed, speed)]
    return journey(Kind.PERSON, *who, legs)


def _travel() -> tuple[Traveller, ...]:
    random = np.random.default_rng(32)
    crowd = Crowd(PERIOD_S)
    for x, y, _ in STANDING:
        crowd.keep_clear(x, y)
    crowd.fill(42, lambda: _walk(random), clearance_m=0.7)
    return crowd.travellers()


def _standing() -> tuple[tuple[Traveller, NDArray[np.float64]], ...]:
    random = np.random.default_rng(34)
    found = []
    for x, y, heading in STANDING:
        pose = np.array([x, y, heading, 0.0, 0.0])
        still = np.stack([pose, pose])
        size, look = size_of(Kind.PERSON, random), look_of(random)
        found.append((Traveller(0, Kind.PERSON, size, look, np.array([0.0, 1.0]), still), pose))
    return tuple(found)


def square() -> Place:
    """See the module."""
    return Place(
        "square",
        "Square",
        CAMERA,
        Ground(
            lines={
                "west": ((-10.5, -7.5), (-10.5, 6.0)),
                "east": ((10.5, 6.0), (10.5, -7.5)),
                "north": ((-7.0, 8.0), (12.0, 8.0)),
                "south": ((3.0, -8.0), (-9.0, -8.0)),
            },
            zones={"fountain": ((-5, -4), (5, -4), (5, 6), (-5, 6))},
            control=((-11, -7), (11, -7), (11, 9), (-11, 9), (0, -9), (-7, 10)),
        ),
        sheet_of(CAMERA, 20),
        _pave,
        _things(),
        _travel,
        PERIOD_S,
        sky=replace(Sky(), sun_azimuth_deg=-120.0, sun_elevation_deg=60.0, cloud_swing=0.3),
        seed=33,
        parked=_standing(),
    )
