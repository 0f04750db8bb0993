import numpy as np
import pytest

from wayside.scene import homography
from wayside.scene.homography import DegenerateError, Similarity

SQUARE = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
TRUE = np.array([[1.1, 0.2, 0.1], [-0.1, 0.9, 0.3], [0.05, -0.12, 1.0]])


def test_estimate_recovers_an_exact_homography():
    target, _ = homography.project(TRUE, SQUARE)
    found = homography.estimate(SQUARE, target)
    assert np.allclose(found / found[2, 2], TRUE, atol=1e-12)


def test_a_point_on_the_horizon_is_not_refined_and_nothing_is_written(capfd):
    """LAPACK, asked about what is not finite, writes to the terminal by itself."""
    flat = np.array([[1.0, 0.0, 0.1], [0.0, 1.0, 0.2], [1.0, 0.0, 1.0]])  # (-1, y) has no depth
    assert np.isfinite(homography._refined(flat, SQUARE, SQUARE)).all()
    assert capfd.readouterr() == ("", "")


def test_a_point_on_the_horizon_leaves_no_homography():
    """Four points fit exactly, whatever they say."""
    flat = np.array([[1.0, 0.0, 0.1], [0.0, 1.0, 0.2], [1.0, 0.0, 1.0 + 1e-12]])
    target, _ = homography.project(flat, SQUARE)
    with pytest.raises(DegenerateError):
        homography.estimate(SQUARE, target)


def test_refinement_never_has_a_larger_error_than_the_linear_solution():
    rng = np.random.default_rng(5)
    source = rng.uniform(-1, 1, (12, 2))
    target = homography.project(TRUE, source)[0] + rng.normal(scale=0.02, size=(12, 2))
    refined = homography.estimate(source, target)

    def cost(matrix):
        return ((homography.project(matrix, source)[0] - target) ** 2).sum()

    for _ in range(200):
        other = refined + rng.normal(scale=1e-3, size=(3, 3))
        assert cost(refined) <= cost(other) + 1e-15


def test_derivatives_are_those_of_finite_differences():
    source = np.array([[0.3, -0.4], [0.9, 0.7]])
    target, _ = homography.project(TRUE, source)
    step = 1e-7
    by_parameters = homography.by_parameters(TRUE, source, target)
    for entry in range(9):
        change = np.zeros(9)
        change[entry] = step
        moved, _ = homography.project(TRUE + change.reshape(3, 3), source)
        assert np.allclose((moved - target) / step, by_parameters[:, :, entry], atol=1e-6)
    by_position = homography.by_position(TRUE, source, target)
    for axis in range(2):
        moved, _ = homography.project(TRUE, source + np.eye(2)[axis] * step)
        assert np.allclose((moved - target) / step, by_position[:, :, axis], atol=1e-6)


def test_conditioning_centres_and_scales():
    points = np.array([[1000.0, 2000.0], [1010.0, 2000.0], [1005.0, 2030.0]])
    similarity = Similarity.conditioning(points)
    conditioned = similarity.apply(points)
    assert np.allclose(conditioned.mean(0), 0)
    assert np.hypot(*conditioned.T).mean() == pytest.approx(np.sqrt(2))
    assert np.allclose(homography.project(similarity.matrix(), points)[0], conditioned)


@pytest.mark.parametrize(
    "source",
    [
        np.zeros((4, 2)),
        np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]),
        np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 0.0], [1.0, 0.0]]),
    ],
)
def test_points_that_determine_nothing_are_refused(source):
    with pytest.raises(DegenerateError):
        homography.estimate(Similarity.conditioning(source).apply(source), SQUARE)


def test_a_homography_that_flattens_the_plane_is_refused():
    flat = np.array([[-1.0, 0.0], [1.0, 0.0], [2.0, 0.0], [-1.5, 1.0]])
    with pytest.raises(DegenerateError):
        homography.estimate(SQUARE, flat)
