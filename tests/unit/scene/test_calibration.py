import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.errors import ConfigError
from wayside.domain.scene import ControlPoint
from wayside.scene.calibration import GroundPlane

ASPECT = 16 / 9


def test_exact_points_give_the_exact_ground(camera, places):
    plane = GroundPlane.fit(camera.points(places), ASPECT)
    elsewhere = np.array([[2.0, 18.0], [-6.0, 50.0], [0.0, 12.0]])
    assert np.allclose(plane.to_ground(camera.image(elsewhere)), elsewhere, atol=1e-8)
    assert np.allclose(plane.to_image(elsewhere), camera.image(elsewhere), atol=1e-10)
    assert plane.rms_m == pytest.approx(0, abs=1e-9)
    assert max(plane.leave_one_out_m) < 1e-8


def test_four_points_carry_no_residual_and_say_so(camera, corners):
    plane = GroundPlane.fit(camera.points(corners), ASPECT)
    assert plane.rms_m is None
    assert plane.leave_one_out_m == ()
    assert np.allclose(plane.to_ground(camera.image(corners)), corners, atol=1e-9)


def test_order_of_the_points_does_not_matter(camera, places):
    there = camera.points(places, noise=0.002)
    query = camera.image(np.array([[1.0, 25.0]]))
    forward = GroundPlane.fit(there, ASPECT).to_ground(query)
    assert np.allclose(GroundPlane.fit(there[::-1], ASPECT).to_ground(query), forward, atol=1e-6)


def test_leave_one_out_points_at_the_wrong_point(camera, places):
    points = camera.points(places)
    bad = points[4]
    points[4] = ControlPoint(bad.image, (bad.ground[0] + 2.0, bad.ground[1]))
    plane = GroundPlane.fit(points, ASPECT)
    assert plane.rms_m is not None
    assert plane.rms_m > 0.2
    assert plane.leave_one_out_m[4] == pytest.approx(2.0, rel=1e-6)


def test_leave_one_out_is_nan_where_the_others_do_not_suffice(camera):
    row = [[-8.0, 20.0], [0.0, 20.0], [8.0, 20.0], [-6.0, 40.0], [6.0, 40.0]]
    row[1] = [0.0, 20.0]
    plane = GroundPlane.fit(camera.points(row), ASPECT)
    assert [math.isnan(value) for value in plane.leave_one_out_m] == [
        False,
        False,
        False,
        True,
        True,
    ]


@pytest.mark.parametrize("count", [4, 7])
def test_position_sigma_is_the_scatter_of_repeated_clicking(camera, places, count):
    query = np.array([[0.0, 20.0], [6.0, 40.0], [0.0, 60.0]])
    image = camera.image(query)
    found, claimed = [], []
    for seed in range(150):
        points = camera.points(places[:count], noise=0.001, seed=seed)
        plane = GroundPlane.fit(points, ASPECT)
        found.append(plane.to_ground(image))
        claimed.append(plane.position_sigma_m(image))
    scatter = np.array(found) - query
    worst = [np.sqrt(np.linalg.eigvalsh(np.cov(scatter[:, i].T))[1]) for i in range(3)]
    # Seven noisy points may claim more, as the residuals then set the noise.
    assert np.median(claimed, axis=0) == pytest.approx(worst, rel=0.3)


def test_distance_sigma_is_the_scatter_of_the_measured_distance(camera, corners):
    ends = np.array([[0.0, 20.0], [0.0, 30.0]])
    image = camera.image(ends)
    lengths = []
    for seed in range(300):
        plane = GroundPlane.fit(camera.points(corners, noise=0.001, seed=seed), ASPECT)
        lengths.append(np.hypot(*np.diff(plane.to_ground(image), axis=0)[0]))
    plane = GroundPlane.fit(camera.points(corners), ASPECT)
    claimed = plane.distance_sigma_m(ends[:1], ends[1:])[0]
    assert claimed == pytest.approx(np.std(lengths), rel=0.2)
    assert plane.distance_sigma_m(ends[:1], ends[:1])[0] == 0


