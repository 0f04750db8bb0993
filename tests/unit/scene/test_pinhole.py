import numpy as np
import pytest

from wayside.domain.scene import ControlPoint
from wayside.scene.calibration import GroundPlane
from wayside.scene.pinhole import Pinhole
from wayside.testing.town.camera import Camera

CAMERAS = [
    Camera(2.0, -10.0, 9.0, 92.0, 24.0, 66.0),
    Camera(-4.0, -16.0, 46.0, 74.0, 70.0, 62.0),
    Camera(0.0, 0.0, 6.0, -30.0, 12.0, 40.0),
]
ASPECT = 640 / 360


def plane_of(camera):
    image = np.array([(0.1, 0.95), (0.9, 0.95), (0.3, 0.6), (0.7, 0.65), (0.5, 0.8)])
    ground = camera.image_to_ground(image)
    points = [ControlPoint(tuple(p), tuple(g)) for p, g in zip(image, ground, strict=True)]
    return GroundPlane.fit(points, ASPECT)


@pytest.mark.parametrize("camera", CAMERAS)
def test_the_camera_behind_a_plane_is_found(camera):
    found = plane_of(camera).pinhole()
    assert found is not None
    assert found.focal == pytest.approx(camera.focal_px / camera.width, rel=1e-3)
    assert found.pitch_deg == pytest.approx(camera.pitch_deg, abs=0.1)
    assert found.centre == pytest.approx(camera.centre, abs=0.1)


@pytest.mark.parametrize("camera", CAMERAS)
def test_what_stands_on_the_ground_is_projected_with_its_height(camera):
    found = plane_of(camera).pinhole()
    foot = camera.image_to_ground(np.array([(0.5, 0.7)]))[0]
    top = np.array([*foot, 1.7])
    assert found.project(top) == pytest.approx(
        camera.project(top) / (camera.width, camera.height), abs=1e-4
    )


def test_a_posed_camera_sees_its_own_plane():
    pose = Pinhole.posed(ASPECT, focal=0.9, height_m=7.5, pitch_deg=25.0, roll_deg=3.0, yaw_deg=40)
    back = Pinhole.of_plane(pose.to_image(), ASPECT)
    assert back is not None
    assert back.focal == pytest.approx(0.9, rel=1e-6)
    assert back.rotation == pytest.approx(pose.rotation, abs=1e-6)
    assert back.centre == pytest.approx([0, 0, 7.5], abs=1e-6)


def test_a_camera_that_rolls_clockwise_shows_its_right_side_higher():
    straight = Pinhole.posed(1.5, focal=1.0, height_m=5.0, pitch_deg=20.0)
    rolled = Pinhole.posed(1.5, focal=1.0, height_m=5.0, pitch_deg=20.0, roll_deg=5.0)
    right = np.array([10.0, -3.0, 0.0])
    assert rolled.project(right)[1] < straight.project(right)[1]


def test_straight_from_above_a_plane_tells_no_focal_length():
    pose = Pinhole.posed(ASPECT, focal=0.9, height_m=30.0, pitch_deg=89.9)
    assert Pinhole.of_plane(pose.to_image(), ASPECT) is None


def test_behind_the_camera_is_nowhere():
    pose = Pinhole.posed(ASPECT, focal=0.9, height_m=5.0, pitch_deg=10.0)
    assert np.isnan(pose.project(np.array([-5.0, 0.0, 0.0]))).all()


@pytest.mark.parametrize("noise", [0.0, 1e-19, -1e-19, 1e-12, -1e-12])
def test_a_plane_without_perspective_has_no_camera_whatever_the_rounding(noise):
    flat = np.array([[0.04, noise, 0.1], [0.0, -0.0175, 0.9], [noise, noise, 1.0]])
    assert Pinhole.of_plane(flat, ASPECT) is None
