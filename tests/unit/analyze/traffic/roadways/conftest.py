"""Vehicles on a straight lane of 100 m, seen from straight above: 1 picture height is 56.25 m."""

from __future__ import annotations

from functools import partial

import pytest

from wayside.domain.scene import Anchor, ControlPoint, Zone, ZoneUse

WIDE, HIGH = 100.0, 56.25
CORNERS = tuple(
    ControlPoint((x, y), (x * WIDE, y * HIGH)) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))
)
LANE = Zone(
    "lane", ((0, 0.4), (1, 0.4), (1, 0.6), (0, 0.6)), ZoneUse.LANE, ((0.0, 0.5), (1.0, 0.5))
)
"""From left to right; the stop line is the picture's right edge, 100 m along."""


@pytest.fixture
def scene(stage):
    return partial(stage.scene, anchor=Anchor.CENTRE, zones=(LANE,), control_points=CORNERS)


@pytest.fixture
def car(stage):
    """A car 4.5 m long whose middle is at (s, metres) at these seconds."""

    def make(track, *path, **more):
        half = 0.9 / HIGH
        points = tuple((t, s / WIDE, 0.5 + half) for t, s in path)
        return stage.Actor(track, points, size=(4.5 / WIDE, 2 * half), **more)

    return make


@pytest.fixture
def queue_of(car):
    """Cars that are there from the beginning and stand from 2 s on."""

    def make(number, *, until=60.0, head=94.0, spacing=7.5):
        places = [head - n * spacing for n in range(number)]
        return [car(n, (0.0, s - 10), (2.0, s), (until, s)) for n, s in enumerate(places)]

    return make
