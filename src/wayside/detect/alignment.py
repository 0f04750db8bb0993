"""Where has a view gone? Shift, turn and zoom between two maps of edges.

Phase correlation (Kuglin and Hines 1975) of some tiles gives each one's shift, to a fraction
of a pixel; a similarity through them, less the tiles that disagree (traffic), gives turn and
zoom as well. It sees up to about an eighth of the width. What went farther is looked for by
trying turns and zooms of the whole picture, which costs a hundred times as much and is asked
for rarely.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.health import ViewShift

Plane = NDArray[np.float32]

_TILE = 64
_SIGNIFICANT: Final = 7.0
"""Peak over the surface's mean, in its standard deviations. Unrelated tiles stay below 6."""
_SIGNIFICANT_WHOLE: Final = 9.0
_AGREE_PX = 1.2
_TURNS_DEG = (-15.0, -12.0, -9.0, -6.0, -3.0, 0.0, 3.0, 6.0, 9.0, 12.0, 15.0)
_ZOOMS = (0.7, 0.77, 0.85, 0.92, 1.0, 1.08, 1.18, 1.3, 1.43)


@dataclass(frozen=True, slots=True)
class _Tiles:
    """corners: (N, 2) x, y of the tiles. centres: (N, 2) relative to the picture's centre."""

    corners: NDArray[np.intp]
    centres: NDArray[np.float64]


@lru_cache(maxsize=16)
def _tiles(width: int, height: int) -> _Tiles:
    across, down = (3, 2) if width >= height else (2, 3)
    xs = np.linspace(0, max(width - _TILE, 0), across).round().astype(int)
    ys = np.linspace(0, max(height - _TILE, 0), down).round().astype(int)
    corners = np.array([(x, y) for y in ys for x in xs])
    size = np.array([min(_TILE, width), min(_TILE, height)])
    return _Tiles(corners, corners + size / 2 - np.array([width, height]) / 2)


@lru_cache(maxsize=16)
def _window(width: int, height: int) -> Plane:
    return np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1]).astype(np.float32)


@lru_cache(maxsize=16)
def _low_pass(width: int, height: int) -> Plane:
    """Whitening lifts noise as high as edges; above a third of the band there is little else."""
    fx, fy = np.fft.rfftfreq(width), np.fft.fftfreq(height)
    return np.exp(-(fx[None] ** 2 + fy[:, None] ** 2) / (2 * 0.13**2)).astype(np.float32)


def near_shift(reference: Plane, now: Plane) -> ViewShift | None:
    """Of ``now`` against ``reference``, both (H, W) edge maps; None where too little agrees."""
    height, width = now.shape
    tiles = _tiles(width, height)
    shifts, ratios = _phase(_cut(reference, tiles), _cut(now, tiles))
    good = np.flatnonzero(ratios > _SIGNIFICANT)
    while len(good) >= 2:
        fit = _similarity(tiles.centres[good], shifts[good])
        away = np.hypot(*(_moved(fit, tiles.centres[good]) - shifts[good]).T)
        if away.max() <= _AGREE_PX:
            return _as_shift(fit, width, height, len(good) / len(ratios))
        good = np.delete(good, int(away.argmax()))
    return None


def far_shift(reference: Plane, now: Plane) -> ViewShift | None:
    """The same for large moves, turns to 15 degrees and zooms to 1.4; some 50 ms."""
    height, width = now.shape
    best, found = _SIGNIFICANT_WHOLE, None
    for turn in _TURNS_DEG:
        for zoom in _ZOOMS:
            # Undo the supposed turn and zoom; what is left must be a plain shift.
            undo = cv2.getRotationMatrix2D((width / 2, height / 2), turn, 1 / zoom)
            undone = cv2.warpAffine(now, undo, (width, height), flags=cv2.INTER_LINEAR)
            shifts, ratios = _phase(reference[None], np.asarray(undone, np.float32)[None])
            if ratios[0] > best:
                best = float(ratios[0])
                found = (turn, zoom, shifts[0])
    if found is None:
        return None
    turn, zoom, shift = found
    real, imaginary = (
        zoom * math.cos(math.radians(turn)),
        zoom * math.sin(math.radians(turn)),
    )
    dx, dy = (
        real * shift[0] - imaginary * shift[1],
        imaginary * shift[0] + real * shift[1],
    )
    fit = np.array([real - 1, imaginary, dx, dy])
    return _as_shift(fit, width, height, min(best / (2 * _SIGNIFICANT_WHOLE), 1.0))


def _cut(picture: Plane, tiles: _Tiles) -> Plane:
    return np.stack([picture[y : y + _TILE, x : x + _TILE] for x, y in tiles.corners])


def _phase(reference: Plane, now: Plane) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N, 2) shifts in pixels and (N,) peak-to-surface ratios of (N, H, W) pairs."""
    count, height, width = now.shape
    window = _window(width, height)
    mean = (1, 2)
    before = np.fft.rfft2((reference - reference.mean(mean, keepdims=True)) * window)
    after = np.fft.rfft2((now - now.mean(mean, keepdims=True)) * window)
    cross = after * before.conj()
    cross *= _low_pass(width, height) / (np.abs(cross) + 1e-6)
    surface = np.fft.irfft2(cross, s=(height, width))
    flat = surface.reshape(count, -1)
    peaks = flat.argmax(1)
    ratios = (flat.max(1) - flat.mean(1)) / (flat.std(1) + 1e-9)
    shifts = [
        _peak(plane, *divmod(int(at), width)) for plane, at in zip(surface, peaks, strict=True)
    ]
    return np.array(shifts), ratios


def _peak(surface: Plane, y: int, x: int) -> tuple[float, float]:
    """x and y of the peak to a fraction of a pixel, by parabolas; negative past the half."""
    height, width = surface.shape
    fx = _vertex(surface[y, x - 1], surface[y, x], surface[y, (x + 1) % width])
    fy = _vertex(surface[y - 1, x], surface[y, x], surface[(y + 1) % height, x])
    return (x + fx + width / 2) % width - width / 2, (y + fy + height / 2) % height - height / 2


def _vertex(before: float, at: float, after: float) -> float:
    bend = before - 2 * at + after
    return 0.0 if bend >= 0 else float(np.clip((before - after) / (2 * bend), -0.5, 0.5))


def _similarity(points: NDArray[np.float64], shifts: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4,) a, b, dx, dy of the least squares (dx + a x - b y, dy + b x + a y)."""
    if len(points) < 3:
        return np.array([0.0, 0.0, *shifts.mean(0)])
    x, y = points.T
    one, none = np.ones(len(x)), np.zeros(len(x))
    rows = np.concatenate([np.stack([x, -y, one, none], 1), np.stack([y, x, none, one], 1)])
    fit, *_ = np.linalg.lstsq(rows, np.concatenate([shifts[:, 0], shifts[:, 1]]), rcond=None)
    return np.asarray(fit)


def _moved(fit: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    a, b, dx, dy = fit
    x, y = points.T
    return np.stack([dx + a * x - b * y, dy + b * x + a * y], 1)


def _as_shift(fit: NDArray[np.float64], width: int, height: int, confidence: float) -> ViewShift:
    corners = np.array([(x, y) for x in (-width / 2, width / 2) for y in (-height / 2, height / 2)])
    a, b, dx, dy = (float(value) for value in fit)
    return ViewShift(
        dx / width,
        dy / width,
        math.degrees(math.atan2(b, 1 + a)),
        math.hypot(1 + a, b),
        confidence,
        float(np.hypot(*_moved(fit, corners).T).max()) / width,
    )
