"""Boxes of cuboids, against corners projected one by one."""

from itertools import product

import numpy as np
import pytest

from wayside.domain.scene import ControlPoint
from wayside.scene.calibration import GroundPlane
from wayside.scene.pinhole import Pinhole
from wayside.scene.solid import Cuboids, View

ASPECT = 16 / 9
POSE = Pinhole.posed(ASPECT, focal=0.9, height_m=8.0, pitch_deg=22.0, yaw_deg=90.0)
IMAGE = [(u, v) for u in (0.1, 0.5, 0.9) for v in (0.4, 0.65, 0.95)]


def plane_of(pose, mirror=1.0):
    inverse = np.linalg.inv(pose.to_image())
    points = []
    for u, v in IMAGE:
        x, y, depth = inverse @ [u, v, 1.0]
        points.append(ControlPoint((u, v), (x / depth, mirror * y / depth)))
    return GroundPlane.fit(points, ASPECT)


def box_of(pose, centre, angle, size):
    along = np.array([np.cos(angle), np.sin(angle)])
    left = np.array([-along[1], along[0]])
    corners = [
        [*(centre + x * size[0] * along + y * size[1] * left), z * size[2]]
        for x, y, z in product((-0.5, 0.5), (-0.5, 0.5), (0.0, 1.0))
    ]
    flat = pose.project(np.array(corners))
    return np.concatenate([flat.min(0), flat.max(0)])


def cuboid(centre, angle, size):
    heading = np.array([[np.cos(angle), np.sin(angle)]])
    return Cuboids(np.array([centre], float), heading, np.array([size], float))


CAR = (4.5, 1.8, 1.5)


@pytest.mark.parametrize("angle", [0.0, 0.7, np.pi / 2, 2.5, -1.9])
def test_a_box_is_that_of_the_corners(angle):
    view = View.of(plane_of(POSE))
    assert view.sees_top
    found = view.boxes(cuboid((2.0, 25.0), angle, CAR))
    assert found[0] == pytest.approx(box_of(POSE, np.array([2.0, 25.0]), angle, CAR), abs=1e-5)


def test_the_derivatives_are_those_of_small_steps():
    view = View.of(plane_of(POSE))
    at, angle, size, step = np.array([2.0, 25.0]), 0.6, np.array(CAR), 1e-5
    found = view.outlines(cuboid(at, angle, size))

    def change(centre, turn, dims):
        return (view.boxes(cuboid(centre, turn, dims))[0] - found.boxes[0]) / step

    for axis in (0, 1):
        moved = change(at + step * np.eye(2)[axis], angle, size)
        assert found.by_place[0, :, axis] == pytest.approx(moved, abs=1e-5)
    for side in range(3):
        grown = change(at, angle, size + step * np.eye(3)[side])
        assert found.by_size[0, :, side] == pytest.approx(grown, abs=1e-5)
    assert found.by_turn[0] == pytest.approx(change(at, angle + step, size), abs=1e-5)


def test_what_is_partly_behind_the_camera_has_no_box():
    found = View.of(plane_of(POSE)).outlines(cuboid((0.0, 0.0), np.pi / 2, (30.0, 1.8, 1.5)))
    assert np.isnan(found.boxes).all()


def test_ground_axes_drawn_like_the_picture_still_have_an_up():
    view = View.of(plane_of(POSE, mirror=-1.0))
    assert view.sees_top
    found = view.boxes(cuboid((2.0, -25.0), 0.0, CAR))
    assert found[0] == pytest.approx(box_of(POSE, np.array([2.0, 25.0]), 0.0, CAR), abs=1e-5)


def test_seen_from_above_things_are_flat_and_their_upper_edge_counts():
    above = Pinhole.posed(ASPECT, focal=0.9, height_m=40.0, pitch_deg=89.99, yaw_deg=90.0)
    points = [ControlPoint((u, v), (40 * u, -22.5 * v)) for u in (0.1, 0.9) for v in (0.1, 0.9)]
    view = View.of(GroundPlane.fit(points, ASPECT))
    assert above.pitch_deg > 88
    assert view.sees_top
    found = view.boxes(cuboid((20.0, -10.0), 0.0, (4.0, 2.0, 1.5)))
    assert found[0] == pytest.approx([18 / 40, 9 / 22.5, 22 / 40, 11 / 22.5], abs=1e-6)
