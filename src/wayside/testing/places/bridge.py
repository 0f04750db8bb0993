"""A bridge with cycle lanes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from wayside.domain.media import Picture
from wayside.testing.places.furniture import STONE, box
from wayside.testing.places.journeys import Crowd
from wayside.testing.places.place import Ground, Place
from wayside.testing.places.surfaces import (
    ASPHALT,
    CYCLE_RED,
    WATER,
    Surface,
    bar,
    dashes,
)
from wayside.testing.places.traffic import (
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
from wayside.testing.town.scenario import Sky
from wayside.testing.town.scenery import Post, Thing

BRIDGE_S = 60.0
BRIDGE_CAMERA = Camera(0.0, -14.0, 36.0, 100.0, 69.0, 62.0)


def _bridge_ground(sheet: Sheet) -> Picture:
    ground = Surface(sheet, 81)
    ground.everywhere(WATER, (6, 4.0), (40, 6.0), (160, 8.0))
    road(ground, 7.0, 3.2, ASPHALT)
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
