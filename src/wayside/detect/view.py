"""What a feed usually looks at, learned slowly, and whether it still does.

The view is kept as the strength of its edges in the logarithm of brightness, because that
stays the same when light, gain and exposure change, when shadows pass and when a camera goes
from colour to infrared. Traffic is a small smear in an average over minutes.

A view counts as known once it stood still for some time; a camera that always moves (dash-cam,
drone) is never known, and nothing is said of it. When a picture no longer matches, a second
view is learned beside the first. Only if that one stands still has the view gone somewhere: a
drone that drifts or a mast in the wind has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.detect.alignment import Plane, far_shift, near_shift
from wayside.domain.health import ViewShift

Flags = NDArray[np.bool_]

BLOCK: Final = 16
"""Pixels of a block's side, in a picture of 160 on the long side."""
LEARNED_S: Final = 20.0
STANDS_S: Final = 15.0
MOVED: Final = 0.02
"""Displacement of a corner, share of the width, from which a view has moved."""

_LEARNED_SAMPLES = 8
_FOLLOW_S = 120.0
_CLIP = 0.25
_DARK = 8.0
_TEXTURE = 0.05
_LEAST_BLOCKS = 6
_KEPT_NCC = 0.3
_STILL_MATCH = 0.5
_GOOD_MATCH = 0.7
_FLAT = 0.3
_HIDDEN = 0.4
_CLEAR = 0.1
_STEADY = 0.006
_UNSTEADY_LOOKS = 2
_LOOK_EVERY = 30
_DOUBTFUL_EVERY = 3
_FAR_FROM_S = 8.0
_FAR_EVERY = 30


@dataclass(frozen=True, slots=True)
class ViewMatch:
    """See PictureQuality, whose fields these are."""

    is_learned: bool
    match: float = 1.0
    covered: float = 0.0
    shift: ViewShift | None = None
    steady_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Structure:
    """What is compared. edges: (H, W) strength. coarse: (rows, columns) brightness's spread in
    each block once fine detail is gone, in logarithms: defocus leaves it, a covered lens not.
    """

    edges: Plane
    coarse: Plane


