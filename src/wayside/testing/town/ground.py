"""The ground seen from straight above: asphalt, kerbs, markings, zebras, pavements, grass."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points
from wayside.domain.media import Picture
from wayside.testing.town.layout import Layout
from wayside.testing.town.paths import arc, rotated


@dataclass(frozen=True, slots=True)
class Sheet:
    """Where a ground picture lies: its upper left corner, its size and pixels per metre."""

    west_m: float
    north_m: float
    width_m: float
    height_m: float
    scale_px: int = 20

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.height_m * self.scale_px), int(self.width_m * self.scale_px)

    def to_pixels(self, ground: Points) -> Points:
        """(N, 2) pixels of the ground picture of (N, 2) metres."""
        offset = [(ground[:, 0] - self.west_m), (self.north_m - ground[:, 1])]
        return np.stack(offset, axis=1) * self.scale_px

    def to_ground(self) -> NDArray[np.float64]:
        """(3, 3) matrix from pixels of the ground picture to metres."""
        pitch = 1 / self.scale_px
        return np.array([[pitch, 0, self.west_m], [0, -pitch, self.north_m], [0, 0, 1]])


SHEET = Sheet(-52.0, 52.0, 104.0, 74.0)
SCALE_PX, SHAPE = SHEET.scale_px, SHEET.shape
to_pixels = SHEET.to_pixels

ASPHALT = (112.0, 109.0, 107.0)
WORN = (99.0, 97.0, 96.0)
PAVING = (150.0, 156.0, 160.0)
KERBSTONE = (182.0, 186.0, 188.0)
GRASS = (62.0, 112.0, 92.0)
PAINT = (216.0, 220.0, 221.0)
CYCLE_PAINT = (74.0, 82.0, 128.0)

_Canvas = NDArray[np.float32]


def ground_picture(layout: Layout, seed: int) -> Picture:
    """(*SHAPE, 3) uint8."""
    random = np.random.default_rng([seed, 3])
    canvas = np.empty((*SHAPE, 3), np.float32)
    canvas[:] = GRASS
    canvas += _texture(random, ((3, 10.0), (30, 9.0), (200, 8.0)))[..., None]
    _pavements(canvas, layout, random)
    _carriageway(canvas, layout, random)
    paint = np.zeros(SHAPE, np.uint8)
    for arm in range(4):
        _markings(paint, layout, arm)
    worn = 0.86 + 0.14 * np.clip(_texture(random, ((2, 1.0), (9, 1.0))), -1.5, 0.6)
    share = (paint.astype(np.float32) / 255 * np.clip(worn, 0.5, 0.95))[..., None]
    canvas += share * (np.array(PAINT, np.float32) - canvas)
    return np.asarray(np.clip(canvas, 0, 255), np.uint8)


def _texture(
    random: np.random.Generator, octaves: tuple[tuple[int, float], ...]
) -> NDArray[np.float32]:
    """SHAPE smooth noise: for each octave a size in pixels and a standard deviation."""
    total = np.zeros(SHAPE, np.float32)
    for size, deviation in octaves:
        small = (max(4, SHAPE[0] // size), max(4, SHAPE[1] // size))
        grain = random.standard_normal(small, np.float32) * np.float32(deviation)
        total += cv2.resize(grain, SHAPE[::-1], interpolation=cv2.INTER_CUBIC)
    return total


def _fill(mask: NDArray[np.uint8], ground: Points, value: int = 255) -> None:
    points = np.round(to_pixels(ground) * 16).astype(np.int32)
    cv2.fillPoly(mask, [points], value, cv2.LINE_AA, 4)


def _blend(canvas: _Canvas, mask: NDArray[np.uint8], colour: object) -> None:
    share = mask.astype(np.float32)[..., None] / 255
    canvas += share * (np.asarray(colour, np.float32) - canvas)


def _cross(half: float, reach: float, box: float) -> Points:
    """(V, 2) outline of two crossing streets of half width ``half`` with rounded corners."""
    corner = arc((box, -box), max(box - half, 0.05), 180.0, 90.0)
    quarter = np.concatenate([[[half, -reach]], corner, [[reach, -half]]])
    return np.concatenate([rotated(quarter, turn) for turn in range(4)])


def _pavements(canvas: _Canvas, layout: Layout, random: np.random.Generator) -> None:
    outer = np.zeros(SHAPE, np.uint8)
    _fill(outer, _cross(layout.kerb + layout.pavement, 99.0, layout.kerb + layout.pavement + 1.0))
    slabs = np.empty((*SHAPE, 3), np.float32)
    slabs[:] = PAVING
    slabs += _texture(random, ((2, 3.0), (12, 3.5), (150, 5.0)))[..., None]
    pitch = int(0.8 * SCALE_PX)
    slabs[::pitch] -= 13
    slabs[:, ::pitch] -= 13
    _blend(canvas, outer, slabs)
    kerb = np.zeros(SHAPE, np.uint8)
    _fill(kerb, _cross(layout.kerb + 0.22, 99.0, layout.box + 0.05))
    _blend(canvas, kerb, KERBSTONE)


def _carriageway(canvas: _Canvas, layout: Layout, random: np.random.Generator) -> None:
    road = np.zeros(SHAPE, np.uint8)
    _fill(road, _cross(layout.kerb, 99.0, layout.box))
    surface = np.empty((*SHAPE, 3), np.float32)
    surface[:] = ASPHALT
    tracks = np.zeros(SHAPE, np.uint8)
    for arm in range(4):
        for centre in (layout.lane_centre, -layout.lane_centre):
            for wheel in (-0.8, 0.8):
                x = centre + wheel
                strip = np.array([[x - 0.25, -99], [x + 0.25, -99], [x + 0.25, 0], [x - 0.25, 0]])
                _fill(tracks, rotated(strip, arm), 120)
    _blend(surface, cv2.GaussianBlur(tracks, (0, 0), 5).astype(np.uint8), WORN)
    _patches(surface, random)
    surface += _texture(random, ((1, 5.0), (3, 4.0), (24, 3.0), (160, 4.5)))[..., None]
    _blend(canvas, road, surface)
    cycle = np.zeros(SHAPE, np.uint8)
    for arm in range(4):
        for sign in (1, -1):
            a, b = sign * layout.lane, sign * layout.kerb
            ends = (-99.0, -layout.zebra_to - 0.3)
            strip = np.array([[a, ends[0]], [b, ends[0]], [b, ends[1]], [a, ends[1]]])
            _fill(cycle, rotated(strip, arm), 105)
    _blend(canvas, cycle, CYCLE_PAINT)


def _patches(surface: _Canvas, random: np.random.Generator) -> None:
    """Repairs, oil, manholes and cracks, so that the road is not a test card."""
    for _ in range(26):
        x, y = random.uniform(-25, 25), random.uniform(-15, 30)
        long, wide = random.uniform(0.8, 4.0), random.uniform(0.5, 1.6)
        patch = np.array([[x, y], [x + wide, y], [x + wide, y + long], [x, y + long]])
        tone = (np.array(ASPHALT) + random.uniform(-11, 4)).tolist()
        cv2.fillPoly(surface, [np.round(to_pixels(patch)).astype(np.int32)], tone)
    for _ in range(30):
        centre = to_pixels(random.uniform([-20, -15], [20, 25], (1, 2)))[0].astype(int)
        spot = (int(centre[0]), int(centre[1]))
        cv2.circle(surface, spot, int(random.uniform(3, 9)), (82, 80, 80), -1, cv2.LINE_AA)
    for x, y in ((0.9, -9.0), (-3.6, 4.2), (9.5, 2.2), (-14.0, -2.0), (1.4, 17.0)):
        centre = to_pixels(np.array([[x, y]]))[0].astype(int)
        spot = (int(centre[0]), int(centre[1]))
        cv2.circle(surface, spot, 7, (70, 68, 66), -1, cv2.LINE_AA)
        cv2.circle(surface, spot, 7, (112, 110, 108), 1, cv2.LINE_AA)
    for _ in range(14):
        walk = np.cumsum(random.normal(0, 0.35, (30, 2)), axis=0) + random.uniform(-18, 18, 2)
        points = np.round(to_pixels(walk)).astype(np.int32)
        cv2.polylines(surface, [points], isClosed=False, color=(72, 70, 70), lineType=cv2.LINE_AA)


def _markings(paint: NDArray[np.uint8], layout: Layout, arm: int) -> None:
    """White paint of one arm, drawn for the south and turned."""

    def bar(x0: float, x1: float, y0: float, y1: float) -> None:
        _fill(paint, rotated(np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]), arm))

    stop, end = -layout.stop_line, -90.0
    bar(-0.06, 0.06, stop - 12.0, stop)
    for i in range(20):
        bar(-0.06, 0.06, stop - 15.0 - 4.5 * i - 2.5, stop - 15.0 - 4.5 * i)
    bar(0.0, layout.kerb, stop - 0.4, stop)
    for x in (layout.lane, -layout.lane):
        bar(x - 0.06, x + 0.06, end, stop)
    pitch = 1.0
    stripes = int(2 * layout.kerb / pitch)
    for i in range(stripes):
        x = -layout.kerb + 0.35 + i * pitch
        bar(x, x + 0.5, -layout.zebra_to, -layout.zebra_from)
    _arrow(paint, layout, arm)


def _arrow(paint: NDArray[np.uint8], layout: Layout, arm: int) -> None:
    x, y = layout.lane_centre, -layout.stop_line - 6.0
    shaft = np.array([[x - 0.1, y - 1.6], [x + 0.1, y - 1.6], [x + 0.1, y + 1], [x - 0.1, y + 1]])
    head = np.array([[x - 0.4, y + 1.0], [x + 0.4, y + 1.0], [x, y + 2.2]])
    for shape in (shaft, head):
        _fill(paint, rotated(shape, arm))
