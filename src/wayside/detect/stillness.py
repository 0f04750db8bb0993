"""Is this the same picture again?

Every sensor has noise. Strong compression hides it between keyframes, where all that is not
moving is skipped, but each keyframe codes it anew: measured with x264 at 12.5 a second, crf 23
to 32 and 300 kbit/s, noise of 0.7 to 4 levels, with and without the camera's own smoothing,
seen at 320x180: a keyframe of a quiet scene changes 30 to 70 % of all pixels by one level or
more, day or night. A frozen picture that is encoded again changes under 11 %, once the
encoder's rate control has come to rest. So a picture is the same as an earlier one if few of
its cells changed, however little, and none by much.

Many cameras write the time after the place where pictures freeze. Changes that are strong are
therefore forgiven in the two strips where cameras write, as long as they fill little of them.
A clock is never the cause either: a quiet scene shows its noise everywhere. The limit: where a
place without texture is compressed so strongly that keyframes repeat each other to the bit
(drawn scenes at crf 33), a quiet minute cannot be told from a frozen one, until something moves.

Scaling down averages noise away, and where little is compressed there are no keyframes that
stand out. What seems still is therefore looked at in full size, where noise changes a share of
all pixels from each picture to the next, and a frozen picture hardly any from most to the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

CELL: Final = 8
"""Pixels of a cell's side, in a picture of 320 on the long side."""
STRIP: Final = 0.15
"""Share of the height, at the top and at the bottom, in which cameras write."""

_STRONG = 12
_STRONG_PIXELS = 3
_STEP = 0.3
_CHANGED = 0.6
_STRONG_CELLS = 2
_WRITTEN = 0.5
_SUSPECT_S = 8.0
_LOOKS = 5
_NOISE = 0.03

Luma: TypeAlias = NDArray[np.uint8]


class Stillness:
    """Compares each picture with the one before and the first of its run, for one feed."""

    def __init__(self) -> None:
        self._anchor: Luma | None = None
        self._before: Luma
        self._full: Luma | None = None
        self._noise: deque[float] = deque(maxlen=_LOOKS)
        self._since_s = 0.0
        self._samples = 0

    def forget(self) -> None:
        """A new session: its time begins anew."""
        self._anchor = None

    def update(self, t_s: float, luma: Luma, full: Callable[[], Luma]) -> tuple[float, int]:
        """Seconds and samples since nothing has changed; (0, 0) where this picture differs.

        luma: (H, W), 320 on the long side. full: gives the same in full size; asked for only
        where the picture seems still.
        """
        anchor = self._anchor
        is_new = anchor is None or anchor.shape != luma.shape or t_s < self._since_s
        if is_new or anchor is None or not _is_same(anchor, self._before, luma):
            return self._begin(t_s, luma)
        self._before = luma
        self._samples += 1
        if t_s - self._since_s >= _SUSPECT_S and self._has_noise(full()):
            return self._begin(t_s, luma)
        return t_s - self._since_s, self._samples

    def _begin(self, t_s: float, luma: Luma) -> tuple[float, int]:
        self._anchor = self._before = luma
        self._since_s, self._samples = t_s, 0
        self._full = None
        self._noise.clear()
        return 0.0, 0

    def _has_noise(self, full: Luma) -> bool:
        before, self._full = self._full, full
        if before is not None and before.shape == full.shape:
            changed = cv2.countNonZero(cv2.absdiff(before, full))
            self._noise.append(changed / full.size)
        return len(self._noise) == _LOOKS and float(np.median(self._noise)) > _NOISE


def _is_same(anchor: Luma, before: Luma, now: Luma) -> bool:
    step = cv2.absdiff(before, now)
    if cv2.countNonZero(step) > _STEP * now.size:
        return False
    distance = np.asarray(cv2.absdiff(anchor, now))
    # An encoder at a fixed bitrate goes on refining a frozen picture for some keyframes.
    if cv2.countNonZero(distance) > _CHANGED * now.size:
        return False
    strong = _cells(distance, _STRONG, _STRONG_PIXELS)
    strip = max(round(len(strong) * STRIP), 1)
    written = np.concatenate([strong[:strip], strong[-strip:]])
    return bool(
        np.count_nonzero(strong[strip:-strip]) < _STRONG_CELLS and written.mean() <= _WRITTEN
    )


def _cells(distance: NDArray[np.uint8], least: int, pixels: float) -> NDArray[np.bool_]:
    """(rows, columns) True where a cell has at least ``pixels`` pixels that differ by ``least``."""
    mask = cv2.threshold(distance, least - 1, 255, cv2.THRESH_BINARY)[1]
    height, width = distance.shape
    size = (max(width // CELL, 1), max(height // CELL, 1))
    share = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.float32) / 255
    return np.asarray(share >= pixels / (CELL * CELL) - 1 / 256)
