"""The fills: constants, so that nothing of what they cover can be got back."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import cv2
import numpy as np

from wayside.domain.errors import ConfigError
from wayside.domain.media import Picture
from wayside.domain.scene import Zone
from wayside.redact.regions import Kind, Regions

FILL: Final = (40, 40, 40)
FIGURE: Final = (92, 92, 92)
"""BGR of the covered area and of the shape drawn on it."""

_SHIFT: Final = 4  # cv2 takes polygon corners in 1/16 pixel


class Style(StrEnum):
    """SOLID: plain fill. SILHOUETTE: the same, with the outline of nobody in particular.

    Blur and mosaic are missing on purpose: both carry the picture on.
    """

    SOLID = "solid"
    SILHOUETTE = "silhouette"


class PrivateZones:
    """Polygons that are filled in every picture, whatever is in them."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        """Raises ConfigError for a polygon that encloses no area or leaves the picture far."""
        for zone in zones:
            corners = np.array(zone.polygon, np.float64)
            if corners.ndim != 2 or corners.shape[0] < 3 or corners.shape[1] != 2:
                raise _refused(zone, "fewer than three corners")
            if not np.isfinite(corners).all() or np.abs(corners).max() > 2:
                raise _refused(zone, "a corner outside the picture")
            if cv2.contourArea(corners.astype(np.float32)) <= 0:
                raise _refused(zone, "no area")
        self._polygons = [np.array(zone.polygon, np.float64) for zone in zones]

    def paint(self, pixels: Picture) -> None:
        """Fills every pixel that a zone touches and its direct neighbours, in place."""
        size = np.array([pixels.shape[1], pixels.shape[0]], np.float64)
        for polygon in self._polygons:
            corners = np.rint((polygon * size - 0.5) * (1 << _SHIFT)).astype(np.int32)
            # One call each: several contours in one call cancel where they overlap.
            cv2.fillPoly(pixels, [corners], FILL, cv2.LINE_8, _SHIFT)
            cv2.polylines(pixels, [corners], isClosed=True, color=FILL, thickness=5, shift=_SHIFT)


def paint(pixels: Picture, regions: Regions, style: Style) -> None:
    """Replaces every pixel of the regions by constants, in place."""
    rects = regions.rects.tolist()
    for x0, y0, x1, y1 in rects:
        pixels[y0:y1, x0:x1] = FILL
    if style is Style.SILHOUETTE:
        # After all fills: a shape's smooth edge then blends constants only.
        for (x0, y0, x1, y1), kind in zip(rects, regions.kinds.tolist(), strict=True):
            if x1 > x0 and y1 > y0:
                _figure(pixels[y0:y1, x0:x1], Kind(kind))


def _figure(region: Picture, kind: Kind) -> None:
    """Head and shoulders, or a rounded plate, inside one region."""
    tall, wide = region.shape[:2]
    if kind is Kind.HEAD:
        head = (max(1, round(wide * 0.2)), max(1, round(min(tall * 0.27, wide * 0.27))))
        shoulders = (max(1, round(wide * 0.4)), max(1, round(tall * 0.36)))
        _ellipse(region, (wide // 2, round(tall * 0.4)), head)
        _ellipse(region, (wide // 2, tall), shoulders)
    elif kind is Kind.PLATE:
        thickness = max(1, round(min(tall * 0.3, wide * 0.15)))
        start, end = (round(wide * 0.3), tall // 2), (round(wide * 0.7), tall // 2)
        cv2.line(region, start, end, FIGURE, thickness, cv2.LINE_AA)


def _ellipse(region: Picture, centre: tuple[int, int], axes: tuple[int, int]) -> None:
    cv2.ellipse(region, centre, axes, 0, 0, 360, FIGURE, cv2.FILLED, cv2.LINE_AA)


def _refused(zone: Zone, why: str) -> ConfigError:
    return ConfigError(
        f"private zone has {why}",
        where=zone.id,
        remedy="Draw it as a simple polygon with corners between 0 and 1",
    )
