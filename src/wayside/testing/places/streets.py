"""Four streets along x: by night, in the rain, over a bridge, along a quay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from wayside.domain.media import Picture
from wayside.testing.places.furniture import IRON, STONE, bench, box, planter, railing
from wayside.testing.places.journeys import Crowd, Leg, journey, look_of, size_of, way
from wayside.testing.places.place import Ground, Place, StoppedRule, Weather
from wayside.testing.places.surfaces import (
    ASPHALT,
    CYCLE_RED,
    DARK_ASPHALT,
    GRASS,
    KERBSTONE,
    PAVING,
    WARM_PAVING,
    WATER,
    Surface,
    bar,
    dashes,
    zebra,
)
from wayside.testing.places.traffic import EAST, WEST, Lane, drive, sheet_of, stroll
from wayside.testing.town.agents import Kind, Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.ground import Sheet
from wayside.testing.town.scenario import Sky
from wayside.testing.town.scenery import Building, Post, Thing, Tree

CARS = (Kind.CAR, Kind.CAR, Kind.CAR, Kind.VAN)
MIXED = (Kind.CAR, Kind.CAR, Kind.CAR, Kind.VAN, Kind.LORRY, Kind.BUS)


def _road(ground: Surface, half: float, walk: float, tone: tuple[float, float, float]) -> None:
    """A carriageway with kerbs, and pavements beside it."""
    ground.slabs(-90, -half - walk, 90, half + walk, PAVING)
    ground.rect(-90, -half - 0.22, 90, half + 0.22, KERBSTONE)
    ground.rect(-90, -half, 90, half, tone, rough=4.5)
    ground.repairs(-30, -half, 30, half, 14)


# ---- night

NIGHT_S = 64.0
NIGHT_CAMERA = Camera(-2.0, -13.0, 34.0, 82.0, 70.0, 62.0)
NIGHT_LAMPS = tuple((x, y, 7.5) for x, y in ((-26.0, 6.2), (-9.0, -6.2), (9.0, 6.2), (26.0, -6.2)))


def _night_ground(sheet: Sheet) -> Picture:
    ground = Surface(sheet, 61)
    ground.everywhere(GRASS, (3, 9.0), (30, 9.0))
    _road(ground, 5.8, 3.6, ASPHALT)
    ground.paint([*dashes(0.0, -90, 90, 3.0, 4.5), *zebra(-20.5, -17.5, -5.8, 5.8)])
    ground.paint([bar(-90, y - 0.06, 90, y + 0.06) for y in (3.7, -3.7)])
    return ground.picture()


def _night_things() -> tuple[Thing, ...]:
    posts = [Post(x, y * 1.02, z, 0.1, 1.4, 0.0, -1.0 if y > 0 else 1.0) for x, y, z in NIGHT_LAMPS]
    trees = [
        Tree(x, y, 3.6, 1.7, 90 + i)
        for i, (x, y) in enumerate(
            ((-15, 11), (0, 11.6), (16, 11), (-18, -11.2), (18, -11.2), (5, -11.5))
        )
    ]
    houses = [
        Building(-34, 14, -4, 30, 8.0, (112, 128, 150)),
        Building(2, 14, 34, 30, 9.0, (140, 150, 160)),
    ]
    return (*posts, *trees, *houses)


def _night_travel() -> tuple[Traveller, ...]:
    random = np.random.default_rng(62)
    crowd = Crowd(NIGHT_S)
    drive(
        crowd,
        (Lane(-1.85, EAST, CARS, (10.5, 12.5), 9), Lane(1.85, WEST, CARS, (10.5, 12.5), 9)),
        55.0,
        NIGHT_S,
        random,
        headway_s=1.6,
    )
    drive(
        crowd,
        (
            Lane(-4.75, EAST, (Kind.CYCLIST,), (4.6, 5.6), 3),
            Lane(4.75, WEST, (Kind.CYCLIST,), (4.6, 5.6), 3),
        ),
        50.0,
        NIGHT_S,
        random,
    )
    stroll(crowd, ((-8.8, -6.8), (6.8, 8.8)), 36.0, 7, NIGHT_S, random)
    return crowd.travellers()


def night() -> Place:
    """A street by night: headlights, lamps, a noisy sensor."""
    return Place(
        "night",
        "Street by night",
        NIGHT_CAMERA,
        Ground(
            lines={
                "road": ((1.0, -5.9), (1.0, 5.9)),
                "north-walk": ((1.0, 6.5), (1.0, 9.2)),
                "south-walk": ((1.0, -9.2), (1.0, -6.5)),
            },
            zones={"zebra": ((-21, -5.8), (-17, -5.8), (-17, 5.8), (-21, 5.8))},
            control=((-20.5, -5.8), (14, -5.8), (18, 5.8), (-17.5, 5.8), (0, 0)),
        ),
        sheet_of(NIGHT_CAMERA, 20),
        _night_ground,
        _night_things(),
        _night_travel,
        NIGHT_S,
        weather=Weather.NIGHT,
        noise_sigma=4.5,
        seed=63,
        lamps=NIGHT_LAMPS,
    )


# ---- rain

RAIN_S = 64.0
RAIN_CAMERA = Camera(3.0, -16.0, 38.0, 98.0, 68.0, 60.0)
BUS_STOP = ((3.0, -7.2), (19.0, -7.2), (19.0, -4.0), (3.0, -4.0))


def _rain_ground(sheet: Sheet) -> Picture:
    ground = Surface(sheet, 71)
    ground.everywhere(GRASS, (3, 9.0), (30, 9.0))
    _road(ground, 7.2, 3.4, DARK_ASPHALT)
    ground.paint([bar(-90, y - 0.07, 90, y + 0.07) for y in (0.15, -0.15)])
    for y in (3.6, -3.6):
        ground.paint(dashes(y, -90, 90, 3.0, 4.5))
    ground.paint([bar(3.0, y - 0.08, 19.0, y + 0.08) for y in (-4.0,)], (60.0, 190.0, 220.0))
    ground.gloss((176.0, 170.0, 164.0), 0.5)
    return ground.picture()


def _rain_things() -> tuple[Thing, ...]:
    shelter = box(8.0, -10.4, 13.0, -9.3, 2.5, (150.0, 140.0, 120.0), 2.2)
    trees = [
        Tree(x, y, 3.6, 1.8, 100 + i)
        for i, (x, y) in enumerate(
            ((-20, 12.6), (-6, 12.8), (8, 12.6), (22, 12.8), (-14, -12.8), (-3, -13.2))
        )
    ]
    posts = [Post(x, 7.7, 8.0, 0.1, 1.8, 0.0, -1.0) for x in (-14.0, 12.0)]
    houses = [
        Building(-36, 15.5, -2, 34, 8.0, (104, 112, 134)),
        Building(3, 15.5, 36, 34, 8.5, (128, 136, 146)),
    ]
    return (shelter, *trees, *posts, *houses)


def _rain_travel() -> tuple[Traveller, ...]:
    random = np.random.default_rng(72)
    crowd = Crowd(RAIN_S)
    size = size_of(Kind.BUS, random)
    legs = [
        Leg(way((-55, -5.6), (14.0, -5.6)), 9.0, 9.0, 0.15, 13.0, accel=1.3),
        Leg(way((14.0, -5.6), (60, -5.6)), 9.0, 0.15, 9.0, accel=1.2),
    ]
    crowd.offer(journey(Kind.BUS, size, look_of(random), 12.0, legs))
    drive(
        crowd,
        (
            Lane(-1.8, EAST, CARS, (9.5, 11.0), 9),
            Lane(-5.6, EAST, (Kind.CAR, Kind.VAN), (8.8, 9.6), 3),
            Lane(1.8, WEST, CARS, (10.0, 11.5), 9),
            Lane(5.4, WEST, MIXED, (8.8, 9.8), 6),
        ),
        55.0,
        RAIN_S,
        random,
        headway_s=1.3,
    )
    stroll(crowd, ((-9.0, -7.9), (8.0, 10.0)), 36.0, 6, RAIN_S, random)
    return crowd.travellers()


def rain() -> Place:
    """A wet street: streaks, reflections, a bus that stops."""
    return Place(
        "rain",
        "Street in the rain",
        RAIN_CAMERA,
        Ground(
            lines={
                "eastbound": ((-4.0, -7.4), (-4.0, -0.1)),
                "westbound": ((-4.0, 0.1), (-4.0, 7.4)),
                "north-walk": ((-4.0, 7.7), (-4.0, 10.4)),
            },
            zones={"bus-stop": BUS_STOP},
            control=((-16, -7.2), (20, -7.2), (20, 7.2), (-16, 7.2), (3, -4.0)),
        ),
        sheet_of(RAIN_CAMERA, 20),
        _rain_ground,
        _rain_things(),
        _rain_travel,
        RAIN_S,
        weather=Weather.RAIN,
        noise_sigma=3.0,
        seed=73,
        rules=(StoppedRule("bus-stop", 8.0),),
    )


# ---- bridge

BRIDGE_S = 60.0
BRIDGE_CAMERA = Camera(0.0, -14.0, 36.0, 100.0, 69.0, 62.0)


def _bridge_ground(sheet: Sheet) -> Picture:
    ground = Surface(sheet, 81)
    ground.everywhere(WATER, (6, 4.0), (40, 6.0), (160, 8.0))
    _road(ground, 7.0, 3.2, ASPHALT)
    for side in (1, -1):
        low, high = sorted((side * 4.4, side * 7.0))
        ground.rect(-90, low, 90, high, CYCLE_RED, 0.6)
        ground.paint([bar(-90, side * 4.4 - 0.08, 90, side * 4.4 + 0.08)])
    ground.paint(dashes(0.0, -90, 90, 3.0, 4.5))
    return ground.picture()


def _bridge_things() -> tuple[Thing, ...]:
    walls = [box(-90, y - 0.15, 90, y + 0.15, 1.0, STONE) for y in (10.3, -10.3)]
    posts = [
        Post(x, y, 6.5, 0.1, 1.2, 0.0, -1.0 if y > 0 else 1.0)
        for x in (-18.0, 0.0, 18.0)
        for y in (9.9, -9.9)
    ]
    barge = [
        box(-15.0, 15.0, 3.0, 19.0, 1.2, (64.0, 58.0, 52.0)),
        box(-13.5, 15.5, -1.0, 18.5, 1.7, (70.0, 110.0, 130.0), 1.2),
        box(0.0, 15.6, 2.4, 18.4, 3.0, (214.0, 218.0, 220.0), 1.2),
    ]
    return (*walls, *posts, *barge)


def _bridge_travel() -> tuple[Traveller, ...]:
    random = np.random.default_rng(82)
    crowd = Crowd(BRIDGE_S)
    drive(
        crowd,
        (
            Lane(-2.2, EAST, MIXED, (10.5, 12.0), 10),
            Lane(2.2, WEST, MIXED, (10.5, 12.0), 10),
            Lane(-5.7, EAST, (Kind.CYCLIST,), (4.8, 5.6), 7, 0.3),
            Lane(5.7, WEST, (Kind.CYCLIST,), (4.8, 5.6), 7, 0.3),
        ),
        50.0,
        BRIDGE_S,
        random,
        headway_s=1.2,
    )
    stroll(crowd, ((-9.6, -7.8), (7.8, 9.6)), 34.0, 8, BRIDGE_S, random)
    return crowd.travellers()


def bridge() -> Place:
    """A bridge; the connection of its camera breaks now and then."""
    return Place(
        "bridge",
        "Bridge",
        BRIDGE_CAMERA,
        Ground(
            lines={
                "road": ((2.0, -4.3), (2.0, 4.3)),
                "north-cycles": ((2.0, 4.5), (2.0, 7.1)),
                "south-cycles": ((2.0, -7.1), (2.0, -4.5)),
                "north-walk": ((-6.0, 7.4), (-6.0, 10.0)),
                "south-walk": ((-6.0, -10.0), (-6.0, -7.4)),
            },
            zones={"carriageway": ((-16, -4.3), (16, -4.3), (16, 4.3), (-16, 4.3))},
            control=((-16, -7), (16, -7), (16, 7), (-16, 7), (0, -4.4)),
        ),
        sheet_of(BRIDGE_CAMERA, 20),
        _bridge_ground,
        _bridge_things(),
        _bridge_travel,
        BRIDGE_S,
        sky=replace(Sky(), sun_azimuth_deg=-140.0, cloud_swing=0.4),
        seed=83,
    )


# ---- quay

QUAY_S = 72.0
QUAY_CAMERA = Camera(0.0, -12.0, 20.0, 90.0, 64.0, 64.0)


def _quay_ground(sheet: Sheet) -> Picture:
    ground = Surface(sheet, 91)
    ground.everywhere(WATER, (6, 4.0), (40, 6.0), (160, 8.0))
    ground.rect(-60, -60, 60, -8.0, GRASS, rough=9.0)
    ground.slabs(-60, -8.0, 60, 4.6, WARM_PAVING, 1.0)
    ground.rect(-60, 3.9, 60, 4.8, KERBSTONE, rough=3.0)
    ground.rect(-60, -6.6, 60, -3.4, CYCLE_RED, 0.55)
    ground.paint([bar(-60, y - 0.05, 60, y + 0.05) for y in (-3.4, -6.6)])
    ground.paint(dashes(-5.0, -60, 60, 1.2, 1.6, 0.1))
    return ground.picture()


def _quay_things() -> tuple[Thing, ...]:
    trees = [Tree(x, -9.6, 3.0, 1.5, 110 + i) for i, x in enumerate((-8.0, 0.0, 8.0))]
    seats = [bench(x, 3.0) for x in (-10.0, -3.0, 5.0, 12.0)]
    tubs = [piece for x in (-6.5, 8.6) for piece in planter(x, 3.1, 0.5)]
    boat = [
        box(-8.0, 7.5, 1.0, 10.5, 0.9, (210.0, 214.0, 216.0)),
        box(-6.0, 8.0, -2.0, 10.0, 1.9, (150.0, 100.0, 60.0), 0.9),
    ]
    bollards = [box(x - 0.15, 4.1, x + 0.15, 4.4, 0.5, IRON) for x in (-7.0, 0.0, 7.0)]
    return (*trees, *seats, *tubs, *boat, *bollards, railing(-20, 20, 4.55))


def _quay_travel() -> tuple[Traveller, ...]:
    random = np.random.default_rng(92)
    crowd = Crowd(QUAY_S)
    drive(
        crowd,
        (
            Lane(-5.8, EAST, (Kind.CYCLIST,), (4.4, 5.2), 6, 0.2),
            Lane(-4.2, WEST, (Kind.CYCLIST,), (4.4, 5.2), 6, 0.2),
        ),
        30.0,
        QUAY_S,
        random,
    )
    stroll(crowd, ((-2.8, 2.0),), 24.0, 14, QUAY_S, random)
    return crowd.travellers()


def quay() -> Place:
    """A promenade by the water; its camera's picture freezes for long stretches."""
    return Place(
        "quay",
        "Quay",
        QUAY_CAMERA,
        Ground(
            lines={
                "cycles": ((1.0, -6.8), (1.0, -3.3)),
                "walk": ((-1.0, -3.1), (-1.0, 2.4)),
            },
            zones={"benches": ((-12, 1.2), (12, 1.2), (12, 3.6), (-12, 3.6))},
            control=((-8, -6.6), (8, -6.6), (11, 3.9), (-11, 3.9), (0, -3.4)),
        ),
        sheet_of(QUAY_CAMERA, 26),
        _quay_ground,
        _quay_things(),
        _quay_travel,
        QUAY_S,
        sky=replace(Sky(), sun_azimuth_deg=-30.0, sun_elevation_deg=55.0, cloud_swing=0.3),
        seed=93,
        frozen_s=(30.0, 66.0),
    )
