"""The camera maps metres to pixels and back, exactly."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from wayside.domain.geometry import sides
from wayside.testing.town.camera import Camera

GROUND = np.array([[-10.0, -8.0], [10.0, -8.0], [0.0, 0.0], [12.0, 14.0], [-14.0, 20.0]])


def test_the_optical_axis_meets_the_middle_of_the_picture() -> None:
    camera = Camera()
    yaw, pitch = np.radians(camera.yaw_deg), np.radians(camera.pitch_deg)
    away = camera.height_m / np.tan(pitch)
    point = np.array([[camera.x_m + away * np.cos(yaw), camera.y_m + away * np.sin(yaw)]])
    assert camera.ground_to_image(point)[0] == pytest.approx([0.5, 0.5])
    depth = camera.depth_m(np.append(point[0], 0.0))
    assert depth == pytest.approx(camera.height_m / np.sin(pitch))


def test_ground_and_image_are_inverse() -> None:
    camera = Camera()
    assert camera.image_to_ground(camera.ground_to_image(GROUND)) == pytest.approx(GROUND)


def test_the_homography_agrees_with_the_projection_and_with_opencv() -> None:
    camera = Camera()
    raised = np.column_stack([GROUND, np.zeros(len(GROUND))])
    pixels = camera.project(raised)
    assert camera.ground_to_image(GROUND) * [640, 360] == pytest.approx(pixels)
    fitted, _ = cv2.findHomography(GROUND, camera.ground_to_image(GROUND))
    own = camera.homography()
    assert fitted / fitted[2, 2] == pytest.approx(own / own[2, 2], abs=1e-6)


def test_up_is_up_and_right_is_right() -> None:
    camera = Camera()
    foot, head, east = camera.project(np.array([[0.0, 0, 0], [0, 0, 1.8], [2.0, 0, 0]]))
    assert head[1] < foot[1]
    assert east[0] > foot[0]
    # What is left of a line on the ground is left of it in the picture.
    south, north, west = camera.ground_to_image(np.array([[0.0, -5], [0, 5], [-3.0, 0]]))
    assert sides(south, north, west[None])[0] < 0
