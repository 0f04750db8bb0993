"""Boxes in the picture of the cuboids that stand on the ground, and who hides whom."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

from wayside.testing.town.camera import Camera

_SIGNS = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0.0, 1.0)])


def corners(
    xy: NDArray[np.float32], headings: NDArray[np.float32], sizes: NDArray[np.float32]
) -> NDArray[np.float64]:
    """(N, 8, 3) metres. xy: (N, 2) centres; headings: (N,) radians; sizes: (N, 3) metres."""
    local = _SIGNS[None] * sizes[:, None, :]
    cos, sin = np.cos(headings)[:, None], np.sin(headings)[:, None]
    x = xy[:, :1] + cos * local[..., 0] - sin * local[..., 1]
    y = xy[:, 1:] + sin * local[..., 0] + cos * local[..., 1]
    return np.stack([x, y, local[..., 2]], axis=2)


def footprints(
    xy: NDArray[np.float32], headings: NDArray[np.float32], sizes: NDArray[np.float32]
) -> list[Polygon]:
    """N rectangles on the ground, metres; as ``corners``."""
    return [Polygon(each) for each in corners(xy, headings, sizes)[:, [0, 2, 6, 4], :2]]


def project_boxes(camera: Camera, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 4) normalised xyxy of (N, 8, 3) corners, perhaps beyond the picture; NaN for what is
    partly behind the lens.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        picture = camera.project(points) / (camera.width, camera.height)
    boxes = np.concatenate([picture.min(axis=1), picture.max(axis=1)], axis=1)
    boxes[(camera.depth_m(points) < 0.5).any(axis=1)] = np.nan
    return boxes


def visible_shares(
    boxes: NDArray[np.float64], distances: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N,) share of each box, cut by the picture, that no nearer box covers.

    A grid of 6 x 6 points a box: enough to tell a tenth hidden from a half. Boxes hide a little
    more than the bodies in them do, hence the smaller covers (94 % of each side).
    """
    count = len(boxes)
    if count == 0:
        return np.empty(0)
    steps = (np.arange(6) + 0.5) / 6
    cut = np.clip(boxes, 0, 1)
    x = cut[:, None, 0] + (cut[:, 2] - cut[:, 0])[:, None] * steps
    y = cut[:, None, 1] + (cut[:, 3] - cut[:, 1])[:, None] * steps
    shrink = 0.03 * (boxes[:, 2:] - boxes[:, :2])
    cover = np.concatenate([boxes[:, :2] + shrink, boxes[:, 2:] - shrink], axis=1)
    nearer = distances[None, :] < distances[:, None] - 0.3
    in_x = (x[:, None, :] > cover[None, :, None, 0]) & (x[:, None, :] < cover[None, :, None, 2])
    in_y = (y[:, None, :] > cover[None, :, None, 1]) & (y[:, None, :] < cover[None, :, None, 3])
    hidden = (in_x[:, :, :, None] & in_y[:, :, None, :] & nearer[:, :, None, None]).any(axis=1)
    return np.asarray(1 - hidden.reshape(count, -1).mean(axis=1))
