"""Output tensors become the boxes that were put into them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from wayside.detect.layouts import (
    BINS,
    COCO,
    STRIDES,
    GridDecoder,
    GridHead,
    SsdDecoder,
    split_grid,
)
from wayside.domain.classes import ObjectClass

OFFSETS = pytest.mark.parametrize("offset", [0.0, 0.5], ids=["nanodet", "picodet"])
COCO_CAR, COCO_PERSON, COCO_TRUCK, COCO_KITE = 2, 0, 7, 33


class Tensors:
    """The two tables of a grid head, all silent until an object is put in."""

    def __init__(self, head: GridHead) -> None:
        self.head = head
        self.centres, self.strides = head.centres()
        self.scores = np.zeros((len(self.centres), 80), np.float32)
        self.distances = np.zeros((len(self.centres), 4 * BINS), np.float32)

    def put(self, stride: int, near: tuple[float, float], box: object, column: int, score: float):
        """A box (pixels) in the cell of that stride whose centre is nearest to ``near``."""
        away = np.hypot(*(self.centres - near).T)
        cell = int(np.argmin(np.where(self.strides == stride, away, np.inf)))
        x, y = self.centres[cell]
        x1, y1, x2, y2 = box
        for side, distance in enumerate([x - x1, y - y1, x2 - x, y2 - y]):
            self.distances[cell, side * BINS : (side + 1) * BINS] = _logits(distance / stride)
        self.scores[cell, column] = score
        return self


def _logits(bins: float) -> np.ndarray:
    """Of a softmax whose expectation is ``bins``: shared by the two whole numbers around it."""
    assert 0 <= bins <= BINS - 1
    low = min(int(bins), BINS - 2)
    weights = np.full(BINS, 1e-12)
    weights[low], weights[low + 1] = 1 - (bins - low) + 1e-12, bins - low + 1e-12
    return np.log(weights).astype(np.float32)


@OFFSETS
@pytest.mark.parametrize("stride", STRIDES)
def test_a_box_put_into_a_cell_is_read_from_it(offset: float, stride: int) -> None:
    head = GridHead(640, 384, offset, COCO)
    reach = 3 * stride
    box = (320 - reach, 192 - reach / 2, 320 + reach * 0.7, 192 + reach)
    tensors = Tensors(head).put(stride, (320, 192), box, COCO_CAR, 0.8)
    found = GridDecoder(head, 0.3)(tensors.scores, tensors.distances)
    expected = np.clip(np.divide(box, [640, 384, 640, 384]), 0, 1)
    assert found.boxes == pytest.approx(expected[None], abs=1e-5)
    assert found.class_ids.tolist() == [ObjectClass.CAR]
    assert found.scores == pytest.approx([0.8])
    assert not found.from_motion.any()


@OFFSETS
def test_cells_are_levels_then_rows_then_columns(offset: float) -> None:
    centres, strides = GridHead(100, 60, offset, COCO).centres()
    expected = [
        ((column + offset) * stride, (row + offset) * stride, stride)
        for stride in STRIDES
        for row in range(math.ceil(60 / stride))
        for column in range(math.ceil(100 / stride))
    ]
    assert np.column_stack([centres, strides]) == pytest.approx(np.array(expected))


def test_scores_below_the_floor_are_not_reported() -> None:
    head = GridHead(320, 192, 0.0, COCO)
    tensors = Tensors(head)
    tensors.put(16, (48, 48), (32, 32, 64, 64), COCO_CAR, 0.41)
    tensors.put(16, (160, 96), (128, 80, 192, 112), COCO_CAR, 0.39)
    found = GridDecoder(head, 0.4)(tensors.scores, tensors.distances)
    assert found.scores == pytest.approx([0.41])


def test_nothing_above_the_floor_is_no_detection() -> None:
    head = GridHead(320, 192, 0.0, COCO)
    tensors = Tensors(head)
    assert len(GridDecoder(head, 0.1)(tensors.scores, tensors.distances)) == 0


def test_classes_outside_the_taxonomy_are_not_counted() -> None:
    head = GridHead(320, 192, 0.0, COCO)
    tensors = Tensors(head).put(32, (160, 96), (128, 64, 192, 128), COCO_KITE, 0.95)
    decode = GridDecoder(head, 0.3)
    assert len(decode(tensors.scores, tensors.distances)) == 0
    tensors.put(32, (160, 96), (128, 64, 192, 128), COCO_PERSON, 0.5)
    assert decode(tensors.scores, tensors.distances).class_ids.tolist() == [ObjectClass.PERSON]


def test_a_box_beyond_the_picture_is_clipped_and_a_broken_one_dropped() -> None:
    head = GridHead(320, 192, 0.0, COCO)
    tensors = Tensors(head)
    tensors.put(64, (0, 0), (-100, -90, 50, 60), COCO_CAR, 0.9)
    tensors.put(8, (200, 96), (190, 90, 210, 110), COCO_CAR, 0.8)
    tensors.distances[tensors.scores.max(1) == np.float32(0.8)] = np.nan
    found = GridDecoder(head, 0.3)(tensors.scores, tensors.distances)
    assert found.boxes == pytest.approx(np.array([[0, 0, 50 / 320, 60 / 192]]), abs=1e-5)


def test_one_object_seen_by_several_cells_is_one_detection() -> None:
    head = GridHead(320, 192, 0.0, COCO)
    tensors = Tensors(head)
    box = (140, 76, 180, 116)
    tensors.put(8, (160, 96), box, COCO_CAR, 0.6)
    tensors.put(16, (160, 96), box, COCO_TRUCK, 0.9)
    tensors.put(32, (160, 96), box, COCO_CAR, 0.5)
    found = GridDecoder(head, 0.3)(tensors.scores, tensors.distances)
    assert found.class_ids.tolist() == [ObjectClass.TRUCK]
    assert found.scores == pytest.approx([0.9])


def reference(head: GridHead, scores: np.ndarray, distances: np.ndarray, floor: float) -> list:
    """The same reading, one number after the other, as the papers' text says it."""
    candidates = []
    cell = 0
    for stride in STRIDES:
        for row in range(math.ceil(head.height / stride)):
            for column in range(math.ceil(head.width / stride)):
                best = max(head.classes, key=lambda c: scores[cell, c])
                if scores[cell, best] >= floor:
                    box = _reference_box(head, stride, row, column, distances[cell])
                    candidates.append((float(scores[cell, best]), head.classes[best], box))
                cell += 1
    candidates.sort(key=lambda c: -c[0])
    kept: list = []
    for score, kind, box in candidates:
        if all(k.group != kind.group or _reference_iou(b, box) <= 0.6 for _, k, b in kept):
            kept.append((score, kind, box))
    return kept


