"""What moves, from brightness and colour alone: no weights, no classes.

A per-pixel background (mean and spread) at low resolution, learned in media
time. A pixel is foreground where it leaves the background by more than that
pixel's own noise allows. Three things that fool simple subtraction are taken
out before:

- exposure: the camera's gain changes when a white car drives in; one gain per
  frame, from the median ratio of background pixels, moves the background along;
- shake and drift: near an edge of the background a shift of one pixel looks
  like a change, so the threshold rises with the background's own gradient;
- shadows: darker, same colour, and the darkening locally uniform.

Objects that a caller knows to be there (tracks) are held: they do not sink
into the background while they wait at a red light.

Source of the ideas: Stauffer & Grimson 1999 (per-pixel adaptive model),
Horprasert, Harwood & Davis 1999 (brightness and chromaticity distortion for
shadows); the gain step and the gradient term are ours.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.detect.background import Background, Mask, slope
from wayside.detect.motion_settings import MotionSettings
from wayside.detect.shadow import Rect, clumps, shadow
from wayside.domain.detections import Boxes
from wayside.domain.media import Picture, RawFrame, reduced

__all__ = ["Motion", "MotionDetector", "MotionSettings"]


@dataclass(frozen=True, slots=True)
class Motion:
    """boxes: (N, 4) float32 xyxy normalised blobs. fill: (N,) float32, foreground share of a box.

    changing: (N,) float32, share of the blob's pixels that differ from the sample before: 0 for
    an object at rest and for a ghost. mask: (h, w) uint8, 255 where foreground. flooded: most of
    the picture changed at once (light switched, camera moved): nothing can be said.
    """

    boxes: Boxes
    fill: NDArray[np.float32]
    changing: NDArray[np.float32]
    mask: Mask
    flooded: bool

    @classmethod
    def none(cls, mask: Mask, *, flooded: bool = False) -> Motion:
        """No blob in this mask."""
        empty = np.empty(0, np.float32)
        return cls(np.empty((0, 4), np.float32), empty, empty, mask, flooded)

    def __len__(self) -> int:
        return len(self.boxes)

    def where(self, keep: NDArray[np.bool_]) -> Motion:
        """The blobs that a mask selects."""
        return Motion(
            self.boxes[keep], self.fill[keep], self.changing[keep], self.mask, self.flooded
        )


class MotionDetector:
    """Keeps one feed's background. Not shared, not thread-safe."""

    def __init__(self, settings: MotionSettings | None = None) -> None:
        self.settings = settings or MotionSettings()
        self._background: Background | None = None
        self._before: Picture
        self._last_s = 0.0

    def reset(self) -> None:
        """Forgets the background: the view changed."""
        self._background = None

    def prime(self, picture: Picture) -> None:
        """Starts from what the place looks like when empty, (H, W, 3) uint8 at working size."""
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1))
        self._begin(0.0, planes, seen_s=self.settings.warm_up_s)

    def hold(self, boxes: Boxes) -> None:
        """Objects known to be at these (N, 4) places must not sink into the background."""
        if self._background is not None:
            self._background.hold(boxes)

    def update(self, t_s: float, frame: RawFrame) -> Motion:
        """Foreground of a frame at media second ``t_s`` (increasing), then learns from it."""
        picture = frame.planes(*self.working_size(frame.width, frame.height))
        background = self._background
        if background is None or background.shape != picture.shape:
            self._begin(t_s, picture)
            return Motion.none(np.zeros(picture.shape[1:], np.uint8))
        gap_s = max(t_s - self._last_s, 1e-3)
        shown = background.shown(picture)
        distance = _distance(picture, shown)
        background.brace(distance)
        changed = np.asarray(cv2.compare(distance, background.tolerance, cv2.CMP_GT))
        solid = np.asarray(cv2.medianBlur(changed, 3))
        core = _core(solid)
        if core is None:
            motion = Motion.none(np.zeros_like(changed))
            background.learn(picture, None, distance, gap_s)
        else:
            window = _around(core, changed.shape)
            mask = self._foreground(changed, solid, picture, shown, core, window)
            motion = self._blobs(mask, picture, background, window)
            if motion.flooded:
                background.flood(picture, gap_s)
            else:
                background.learn(picture, mask, distance, gap_s)
        self._before = picture
        self._last_s = t_s
        return motion

    def working_size(self, width: int, height: int) -> tuple[int, int]:
        """(width, height) of the pictures it works on, for pictures of this size."""
        return reduced(width, height, self.settings.long_side)

    def _begin(self, t_s: float, picture: Picture, *, seen_s: float = 0.0) -> None:
        self._background = Background(picture, self.settings, seen_s=seen_s)
        self._before = picture
        self._last_s = t_s

    def _foreground(
        self, changed: Mask, solid: Mask, picture: Picture, shown: Picture, core: Rect, window: Rect
    ) -> Mask:
        """(H, W) what changed, without shadows, without specks, and with small gaps closed.

        Shadows are asked for clump by clump: where a rectangle ends at a shadow's edge, that
        edge is not taken for the roughness of an object.
        """
        lit = changed.copy()
        for rows, columns in clumps(solid, core):
            there = np.s_[:, rows, columns]
            dark = shadow(picture[there], shown[there], self.settings.shadow_floor)
            cv2.subtract(lit[rows, columns], dark, lit[rows, columns])
        mask = np.zeros_like(changed)
        whole = cv2.medianBlur(lit[window], 3)
        mask[window] = cv2.morphologyEx(whole, cv2.MORPH_CLOSE, _CLOSING)
        return mask

    def _blobs(self, mask: Mask, picture: Picture, background: Background, window: Rect) -> Motion:
        """Connected foreground. window: outside of it the mask is empty."""
        height, width = mask.shape
        least = self.settings.min_area * mask.size
        inner = mask[window]
        filled = cv2.countNonZero(inner)
        if filled < least:
            return Motion.none(mask)
        if filled > self.settings.flood_share * mask.size:
            return Motion.none(mask, flooded=True)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(
            inner, connectivity=8, ltype=cv2.CV_16U
        )
        big = 1 + np.flatnonzero(stats[1:count, cv2.CC_STAT_AREA] >= least)
        if not len(big):
            return Motion.none(mask)
        there = (slice(None), *window)
        moved = _distance(picture[there], self._before[there]) > 10
        moved_in = np.bincount(labels[moved], minlength=count)[big]
        rows = stats[big].astype(np.float32)
        x, y, w, h, area = rows.T[:5]
        left, top = x + window[1].start, y + window[0].start
        scale = np.array([width, height, width, height], np.float32)
        boxes = np.stack([left, top, left + w, top + h], 1) / scale
        changing = moved_in / area
        for label in big[changing < self.settings.still].tolist():
            x0, y0, across, down = stats[label, :4].tolist()
            above, before = max(y0 - 2, 0), max(x0 - 2, 0)
            near = labels[above : y0 + down + 2, before : x0 + across + 2]
            blob = np.where(near == label, np.uint8(255), np.uint8(0))
            place = (window[0].start + above, window[1].start + before)
            self._heal(blob, place, picture, background)
        return Motion(
            boxes.astype(np.float32),
            area / (w * h),
            changing.astype(np.float32),
            mask,
            flooded=False,
        )

    def _heal(
        self, blob: Mask, place: tuple[int, int], picture: Picture, background: Background
    ) -> None:
        """Ghosts go into the background at once.

        What is left when an object drives away that was there from the start
        looks like an object at rest. But the outline of an object is an edge of
        the picture, and the outline of a ghost is an edge of the background.
        blob: (h, w) its mask with two pixels around. place: row and column of its corner.
        """
        rows = slice(place[0], place[0] + blob.shape[0])
        columns = slice(place[1], place[1] + blob.shape[1])
        outline = cv2.morphologyEx(blob, cv2.MORPH_GRADIENT, _CLOSING) > 0
        now = _slope(picture[:, rows, columns])[outline].mean()
        then = _slope(background.last_shown[:, rows, columns])[outline].mean()
        if then > self.settings.ghost_ratio * now:
            background.heal(rows, columns, cv2.dilate(blob, _CLOSING) > 0, picture)


