"""A wet street: streaks, reflections, a bus that stops."""

from __future__ import annotations

import numpy as np

from wayside.domain.media import Picture
from wayside.testing.places.furniture import box
from wayside.testing.places.journeys import Crowd, Leg, journey, look_of, size_of, way
from wayside.testing.places.place import Ground, Place, StoppedRule, Weather
from wayside.testing.places.surfaces import (
    DARK_ASPHALT,
    GRASS,
    Surface,
    bar,
    dashes,
)
from wayside.testing.places.traffic import (
    CARS,
    EAST,
    MIXED,
    WEST,
    Lane,
    drive,
    road,
    sheet_of,
    stroll,
)
from wayside.testing.town.agents import Kind, Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.ground import Sheet
from wayside.testing.town.scenery import Building, Post, Thing, Tree

RAIN_S = 64.0
RAIN_CAMERA = Camera(3.0, -16.0, 38.0, 98.0, 68.0, 60.0)
BUS_STOP = ((3.0, -7.2), (19.0, -7.2), (19.0, -4.0), (3.0, -4.0))


def _rain_ground(sheet: Sheet) -> Picture:
    ground = Surface(sheet, 71)
    ground.everywhere(GRASS, (3, 9.0), (30, 9.0))
    road(ground, 7.2, 3.4, DARK_ASPHALT)
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
                "eastbound": ((-4.0, -7.7), (-4.0, -0.1)),
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
