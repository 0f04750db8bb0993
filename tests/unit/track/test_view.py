"""Units: there and back, the picture's edge, and the sorting of rows into stages."""

import numpy as np
import pytest

from wayside.domain.detections import Detections
from wayside.track.settings import TrackerSettings
from wayside.track.view import View, corners_of


def test_there_and_back() -> None:
    view = View(16 / 9)
    boxes = np.array([[0.1, 0.2, 0.3, 0.6], [0.5, 0.5, 0.9, 1.0]], np.float32)
    found = view.found(Detections.of(boxes, [1, 4], [0.9, 0.9]), TrackerSettings())
    assert found.corners[0, 0] == pytest.approx(0.1 * 16 / 9)
    assert found.centres[:, 0] == pytest.approx([0.2 * 16 / 9, 0.4, 0.2 * 16 / 9, 0.4])
    assert corners_of(found.centres) == pytest.approx(found.corners)
    back = view.boxes(found.centres)
    assert back == pytest.approx(boxes, abs=1e-6)
    assert back.dtype == np.float32
    assert back.flags.c_contiguous


def test_boxes_are_clipped_to_the_picture() -> None:
    view = View(1.0)
    assert view.boxes(np.array([[0.0], [1.0], [0.4], [0.4]]))[0] == pytest.approx([0, 0.8, 0.2, 1])


def test_velocities_are_in_picture_widths_and_heights() -> None:
    velocities = View(2.0).velocities(np.array([[1.0], [1.0]]))
    assert velocities.tolist() == [[0.5, 1.0]]


def test_rows_by_stage() -> None:
    boxes = np.tile([0.1, 0.1, 0.2, 0.2], (4, 1))
    detections = Detections.of(boxes, [1, 1, 1, 0], [0.9, 0.3, 0.05, 0.9], [0, 0, 0, 1])
    found = View(1.0).found(detections, TrackerSettings())
    assert found.high.tolist() == [0]
    assert found.low.tolist() == [1]
    assert found.motion.tolist() == [3]
    assert len(found) == 4


def test_what_has_left_the_picture() -> None:
    centres = np.array(
        [
            [0.5, 0.5, 0.2, 0.2],  # inside
            [1.9, 0.5, 0.4, 0.2],  # centre inside a picture of aspect 2
            [2.1, 0.5, 0.4, 0.2],  # centre outside
            [0.5, -0.01, 0.2, 0.2],
            [0.5, 0.02, 0.2, 0.2],
        ]
    ).T
    assert View(2.0).left(centres, 0.2).tolist() == [False, False, True, True, False]
    assert View(2.0).left(centres, 0.7).tolist() == [False, False, True, True, True]
