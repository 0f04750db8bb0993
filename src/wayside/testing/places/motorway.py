"""Three lanes each way, seen from a high mast beside the road."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from wayside.domain.media import Picture
from wayside.testing.places.furniture import IRON, box
from wayside.testing.places.journeys import Crowd
from wayside.testing.places.place import Ground, Place
from wayside.testing.places.surfaces import DARK_ASPHALT, GRASS, WHITE, Surface, bar, dashes
from wayside.testing.places.traffic import Lane, drive, sheet_of
from wayside.testing.town.agents import Kind, Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.ground import Sheet
from wayside.testing.town.scenario import Sky
from wayside.testing.town.scenery import Post, Thing, Tree

PERIOD_S = 60.0
CAMERA = Camera(-4.0, -16.0, 46.0, 74.0, 70.0, 62.0)
LANE_M = 3.7
FAST, MIDDLE, SLOW = 3.2, 6.9, 10.6
EDGE = 12.6
SHOULDER = 15.4
CARS = (Kind.CAR, Kind.CAR, Kind.CAR, Kind.VAN)
HEAVY = (Kind.LORRY, Kind.LORRY, Kind.CAR, Kind.VAN, Kind.BUS)


def _pave(sheet: Sheet) -> Picture:
    ground = Surface(sheet, 21)
    ground.everywhere(GRASS, (3, 9.0), (30, 9.0), (160, 8.0))
    for side in (1, -1):
        low, high = sorted((side * 1.1, side * SHOULDER))
        ground.rect(-90, low, 90, high, DARK_ASPHALT, rough=4.0)
        for middle in (FAST, MIDDLE, SLOW):
            for wheel in (-0.85, 0.85):
                y = side * middle + wheel
                ground.wear(-90, y - 0.3, 90, y + 0.3, 7.0)
        ground.repairs(-50, low, 50, high, 10)
        for y in (FAST + LANE_M / 2, MIDDLE + LANE_M / 2):
            ground.paint(dashes(side * y, -90, 90, 6.0, 10.0, 0.18))
        ground.paint([bar(-90, side * y - 0.1, 90, side * y + 0.1) for y in (1.4, EDGE)], WHITE)
    ground.rect(-90, -1.1, 90, 1.1, (84.0, 120.0, 108.0), rough=6.0)
    return ground.picture()


def _things() -> tuple[Thing, ...]:
    rails = [
        box(-90, y - 0.08, 90, y + 0.08, 0.75, (176.0, 178.0, 178.0), 0.45) for y in (0.55, -0.55)
    ]
    rails += [
        box(-90, y - 0.08, 90, y + 0.08, 0.75, (170.0, 172.0, 172.0), 0.45) for y in (16.0, -16.0)
    ]
    trees = [
        Tree(x, y, 3.6, 2.3, 40 + i)
        for i, (x, y) in enumerate(
            (
                (-33, 20.5),
                (-24, 22),
                (-12, 20),
                (2, 22.5),
                (13, 20),
                (24, 22),
                (36, 20.5),
                (-16, -20),
                (16, -20.5),
                (5, -22),
            )
        )
    ]
    posts = [Post(x, 0.0, 10.0, 0.12, 2.4, 0.0, 1.0) for x in (-26.0, 22.0)]
    gantry = box(33.0, 16.4, 33.5, 16.9, 6.0, IRON)
    return (*rails, *trees, *posts, gantry)


def _travel() -> tuple[Traveller, ...]:
    random = np.random.default_rng(22)
    crowd = Crowd(PERIOD_S)
    lanes = [
        lane
        for eastbound, side in ((True, -1), (False, 1))
        for lane in (
            Lane(side * SLOW, eastbound, HEAVY, (22.0, 24.0), 15),
            Lane(side * MIDDLE, eastbound, CARS, (25.5, 28.5), 18),
            Lane(side * FAST, eastbound, (Kind.CAR,), (30.0, 33.0), 13),
        )
    ]
    drive(crowd, lanes, 70.0, PERIOD_S, random, headway_s=0.9)
    return crowd.travellers()


def motorway() -> Place:
    """See the module."""
    return Place(
        "motorway",
        "Motorway",
        CAMERA,
        Ground(
            lines={
                "eastbound": ((4.0, -EDGE - 0.4), (4.0, -1.2)),
                "westbound": ((-4.0, 1.2), (-4.0, EDGE + 0.4)),
            },
            zones={
                "hard-shoulder": (
                    (8.0, -SHOULDER),
                    (22.0, -SHOULDER),
                    (22.0, -EDGE - 0.3),
                    (8.0, -EDGE - 0.3),
                )
            },
            control=((0, -12.6), (20, -12.6), (22, -1.4), (-20, 1.4), (20, 12.4), (-18, 12.6)),
        ),
        sheet_of(CAMERA, 15),
        _pave,
        _things(),
        _travel,
        PERIOD_S,
        sky=replace(Sky(), sun_azimuth_deg=-60.0, cloud_swing=0.35),
        seed=23,
    )
