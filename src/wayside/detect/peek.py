"""Has anything changed since the last picture that was looked at properly?

Far cheaper than looking: one small grey picture against one that was seen to be
still, with a tolerance for each pixel that is learned from stillness itself.
It errs on the side of looking: what it doubts is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.media import RawFrame, reduced

Luma: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PeekSettings:
    """long_side: pixels of the small picture. least: grey levels that a pixel must differ by;
    spread: times its usual difference on top. pixels: so many that differ are a change. learn:
    weight of a new difference.
    """

    long_side: int = 192
    least: int = 5
    spread: float = 4.0
    pixels: int = 3
    learn: float = 0.1


class Peek:
    """Of one session; not thread-safe.

    Measured: 0.13 to 0.15 ms a picture of 640x360, 0.5 of 1920x1080, where a whole look with
    motion alone takes 2 ms.
    """

    def __init__(self, settings: PeekSettings | None = None) -> None:
        self.settings = settings or PeekSettings()
        self._still: Luma | None = None
        self._usual: NDArray[np.float32]
        self._tolerance: Luma

    def looked(self, frame: RawFrame, *, is_still: bool) -> None:
        """This picture was looked at properly. is_still: and nothing moved in it."""
        if not is_still:
            self._still = None
            return
        luma = self._luma(frame)
        before, self._still = self._still, luma
        if before is None or before.shape != luma.shape:
            if not hasattr(self, "_usual") or self._usual.shape != luma.shape:
                self._usual = np.full(luma.shape, 2.0, np.float32)
                self._set_tolerance()
            return
        cv2.accumulateWeighted(_apart(before, luma), self._usual, self.settings.learn)
        self._set_tolerance()

    def is_unchanged(self, frame: RawFrame) -> bool:
        """Nothing differs from the last still picture by more than it usually does."""
        still = self._still
        if still is None or frame.is_corrupt:
            return False
        luma = self._luma(frame)
        if luma.shape != still.shape:
            return False
        over = cv2.compare(_apart(still, luma), self._tolerance, cv2.CMP_GT)
        return int(cv2.countNonZero(over)) < self.settings.pixels

    def _luma(self, frame: RawFrame) -> Luma:
        return frame.luma(*reduced(frame.width, frame.height, self.settings.long_side))

    def _set_tolerance(self) -> None:
        settings = self.settings
        self._tolerance = cv2.convertScaleAbs(
            self._usual, alpha=settings.spread, beta=settings.least
        )


def _apart(before: Luma, now: Luma) -> Luma:
    """(H, W) how far apart two pictures are; the light of the whole may have changed a little."""
    shift = int(np.median(now[::8, ::8].astype(np.int16) - before[::8, ::8]))
    if shift > 0:
        before = cv2.add(before, shift)
    elif shift < 0:
        before = cv2.subtract(before, -shift)
    return np.asarray(cv2.absdiff(before, now))
