"""Raw frames, tracks and detections from plain arrays, for tests of what happens to pictures."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np

from wayside.domain.detections import Detections
from wayside.domain.media import Picture, RawFrame
from wayside.domain.time import MediaTime
from wayside.domain.tracks import Tracks


class ArrayPixels:
    """An array as decoded picture."""

    def __init__(self, pixels: Picture) -> None:
        self._pixels = pixels

    @property
    def width(self) -> int:
        return self._pixels.shape[1]

    @property
    def height(self) -> int:
        return self._pixels.shape[0]

    def bgr(self, width: int, height: int) -> Picture:
        if (width, height) == (self.width, self.height):
            return self._pixels
        return cv2.resize(self._pixels, (width, height), interpolation=cv2.INTER_AREA)

    def planes(self, width: int, height: int) -> Picture:
        return np.ascontiguousarray(self.bgr(width, height).transpose(2, 0, 1))

    def luma(self, width: int, height: int) -> Picture:
        return cv2.cvtColor(self.bgr(width, height), cv2.COLOR_BGR2GRAY)

    def forget(self) -> None:
        """Nothing converted is kept here."""


def media_time(t_s: float) -> MediaTime:
    pts = round(t_s * 90_000) if np.isfinite(t_s) else 0
    return MediaTime(pts, Fraction(1, 90_000), t_s)


def raw_frame(pixels: Picture, t_s: float = 0.0, *, is_corrupt: bool = False) -> RawFrame:
    return RawFrame(ArrayPixels(pixels), media_time(t_s), is_corrupt=is_corrupt)


def noise(width: int, height: int, seed: int = 0) -> Picture:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def tracks_of(boxes: object, class_ids: object, t_s: float = 0.0, **columns: object) -> Tracks:
    """Confirmed and observed tracks with ids 1, 2, ... unless a column says otherwise."""
    b = np.asarray(boxes, np.float32).reshape(-1, 4)
    n = len(b)
    given = {
        "ids": np.arange(1, n + 1),
        "class_shares": np.ones(n, np.float32),
        "scores": np.full(n, 0.9, np.float32),
        "velocities": np.zeros((n, 2), np.float32),
        "confirmed": np.ones(n, bool),
        "observed": np.ones(n, bool),
        "ages_s": np.ones(n, np.float32),
        "ended": np.empty(0, np.int64),
    } | {name: np.asarray(column) for name, column in columns.items()}
    return Tracks(t_s=t_s, boxes=b, class_ids=np.asarray(class_ids, np.int8).reshape(-1), **given)


def detections_of(boxes: object, class_ids: object, score: float = 0.9) -> Detections:
    b = np.asarray(boxes, np.float32).reshape(-1, 4)
    return Detections.of(b, class_ids, np.full(len(b), score))
