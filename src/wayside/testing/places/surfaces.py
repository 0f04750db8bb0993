"""What the ground of a place is made of: asphalt, slabs, grass, water, paint."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.media import Picture
from wayside.testing.town.ground import Sheet

Tone = tuple[float, float, float]
"""Blue, green, red, 0..255."""
Spot = tuple[float, float]

ASPHALT: Tone = (112.0, 109.0, 107.0)
DARK_ASPHALT: Tone = (88.0, 86.0, 84.0)
PAVING: Tone = (150.0, 156.0, 160.0)
WARM_PAVING: Tone = (142.0, 160.0, 176.0)
KERBSTONE: Tone = (182.0, 186.0, 188.0)
GRASS: Tone = (62.0, 112.0, 92.0)
WATER: Tone = (136.0, 112.0, 70.0)
WHITE: Tone = (216.0, 220.0, 221.0)
CYCLE_RED: Tone = (78.0, 84.0, 138.0)


class Surface:
    """A ground picture while it is being painted. Metres in, pixels on the sheet."""

    def __init__(self, sheet: Sheet, seed: int) -> None:
        self._sheet = sheet
        self._random = np.random.default_rng([seed, 3])
        self._canvas = np.zeros((*sheet.shape, 3), np.float32)

    def picture(self) -> Picture:
        return np.asarray(np.clip(self._canvas, 0, 255), np.uint8)

    def grain(self, *octaves: tuple[int, float]) -> NDArray[np.float32]:
        """Smooth noise: for each octave a size in pixels and a standard deviation."""
        rows, columns = self._sheet.shape
        total = np.zeros((rows, columns), np.float32)
        for size, deviation in octaves:
            small = (max(4, rows // size), max(4, columns // size))
            rough = self._random.standard_normal(small, np.float32) * np.float32(deviation)
            total += cv2.resize(rough, (columns, rows), interpolation=cv2.INTER_CUBIC)
        return total

    def everywhere(self, tone: Tone, *octaves: tuple[int, float]) -> None:
        self._canvas[:] = tone
        self._canvas += self.grain(*octaves)[..., None]

    def area(
        self, corners: Sequence[Spot], tone: Tone, share: float = 1.0, rough: float = 0.0
    ) -> None:
        """A filled polygon. share: opacity. rough: standard deviation of its fine grain."""
        self.shape([corners], tone, share, rough)

    def shape(
        self, rings: Sequence[Sequence[Spot]], tone: Tone, share: float = 1.0, rough: float = 0.0
    ) -> None:
        """The same of any outline: what lies inside an odd number of ``rings`` is filled."""
        mask = np.zeros(self._sheet.shape, np.uint8)
        pixels = [self._sheet.to_pixels(np.array(ring, np.float64)) * 16 for ring in rings]
        cv2.fillPoly(
            mask, [np.round(ring).astype(np.int32) for ring in pixels], 255, cv2.LINE_AA, 4
        )
        self._blend(mask.astype(np.float32) * (share / 255), tone, rough)

    def rect(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        tone: Tone,
        share: float = 1.0,
        rough: float = 0.0,
    ) -> None:
        self.area([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], tone, share, rough)

    def disc(self, x: float, y: float, radius: float, tone: Tone, rough: float = 0.0) -> None:
        turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        ring = [(x + radius * np.cos(turn), y + radius * np.sin(turn)) for turn in turns]
        self.area(ring, tone, 1.0, rough)

    def paint(self, bars: Sequence[Sequence[Spot]], tone: Tone = WHITE) -> None:
        """Road paint, worn where wheels and feet go."""
        mask = np.zeros(self._sheet.shape, np.uint8)
        for bar in bars:
            self._fill(mask, bar)
        worn = np.clip(0.86 + 0.14 * np.clip(self.grain((2, 1.0), (9, 1.0)), -1.5, 0.6), 0.5, 0.95)
        self._blend(mask.astype(np.float32) / 255 * worn, tone, 0.0)

    def slabs(
        self,
        x0: float,
        y0: float,
        x1: float,
        y1: float,
        tone: Tone,
        pitch_m: float = 0.8,
        seam: float = 13.0,
    ) -> None:
        """Paving with visible seams."""
        mask = np.zeros(self._sheet.shape, np.uint8)
        self._fill(mask, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
        tile = np.empty_like(self._canvas)
        tile[:] = tone
        tile += self.grain((2, 3.0), (12, 3.5), (150, 5.0))[..., None]
        pitch = max(3, int(pitch_m * self._sheet.scale_px))
        tile[::pitch] -= seam
        tile[:, ::pitch] -= seam
        share = mask.astype(np.float32)[..., None] / 255
        self._canvas += share * (tile - self._canvas)

    def wear(self, x0: float, y0: float, x1: float, y1: float, depth: float = 9.0) -> None:
        """A strip that tyres have darkened."""
        mask = np.zeros(self._sheet.shape, np.uint8)
        self._fill(mask, [(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
        soft = cv2.GaussianBlur(mask, (0, 0), 0.25 * self._sheet.scale_px)
        self._canvas -= depth * soft.astype(np.float32)[..., None] / 255

    def repairs(self, x0: float, y0: float, x1: float, y1: float, count: int) -> None:
        """Patches, manholes and oil, so that the road is no test card."""
        for _ in range(count):
            x, y = self._random.uniform(x0, x1), self._random.uniform(y0, y1)
            long, wide = self._random.uniform(0.8, 4.0), self._random.uniform(0.5, 1.4)
            dark = float(self._random.uniform(-12, 4))
            self._shift([(x, y), (x + long, y), (x + long, y + wide), (x, y + wide)], dark)
        for _ in range(count):
            x, y = self._random.uniform(x0, x1), self._random.uniform(y0, y1)
            middle = self._sheet.to_pixels(np.array([[x, y]]))[0].astype(int)
            spot = (int(middle[0]), int(middle[1]))
            radius = int(self._random.uniform(0.12, 0.34) * self._sheet.scale_px)
            cv2.circle(self._canvas, spot, radius, (80, 78, 78), -1, cv2.LINE_AA)

    def gloss(self, tone: Tone, share: float) -> None:
        """Puddles that show the sky."""
        pools = np.clip(self.grain((30, 0.6), (90, 0.8)) - 0.5, 0.0, 1.0) * share
        self._blend(pools, tone, 0.0)

    def _shift(self, corners: Sequence[Spot], by: float) -> None:
        mask = np.zeros(self._sheet.shape, np.uint8)
        self._fill(mask, corners)
        self._canvas += by * mask.astype(np.float32)[..., None] / 255

    def _fill(self, mask: NDArray[np.uint8], corners: Sequence[Spot]) -> None:
        points = self._sheet.to_pixels(np.array(corners, np.float64))
        cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)

    def _blend(self, share: NDArray[np.float32], tone: Tone, rough: float) -> None:
        target = np.empty_like(self._canvas)
        target[:] = tone
        if rough:
            target += self.grain((1, rough), (3, rough), (24, rough * 0.8), (160, rough))[..., None]
        self._canvas += share[..., None] * (target - self._canvas)


def dashes(
    y: float, x0: float, x1: float, dash_m: float = 3.0, gap_m: float = 5.0, width_m: float = 0.14
) -> list[list[Spot]]:
    """A broken line along x."""
    found, x = [], x0
    while x < x1:
        end = min(x + dash_m, x1)
        found.append(bar(x, y - width_m / 2, end, y + width_m / 2))
        x += dash_m + gap_m
    return found


def bar(x0: float, y0: float, x1: float, y1: float) -> list[Spot]:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def zebra(x0: float, x1: float, y0: float, y1: float, pitch_m: float = 1.0) -> list[list[Spot]]:
    """Stripes along x, side by side from y0 to y1: a crossing over a road along x."""
    found, y = [], y0 + 0.3
    while y + 0.5 < y1:
        found.append(bar(x0, y, x1, y + 0.5))
        y += pitch_m
    return found