def structure_of(luma: NDArray[np.uint8]) -> Structure:
    """Of a picture of 160 on the long side."""
    brightness = np.asarray(_LOGARITHMS[luma], np.float32)
    across = cv2.Sobel(brightness, cv2.CV_32F, 1, 0, ksize=3)
    along = cv2.Sobel(brightness, cv2.CV_32F, 0, 1, ksize=3)
    edges = cv2.GaussianBlur(cv2.min(cv2.magnitude(across, along), 2.0), (0, 0), 1.0)
    height, width = luma.shape
    soft = cv2.resize(brightness, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    bends = cv2.Laplacian(soft, cv2.CV_32F)  # what covers a lens shades evenly at most
    return Structure(np.asarray(edges, np.float32), _spread(np.asarray(bends), BLOCK // 4))


class _View:
    """A running mean. since_s: of its first picture. samples: how many are in it."""

    def __init__(self, t_s: float, first: Structure) -> None:
        self.since_s = self.last_s = t_s
        self.samples = 1
        self.edges = first.edges.copy()
        self.coarse = first.coarse.copy()
        self._derived = 0
        self._mean: Plane
        self._spread: Plane
        self._textured: Flags

    def absorb(self, t_s: float, now: Structure) -> None:
        gap_s = max(t_s - self.last_s, 0.0)
        self.samples += 1
        rate = max(1 / self.samples, 1 - np.exp(-min(gap_s, 10.0) / _FOLLOW_S))
        # What differs by much is traffic more often than the place: it moves the mean by little.
        self.edges += rate * np.clip(now.edges - self.edges, -_CLIP, _CLIP)
        self.coarse += rate * (now.coarse - self.coarse)
        self.last_s = t_s

    def compare(self, now: Structure) -> tuple[Flags, Flags, Flags]:
        """(rows, columns) each: blocks with structure; of these: still in place; hidden."""
        self._derive()
        mean, spread = _means(now.edges, BLOCK), _spread(now.edges, BLOCK)
        joint = _means(now.edges * self.edges, BLOCK) - mean * self._mean
        kept = joint > _KEPT_NCC * spread * self._spread
        smooth = (spread < _FLAT * self._spread) & (mean < 2 * _FLAT * self._mean)
        hidden = smooth & (now.coarse < _HIDDEN * self.coarse)
        return self._textured, self._textured & kept, self._textured & hidden & ~kept

    def share_kept(self, now: Structure) -> float:
        textured, kept, _ = self.compare(now)
        return _share(kept, textured)

    def has_structure(self) -> bool:
        self._derive()
        return bool(self._textured.sum() >= _LEAST_BLOCKS)

    def _derive(self) -> None:
        if self._derived == self.samples or (self.samples % 4 and self._derived > _LEARNED_SAMPLES):
            return
        self._mean, self._spread = _means(self.edges, BLOCK), _spread(self.edges, BLOCK)
        self._textured = self._spread > _TEXTURE
        self._derived = self.samples


class KnownView:
    """The learned view of one feed. It outlives sessions; not shared, not thread-safe."""

    def __init__(self) -> None:
        self._known: _View | None = None
        self._new: _View | None = None
        self._first: Plane
        self._unsteady = 0
        self._near: ViewShift | None = None
        self._far: ViewShift | None = None
        self._far_at = 0
        self._is_learned = False
        self._samples = 0

    def relearn(self) -> None:
        """What is seen from now on is right."""
        self._known = self._new = self._near = self._far = None
        self._is_learned = False

    def restart_time(self) -> None:
        """A new session: its seconds do not compare with those before."""
        if self._known is not None and not self._is_learned:
            self._known = None
        elif self._known is not None:
            self._known.since_s = self._known.last_s = 0.0
        self._new = self._near = self._far = None

    def update(self, t_s: float, now: Structure) -> ViewMatch:
        self._samples += 1
        if self._known is None or self._known.edges.shape != now.edges.shape:
            self.relearn()
            self._known = _View(t_s, now)
            return ViewMatch(is_learned=False)
        if not self._is_learned:
            self._learn(self._known, t_s, now)
            return ViewMatch(is_learned=False)
        textured, kept, hidden = self._known.compare(now)
        match, covered = _share(kept, textured), _share(hidden, textured)
        shift = self._look(self._known, now, is_doubtful=match < _GOOD_MATCH)
        if match >= _STILL_MATCH and (shift is None or shift.displacement < MOVED / 2):
            self._new = self._far = None
            if covered < _CLEAR:
                self._known.absorb(t_s, now)
            return ViewMatch(is_learned=True, match=match, covered=covered, shift=shift)
        steady_s = self._elsewhere(t_s, now, shift, covered)
        return ViewMatch(
            is_learned=True,
            match=match,
            covered=covered,
            shift=shift or self._far,
            steady_s=steady_s,
        )

    def _look(self, known: _View, now: Structure, *, is_doubtful: bool) -> ViewShift | None:
        """The shift, measured every few samples only: it costs as much as all the rest."""
        in_doubt = is_doubtful or self._new is not None
        if self._samples % (_DOUBTFUL_EVERY if in_doubt else _LOOK_EVERY) == 0:
            self._near = near_shift(known.edges, now.edges)
        elif not in_doubt:
            self._near = None
        return self._near

    def _learn(self, known: _View, t_s: float, now: Structure) -> None:
        if known.share_kept(now) < _STILL_MATCH:
            self._known = _View(t_s, now)
            return
        known.absorb(t_s, now)
        self._is_learned = (
            t_s - known.since_s >= LEARNED_S
            and known.samples >= _LEARNED_SAMPLES
            and known.has_structure()
        )

    def _elsewhere(
        self, t_s: float, now: Structure, shift: ViewShift | None, covered: float
    ) -> float:
        """Learns what is seen instead; seconds it has been standing still."""
        assert self._known is not None
        new = self._new
        if new is not None and not self._stands(new, now):
            self._unsteady += 1
        elif self._samples % _DOUBTFUL_EVERY == 0:
            self._unsteady = 0
        if new is None or self._unsteady >= _UNSTEADY_LOOKS:
            self._new, self._first = _View(t_s, now), now.edges
            self._far, self._far_at, self._unsteady = None, 0, 0
            return 0.0
        new.absorb(t_s, now)
        steady_s = t_s - new.since_s
        is_in_place = shift is not None and shift.displacement < MOVED / 2
        if is_in_place and covered < _CLEAR and steady_s >= STANDS_S:
            # Looks different in the same place: lights went on, the camera went to infrared.
            self._known, self._new = new, None
            return 0.0
        if shift is None and steady_s >= _FAR_FROM_S and new.samples >= self._far_at:
            self._far = far_shift(self._known.edges, new.edges)
            self._far_at = new.samples + _FAR_EVERY
        return steady_s

    def _stands(self, new: _View, now: Structure) -> bool:
        """Against its first picture and not its mean: a mean follows a drift."""
        if new.share_kept(now) < _STILL_MATCH:
            return False
        if self._samples % _DOUBTFUL_EVERY:
            return True
        moved = near_shift(self._first, now.edges)
        return moved is None or moved.displacement < _STEADY


def _share(some: Flags, of: Flags) -> float:
    return float(some.sum()) / max(float(of.sum()), 1.0)


def _means(plane: Plane, side: int) -> Plane:
    """(rows, columns) means of blocks, what does not fill a block cut off."""
    rows, columns = max(plane.shape[0] // side, 1), max(plane.shape[1] // side, 1)
    whole = plane[: rows * side, : columns * side]
    return np.asarray(cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA))


def _spread(plane: Plane, side: int) -> Plane:
    mean = _means(plane, side)
    return np.sqrt(np.maximum(_means(plane * plane, side) - mean * mean, 0))


_LOGARITHMS: Final = np.log(np.arange(256) + _DARK).astype(np.float32)
