"""A homography from pairs of points, what it leaves over, and what pairs fix none."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np

from wayside.domain.errors import ConfigError
from wayside.domain.geometry import Points
from wayside.scene import homography
from wayside.scene.homography import DegenerateError, Matrix, Similarity

_FLAT = 0.005
REMEDY = "Choose four or more points that span the road: two near, two far, left and right"


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A homography ground -> picture between conditioned points.

    It runs this way because the clicks in the picture err, and least squares
    belongs where the error is.
    """

    matrix: Matrix
    image: Similarity
    ground: Similarity
    image_points: Points
    ground_points: Points

    @classmethod
    def of(cls, image: Points, ground: Points) -> Self:
        """Raises DegenerateError."""
        by_image, by_ground = Similarity.conditioning(image), Similarity.conditioning(ground)
        source, target = by_ground.apply(ground), by_image.apply(image)
        return cls(homography.estimate(source, target), by_image, by_ground, target, source)

    def to_ground(self) -> Matrix:
        """(3, 3), from isotropic picture coordinates to metres."""
        return np.asarray(
            np.linalg.inv(self.ground.matrix()) @ np.linalg.inv(self.matrix) @ self.image.matrix()
        )

    def residual_sigma(self) -> float:
        """Standard deviation of one picture coordinate, picture widths; 2 N - 8 free."""
        projected, _ = homography.project(self.matrix, self.ground_points)
        squares = float(((projected - self.image_points) ** 2).sum())
        return float(np.sqrt(squares / (2 * len(projected) - 8))) / self.image.scale


def leave_one_out(image: Points, ground: Points) -> tuple[float, ...]:
    """For each point its distance (metres) from where the others put it; NaN where they cannot."""
    distances: list[float] = []
    for index in range(len(image)):
        rest = np.arange(len(image)) != index
        try:
            fit = Fit.of(image[rest], ground[rest])
        except DegenerateError:
            distances.append(float("nan"))
            continue
        mapped, _ = homography.project(fit.to_ground(), image[index : index + 1])
        distances.append(float(np.hypot(*(mapped[0] - ground[index]))))
    return tuple(distances)


def check_spread(points: Points, place: str) -> None:
    """Raises ConfigError where the points are not finite, on a line, or three of four are."""
    if not np.isfinite(points).all():
        raise ConfigError(
            f"a control point is not a number {place}",
            where="calibration",
            remedy="Give finite numbers",
        )
    if _flatness(points) < _FLAT:
        raise ConfigError(
            f"the control points lie on one line {place}", where="calibration", remedy=REMEDY
        )
    if len(points) == 4:
        for three in combinations(range(4), 3):
            if _flatness(points[list(three)]) < _FLAT:
                names = ", ".join(str(index + 1) for index in three)
                raise ConfigError(
                    f"control points {names} lie on one line {place}, which leaves only three",
                    where="calibration",
                    remedy=REMEDY,
                )


def _flatness(points: Points) -> float:
    """Shorter over longer half-axis of the points' scatter; 0 on a line."""
    spread = np.linalg.svd(points - points.mean(0), compute_uv=False)
    return float(spread[1] / spread[0]) if spread[0] > 0 else 0.0
