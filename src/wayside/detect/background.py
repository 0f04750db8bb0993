"""The empty place, learned pixel by pixel: what it looks like, and by how much it may differ.

Planes, not pixels of three values: OpenCV works on them without taking them apart first, and
rectangles of them stay rectangles. Float32, because its weighted accumulation is the one that
OpenCV has in vector code with a mask.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.detect.motion_settings import MotionSettings
from wayside.domain.media import Picture

Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]

STILL_EVERY_S = 0.3
"""While nothing at all is foreground, no sample is learned from that comes sooner than this: a mean
over seconds is as good from a part of them. While something is, every sample is learned from:
half of them made one clip's faint blobs come and go."""

_REFRESH_EVERY = 4
_EDGE = 30
_ENOUGH = 100
_SPOTS = 500
_MARGIN = cv2.getStructuringElement(cv2.MORPH_RECT, (3, 3))


class Background:
    """Mean and spread of one view. Not shared, not thread-safe.

    picture: (3, H, W) uint8, what it starts from. seen_s: media seconds that it has been
    learning; from ``warm_up_s`` on it is known.
    """

    def __init__(self, picture: Picture, settings: MotionSettings, *, seen_s: float = 0.0) -> None:
        self._settings = settings
        self._seen_s = seen_s
        self._unlearned_s = 0.0
        self._samples = 1
        self._mean: Plane = picture.astype(np.float32)
        self._spread: Plane = np.full(picture.shape[1:], 4.0, np.float32)
        self._shown = np.empty_like(picture)
        self._shown_gain: list[float] = []
        self._shake = settings.gradient_start
        self._held: Mask | None = None
        self._spot_slopes: Plane
        self._slope: Mask
        self._spots: NDArray[np.intp]
        self.tolerance: Mask
        self._refresh(None)

    @property
    def shape(self) -> tuple[int, ...]:
        return self._mean.shape

    def shown(self, picture: Picture) -> Picture:
        """(3, H, W) uint8 as the camera's present gain would show it; valid until the next call."""
        gain = self._gain(picture)
        if gain != self._shown_gain:
            for mean, plane, factor in zip(self._mean, self._shown, gain, strict=True):
                cv2.convertScaleAbs(mean, plane, alpha=factor)
            self._shown_gain = gain
        return self._shown

    @property
    def last_shown(self) -> Picture:
        """What ``shown`` gave last."""
        return self._shown

    def brace(self, distance: Mask) -> None:
        """Widens the tolerance at once where the whole picture has shifted.

        Half of all edges off their background is a gust of wind, not an object.
        """
        if not len(self._spots):
            return
        away = distance.ravel()[self._spots] / self._spot_slopes
        shake = self._settings.gradient_factor * _ranked(away, 0.5)
        if shake > self._shake:
            self._shake = shake
            self._set_tolerance()

    def hold(self, boxes: NDArray[np.float32]) -> None:
        """What is in these (N, 4) boxes is not taken for background, however long it stays."""
        if not len(boxes):
            self._held = None
            return
        height, width = self._spread.shape
        held = np.zeros((height, width), np.uint8)
        corners = np.round(boxes.clip(0, 1) * [width, height, width, height]).astype(int)
        for x1, y1, x2, y2 in corners.tolist():
            held[y1:y2, x1:x2] = 255
        self._held = held

    def heal(self, rows: slice, columns: slice, where: NDArray[np.bool_], picture: Picture) -> None:
        """Takes the picture for background at once, in a rectangle, where ``where`` is set."""
        self._mean[:, rows, columns][:, where] = picture[:, rows, columns][:, where]
        self._shown_gain = []

    def learn(self, picture: Picture, mask: Mask | None, distance: Mask, gap_s: float) -> None:
        """Moves towards the picture: fast where it is background, slowly where not.

        mask: (H, W) foreground, None where there is none at all. distance: (H, W) of the
        picture from what was ``shown``. gap_s: since the last sample.
        """
        settings = self._settings
        self._seen_s += gap_s
        self._unlearned_s += gap_s
        self._samples += 1
        is_young = self._seen_s < settings.warm_up_s
        is_refresh = self._samples % _REFRESH_EVERY == 0
        quiet = None
        due_s = STILL_EVERY_S if mask is None else 0.0
        is_due = is_young or self._unlearned_s >= due_s - 1e-3
        if mask is not None and (is_due or is_refresh):
            quiet = np.asarray(cv2.bitwise_not(cv2.dilate(mask, _MARGIN)))
        if is_due:
            rate = float(1 - np.exp(-self._unlearned_s / settings.learn_s))
            slow = float(1 - np.exp(-self._unlearned_s / settings.absorb_s))
            if is_young:
                rate = slow = max(rate, 1 / self._samples)
            self._accumulate(picture, quiet, rate)
            cv2.accumulateWeighted(distance, self._spread, rate, mask=quiet)
            if mask is not None:
                self._accumulate(picture, self._unheld(mask), slow)
            self._unlearned_s = 0.0
        if is_refresh:
            self._refresh(distance, quiet)

    def flood(self, picture: Picture, gap_s: float) -> None:
        """Most of the picture changed at once: most of the background goes with it."""
        self._seen_s += gap_s
        self._samples += 1
        self._unlearned_s = 0.0
        rate = float(1 - np.exp(-gap_s / self._settings.learn_s))
        if self._seen_s < self._settings.warm_up_s:
            rate = max(rate, 1 / self._samples)
        self._accumulate(picture, None, max(rate, 0.3))
        self._refresh(None)

    def _unheld(self, mask: Mask) -> Mask:
        if self._held is None:
            return mask
        return np.asarray(cv2.bitwise_and(mask, cv2.bitwise_not(self._held)))

    def _accumulate(self, picture: Picture, where: Mask | None, rate: float) -> None:
        for plane, mean in zip(picture, self._mean, strict=True):
            cv2.accumulateWeighted(plane, mean, rate, mask=where)
        self._shown_gain = []

    def _gain(self, picture: Picture) -> list[float]:
        """Each plane's median ratio to the background on a sparse grid; 1 where that is near.

        Moving objects rarely cover half of the grid, and the median ignores them if they do not.
        """
        sample = picture[:, 2::8, 2::8].reshape(3, -1)
        reference = self._mean[:, 2::8, 2::8].reshape(3, -1)
        usable = np.minimum.reduce(reference) > 12
        count = np.count_nonzero(usable)
        if count < 32:
            return [1.0, 1.0, 1.0]
        ratios = sample / reference if count == len(usable) else _ratios(sample, reference, usable)
        gain = [min(max(_ranked(ratio, 0.5), 0.4), 2.5) for ratio in ratios]
        return [1.0, 1.0, 1.0] if all(abs(g - 1) < 0.01 for g in gain) else gain

    def _refresh(self, distance: Mask | None, quiet: Mask | None = None) -> None:
        """Per-pixel threshold: noise, plus what a shift of a fraction of a pixel would show.

        How far the picture really shifts is measured where the background has
        edges and nothing moves: a camera on a wall gets a tight threshold, one
        on a drone a wide one. distance, quiet: of the last sample.
        """
        blue, green, red = self._mean
        grey = cv2.addWeighted(
            cv2.addWeighted(blue, 0.114, green, 0.587, 0.0), 1.0, red, 0.299, 0.0
        )
        self._slope = slope(np.asarray(cv2.convertScaleAbs(grey)))
        edges = np.flatnonzero(self._slope > _EDGE)
        apart = len(edges) // _SPOTS + 1
        spots = edges[::apart]
        slopes = self._slope.ravel()[spots].astype(np.float32)
        if distance is not None:
            away = distance.ravel()[spots] / slopes
            calm = away if quiet is None else away[quiet.ravel()[spots] > 0]
            if len(calm) * apart > _ENOUGH:
                shift = _ranked(calm, 0.9)
                self._shake += 0.2 * (self._settings.gradient_factor * shift - self._shake)
        is_enough = len(edges) > _ENOUGH
        self._spots, self._spot_slopes = (spots, slopes) if is_enough else (spots[:0], slopes[:0])
        self._set_tolerance()

    def _set_tolerance(self) -> None:
        settings = self._settings
        shake = min(max(self._shake, settings.gradient_least), settings.gradient_most)
        noise = cv2.convertScaleAbs(self._spread, alpha=settings.spread_factor)
        noise = cv2.max(noise, settings.threshold)
        self.tolerance = np.asarray(cv2.addWeighted(noise, 1.0, self._slope, shake, 0.0))


def slope(grey: Mask) -> Mask:
    """(H, W) local contrast of a grey picture."""
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_GRADIENT, _MARGIN))


def _ratios(sample: Picture, reference: Plane, usable: NDArray[np.bool_]) -> Plane:
    return np.asarray(sample[:, usable] / reference[:, usable])


def _ranked(values: NDArray[np.floating[Any]], share: float) -> float:
    """The value that ``share`` of the values are below; a third of a numpy median's cost."""
    rank = min(int(len(values) * share), len(values) - 1)
    return float(np.partition(values, rank)[rank])
