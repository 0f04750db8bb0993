"""Looks given to a network one by one."""

from __future__ import annotations

import numpy as np
import pytest

from made_pictures import detections_of, raw_frame
from wayside.detect.separate import cut, placed, together
from wayside.domain.classes import ObjectClass
from wayside.domain.looks import WHOLE, Look

# Boxes of a look, back in the picture


def look(*region: float) -> Look:
    return Look(region, (160, 96))  # type: ignore[arg-type]


def test_boxes_of_a_whole_look_stay() -> None:
    found = detections_of([[0.1, 0.1, 0.2, 0.2]], [ObjectClass.CAR])
    assert placed(found, look(0.0, 0.0, 1.0, 1.0)) is found


def test_boxes_of_a_part_are_put_in_theirplaced() -> None:
    found = detections_of([[0.5, 0.5, 0.75, 1.0 - 0.02]], [ObjectClass.CAR])
    back = placed(found, look(0.5, 0.0, 1.0, 0.5))
    np.testing.assert_allclose(back.boxes, [[0.75, 0.25, 0.875, 0.49]], atol=1e-6)
    assert list(back.class_ids) == [ObjectClass.CAR]


@pytest.mark.parametrize(
    ("box", "stays"),
    [
        ((0.0, 0.4, 0.2, 0.6), False),  # cut by the inner border on the left
        ((0.8, 0.4, 1.0, 0.6), True),  # ends where the picture ends
        ((0.4, 0.8, 0.6, 1.0), False),
        ((0.4, 0.0, 0.6, 0.2), True),
        ((0.4, 0.4, 0.6, 0.6), True),
    ],
)
def test_what_an_inner_border_cuts_is_left_to_another_look(
    box: tuple[float, ...], stays: bool
) -> None:
    back = placed(detections_of([box], [ObjectClass.CAR]), look(0.5, 0.0, 1.0, 0.5))
    assert len(back) == int(stays)


def test_what_two_looks_saw_is_there_once() -> None:
    first = detections_of([[0.1, 0.1, 0.3, 0.3]], [ObjectClass.CAR], 0.6)
    again = detections_of([[0.11, 0.1, 0.31, 0.3]], [ObjectClass.TRUCK], 0.8)
    elsewhere = detections_of([[0.6, 0.6, 0.8, 0.8]], [ObjectClass.CAR], 0.5)
    assert list(together([first, again, elsewhere]).class_ids) == [
        ObjectClass.TRUCK,
        ObjectClass.CAR,
    ]
    assert len(together([])) == 0


def test_a_part_has_the_cameras_own_pixels_and_the_whole_those_of_the_input() -> None:
    frame = raw_frame(np.arange(120 * 160 * 3, dtype=np.uint8).reshape(120, 160, 3), 0.0)
    part = cut(frame, look(0.25, 0.5, 0.75, 1.0))
    np.testing.assert_array_equal(part, frame.bgr()[60:120, 40:120])
    assert cut(frame, Look(WHOLE, (80, 48))).shape == (48, 80, 3)
