"""Things made of flat pieces: boxes, benches, planters, railings, awnings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wayside.testing.town.scenery import Panel, Panels

Tone = tuple[float, float, float]
WOOD: Tone = (70.0, 104.0, 140.0)
STONE: Tone = (150.0, 152.0, 152.0)
IRON: Tone = (70.0, 72.0, 70.0)
LEAVES: Tone = (52.0, 110.0, 78.0)


def box_panels(
    x0: float, y0: float, x1: float, y1: float, z0: float, z1: float, tone: Tone
) -> list[Panel]:
    """The four walls and the lid, in an order that suits a camera in the south, above."""
    walls = (
        ((x0, y1), (x1, y1), 0.1),
        ((x0, y0), (x0, y1), 0.3),
        ((x1, y0), (x1, y1), 0.6),
        ((x0, y0), (x1, y0), 0.55),
    )
    found = [
        Panel(np.array([(*a, z0), (*b, z0), (*b, z1), (*a, z1)]), tone, lit) for a, b, lit in walls
    ]
    lid = np.array([(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)])
    return [*found, Panel(lid, tone, 0.9)]


def box(
    x0: float, y0: float, x1: float, y1: float, height_m: float, tone: Tone, z0: float = 0.0
) -> Panels:
    """A block on the ground (or floating, with its shadow below)."""
    corners = [(x, y) for x in (x0, x1) for y in (y0, y1)]
    shadow = np.array([(x, y, z) for x, y in corners for z in (z0, height_m)])
    panels = box_panels(x0, y0, x1, y1, z0, height_m, tone)
    return Panels((x0 + x1) / 2, (y0 + y1) / 2, tuple(panels), shadow)


def planter(x: float, y: float, radius_m: float = 1.1) -> tuple[Panels, ...]:
    """A tub with a hedge in it."""
    r = radius_m
    return (
        box(x - r, y - r, x + r, y + r, 0.55, STONE),
        box(x - r + 0.15, y - r + 0.15, x + r - 0.15, y + r - 0.15, 1.0, LEAVES, 0.5),
    )


def bench(x: float, y: float, long_m: float = 1.9) -> Panels:
    return box(x - long_m / 2, y - 0.25, x + long_m / 2, y + 0.25, 0.48, WOOD)


def railing(x0: float, x1: float, y: float, height_m: float = 1.0) -> Panels:
    """Posts and two bars along x."""
    panels = [Panel(_upright(x, x + 0.08, y, 0.0, height_m), IRON) for x in np.arange(x0, x1, 2.0)]
    panels += [
        Panel(_upright(x0, x1, y, z, z + 0.07), IRON) for z in (0.5 * height_m, height_m - 0.07)
    ]
    return Panels((x0 + x1) / 2, y, tuple(panels), np.empty((0, 3)))


def wall_panel(
    x0: float, x1: float, y: float, z0: float, z1: float, tone: Tone, *, hides: bool = True
) -> Panel:
    """An upright piece that faces south."""
    return Panel(_upright(x0, x1, y, z0, z1), tone, 0.5, hides)


def group(x: float, y: float, panels: Sequence[Panel]) -> Panels:
    """Pieces without a shadow of their own."""
    return Panels(x, y, tuple(panels), np.empty((0, 3)))


def _upright(x0: float, x1: float, y: float, z0: float, z1: float) -> NDArray[np.float64]:
    return np.array([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)])