def _reference_box(
    head: GridHead, stride: int, row: int, column: int, logits: np.ndarray
) -> tuple[float, ...]:
    reach = []
    for side in range(4):
        exponentials = [math.exp(float(v)) for v in logits[side * 8 : side * 8 + 8]]
        mean = sum(i * e for i, e in enumerate(exponentials)) / sum(exponentials)
        reach.append(mean * stride)
    x, y = (column + head.offset) * stride, (row + head.offset) * stride
    left, top = (x - reach[0]) / head.width, (y - reach[1]) / head.height
    right, bottom = (x + reach[2]) / head.width, (y + reach[3]) / head.height
    return tuple(min(max(v, 0.0), 1.0) for v in (left, top, right, bottom))


def _reference_iou(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    wide = max(min(a[2], b[2]) - max(a[0], b[0]), 0)
    high = max(min(a[3], b[3]) - max(a[1], b[1]), 0)
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return wide * high / (both - wide * high)


@OFFSETS
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("size", [(320, 192), (200, 136)])
def test_agrees_with_a_slow_reading(offset: float, seed: int, size: tuple[int, int]) -> None:
    head = GridHead(*size, offset, COCO)
    rng = np.random.default_rng(seed)
    count = len(head.centres()[0])
    scores = rng.random((count, 80), np.float32) ** 8
    distances = rng.normal(0, 2, (count, 4 * BINS)).astype(np.float32)
    found = GridDecoder(head, 0.5, overlap=0.6)(scores, distances)
    expected = reference(head, scores, distances, 0.5)
    assert len(expected) > 10
    assert found.scores == pytest.approx([score for score, _, _ in expected])
    assert found.class_ids.tolist() == [int(kind) for _, kind, _ in expected]
    assert found.boxes == pytest.approx(np.array([box for _, _, box in expected]), abs=1e-4)


def test_split_grid_keeps_the_order_of_levels() -> None:
    head = GridHead(96, 64, 0.5, COCO)
    counts = [math.ceil(96 / s) * math.ceil(64 / s) for s in STRIDES]
    rng = np.random.default_rng(0)
    scores = [rng.random((1, n, 80), np.float32) for n in counts]
    distances = [rng.random((1, n, 32), np.float32) for n in counts]
    all_scores, all_distances = split_grid([*scores, *distances])
    assert all_scores.shape == (len(head.centres()[0]), 80)
    assert all_distances.shape == (len(head.centres()[0]), 32)
    start = 0
    for level, count in enumerate(counts):
        assert (all_scores[start : start + count] == scores[level][0]).all()
        assert (all_distances[start : start + count] == distances[level][0]).all()
        start += count


SSD_CLASSES = {0: ObjectClass.CAR, 1: ObjectClass.PERSON}


def ssd_rows(*rows: tuple[float, ...]) -> np.ndarray:
    """(1, 1, 200, 7) as the networks give it: rows, a row of image -1, then leftovers."""
    table = np.zeros((200, 7), np.float32)
    table[:] = (0, 0, 0.99, 0.4, 0.4, 0.5, 0.5)  # leftovers that must not be read
    table[: len(rows)] = np.array(rows, np.float32).reshape(-1, 7)
    table[len(rows), 0] = -1
    return table.reshape(1, 1, 200, 7)


def test_ssd_rows_are_read_to_the_end_marker() -> None:
    rows = ssd_rows((0, 0, 0.9, 0.1, 0.2, 0.3, 0.4), (0, 1, 0.6, 0.5, 0.5, 0.6, 0.9))
    found = SsdDecoder(SSD_CLASSES, 0.2)(rows)
    assert found.class_ids.tolist() == [ObjectClass.CAR, ObjectClass.PERSON]
    assert found.scores == pytest.approx([0.9, 0.6])
    assert found.boxes == pytest.approx(np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.5, 0.6, 0.9]]))


