"""A video whose crossings are known: bright blocks that walk through a still street."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

av.logging.set_level(None)

RATE = 25
SIZE = 320, 240
LINE = "L=0.5,1.0,0.5,0.0"
"""Upwards through the middle: what walks to the right crosses it forward."""
ZONE = "Z=0.3,0.2,0.7,0.2,0.7,0.9,0.3,0.9"


@dataclass(frozen=True)
class Walk:
    """start_s: when it begins. y: upper edge. speed: pixels a second, negative to the left."""

    start_s: float
    y: int
    speed: float
    colour: tuple[int, int, int] = (60, 220, 240)
    size: tuple[int, int] = (44, 28)

    @property
    def crossing_s(self) -> float:
        """When its middle is in the middle of the picture."""
        way = (SIZE[0] + self.size[0]) / 2
        return self.start_s + way / abs(self.speed)


WALKS = (
    Walk(3.0, 60, 90.0),
    Walk(4.5, 150, -100.0, colour=(230, 120, 40)),
    Walk(9.0, 100, 80.0, colour=(40, 40, 230)),
)

BUSY_S = 8.0
BUSY = (Walk(0.2, 60, 100.0), Walk(3.4, 150, -100.0, colour=(230, 120, 40)))
"""Over when the eight seconds are."""


def make_crossings(
    path: Path, walks: Sequence[Walk] = WALKS, *, seconds: float = 14.0, still_s: float = 0.0
) -> Path:
    """still_s: so many seconds of the empty street behind it, which cost little to make."""
    street = _street()
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options={"preset": "ultrafast"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for index in range(round((seconds + still_s) * RATE)):
            picture = _drawn(street, walks, index / RATE)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def make_pictures(
    folder: Path, walks: Sequence[Walk] = BUSY, *, seconds: float = BUSY_S, rate: int = 10
) -> Path:
    """The same as JPEGs, 000.jpg and so on, for a camera that is made of pictures."""
    street = _street()
    for index in range(round(seconds * rate)):
        cv2.imwrite(str(folder / f"{index:03}.jpg"), _drawn(street, walks, index / rate))
    return folder


def _street() -> np.ndarray:
    """(240, 320, 3) uint8 BGR, grey with soft stains, the same at every call."""
    stains = np.random.default_rng(7).integers(90, 140, (12, 16), np.uint8)
    return cv2.cvtColor(cv2.resize(stains, SIZE), cv2.COLOR_GRAY2BGR)


def _drawn(street: np.ndarray, walks: Sequence[Walk], t_s: float) -> np.ndarray:
    picture = street.copy()
    for walk in walks:
        width, height = walk.size
        way = (t_s - walk.start_s) * walk.speed
        x = round(way - width if walk.speed > 0 else SIZE[0] + way)
        if t_s >= walk.start_s and -width < x < SIZE[0]:
            picture[walk.y : walk.y + height, max(x, 0) : max(x + width, 0)] = walk.colour
    return picture
