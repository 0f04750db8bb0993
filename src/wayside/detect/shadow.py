"""Which foreground is only a shadow: darker, of the same colour, and evenly so."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.media import Picture

Mask = NDArray[np.uint8]
Rect = tuple[slice, slice]

_LIFT = np.float32(4.0)
"""Keeps the ratio of dark pixels from being that of their noise."""
_COARSE = 4
_RECT_PIXELS = 2000
"""What one more rectangle costs, as pixels."""


def shadow(picture: Picture, background: Picture, floor: float) -> Mask:
    """(h, w) uint8, 255 where a pixel is darkened evenly without a change of colour.

    picture, background: (3, h, w), the same rectangle of both. floor: least share of the
    light that a shadow leaves.
    """
    ratio = picture.astype(np.float32)
    ratio += _LIFT
    under = background.astype(np.float32)
    under += _LIFT
    ratio /= under
    blue, green, red = ratio
    low = cv2.min(cv2.min(blue, green), red)
    high = cv2.max(cv2.max(blue, green), red)
    grey = cv2.addWeighted(low, 0.5, high, 0.5, 0.0)
    mean = cv2.blur(grey, (5, 5))
    roughness = cv2.subtract(cv2.sqrBoxFilter(grey, cv2.CV_32F, (5, 5)), cv2.multiply(mean, mean))
    # inRange, not compare: to that, a picture of four pixels is a scalar.
    even = cv2.inRange(cv2.subtract(high, low), -1.0, 0.09)
    even = cv2.bitwise_and(even, cv2.inRange(roughness, -1.0, 0.0016))
    return np.asarray(cv2.bitwise_and(even, cv2.inRange(grey, floor, 0.97)))


def clumps(mask: Mask, whole: Rect) -> list[Rect]:
    """Tight rectangles that hold the mask between them; ``whole`` alone where they save nothing."""
    height, width = mask.shape
    small = (max(width // _COARSE, 1), max(height // _COARSE, 1))
    coarse = cv2.dilate(cv2.resize(mask, small, interpolation=cv2.INTER_AREA), _NEAR)
    _, _, stats, _ = cv2.connectedComponentsWithStats(coarse, connectivity=8, ltype=cv2.CV_16U)
    across, down = width / small[0], height / small[1]
    rects: list[Rect] = []
    for x, y, w, h, _ in stats[1:].tolist():
        top, left = int(y * down), int(x * across)
        inner = mask[top : int((y + h) * down) + 1, left : int((x + w) * across) + 1]
        rects.append(_tight(inner, top, left))
    return rects if sum(map(_cost, rects)) < _cost(whole) else [whole]


def _tight(mask: Mask, top: int, left: int) -> Rect:
    """Of what a part of a mask holds, in rows and columns of the whole; the part begins there."""
    x, y, w, h = cv2.boundingRect(mask)
    return slice(top + y, top + y + h), slice(left + x, left + x + w)


def _cost(rect: Rect) -> int:
    rows, columns = rect
    return int((rows.stop - rows.start) * (columns.stop - columns.start)) + _RECT_PIXELS


_NEAR = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))