def test_ssd_without_end_marker_reads_every_row() -> None:
    table = np.zeros((1, 1, 3, 7), np.float32)
    for index in range(3):
        table[0, 0, index] = (0, 1, 0.9 - index / 10, 0.3 * index, 0.1, 0.3 * index + 0.2, 0.5)
    assert len(SsdDecoder(SSD_CLASSES, 0.2)(table)) == 3


def test_ssd_floor_unknown_labels_and_nothing() -> None:
    decode = SsdDecoder(SSD_CLASSES, 0.5)
    faint = (0, 0, 0.49, 0.1, 0.1, 0.2, 0.2)
    stranger = (0, 7, 0.9, 0.1, 0.1, 0.2, 0.2)
    assert len(decode(ssd_rows(faint, stranger))) == 0
    assert len(decode(ssd_rows())) == 0
    assert len(decode(ssd_rows(faint, stranger, (0, 1, 0.51, 0.1, 0.1, 0.2, 0.2)))) == 1


def test_ssd_doubles_are_suppressed_and_boxes_clipped() -> None:
    found = SsdDecoder(SSD_CLASSES, 0.2, overlap=0.6)(
        ssd_rows(
            (0, 0, 0.5, 0.10, 0.1, 0.30, 0.3),
            (0, 0, 0.8, 0.11, 0.1, 0.31, 0.3),
            (0, 1, 0.7, -0.1, 0.8, 0.05, 1.2),
        )
    )
    assert found.scores == pytest.approx([0.8, 0.7])
    assert found.boxes[1] == pytest.approx([0, 0.8, 0.05, 1])
