"""From a network's output tensors to boxes: one reader for each layout.

Scores below ``floor`` are cut before anything else is computed: of thousands
of candidate cells a handful survive, and the rest costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.detect.suppress import suppress
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections

Floats: TypeAlias = NDArray[np.float32]
STRIDES = (8, 16, 32, 64)
BINS = 8

COCO: dict[int, ObjectClass] = {
    0: ObjectClass.PERSON,
    1: ObjectClass.BICYCLE,
    2: ObjectClass.CAR,
    3: ObjectClass.MOTORCYCLE,
    5: ObjectClass.BUS,
    7: ObjectClass.TRUCK,
}
"""COCO's 80-class index (not its 91-class category id) to ours; the rest is not counted."""


@dataclass(frozen=True, slots=True)
class GridHead:
    """Anchor-free heads with distributed distances (NanoDet-Plus, PicoDet).

    Each cell of each level predicts class scores (sigmoid applied) and four
    distances, left, top, right, bottom, each as a softmax over 8 bins whose
    expectation times the stride is the distance in input pixels (Li et al.,
    Generalized Focal Loss, NeurIPS 2020). offset: where in its cell the centre
    lies, 0 for NanoDet-Plus and 0.5 for PicoDet.
    """

    width: int
    height: int
    offset: float
    classes: dict[int, ObjectClass]

    def centres(self) -> tuple[Floats, Floats]:
        """(N, 2) cell centres and (N,) strides in input pixels, levels then rows then columns."""
        points, strides = [], []
        for stride in STRIDES:
            columns, rows = -(-self.width // stride), -(-self.height // stride)
            y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
            points.append((np.stack([x.ravel(), y.ravel()], 1) + self.offset) * stride)
            strides.append(np.full(rows * columns, stride, np.float32))
        return np.concatenate(points), np.concatenate(strides)


class GridDecoder:
    """Reads (scores (N, C), distances (N, 32)) of one picture."""

    def __init__(self, head: GridHead, floor: float, overlap: float = 0.6) -> None:
        self._head = head
        self._floor = floor
        self._overlap = overlap
        self._centres, self._strides = head.centres()
        self._columns = np.array(sorted(head.classes), np.intp)
        self._classes = np.array([head.classes[c] for c in sorted(head.classes)], np.int8)
        self._bins = np.arange(BINS, dtype=np.float32)

    def __call__(self, scores: Floats, distances: Floats) -> Detections:
        """Detections normalised to the picture that filled the whole input."""
        ours = scores[:, self._columns]
        best = ours.argmax(1)
        top = ours[np.arange(len(ours)), best]
        rows = np.flatnonzero(top >= self._floor)
        if not len(rows):
            return Detections.empty()
        logits = distances[rows].reshape(-1, 4, BINS)
        weights = np.exp(logits - logits.max(2, keepdims=True))
        reach = (weights @ self._bins) / weights.sum(2) * self._strides[rows, None]
        centre = self._centres[rows]
        boxes = np.concatenate([centre - reach[:, :2], centre + reach[:, 2:]], 1)
        boxes /= np.array([self._head.width, self._head.height] * 2, np.float32)
        found = Detections.of(boxes, self._classes[best[rows]], top[rows])
        return suppress(found, self._overlap)


class SsdDecoder:
    """Reads Open Model Zoo's DetectionOutput: rows of image, label, score, x1, y1, x2, y2.

    The networks' own suppression is loose (pairs at IoU 0.6 remain), so ours runs after it.
    """

    def __init__(self, classes: dict[int, ObjectClass], floor: float, overlap: float = 0.6) -> None:
        self._classes = classes
        self._floor = floor
        self._overlap = overlap

    def __call__(self, rows: Floats) -> Detections:
        table = rows.reshape(-1, 7)
        ends = np.flatnonzero(table[:, 0] < 0)
        table = table[: ends[0]] if len(ends) else table
        table = table[table[:, 2] >= self._floor]
        known = np.isin(table[:, 1].astype(int), list(self._classes))
        table = table[known]
        ids = [self._classes[int(label)] for label in table[:, 1]]
        return suppress(Detections.of(table[:, 3:7], ids, table[:, 2]), self._overlap)


def split_grid(outputs: Sequence[Floats]) -> tuple[Floats, Floats]:
    """PicoDet's eight outputs (4 of scores, then 4 of distances, (1, n, ·)) as two tables."""
    return (
        np.concatenate([o[0] for o in outputs[:4]]),
        np.concatenate([o[0] for o in outputs[4:]]),
    )