def test_sigma_grows_with_the_clicking_error_and_with_distance(camera, corners):
    points = camera.points(corners)
    near_and_far = camera.image(np.array([[0.0, 20.0], [0.0, 80.0]]))
    fine = GroundPlane.fit(points, ASPECT, click_error=0.001).position_sigma_m(near_and_far)
    coarse = GroundPlane.fit(points, ASPECT, click_error=0.002).position_sigma_m(near_and_far)
    assert coarse == pytest.approx(2 * fine)
    assert fine[1] > 4 * fine[0]


def test_the_horizon_has_no_ground(camera, corners):
    plane = GroundPlane.fit(camera.points(corners), ASPECT)
    horizon_y = 0.5 - ASPECT * camera.focal * math.tan(camera.pitch)
    above = np.array([[0.5, horizon_y - 0.01], [0.3, horizon_y - 1.0], [0.5, horizon_y]])
    assert np.isnan(plane.to_ground(above)).all()
    assert np.isnan(plane.position_sigma_m(above)).all()
    assert np.isnan(plane.scale(above)).all()
    assert not plane.covers(above).any()
    behind = np.array([[0.0, -40.0]])
    assert np.isnan(plane.to_image(behind)).all()


def test_valid_region_is_cut_below_the_horizon():
    # A camera that looks almost level: the horizon is inside the picture.
    image = np.array([[0.2, 0.9], [0.8, 0.9], [0.6, 0.5], [0.4, 0.5]])
    ground = np.array([[-3.0, 5.0], [3.0, 5.0], [3.0, 15.0], [-3.0, 15.0]])
    points = [
        ControlPoint(tuple(i), tuple(g))
        for i, g in zip(image.tolist(), ground.tolist(), strict=True)
    ]
    plane = GroundPlane.fit(points, ASPECT)
    region = plane.valid_region()
    assert 0.3 < region[:, 1].min() < 0.5
    assert region[:, 1].max() == 1
    assert np.isfinite(plane.to_ground(region)).all()
    assert plane.covers(region + np.array([0, 1e-9])).all()


def test_valid_region_is_the_whole_picture_without_a_horizon_in_it(camera, corners):
    region = GroundPlane.fit(camera.points(corners), ASPECT).valid_region()
    assert region.tolist() == [[0, 0], [1, 0], [1, 1], [0, 1]]


def test_scale_and_jacobian_are_local_metres_per_picture(camera, corners):
    plane = GroundPlane.fit(camera.points(corners), ASPECT)
    place = camera.image(np.array([[2.0, 25.0]]))
    step = 1e-6
    here = plane.to_ground(place)
    right = (plane.to_ground(place + np.array([step, 0])) - here)[0] / step
    down = (plane.to_ground(place + np.array([0, step])) - here)[0] / step
    assert np.allclose(plane.jacobian(place)[0], np.column_stack([right, down]), rtol=1e-3)
    area = abs(np.linalg.det(np.column_stack([right, down * ASPECT])))
    assert plane.scale(place)[0] == pytest.approx(math.sqrt(area), rel=1e-3)


