from __future__ import annotations

import numpy as np

from wayside.detect.motion import Motion
from wayside.detect.splitting import SplittingSettings, split

SETTINGS = SplittingSettings()
WIDTH, HEIGHT = 200, 100


def motion_of(*blocks: tuple[int, int, int, int]) -> Motion:
    """One blob that is the union of pixel rectangles."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for x1, y1, x2, y2 in blocks:
        mask[y1:y2, x1:x2] = 255
    rows, columns = np.nonzero(mask)
    box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    boxes = np.array([box], np.float32) / [WIDTH, HEIGHT, WIDTH, HEIGHT]
    ones = np.ones(1, np.float32)
    return Motion(boxes.astype(np.float32), ones, ones, mask, flooded=False)


def boxes_of(*pixels: tuple[int, int, int, int]) -> np.ndarray:
    scale = [WIDTH, HEIGHT, WIDTH, HEIGHT]
    return (np.array(pixels, np.float32).reshape(-1, 4) / scale).astype(np.float32)


def test_a_blob_of_one_known_object_stays_whole() -> None:
    motion = motion_of((50, 20, 90, 60))
    assert np.array_equal(split(motion, boxes_of((52, 20, 88, 60)), SETTINGS), motion.boxes)


def test_a_blob_that_nobody_knows_stays_whole() -> None:
    motion = motion_of((50, 20, 90, 60))
    assert np.array_equal(split(motion, boxes_of(), SETTINGS), motion.boxes)


def test_neighbours_that_melted_get_their_own_boxes_back() -> None:
    left, right = (40, 20, 80, 60), (80, 30, 130, 70)
    found = split(motion_of(left, right), boxes_of((38, 20, 78, 60), (82, 30, 132, 70)), SETTINGS)
    assert len(found) == 2
    assert np.abs(found - boxes_of(left, right)).max() < 0.03


def test_a_known_object_without_foreground_gets_no_box() -> None:
    motion = motion_of((40, 20, 80, 60), (80, 20, 82, 22), (118, 58, 120, 60))
    found = split(motion, boxes_of((40, 20, 80, 60), (84, 24, 118, 58)), SETTINGS)
    assert len(found) == 1
    assert np.abs(found - boxes_of((40, 20, 80, 60))).max() < 0.03


def test_a_long_shadow_belongs_to_neither() -> None:
    """Pixels far outside every predicted box do not stretch one."""
    left, right, shadow = (40, 20, 60, 60), (62, 20, 82, 60), (82, 50, 150, 60)
    found = split(motion_of(left, right, shadow), boxes_of(left, right), SETTINGS)
    assert len(found) == 2
    assert found[:, 2].max() < 95 / WIDTH
