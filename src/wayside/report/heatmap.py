"""Where objects spent their time, as a picture laid over the still.

Drawn by hand (numpy, zlib) because a report of one file is no reason to
depend on a plotting library.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.domain.tracks import Trajectory

COLUMNS: Final = 96

# Dark violet through orange to pale yellow: lightness rises all the way, so it
# reads in greyscale and with any colour vision. Rows: R, G, B, A at equal steps.
_RAMP: Final = np.array(
    [
        [60, 15, 110, 70],
        [120, 28, 109, 140],
        [187, 55, 84, 175],
        [237, 105, 37, 195],
        [252, 181, 25, 210],
        [252, 255, 180, 225],
    ],
    np.float64,
)


def object_seconds(
    trajectories: Sequence[Trajectory], columns: int, rows: int
) -> NDArray[np.float64]:
    """(rows, columns) seconds that objects' anchors spent in each cell of the picture.

    The time of each step is spread evenly along it, so a fast object leaves a
    line and not dots. Steps with a position outside 0..1 or not finite are
    left out. The sum is the total time of all steps inside the picture.
    """
    cells = np.zeros(rows * columns)
    size = np.array([columns, rows])
    for trajectory in trajectories:
        path = np.asarray(trajectory.image, np.float64)
        before, after, lasted = path[:-1], path[1:], np.diff(trajectory.t_s)
        usable = _in_picture(before) & _in_picture(after) & (lasted > 0)
        before, after, lasted = before[usable], after[usable], lasted[usable]
        if not len(lasted):
            continue
        # Two pieces a cell: with one, a step from half a cell to half a cell skips some.
        pieces = np.ceil(2 * np.abs((after - before) * size).max(1)).astype(int).clip(1)
        step = np.repeat(np.arange(len(pieces)), pieces)
        first = np.repeat(np.cumsum(pieces) - pieces, pieces)
        share = ((np.arange(len(step)) - first) + 0.5) / pieces[step]
        spot = before[step] + (after - before)[step] * share[:, None]
        column, row = np.minimum((spot * size).astype(int), size - 1).T
        cells += np.bincount(
            row * columns + column, (lasted / pieces)[step], minlength=rows * columns
        )
    return cells.reshape(rows, columns)


def heat_png(seconds: NDArray[np.float64]) -> bytes:
    """An RGBA PNG, one pixel a cell, clear where nothing was.

    Square-root scale: one waiting queue would hide all that moved past it otherwise.
    """
    most = float(seconds.max(initial=0.0))
    share = np.sqrt(seconds / most) if most > 0 else np.zeros_like(seconds)
    steps = np.linspace(0, 1, len(_RAMP))
    channels = [np.interp(share, steps, _RAMP[:, i]) for i in range(4)]
    rgba = np.stack(channels, axis=-1).round().astype(np.uint8)
    rgba[seconds <= 0] = 0
    return png(rgba)


def png(rgba: NDArray[np.uint8]) -> bytes:
    """(H, W, 4) uint8 as a PNG file (ISO/IEC 15948), no filter."""
    height, width = rgba.shape[:2]
    lines = np.zeros((height, 1 + width * 4), np.uint8)
    lines[:, 1:] = rgba.reshape(height, width * 4)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), 9)
    parts = _chunk(b"IHDR", header), _chunk(b"IDAT", body), _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _chunk(kind: bytes, body: bytes) -> bytes:
    check = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", check)


def _in_picture(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.asarray(((points >= 0) & (points <= 1)).all(1))
