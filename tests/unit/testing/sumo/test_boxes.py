"""Boxes of cuboids and who hides whom. SUMO is not needed for these."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.testing.sumo.boxes import corners, project_boxes, visible_shares
from wayside.testing.town.camera import Camera

CAMERA = Camera(0.0, 0.0, 10.0, 0.0, 20.0, 60.0, 1280, 720)


def boxes_of(*places: tuple[float, float], size: tuple[float, float, float]) -> np.ndarray:
    xy = np.array(places, np.float32)
    headings = np.zeros(len(places), np.float32)
    sizes = np.tile(np.array(size, np.float32), (len(places), 1))
    return project_boxes(CAMERA, corners(xy, headings, sizes))


def test_corners_turn_with_the_heading() -> None:
    one = corners(
        np.array([[10.0, 5.0]], np.float32),
        np.array([np.pi / 2], np.float32),
        np.array([[4.0, 2.0, 1.5]], np.float32),
    )[0]
    assert one[:, 0].min() == pytest.approx(9.0, abs=1e-5)
    assert one[:, 1].max() == pytest.approx(7.0, abs=1e-5)
    assert set(one[:, 2].round(3)) == {0.0, 1.5}


def test_the_lower_edge_is_the_near_end_on_the_ground() -> None:
    (box,) = boxes_of((30.0, 0.0), size=(4.0, 2.0, 1.5))
    near = CAMERA.project(np.array([28.0, -1.0, 0.0])) / (1280, 720)
    assert box[3] == pytest.approx(near[1])
    assert (box[0] + box[2]) / 2 == pytest.approx(0.5)


def test_what_is_behind_the_lens_has_no_box() -> None:
    assert np.isnan(boxes_of((-20.0, 0.0), size=(4.0, 2.0, 1.5))).all()


def test_a_car_behind_a_lorry_is_hidden_and_one_beside_it_is_not() -> None:
    lorry = boxes_of((25.0, 0.0), size=(10.0, 2.5, 3.8))
    cars = boxes_of((35.0, 0.0), (35.0, 8.0), size=(4.0, 1.8, 1.5))
    shares = visible_shares(np.concatenate([lorry, cars]), np.array([25.0, 35.0, 35.9]))
    assert shares[0] == 1.0
    assert shares[1] < 0.4
    assert shares[2] == 1.0


def test_nothing_hides_nothing() -> None:
    assert visible_shares(np.empty((0, 4)), np.empty(0)).shape == (0,)
