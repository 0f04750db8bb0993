"""Lines, shades and words on a picture, sized to its height so that they stay legible."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points
from wayside.domain.media import Picture

BGR: TypeAlias = tuple[float, float, float]
XYPixels: TypeAlias = tuple[int, int]
Rect: TypeAlias = tuple[int, int, int, int]
"""x0, y0, x1, y1 in pixels."""

WHITE: Final = (255, 255, 255)
DARK: Final = (26, 22, 20)
REGULAR: Final = 450
BOLD: Final = 650

_DESIGN_HEIGHT: Final = 432
_SHIFT: Final = 3  # cv2 takes points in 1/8 pixel, so that slow things glide
_LEAST_TEXT_PX: Final = 10
_FADE_STEPS: Final = 6


class Ink:
    """Draws in place on (H, W, 3) BGR ``pixels``. Points are pixels, as floats."""

    def __init__(self, pixels: Picture) -> None:
        self.pixels = pixels
        self.height, self.width = pixels.shape[:2]
        self._unit: float = min(max(self.height / _DESIGN_HEIGHT, 0.6), 3.0)

    def px(self, design: float) -> int:
        """A length of the 432-line design in pixels of this picture, at least 1."""
        return max(1, round(design * self._unit))

    def text_px(self, design: float) -> int:
        """The same for letters, never too small to read."""
        return max(_LEAST_TEXT_PX, round(design * self._unit))

    def at(self, points: Points) -> Points:
        """(N, 2) normalised as pixels."""
        return np.asarray(points, np.float64) * (self.width, self.height)

    def line(self, points: Points, colour: BGR, thickness: int, *, is_closed: bool = False) -> None:
        """A smooth polyline through (K, 2) points."""
        self.lines([points], colour, thickness, is_closed=is_closed)

    def lines(
        self, each: Sequence[Points], colour: BGR, thickness: int, *, is_closed: bool = False
    ) -> None:
        """Several polylines of one look, in one call: half of the time of many."""
        self._stroke([_fixed(points) for points in each], colour, thickness, is_closed=is_closed)

    def cased_line(
        self, points: Points, colour: BGR, thickness: int, *, is_closed: bool = False
    ) -> None:
        """A polyline with a dark edge, seen on bright and on dark ground."""
        self.line(points, DARK, thickness + self.px(2), is_closed=is_closed)
        self.line(points, colour, thickness, is_closed=is_closed)

    def polygon(self, points: Points, colour: BGR) -> None:
        """A filled polygon with a dark edge."""
        cv2.fillPoly(self.pixels, [_fixed(points)], colour, cv2.LINE_AA, _SHIFT)
        self.line(points, DARK, 1, is_closed=True)

    def shade(self, rect: Rect, colour: BGR, opacity: float) -> None:
        """Mixes ``colour`` into a rectangle; what is outside the picture is left out."""
        area = self._area(rect)
        if area.size:
            flat = np.full_like(area, colour)
            cv2.addWeighted(area, 1 - opacity, flat, opacity, 0, dst=area)

    def shade_polygon(self, points: Points, colour: BGR, opacity: float) -> None:
        """Mixes ``colour`` into the inside of a polygon."""
        rect = _around(points)
        area = self._area(rect)
        if not area.size:
            return
        filled = area.copy()
        corner = (max(0, rect[0]), max(0, rect[1]))
        cv2.fillPoly(filled, [_fixed(points - corner)], colour, cv2.LINE_AA, _SHIFT)
        cv2.addWeighted(area, 1 - opacity, filled, opacity, 0, dst=area)

    def fading_line(self, points: Points, colour: BGR, thickness: int) -> None:
        """A polyline that is full at its last point and thin and faint at its first.

        Faint is the colour of the ground mixed in, step by step: a third of the
        time of blending pixel by pixel, and on a trail nobody can tell.
        """
        if len(points) < 2:
            return
        cuts, shares = _fade(len(points))
        columns, rows = points[cuts[:-1]].astype(int).T
        columns, rows = columns.clip(0, self.width - 1), rows.clip(0, self.height - 1)
        mixed = np.array(colour) * shares + self.pixels[rows, columns] * (1 - shares)
        fixed = _fixed(points)
        steps = zip(pairwise(cuts.tolist()), mixed.tolist(), shares.tolist(), strict=True)
        for (start, end), shade, (share,) in steps:
            wide = max(1, round(thickness * (0.4 + 0.6 * share)))
            self._stroke([fixed[start : end + 1]], shade, wide)

    def text_size(self, text: str, size: int, weight: int = REGULAR) -> tuple[int, int]:
        """(width, height) in pixels; the height is that of a line, whatever the letters."""
        box = cv2.getTextSize((self.width, self.height), text, (0, 0), _font(), size, weight)
        return int(box[0] + box[2]), size

    def text(
        self, text: str, at: XYPixels, size: int, colour: BGR = WHITE, weight: int = REGULAR
    ) -> None:
        """Letters with their baseline starting at ``at``."""
        cv2.putText(self.pixels, text, at, colour, _font(), size, weight)

    def chip_size(self, text: str, size: int, weight: int = REGULAR) -> tuple[int, int]:
        """(width, height) of a chip with that text."""
        wide, tall = self.text_size(text, size, weight)
        return wide + 2 * self.px(4), tall + self.px(4)

    def chip(
        self,
        text: str,
        corner: XYPixels,
        size: int,
        *,
        accent: BGR | None = None,
        weight: int = REGULAR,
    ) -> None:
        """Words on a dark plate whose top left is ``corner``, with a coloured edge if asked."""
        wide, tall = self.chip_size(text, size, weight)
        x, y = corner
        self.shade((x, y, x + wide, y + tall), DARK, 0.78)
        if accent is not None:
            self.shade((x, y, x + self.px(2), y + tall), accent, 1.0)
        baseline = y + tall // 2 + round(size * 0.36)
        self.text(text, (x + self.px(4), baseline), size, WHITE, weight)

    def inside(self, corner: XYPixels, size: tuple[int, int]) -> XYPixels:
        """``corner`` moved so that something of that size stays in the picture."""
        x = min(max(corner[0], 0), max(self.width - size[0], 0))
        y = min(max(corner[1], 0), max(self.height - size[1], 0))
        return x, y

    def _stroke(
        self,
        each: Sequence[NDArray[np.int32]],
        colour: Sequence[float],
        thickness: int,
        *,
        is_closed: bool = False,
    ) -> None:
        cv2.polylines(self.pixels, each, is_closed, colour, thickness, cv2.LINE_AA, _SHIFT)

    def _area(self, rect: Rect) -> Picture:
        x0, y0, x1, y1 = rect
        return self.pixels[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)]


@cache
def _font() -> cv2.FontFace:
    """The one that OpenCV carries: proportional, smooth, and it knows more than ASCII."""
    return cv2.FontFace("sans")


@lru_cache(maxsize=256)
def _fade(points: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where a line of so many points is cut, and the opacity (steps, 1) of each part."""
    cuts = np.unique(np.linspace(0, points - 1, _FADE_STEPS + 1).round().astype(np.int64))
    return cuts, cuts[1:, None] / (points - 1)


def _fixed(points: Points) -> NDArray[np.int32]:
    return np.rint(np.asarray(points) * (1 << _SHIFT)).astype(np.int32)


def _around(points: Points, margin: int = 1) -> Rect:
    """Whole pixels around (K, 2) points."""
    low = np.floor(points.min(0)).astype(int) - margin
    high = np.ceil(points.max(0)).astype(int) + margin + 1
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])
