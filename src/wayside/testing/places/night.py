"""A street by night: headlights, street lamps, a noisy sensor."""

from __future__ import annotations

import numpy as np

from wayside.domain.media import Picture
from wayside.testing.places.journeys import Crowd
from wayside.testing.places.place import Ground, Place, Weather
from wayside.testing.places.surfaces import (
    ASPHALT,
    GRASS,
    Surface,
    bar,
    dashes,
    zebra,
)
from wayside.testing.places.traffic import (
    CARS,
    EAST,
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

NIGHT_S = 64.0
NIGHT_CAMERA = Camera(-2.0, -13.0, 34.0, 82.0, 70.0, 62.0)
NIGHT_LAMPS = tuple(
    (x, y, 7.5) for x, y in ((-27.0, 6.2), (-14.0, -6.2), (0.0, 6.2), (14.0, -6.2), (27.0, 6.2))
)


def _night_ground(sheet: Sheet) -> Picture:
    ground = Surface(sheet, 61)
    ground.everywhere(GRASS, (3, 9.0), (30, 9.0))
    road(ground, 5.8, 3.6, ASPHALT)
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
        noise_sigma=3.5,
        seed=63,
        lamps=NIGHT_LAMPS,
    )