def _distance(one: Picture, other: Picture) -> Mask:
    """(H, W) largest difference of the three planes."""
    blue, green, red = (cv2.absdiff(a, b) for a, b in zip(one, other, strict=True))
    return np.asarray(cv2.max(cv2.max(blue, green, blue), red, blue))


def _slope(picture: Picture) -> Mask:
    """(h, w) local contrast of a rectangle of planes."""
    return slope(cv2.cvtColor(np.ascontiguousarray(picture.transpose(1, 2, 0)), cv2.COLOR_BGR2GRAY))


def _core(solid: Mask) -> Rect | None:
    """Rows and columns that hold all that is more than specks; None where nothing is.

    What a median leaves of what changed is what it leaves once shadows are gone, or more:
    outside of it the foreground is empty whatever is done inside.
    """
    x, y, w, h = cv2.boundingRect(solid)
    return (slice(y, y + h), slice(x, x + w)) if w else None


def _around(core: Rect, shape: tuple[int, ...]) -> Rect:
    """The core with what a median and a closing of it need."""
    rows, columns = core
    return (
        slice(max(rows.start - _AROUND, 0), min(rows.stop + _AROUND, shape[0])),
        slice(max(columns.start - _AROUND, 0), min(columns.stop + _AROUND, shape[1])),
    )


_AROUND = 5
_CLOSING = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
