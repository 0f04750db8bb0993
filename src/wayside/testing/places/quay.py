"""A promenade by the water."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from wayside.domain.media import Picture
from wayside.testing.places.furniture import IRON, bench, box, planter, railing
from wayside.testing.places.journeys import Crowd
from wayside.testing.places.place import Ground, Place
from wayside.testing.places.surfaces import (
    CYCLE_RED,
    GRASS,
    KERBSTONE,
    WARM_PAVING,
    WATER,
    Surface,
    bar,
    dashes,
)
from wayside.testing.places.traffic import (
    EAST,
    WEST,
    Lane,
    drive,
    sheet_of,
    stroll,
)
from wayside.testing.town.agents import Kind, Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.ground import Sheet
from wayside.testing.town.scenario import Sky
from wayside.testing.town.scenery import Thing, Tree

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
