"""Plane geometry on boxes, segments and polygons, vectorised over objects.

Coordinates are normalised picture coordinates unless said otherwise: x to
the right, y down. "Left" and "right" of a directed segment are as seen by
someone who stands on its first point and looks at its second.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.domain.detections import Boxes

Points: TypeAlias = NDArray[np.float64]
"""(N, 2) float64, x and y."""


def areas(boxes: Boxes) -> NDArray[np.float32]:
    """(N,) area of each xyxy box, in the square of the boxes' unit."""
    return np.asarray((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]))


def intersections(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """(N, M) area shared by each box of a with each box of b."""
    width = np.minimum(a[:, None, 2], b[None, :, 2]) - np.maximum(a[:, None, 0], b[None, :, 0])
    height = np.minimum(a[:, None, 3], b[None, :, 3]) - np.maximum(a[:, None, 1], b[None, :, 1])
    return np.asarray(np.maximum(width, 0) * np.maximum(height, 0))


def iou(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """(N, M) intersection over union, 0..1; 0 where both boxes are empty."""
    shared = intersections(a, b)
    union = areas(a)[:, None] + areas(b)[None, :] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0))


def covered(a: Boxes, b: Boxes) -> NDArray[np.float32]:
    """(N, M) share of each box of a that lies in each box of b, 0..1."""
    shared = intersections(a, b)
    own = areas(a)[:, None]
    return np.asarray(np.divide(shared, own, out=np.zeros_like(shared), where=own > 0))


def sides(start: Points, end: Points, points: Points) -> NDArray[np.float64]:
    """(N,) signed doubled area: > 0 where a point is right of the line start→end, < 0 left.

    ``start`` and ``end`` are (2,) or (N, 2).
    """
    along = end - start
    to = points - start
    return np.asarray(along[..., 0] * to[..., 1] - along[..., 1] * to[..., 0])


def crossings(
    start: Points, end: Points, before: Points, after: Points
) -> tuple[NDArray[np.int8], NDArray[np.float64]]:
    """Which of N steps before→after cross the segment start→end, and when.

    ``start`` and ``end`` are (2,) or (N, 2). Returns (direction, when):
    direction (N,) int8 is +1 for left to right (``forward``), -1 for right to
    left, 0 for no crossing; when (N,) in 0..1 is the share of the step made at
    the crossing (0 where there is none).
    A point exactly on the line counts as right of it, so a step that ends on
    the line and the next one that leaves it cross once together, not twice.
    """
    side_before = sides(start, end, before)
    side_after = sides(start, end, after)
    swaps = (side_before < 0) != (side_after < 0)
    total = side_before - side_after
    when = np.divide(side_before, total, out=np.zeros_like(total), where=swaps)
    hit = before + (after - before) * when[:, None]
    along = end - start
    length_squared = np.maximum((along**2).sum(-1), 1e-18)
    position = ((hit - start) * along).sum(-1) / length_squared
    crosses = swaps & (position >= 0) & (position <= 1)
    direction = np.where(crosses, np.where(side_after >= 0, 1, -1), 0).astype(np.int8)
    return direction, np.where(crosses, when, 0.0)


def inside(polygon: Points, points: Points) -> NDArray[np.bool_]:
    """(N,) True where a point lies in the polygon (V, 2), by the even-odd rule."""
    x, y = points[:, 0][:, None], points[:, 1][:, None]
    x1, y1 = polygon[:, 0], polygon[:, 1]
    x2, y2 = np.concatenate([polygon[1:], polygon[:1]]).T
    straddles = (y1 > y) != (y2 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        cut = x1 + (y - y1) * (x2 - x1) / (y2 - y1)
    return np.asarray((straddles & (x < cut)).sum(1) % 2 == 1)