def _points(*pairs):
    return [ControlPoint(image, ground) for image, ground in pairs]


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([], "at least 4"),
        (
            _points(((0.1, 0.1), (0, 0)), ((0.9, 0.1), (1, 0)), ((0.9, 0.9), (1, 1))),
            "this has 3",
        ),
        (
            _points(*(((0.1 * i, 0.1 * i), (float(i), float(i * i))) for i in range(1, 6))),
            "one line in the picture",
        ),
        (
            _points(*(((0.1 * i, 0.1 * i * i), (float(i), float(i))) for i in range(1, 4)))
            + _points(((0.9, 0.1), (7.0, 7.0))),
            "one line on the ground",
        ),
        (
            _points(
                ((0.1, 0.5), (0, 0)),
                ((0.5, 0.5), (5, 1)),
                ((0.9, 0.5), (9, 0)),
                ((0.5, 0.9), (5, 9)),
            ),
            "points 1, 2, 3 lie on one line in the picture",
        ),
        (
            _points(
                ((0.1, 0.1), (0, 0)),
                ((0.9, 0.1), (9, 0)),
                ((0.1, 0.9), (9, 9)),
                ((0.9, 0.9), (0, 9)),
            ),
            "fold",
        ),
        (
            _points(
                ((0.1, 0.1), (0, 0)),
                ((0.9, 0.1), (9, float("nan"))),
                ((0.9, 0.9), (9, 9)),
                ((0.1, 0.9), (0, 9)),
            ),
            "not a number on the ground",
        ),
        (
            _points(
                ((0.1, 0.1), (0, 0)),
                ((0.3, 0.1), (3, 0)),
                ((0.6, 0.1), (6, 0)),
                ((0.9, 0.1), (9, 0)),
                ((0.5, 0.9), (5, 9)),
            ),
            "too many of them are on one line",
        ),
    ],
)
def test_points_that_make_no_plane_are_refused_with_a_remedy(points, says):
    with pytest.raises(ConfigError, match=says) as caught:
        GroundPlane.fit(points, ASPECT)
    assert caught.value.remedy
    assert caught.value.where == "calibration"


@given(st.integers(0, 10_000))
def test_picture_and_ground_are_inverse(seed):
    rng = np.random.default_rng(seed)
    image = np.array([[0.1, 0.2], [0.9, 0.2], [0.9, 0.9], [0.1, 0.9]])
    image += rng.uniform(-0.08, 0.08, image.shape)
    ground = np.array([[0.0, 30.0], [20.0, 30.0], [12.0, 0.0], [6.0, 0.0]])
    points = [ControlPoint(tuple(i), tuple(g)) for i, g in zip(image, ground, strict=True)]
    plane = GroundPlane.fit(points, ASPECT)
    inside = image.mean(0) + rng.uniform(-0.2, 0.2, (20, 2))
    assert np.allclose(plane.to_image(plane.to_ground(inside)), inside, atol=1e-9)


def test_speed_of_an_even_motion(camera, corners):
    plane = GroundPlane.fit(camera.points(corners), ASPECT)
    t_s = np.array([0.0, 0.2, 0.35, 0.8, 1.1, 1.4])
    ground = np.column_stack([np.zeros(6), 20 + 8.0 * t_s])
    speed, error = plane.speed(t_s, plane.to_ground(camera.image(ground)))
    assert speed == pytest.approx(8.0, rel=1e-6)
    estimate = plane.speed_estimate(t_s, ground)
    assert estimate is not None
    assert estimate.random_mps == pytest.approx(0, abs=1e-6)
    distance_sigma = plane.distance_sigma_m(ground[:1], ground[-1:])[0]
    assert error == pytest.approx(1.96 * distance_sigma / 1.4, rel=1e-3)


def test_speed_is_undefined_for_too_little(camera, corners):
    plane = GroundPlane.fit(camera.points(corners), ASPECT)
    ground = np.array([[0.0, 20.0], [0.0, 21.0], [np.nan, np.nan]])
    speed, error = plane.speed(np.array([0.0, 0.1, 0.2]), ground)
    assert math.isnan(speed)
    assert math.isnan(error)
    assert plane.speed_estimate(np.ones(3), np.ones((3, 2))) is None


def test_the_band_holds_the_true_speed_nineteen_times_in_twenty(camera, places):
    """Clicking errors of the calibration and swinging boxes together."""
    t_s = np.arange(0, 2, 0.2)
    ground = np.column_stack([-3 + 1.0 * t_s, 18 + 9.0 * t_s])
    true = math.hypot(1.0, 9.0)
    rng = np.random.default_rng(3)
    hits = 0
    for seed in range(400):
        plane = GroundPlane.fit(camera.points(places[:4], noise=0.001, seed=seed), ASPECT)
        image = camera.image(ground) + rng.normal(scale=0.002, size=ground.shape)
        speed, error = plane.speed(t_s, plane.to_ground(image))
        hits += abs(speed - true) <= error
    assert 0.91 <= hits / 400 <= 0.99
