"""Places along and beside the lanes of a running simulation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString

from wayside.domain.geometry import Points
from wayside.domain.scene import XY
from wayside.testing.sumo.simulation import sumo


def section(lane: str, start_m: float, end_m: float) -> tuple[Points, float]:
    """The middle of a lane from start_m to end_m, and its width."""
    shape = LineString(sumo.lane.getShape(lane))
    scale = shape.length / sumo.lane.getLength(lane)
    inner = [d for d in _bends(shape) if start_m * scale < d < end_m * scale]
    ways = [start_m * scale, *inner, end_m * scale]
    points = np.array([shape.interpolate(way).coords[0] for way in ways])
    return points, float(sumo.lane.getWidth(lane))


def beside(lane: str, at_m: float, left_m: float = 0.0) -> XY:
    """The place at_m along a lane, left_m to the left of its middle."""
    shape = LineString(sumo.lane.getShape(lane))
    way = at_m * shape.length / sumo.lane.getLength(lane)
    here = np.array(shape.interpolate(way).coords[0])
    ahead = np.array(shape.interpolate(min(way + 0.5, shape.length)).coords[0])
    behind = np.array(shape.interpolate(max(way - 0.5, 0)).coords[0])
    along = (ahead - behind) / np.hypot(*(ahead - behind))
    place = here + left_m * np.array([-along[1], along[0]])
    return float(place[0]), float(place[1])


def along(lane: str, from_m: float, to_m: float, left_m: float = 0.0) -> list[XY]:
    """A way in steps of 5 m or less from from_m to to_m, backwards where to_m is less."""
    count = max(int(abs(to_m - from_m) / 5) + 1, 2)
    return [beside(lane, at, left_m) for at in np.linspace(from_m, to_m, count).tolist()]


def even(points: Points, count: int = 12) -> Points:
    """The same way in equal steps, so that lanes can be averaged."""
    line = LineString(points)
    steps = np.linspace(0, 1, count)
    return np.array([line.interpolate(s, normalized=True).coords[0] for s in steps])


def _bends(shape: LineString) -> NDArray[np.float64]:
    steps = np.hypot(*np.diff(np.asarray(shape.coords), axis=0).T)
    return np.asarray(np.cumsum(steps)[:-1])
