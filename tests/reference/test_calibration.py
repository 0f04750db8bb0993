"""Our calibration against OpenCV's and against a surveyed homography (ETH walking pedestrians)."""

from __future__ import annotations

import gzip
from pathlib import Path

import cv2
import numpy as np
import pytest

from wayside.domain.scene import ControlPoint
from wayside.scene.calibration import GroundPlane

WIDTH, HEIGHT = 640, 480
ASPECT = WIDTH / HEIGHT
SIZE = np.array([WIDTH, HEIGHT])


def _plane(image, ground):
    points = [
        ControlPoint(tuple(i), tuple(g))
        for i, g in zip((image / SIZE).tolist(), ground.tolist(), strict=True)
    ]
    return GroundPlane.fit(points, ASPECT)


def _noisy_scene(seed, count):
    rng = np.random.default_rng(seed)
    true = np.array([[22.0, 5.0, 60.0], [1.0, -9.0, 430.0], [0.002, 0.018, 1.0]])
    ground = rng.uniform([0, 0], [20, 25], (count, 2))
    homogeneous = np.column_stack([ground, np.ones(count)]) @ true.T
    image = homogeneous[:, :2] / homogeneous[:, 2:]
    return image + rng.normal(scale=1.0, size=image.shape), ground


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [6, 10, 40])
def test_least_squares_fit_is_that_of_opencv(seed, count):
    """cv2.findHomography(ground, picture) minimises the same error in the picture."""
    image, ground = _noisy_scene(seed, count)
    theirs, _ = cv2.findHomography(ground, image, 0)
    plane = _plane(image, ground)
    query = ground[:3] + 0.5
    expected = cv2.perspectiveTransform(query[None], theirs)[0]
    # Both stop iterating a little away from the minimum: a hundredth of a pixel.
    assert plane.to_image(query) * SIZE == pytest.approx(expected, abs=0.01)

    def cost(points):
        return float(((points - image) ** 2).sum())

    ours = cost(plane.to_image(ground) * SIZE)
    assert ours <= cost(cv2.perspectiveTransform(ground[None], theirs)[0]) * (1 + 1e-9)


def test_four_points_are_those_of_opencv():
    image, ground = _noisy_scene(1, 4)
    ground = np.array([[0.0, 0.0], [18.0, 1.0], [17.0, 22.0], [2.0, 20.0]])
    true = cv2.getPerspectiveTransform(
        ground.astype(np.float32),
        np.array([[60, 430], [450, 420], [330, 180], [90, 200]], np.float32),
    )
    image = cv2.perspectiveTransform(ground[None], true)[0]
    plane = _plane(image, ground)
    query = np.array([[200.0, 300.0], [100.0, 400.0]])
    expected = cv2.perspectiveTransform(query[None], np.linalg.inv(true))[0]
    assert plane.to_ground(query / SIZE) == pytest.approx(expected, abs=1e-6)


@pytest.fixture
def eth(trajectories: Path):
    """((N, 2) pixels, (N, 2) metres, (N, 2) metres a second) of the annotated pedestrians.

    The file's H maps (row, column, 1) of the picture to metres; obsmat holds
    frame, id, x, z, y, vx, vz, vy with the walkers' places in those metres.
    """
    homography = np.loadtxt(trajectories / "eth_seq_eth_H.txt")
    with gzip.open(trajectories / "eth_seq_eth_obsmat.txt.gz", "rt") as file:
        rows = np.loadtxt(file)
    ground = rows[:, [2, 4]]
    picture = np.column_stack([ground, np.ones(len(ground))]) @ np.linalg.inv(homography).T
    row_column = picture[:, :2] / picture[:, 2:]
    return row_column[:, ::-1], rows


def test_eth_places_and_speeds_come_back(eth):
    image, rows = eth
    ground = rows[:, [2, 4]]
    inside = ((image >= 0) & (image < SIZE)).all(1)
    image, rows, ground = image[inside], rows[inside], ground[inside]
    assert len(image) > 5000
    corners = [
        int(np.argmin(image @ direction)) for direction in ([1, 1], [-1, 1], [-1, -1], [1, -1])
    ]
    plane = _plane(image[corners], ground[corners])
    assert plane.to_ground(image / SIZE) == pytest.approx(ground, abs=1e-5)

    walker = rows[:, 1] == 2
    t_s = rows[walker, 0] / 15.0  # 6 frames are 0.4 s
    speed, error = plane.speed(t_s, plane.to_ground(image[walker] / SIZE))
    path = ground[walker]
    straight = np.hypot(*(path[-1] - path[0])) / (t_s[-1] - t_s[0])
    assert speed == pytest.approx(straight, abs=error)
    assert 0.5 < speed < 2.5


def test_eth_is_recovered_from_clicks_within_the_claimed_error(eth):
    image, rows = eth
    ground = rows[:, [2, 4]]
    inside = ((image >= 0) & (image < SIZE)).all(1)
    image, ground = image[inside], ground[inside]
    rng = np.random.default_rng(0)
    chosen = rng.choice(len(image), 12, replace=False)
    clicked = image[chosen] + rng.normal(scale=1.0, size=(12, 2))
    plane = _plane(clicked, ground[chosen])
    error = np.hypot(*(plane.to_ground(image / SIZE) - ground).T)
    claimed = plane.position_sigma_m(image / SIZE)
    assert plane.rms_m is not None
    assert plane.rms_m < 0.2
    assert (error <= 3 * claimed).mean() > 0.95
