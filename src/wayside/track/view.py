"""From a picture's normalised boxes to the tracker's units and back.

The tracker measures in picture heights on both axes, so that a gate is as wide
as it is high: normalised x is multiplied by the picture's aspect.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.detections import Boxes, Detections
from wayside.track.kalman import Columns
from wayside.track.settings import TrackerSettings
from wayside.track.votes import valid

Indices = NDArray[np.intp]
NOTHING: Indices = np.empty(0, np.intp)

_TO_CENTRES = np.array([[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [-1, 0, 1, 0], [0, -1, 0, 1]])
_TO_CORNERS = np.array([[1, 0, -0.5, 0], [0, 1, 0, -0.5], [1, 0, 0.5, 0], [0, 1, 0, 0.5]])


@dataclass(frozen=True, slots=True)
class Found:
    """One picture's detections in the tracker's units.

    corners: (4, N) x1, y1, x2, y2. centres: (4, N) cx, cy, w, h. high, low,
    motion: rows by stage; a row below the low score is in none of them.
    """

    corners: Columns
    centres: Columns
    class_ids: NDArray[np.int8]
    scores: NDArray[np.float32]
    from_motion: NDArray[np.bool_]
    high: Indices
    low: Indices
    motion: Indices

    def __len__(self) -> int:
        return len(self.scores)


class View:
    """Scales boxes for a picture of ``aspect`` = width ÷ height."""

    def __init__(self, aspect: float) -> None:
        self.aspect = aspect
        self._scale = np.array([[aspect], [1.0], [aspect], [1.0]])
        self._back = _TO_CORNERS / self._scale

    def corners(self, boxes: Boxes) -> Columns:
        """(N, 4) normalised to (4, N) corners in picture heights."""
        return np.asarray(boxes.T * self._scale)

    def boxes(self, centres: Columns) -> Boxes:
        """(4, M) centres and sizes to (M, 4) normalised boxes, clipped to the picture."""
        corners = self._back.dot(centres)
        np.maximum(corners, 0.0, out=corners)
        np.minimum(corners, 1.0, out=corners)
        return np.asarray(corners.T, np.float32, order="C")

    def velocities(self, state_velocities: Columns) -> NDArray[np.float32]:
        """(2, M) picture heights a second to (M, 2) picture widths and heights a second."""
        return np.asarray((state_velocities / self._scale[:2]).T, np.float32, order="C")

    def found(self, detections: Detections, settings: TrackerSettings) -> Found:
        """The detections in our units, sorted into stages."""
        corners = self.corners(detections.boxes)
        scores, motion = detections.scores, detections.from_motion
        blobs = motion.nonzero()[0]
        high = scores >= settings.high_score
        low_rows = NOTHING
        if len(blobs):
            high &= ~motion
        high_rows = high.nonzero()[0]
        if len(high_rows) + len(blobs) < len(scores):
            low = (scores >= settings.low_score) & ~(high | motion)
            low_rows = low.nonzero()[0]
        return Found(
            corners,
            _TO_CENTRES.dot(corners),
            valid(detections.class_ids),
            scores,
            motion,
            high_rows,
            low_rows,
            blobs,
        )

    def left(self, centres: Columns, min_visible: float) -> NDArray[np.bool_]:
        """(M,) which boxes (4, M) have their centre, or too much of their area, outside."""
        middle = centres[:2]
        out = (middle < 0.0) | (middle > self._scale[:2])
        hidden = self._visible(corners_of(centres)) < min_visible
        return np.asarray(out[0] | out[1] | hidden)

    def _visible(self, corners: Columns) -> NDArray[np.float64]:
        """(M,) share of each box that lies in the picture."""
        inside = np.minimum(corners[2:], self._scale[:2]) - np.maximum(corners[:2], 0.0)
        np.maximum(inside, 0.0, out=inside)
        size = corners[2:] - corners[:2]
        return np.asarray(inside[0] * inside[1] / (size[0] * size[1]))


def corners_of(centres: Columns) -> Columns:
    """(4, M) cx, cy, w, h to (4, M) x1, y1, x2, y2."""
    return np.asarray(_TO_CORNERS.dot(centres))
