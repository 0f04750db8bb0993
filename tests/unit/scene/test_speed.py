import numpy as np
import pytest
from scipy import stats

from wayside.scene.speed import SpeedEstimate, constant_velocity, student_t


@pytest.mark.parametrize("freedom", [2, 3, 5, 10, 30, 200])
def test_student_t_is_that_of_the_tables(freedom):
    assert student_t(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=0.01)


def test_parts_of_the_error_add_in_quadrature():
    assert SpeedEstimate(10.0, 0.3, 0.4).error_mps == pytest.approx(0.5)


def test_slope_and_its_error_are_those_of_linear_regression():
    rng = np.random.default_rng(1)
    t_s = np.sort(rng.uniform(0, 3, 40))
    x = 5 + 2.0 * t_s + rng.normal(scale=0.1, size=40)
    motion = constant_velocity(t_s, np.column_stack([x, x]))
    fit = stats.linregress(t_s, x)
    assert motion is not None
    assert motion.speed_mps == pytest.approx(fit.slope * np.sqrt(2))
    assert motion.random_mps == pytest.approx(1.99 * fit.stderr, rel=0.5)
    assert motion.span_s == pytest.approx(t_s[-1] - t_s[0])


def test_neighbours_that_err_together_count_for_less():
    t_s = np.arange(0, 4, 0.1)
    rng = np.random.default_rng(2)
    noise = rng.normal(scale=0.1, size=(40, 2))
    smooth = np.array([noise[max(0, i - 4) : i + 1].mean(0) for i in range(40)])
    smooth *= noise.std() / smooth.std()
    path = np.column_stack([3.0 * t_s, np.zeros(40)])
    alone, together = constant_velocity(t_s, path + noise), constant_velocity(t_s, path + smooth)
    assert alone is not None
    assert together is not None
    assert together.random_mps > 1.3 * alone.random_mps


def test_undefined_for_two_places_or_no_time():
    assert constant_velocity(np.array([0.0, 1.0]), np.zeros((2, 2))) is None
    assert constant_velocity(np.zeros(4), np.zeros((4, 2))) is None
