"""What a detector says about one picture, in columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Boxes: TypeAlias = NDArray[np.float32]
"""(N, 4) float32, xyxy, normalised 0..1, origin top left."""


@dataclass(frozen=True, slots=True)
class Detections:
    """N boxes of one picture.

    boxes: (N, 4) float32, xyxy, normalised. class_ids: (N,) int8, ObjectClass.
    scores: (N,) float32 in 0..1. from_motion: (N,) bool, True where no model
    named the box and only its movement was seen.
    """

    boxes: Boxes
    class_ids: NDArray[np.int8]
    scores: NDArray[np.float32]
    from_motion: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        boxes: object,
        class_ids: object,
        scores: object,
        from_motion: object | None = None,
    ) -> Self:
        """Columns from anything array-like; boxes that are no boxes are dropped.

        NaN, infinite, inverted and zero-area boxes and NaN scores go; what
        reaches beyond the picture is clipped to it.
        """
        b = np.asarray(boxes, np.float32).reshape(-1, 4)
        c = np.asarray(class_ids, np.int8).reshape(-1)
        s = np.asarray(scores, np.float32).reshape(-1)
        m = (
            np.zeros(len(b), bool)
            if from_motion is None
            else np.asarray(from_motion, bool).reshape(-1)
        )
        if not len(b) == len(c) == len(s) == len(m):
            raise ValueError("columns of different length")
        with np.errstate(invalid="ignore"):
            clipped = np.clip(b, 0.0, 1.0)
            good = np.isfinite(b).all(1) & np.isfinite(s)
            good &= (clipped[:, 2] > clipped[:, 0]) & (clipped[:, 3] > clipped[:, 1])
        return cls(clipped[good], c[good], s[good], m[good])

    @classmethod
    def empty(cls) -> Self:
        return cls(
            np.empty((0, 4), np.float32),
            np.empty(0, np.int8),
            np.empty(0, np.float32),
            np.empty(0, np.bool_),
        )

    def __len__(self) -> int:
        return len(self.boxes)

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Detections:
        """The rows that a mask or an index array selects."""
        return Detections(
            self.boxes[keep], self.class_ids[keep], self.scores[keep], self.from_motion[keep]
        )

    def joined(self, other: Detections) -> Detections:
        """These rows, then the other's."""
        return Detections(
            np.concatenate([self.boxes, other.boxes]),
            np.concatenate([self.class_ids, other.class_ids]),
            np.concatenate([self.scores, other.scores]),
            np.concatenate([self.from_motion, other.from_motion]),
        )
