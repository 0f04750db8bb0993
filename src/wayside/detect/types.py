"""What kind of road user a box holds: seven scores of one small network of our own, no more.

For boxes that nothing named (motion sees that something moves, not what) or named roughly. The
network sees a square of 64x64 pixels around the box; nothing of it is kept but the scores.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.detect.catalogue import ModelCard
from wayside.detect.detector import Backend, Network
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes
from wayside.domain.errors import ModelRefused
from wayside.domain.media import Picture, RawFrame, reduced

SIDE = 64
LONG_SIDE = 640
"""Pixels of the longer side of the picture that squares are cut from: about as fine as those that
the network was trained on, and what motion in recordings has converted already."""
MARGIN = 1.15
"""Side of the square, in longer sides of the box: as in training."""
BATCH = 8
LEAST_SIDE = 8
"""Pixels of a box's longer side in that picture below which nothing is asked."""


class TypeReader:
    """Compiles its network when first asked: a feed in which nothing moves costs nothing.

    path: of the weights. backend: makes what compiles them.
    """

    def __init__(self, card: ModelCard, path: str, backend: Callable[[], Backend]) -> None:
        self.card = card
        self._path = path
        self._make_backend = backend
        self._networks: dict[int, Network] = {}
        kinds = [card.classes.get(at, ObjectClass.UNKNOWN) for at in range(len(ObjectClass))]
        self._columns = np.array(kinds, np.intp)

    @property
    def threshold(self) -> float:
        """Score of the best merged class below which it is not believed."""
        return self.card.threshold

    def scores(self, frame: RawFrame, boxes: Boxes) -> NDArray[np.float32]:
        """(N, 7) of each box, a column per ObjectClass; UNKNOWN is what is none of the others.

        A row of zeros where a box is too small to be asked about.
        """
        scores = np.zeros((len(boxes), len(ObjectClass)), np.float32)
        planes = frame.planes(*reduced(frame.width, frame.height, LONG_SIDE))
        sides = (boxes[:, 2:] - boxes[:, :2]) * (planes.shape[2], planes.shape[1])
        rows = np.flatnonzero(sides.max(axis=1, initial=0) >= LEAST_SIDE)
        for first in range(0, len(rows), BATCH):
            some = rows[first : first + BATCH]
            levels = np.empty((len(some), 3, SIDE, SIDE), np.float32)
            for at, row in enumerate(some):
                cut_square(planes, boxes[row], levels[at])
            scores[some[:, None], self._columns] = self._infer(levels)
        return scores

    def _infer(self, levels: NDArray[np.float32]) -> NDArray[np.float32]:
        """(N, 3, 64, 64) to (N, 7): together where it pays, one by one where few are asked."""
        if len(levels) <= BATCH // 4:
            return np.concatenate(
                [self._one_batch(levels[at : at + 1]) for at in range(len(levels))]
            )
        filled = np.zeros((BATCH, *levels.shape[1:]), np.float32)
        filled[: len(levels)] = levels
        return self._one_batch(filled)[: len(levels)]

    def _one_batch(self, levels: NDArray[np.float32]) -> NDArray[np.float32]:
        count = len(levels)
        if count not in self._networks:
            backend = self._make_backend()
            self._networks[count] = backend.compile(self._path, (SIDE, SIDE), batch=count)
        outputs = self._networks[count].infer(levels)
        if [output.shape for output in outputs] != [(count, len(ObjectClass))]:
            raise ModelRefused(
                f"model '{self.card.name}' gives {[output.shape for output in outputs]}",
                where=self._path,
                remedy="It may give one score for each class, and nothing else",
            )
        return outputs[0].copy()


def cut_square(planes: Picture, box: NDArray[np.float32], into: NDArray[np.float32]) -> None:
    """The square around a normalised box, beyond the border its last pixels repeated.

    planes: (3, H, W) uint8. into: (3, 64, 64) float32, levels 0..255.
    """
    height, width = planes.shape[1:]
    x1, y1, x2, y2 = box.tolist()
    side = max(MARGIN * max((x2 - x1) * width, (y2 - y1) * height), 2.0)
    left, top = (x1 + x2) / 2 * width - side / 2, (y1 + y2) / 2 * height - side / 2
    columns = slice(*_span(left, side, width))
    rows = slice(*_span(top, side, height))
    around = (
        max(-round(top), 0),
        max(round(top + side) - height, 0),
        max(-round(left), 0),
        max(round(left + side) - width, 0),
    )
    how = cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR
    for plane, target in zip(planes, into, strict=True):
        square = plane[rows, columns]
        if any(around):
            square = cv2.copyMakeBorder(square, *around, cv2.BORDER_REPLICATE)
        target[:] = cv2.resize(square, (SIDE, SIDE), interpolation=how)


def _span(low: float, side: float, size: int) -> tuple[int, int]:
    """Pixels from and to that lie in the picture, at least one."""
    first = min(max(round(low), 0), size - 1)
    return first, max(min(round(low + side), size), first + 1)
