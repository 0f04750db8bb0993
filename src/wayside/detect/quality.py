"""How well a feed can be seen, from about one picture a second.

All comes from one luma picture of 320 on the long side: brightness, fine detail, whether
anything changed, and how it compares with what the feed usually shows. Cost: see
benchmarks/health.py.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.detect.stillness import STRIP, Stillness
from wayside.detect.view import KnownView, structure_of
from wayside.domain.health import PictureQuality
from wayside.domain.media import RawFrame, reduced

LONG_SIDE: Final = 320

_LIT_LUMA = 32
_LIT_SPREAD = 4.0
_LEAST_CONTRAST = 3.0
_USUAL_FROM = 5
_SHARPNESS_EVERY = 3
_USUAL_S = 600.0
_FORGET_S = 86_400.0
_UNUSUAL = 0.75
_CELL = 8


class QualityMeter:
    """Measures one feed's pictures. It outlives sessions; not shared, not thread-safe.

    every_s: pictures that come sooner after the last measured one are not looked at.
    """

    def __init__(self, every_s: float = 1.0) -> None:
        self.every_s = every_s
        self._stillness = Stillness()
        self._view = KnownView()
        self._usual = _Usual()
        self._sharpness: float | None = None
        self._count = 0
        self._next_s = -np.inf

    def new_session(self) -> None:
        """Media time begins anew; the learned view and sharpness stay."""
        self._stillness.forget()
        self._view.restart_time()
        self._usual.restart_time()
        self._next_s = -np.inf

    def confirm_view(self) -> None:
        """The present view is the right one from now on: learn it."""
        self._view.relearn()
        self._usual = _Usual()

    def is_due(self, t_s: float) -> bool:
        return t_s >= self._next_s

    def measure(self, frame: RawFrame) -> PictureQuality | None:
        """None where it is too soon after the last one, or the picture is damaged."""
        t_s = frame.time.t_s
        if frame.is_corrupt or not self.is_due(t_s):
            return None
        self._next_s = t_s + self.every_s * 0.95
        luma = frame.luma(*reduced(frame.width, frame.height, LONG_SIDE, _CELL))
        half = (luma.shape[1] // 2, luma.shape[0] // 2)
        small = np.asarray(cv2.resize(luma, half, interpolation=cv2.INTER_AREA))
        mean, spread = (float(value[0, 0]) for value in cv2.meanStdDev(small))
        still_s, still_samples = self._stillness.update(t_s, luma, frame.luma)
        if self._count % _SHARPNESS_EVERY == 0:
            self._sharpness = _sharpness(luma, small)
            self._usual.update(t_s, self._sharpness)
        self._count += 1
        view = self._view.update(t_s, structure_of(small))
        return PictureQuality(
            t_s=t_s,
            luma_mean=mean,
            luma_spread=spread,
            lit=_lit(small),
            still_s=still_s,
            still_samples=still_samples,
            sharpness=self._sharpness,
            usual_sharpness=self._usual.value,
            is_learned=view.is_learned,
            match=view.match,
            covered=view.covered,
            shift=view.shift,
            steady_s=view.steady_s,
        )


class _Usual:
    """The sharpness that a feed usually has. It hardly follows what is clearly below it."""

    def __init__(self) -> None:
        self._value = 0.0
        self._samples = 0
        self._last_s = 0.0

    def restart_time(self) -> None:
        self._last_s = 0.0

    @property
    def value(self) -> float | None:
        """None until learned."""
        return self._value if self._samples >= _USUAL_FROM else None

    def update(self, t_s: float, sharpness: float | None) -> None:
        if sharpness is not None:
            gap_s = min(max(t_s - self._last_s, 0.0), 10.0)
            self._samples += 1
            is_unusual = self._samples > _USUAL_FROM and sharpness < _UNUSUAL * self._value
            rate = 1 - np.exp(-gap_s / (_FORGET_S if is_unusual else _USUAL_S))
            rate = rate if is_unusual else max(rate, 1 / self._samples)
            self._value += float(rate) * (sharpness - self._value)
        self._last_s = t_s


def _sharpness(luma: NDArray[np.uint8], small: NDArray[np.uint8]) -> float | None:
    """Strength of the second derivative at 320 to that at 80 pixels, without noise.

    1 for sharp edges whatever their contrast, falling as they are spread over more than a
    pixel. Noise is what the median pixel shows, because most of a picture is smooth. The
    strips where cameras write are left out: letters stay sharp when the lens does not.
    """
    strip = round(len(luma) * STRIP)
    inner = luma[strip : len(luma) - strip]
    tiny = cv2.resize(
        small[strip // 2 : len(small) - strip // 2],
        (small.shape[1] // 2, (len(small) - 2 * (strip // 2)) // 2),
        interpolation=cv2.INTER_AREA,
    )
    fine = cv2.Laplacian(inner, cv2.CV_16S)
    noise = 1.48 * float(np.median(np.abs(fine[::5, ::3])))
    coarse = float(cv2.meanStdDev(cv2.Laplacian(tiny, cv2.CV_16S))[1][0, 0])
    if coarse < _LEAST_CONTRAST:
        return None
    detail = float(cv2.meanStdDev(fine)[1][0, 0]) ** 2 - noise**2
    return float(np.sqrt(max(detail, 0.0))) / coarse


def _lit(small: NDArray[np.uint8]) -> float:
    """Share of cells that are brighter than night or not smooth, outside the strips."""
    strip = round(len(small) * STRIP)
    inner = small[strip : len(small) - strip]
    size = (max(inner.shape[1] // _CELL, 1), max(inner.shape[0] // _CELL, 1))
    mean = np.asarray(cv2.resize(inner, size, interpolation=cv2.INTER_AREA), np.float32)
    square = cv2.resize(np.square(inner, dtype=np.float32), size, interpolation=cv2.INTER_AREA)
    spread = np.sqrt(np.maximum(square - mean * mean, 0))
    return float(np.mean((mean > _LIT_LUMA) | (spread > _LIT_SPREAD)))
