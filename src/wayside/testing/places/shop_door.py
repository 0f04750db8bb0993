"""The door of a shop, from across the street: people go in, come out, pass by."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from wayside.domain.media import Picture
from wayside.testing.places.furniture import bench, group, planter, wall_panel
from wayside.testing.places.journeys import Crowd, Leg, journey, look_of, size_of, way
from wayside.testing.places.place import Ground, Place
from wayside.testing.places.surfaces import ASPHALT, KERBSTONE, WARM_PAVING, Surface
from wayside.testing.places.traffic import sheet_of
from wayside.testing.town.agents import Kind, Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.ground import Sheet
from wayside.testing.town.scenario import Sky
from wayside.testing.town.scenery import Panel, Thing

PERIOD_S = 64.0
CAMERA = Camera(0.0, -10.8, 11.2, 90.0, 53.0, 62.0)
FACADE_Y = 0.0
DOOR_M = 1.5
"""Half the width of the door."""
WALL = (96.0, 132.0, 170.0)
TRIM = (70.0, 96.0, 60.0)
PANE = (92.0, 84.0, 74.0)


def _pave(sheet: Sheet) -> Picture:
    ground = Surface(sheet, 41)
    ground.everywhere(WARM_PAVING, (3, 3.0), (40, 3.0))
    ground.slabs(-30, -6.6, 30, 0.2, WARM_PAVING, 0.6, 12.0)
    ground.rect(-30, -30, 30, -6.6, ASPHALT, rough=4.0)
    ground.rect(-30, -6.9, 30, -6.55, KERBSTONE)
    ground.rect(-DOOR_M, 0.0, DOOR_M, 8.0, (54.0, 66.0, 78.0), rough=2.0)
    ground.rect(-1.3, -0.85, 1.3, -0.1, (62.0, 64.0, 66.0), rough=4.0)
    return ground.picture()


def _facade() -> Thing:
    top = 4.6
    panels = [
        wall_panel(-20, -DOOR_M, FACADE_Y, 0, top, WALL),
        wall_panel(DOOR_M, 20, FACADE_Y, 0, top, WALL),
        wall_panel(-DOOR_M, DOOR_M, FACADE_Y, 2.4, top, WALL),
        wall_panel(-20, 20, FACADE_Y, 2.9, 3.7, TRIM, hides=False),
        wall_panel(-DOOR_M - 0.15, -DOOR_M, FACADE_Y, 0, 2.5, TRIM, hides=False),
        wall_panel(DOOR_M, DOOR_M + 0.15, FACADE_Y, 0, 2.5, TRIM, hides=False),
    ]
    for x0, x1 in ((-9.6, -6.0), (-5.6, -2.0), (2.0, 5.6), (6.0, 9.6)):
        panels.append(wall_panel(x0 - 0.1, x1 + 0.1, FACADE_Y, 0.45, 2.6, TRIM, hides=False))
        panels.append(wall_panel(x0, x1, FACADE_Y, 0.55, 2.5, PANE, hides=False))
        panels.append(
            wall_panel(x0 + 0.3, x1 - 0.3, FACADE_Y, 0.6, 1.2, (112.0, 150.0, 178.0), hides=False)
        )
    for i, x in enumerate(np.arange(-1.6, 1.7, 0.4)):
        tone = (226.0, 230.0, 232.0) if i % 2 else (70.0, 74.0, 190.0)
        panels.append(wall_panel(x - 0.12, x + 0.18, FACADE_Y, 3.1, 3.5, tone, hides=False))
    for x0, x1 in ((-9.8, -1.9), (1.9, 9.8)):
        count = round((x1 - x0) / 0.5)
        edges = np.linspace(x0, x1, count + 1)
        for i, (a, b) in enumerate(pairwise(edges)):
            tone = (222.0, 226.0, 228.0) if i % 2 else (84.0, 120.0, 74.0)
            slope = np.array([(a, -0.9, 2.5), (b, -0.9, 2.5), (b, 0.0, 2.95), (a, 0.0, 2.95)])
            panels.append(Panel(slope, tone, 0.7))
    roof = np.array([(-20, 0, top), (20, 0, top), (20, 8, top), (-20, 8, top)])
    panels.append(Panel(roof, (110.0, 112.0, 116.0), 0.9))
    return group(0.0, FACADE_Y, panels)


def _things() -> tuple[Thing, ...]:
    tubs = [piece for x in (-2.5, 2.5) for piece in planter(x, -0.75, 0.4)]
    return (_facade(), *tubs, bench(-6.5, -1.2), bench(6.8, -1.2))


def _visit(random: np.random.Generator) -> Traveller:
    side = 1 if random.random() < 0.5 else -1
    start = float(random.uniform(0, PERIOD_S))
    lane = float(random.uniform(-0.55, 0.55))
    enters = bool(random.random() < 0.5)
    x = lane + (-0.5 if enters else 0.5)
    street = float(random.uniform(-4.2, -2.6))
    corners = [
        (side * 16.0, street),
        (side * 3.2, street),
        (x, -2.4),
        (x, 0.4),
        (x, 2.2),
        (side * 4.0, 3.4),
    ]
    path = way(*(corners if enters else corners[::-1]))
    speed = float(random.uniform(1.1, 1.4))
    legs = [Leg(path, speed, speed, speed)]
    return journey(Kind.PERSON, size_of(Kind.PERSON, random), look_of(random), start, legs)


def _passer(random: np.random.Generator) -> Traveller:
    eastbound = bool(random.random() < 0.5)
    y = float(random.uniform(-6.0, -5.3) if eastbound else random.uniform(-5.1, -4.5))
    ends = (-16.0, 16.0) if eastbound else (16.0, -16.0)
    speed = float(random.uniform(1.2, 1.6))
    legs = [Leg(way((ends[0], y), (ends[1], y)), speed, speed, speed)]
    start = float(random.uniform(0, PERIOD_S))
    return journey(Kind.PERSON, size_of(Kind.PERSON, random), look_of(random), start, legs)


def _travel() -> tuple[Traveller, ...]:
    random = np.random.default_rng(42)
    crowd = Crowd(PERIOD_S)
    crowd.fill(15, lambda: _visit(random), clearance_m=0.75)
    crowd.fill(6, lambda: _passer(random), clearance_m=0.75)
    return crowd.travellers()


def shop_door() -> Place:
    """See the module."""
    return Place(
        "shop-door",
        "Shop door",
        CAMERA,
        Ground(
            lines={
                "door": ((-2.1, -1.5), (2.1, -1.5)),
                "pavement": ((0.0, -6.3), (0.0, -4.3)),
            },
            zones={"entrance": ((-2.2, -3.4), (2.2, -3.4), (2.2, -1.2), (-2.2, -1.2))},
            control=((-6, -6.5), (6, -6.5), (8, -0.2), (-8, -0.2), (0, -6.5)),
        ),
        sheet_of(CAMERA, 40),
        _pave,
        _things(),
        _travel,
        PERIOD_S,
        sky=replace(Sky(), sun_azimuth_deg=-65.0, sun_elevation_deg=62.0, cloud_swing=0.25),
        seed=43,
    )
