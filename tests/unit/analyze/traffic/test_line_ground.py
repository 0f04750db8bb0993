import numpy as np
import pytest

from wayside.analyze.traffic.line_ground import GroundLines
from wayside.domain.scene import ControlPoint, Line
from wayside.scene.pinhole import Pinhole

POSE = Pinhole.posed(16 / 9, focal=0.9, height_m=8.0, pitch_deg=22.0, yaw_deg=90.0)


def pictured(place):
    return tuple(POSE.project(np.array([*place, 0.0])).tolist())


@pytest.fixture
def lines(stage):
    """One over the road, from its left to its right as the camera looks along y; one slanting."""
    inverse = np.linalg.inv(POSE.to_image())
    points = []
    for u, v in ((0.1, 0.4), (0.9, 0.4), (0.9, 0.95), (0.1, 0.95), (0.5, 0.7)):
        x, y, depth = inverse @ [u, v, 1.0]
        points.append(ControlPoint((u, v), (x / depth, y / depth)))
    drawn = (
        Line("over", pictured((-4.0, 30.0)), pictured((4.0, 30.0))),
        Line("slant", pictured((-4.0, 20.0)), pictured((4.0, 28.0))),
    )
    return GroundLines(stage.scene(lines=drawn, control_points=tuple(points)))


def test_the_distance_is_along_the_way(lines):
    found = lines.approach(np.array([[2.0, 18.0]]), np.array([[0.0, 1.0]]))
    assert found.ahead_m[0] == pytest.approx([12.0, 8.0], abs=1e-3)
    behind = lines.approach(np.array([[2.0, 33.0]]), np.array([[0.0, 1.0]]))
    assert behind.ahead_m[0] == pytest.approx([-3.0, -7.0], abs=1e-3)


def test_where_on_the_line_is_told_in_the_picture(lines, stage):
    found = lines.approach(np.array([[2.0, 18.0]]), np.array([[0.0, 1.0]]))
    start, end = np.array(pictured((-4.0, 20.0))), np.array(pictured((4.0, 28.0)))
    at = np.array(pictured((2.0, 26.0)))
    assert start + found.shares[0, 1] * (end - start) == pytest.approx(at, abs=1e-4)
    assert found.shares[0, 0] == pytest.approx(0.75, abs=1e-4)


def test_forward_is_from_the_left_of_the_line_to_its_right(lines):
    """From left to right over the picture, a line's left is above, so away is backward."""
    away = lines.approach(np.array([[0.0, 18.0]]), np.array([[0.0, 1.0]]))
    near = lines.approach(np.array([[0.0, 40.0]]), np.array([[0.0, -1.0]]))
    assert away.signs[0].tolist() == [-1, -1]
    assert near.signs[0].tolist() == [1, 1]


def test_who_goes_along_a_line_or_nowhere_does_not_approach_it(lines):
    along = lines.approach(np.array([[0.0, 18.0]]), np.array([[1.0, 0.0]]))
    assert np.isnan(along.ahead_m[0, 0])
    assert np.isnan(lines.approach(np.zeros((1, 2)), np.full((1, 2), np.nan)).ahead_m).all()


def test_without_calibration_nobody_approaches(stage):
    lines = GroundLines(stage.scene(lines=(stage.across(),)))
    found = lines.approach(np.zeros((1, 2)), np.array([[0.0, 1.0]]))
    assert np.isnan(found.ahead_m).all()
