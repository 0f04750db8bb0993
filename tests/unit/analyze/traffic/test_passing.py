import numpy as np
import pytest

from wayside.analyze.traffic.moment import Path, Size
from wayside.analyze.traffic.passing import Passing, passing, spot_speed
from wayside.domain.scene import ControlPoint
from wayside.scene.calibration import GroundPlane

CAR = Size(4.0, 1.8, 0.4, 0.1)


def test_front_middle_and_rear_come_one_after_the_other():
    t_s = np.arange(0, 6, 1 / 3)
    found = passing(t_s, 30 - 10 * t_s, CAR, 3.1, has_ended=False)
    assert (found.front_s, found.centre_s, found.rear_s) == pytest.approx((2.8, 3.0, 3.2))
    assert found.took_s == pytest.approx(0.4)
    assert found.sigma_s == pytest.approx(0.04)


def test_who_stands_on_the_line_has_not_left_it():
    t_s = np.arange(0, 20, 0.2)
    found = passing(t_s, np.maximum(30 - 10 * t_s, 1.0), CAR, 3.0, has_ended=False)
    assert found.front_s == pytest.approx(2.8)
    assert found.centre_s is None
    assert found.rear_s is None
    assert found.took_s is None


def test_a_track_that_ends_on_the_line_goes_on_as_it_went():
    t_s = np.arange(0, 3.01, 0.2)
    still = passing(t_s, 30 - 10 * t_s, CAR, 3.0, has_ended=False)
    ended = passing(t_s, 30 - 10 * t_s, CAR, 3.0, has_ended=True)
    assert still.rear_s is None
    assert ended.rear_s == pytest.approx(3.2)


def test_a_track_that_begins_on_the_line_came_as_it_goes():
    t_s = np.arange(2.9, 5, 0.2)
    found = passing(t_s, 30 - 10 * t_s, CAR, 3.0, has_ended=False)
    assert found.front_s == pytest.approx(2.8)


def test_what_is_hardly_seen_says_nothing():
    assert passing(np.array([1.0]), np.array([1.0]), CAR, 1.0, has_ended=True).front_s is None
    none = passing(np.arange(4.0), np.full(4, np.nan), CAR, 1.0, has_ended=True)
    assert none == Passing(None, None, None)


@pytest.fixture
def plane():
    corners = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
    points = [ControlPoint((x, y), (50 * x, 50 * y)) for x, y in corners]
    return GroundPlane.fit(points, 1.0)


def path_of(t_s, metres):
    centres = np.stack([metres, np.full_like(metres, 20.0)], axis=1)
    boxes = np.zeros((len(t_s), 4), np.float32)
    return Path(t_s, boxes, centres, centres, centres, np.ones_like(centres))


def test_who_brakes_on_the_line_is_as_fast_as_there(plane):
    """Much was seen before the line and little after it: only as much of either counts."""
    t_s = np.arange(0, 3.61, 0.2)
    path = path_of(t_s, 13 * t_s - 2 * t_s**2)
    over = Passing(2.9, 3.0, 3.1, 0.1)
    found = spot_speed(plane, path, over, CAR, 3.0, 1.0)
    assert found.speed_mps == pytest.approx(13 - 4 * 3.0, abs=0.05)


def test_who_stood_on_the_line_is_as_slow_as_a_loop_would_say(plane):
    t_s = np.arange(0, 40, 0.5)
    path = path_of(t_s, np.minimum(10 * t_s, 20.0))
    found = spot_speed(plane, path, Passing(2.0, 3.0, 34.0), CAR, 3.0, 1.0)
    assert found.speed_mps == pytest.approx(4.0 / 32.0)


def test_too_short_a_way_has_no_speed(plane):
    path = path_of(np.array([1.0, 1.2]), np.array([0.0, 2.0]))
    assert spot_speed(plane, path, Passing(1.0, 1.1, 1.2), CAR, 1.1, 1.0) is None
    nothing = path_of(np.empty(0), np.empty(0))
    assert spot_speed(plane, nothing, Passing(None, None, None), CAR, 1.1, 1.0) is None
