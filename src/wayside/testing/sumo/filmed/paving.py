"""The roads of a scenario as a ground picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from wayside.domain.media import Picture
from wayside.testing.places.surfaces import ASPHALT, GRASS, KERBSTONE, PAVING, Surface
from wayside.testing.sumo.filmed.roads import MARK_M, STOP_M, Roads
from wayside.testing.town.camera import Camera
from wayside.testing.town.ground import Sheet

FARTHEST_M = 170.0
"""Beyond it the ground is what it is at this distance: things are dots there."""
MOST_PIXELS = 5e6
FINEST_PX = 18
KERB_M = 0.2
DASH_M, GAP_M = 3.0, 4.5
STRIPE_M = 0.5

Ring: TypeAlias = list[tuple[float, float]]


def sheet_of(camera: Camera) -> Sheet:
    """As much ground as the camera sees, up to FARTHEST_M, as fine as MOST_PIXELS allow."""
    across, down = np.meshgrid(np.linspace(0, 1, 33), np.linspace(0, 1, 65))
    spots = camera.image_to_ground(np.column_stack([across.ravel(), down.ravel()]))
    depth = camera.depth_m(np.column_stack([spots, np.zeros(len(spots))]))
    near = np.hypot(*(spots - camera.centre[:2]).T) < FARTHEST_M
    seen = spots[(depth > 0) & near]
    (west, south), (east, north) = seen.min(0) - 2.0, seen.max(0) + 2.0
    width, height = float(east - west), float(north - south)
    scale = min(FINEST_PX, int((MOST_PIXELS / (width * height)) ** 0.5))
    return Sheet(float(west), float(north), width, height, scale)


def paved(sheet: Sheet, roads: Roads, bays: Sequence[Polygon], seed: int) -> Picture:
    """*sheet.shape x 3. bays: where vehicles park, in metres."""
    ground = Surface(sheet, seed)
    ground.everywhere(GRASS, (3, 9.0), (30, 9.0), (160, 8.0))
    if not roads.pavement.is_empty:
        ground.shape(_rings(roads.pavement), PAVING, rough=3.0)
        ground.shape(_rings(roads.asphalt.buffer(KERB_M)), KERBSTONE)
    asphalt = roads.asphalt.union(MultiPolygon(list(bays))) if bays else roads.asphalt
    ground.shape(_rings(asphalt), ASPHALT, rough=4.5)
    corners = roads.pavement.difference(roads.crosswalks)
    if not corners.is_empty:
        ground.shape(_rings(corners.buffer(-KERB_M)), PAVING, rough=3.0)
    x0, y0, x1, y1 = _shown(sheet)
    ground.repairs(x0, y0, x1, y1, 20)
    ground.paint([*_lines(roads), *_zebras(roads)])
    return ground.picture()


def _shown(sheet: Sheet) -> tuple[float, float, float, float]:
    east, south = sheet.west_m + sheet.width_m, sheet.north_m - sheet.height_m
    return sheet.west_m, south, east, sheet.north_m


def _rings(shape: BaseGeometry) -> list[Ring]:
    parts = shape.geoms if isinstance(shape, MultiPolygon) else [shape]
    return [
        [(x, y) for x, y in ring.coords]
        for part in parts
        if isinstance(part, Polygon) and not part.is_empty
        for ring in (part.exterior, *part.interiors)
    ]


def _lines(roads: Roads) -> Iterator[Ring]:
    for line in roads.solid:
        yield from _bars(line, MARK_M)
    for line in roads.dashed:
        for at in np.arange(0.0, line.length, DASH_M + GAP_M):
            yield from _bars(substring(line, at, min(at + DASH_M, line.length)), MARK_M)
    for line in roads.stops:
        yield from _bars(line, STOP_M)


def _zebras(roads: Roads) -> Iterator[Ring]:
    """Stripes along the traffic, one after the other on the walker's way."""
    for middle, width in roads.zebras:
        for at in np.arange(0.3, middle.length - STRIPE_M, 2 * STRIPE_M):
            yield from _bars(substring(middle, at, at + STRIPE_M), width)


def _bars(line: BaseGeometry, width_m: float) -> Iterator[Ring]:
    if isinstance(line, LineString) and line.length > 0:
        yield from _rings(line.buffer(width_m / 2, cap_style="flat"))
