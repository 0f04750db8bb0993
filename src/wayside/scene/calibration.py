"""From the picture to the ground: a plane calibration that knows its own error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wayside.domain.errors import ConfigError
from wayside.domain.geometry import Points
from wayside.domain.scene import ControlPoint
from wayside.scene import homography
from wayside.scene.fitting import REMEDY, Fit, check_spread, leave_one_out
from wayside.scene.homography import DegenerateError, Matrix, Similarity
from wayside.scene.pinhole import Pinhole
from wayside.scene.speed import SpeedEstimate, constant_velocity

CLICK_ERROR = 0.001
"""Assumed error of a control point in the picture, in picture widths: 1 pixel of 1000."""

_HORIZON = 1e-3
_FAR = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class GroundPlane:
    """The homography between the picture (normalised) and the flat ground (metres).

    Picture points are (N, 2), x and y in 0..1; ground points are (N, 2) metres
    in the axes of the control points. rms_m: root mean square distance on the
    ground between given and mapped control points; None for four points, which
    any homography meets exactly. leave_one_out_m: for each control point, its
    distance from where the other points alone would put it (NaN where they do
    not suffice); empty for four. A hill, a kerb or a lens that bends straight
    lines is outside this model; leave_one_out_m shows it.
    """

    aspect: float
    click_sigma: float
    rms_m: float | None
    leave_one_out_m: tuple[float, ...]
    _to_ground: Matrix
    _to_image: Matrix
    _near_depth: float
    _conditioned: Matrix
    _image: Similarity
    _ground: Similarity
    _covariance: Matrix

    @classmethod
    def fit(
        cls, points: Sequence[ControlPoint], aspect: float, *, click_error: float = CLICK_ERROR
    ) -> Self:
        """The plane through ``points``, for a picture ``aspect`` times as wide as high.

        click_error: how far a control point may be off in the picture, one
        standard deviation in picture widths. It is the error of the clicks for
        four points and the least that is assumed for more, where the residuals
        tell. Raises ConfigError for fewer than four points, points on a line,
        and points that no view from above the ground could show so (folded).
        """
        if len(points) < 4:
            raise ConfigError(
                f"a calibration needs at least 4 control points, this has {len(points)}",
                where="calibration",
                remedy=REMEDY,
            )
        image = np.array([p.image for p in points], np.float64) / (1.0, aspect)
        ground = np.array([p.ground for p in points], np.float64)
        check_spread(image, "in the picture")
        check_spread(ground, "on the ground")
        try:
            fit = Fit.of(image, ground)
        except DegenerateError as error:
            raise ConfigError(
                "the control points do not determine the ground: too many of them are on one line",
                where="calibration",
                remedy=REMEDY,
            ) from error
        return cls._from_fit(fit, image, ground, aspect, click_error)

    @classmethod
    def _from_fit(
        cls, fit: Fit, image: Points, ground: Points, aspect: float, click_error: float
    ) -> Self:
        to_ground = fit.to_ground() @ np.diag([1.0, 1.0 / aspect, 1.0])
        picture = image * (1.0, aspect)
        mapped, depth = homography.project(to_ground, picture)
        if not (np.all(depth > 0) or np.all(depth < 0)):
            raise ConfigError(
                "the control points fold the ground: no camera above it could see them so",
                where="calibration",
                remedy="Two points are probably swapped; check that each picture point is given "
                "its own ground point",
            )
        to_ground = to_ground * np.sign(depth[0])
        to_image = np.linalg.inv(to_ground)
        sigma = click_error
        rms_m: float | None = None
        left_out: tuple[float, ...] = ()
        if len(image) > 4:
            sigma = max(click_error, fit.residual_sigma())
            rms_m = float(np.sqrt(((mapped - ground) ** 2).sum(1).mean()))
            left_out = leave_one_out(image, ground)
        return cls(
            aspect=aspect,
            click_sigma=sigma,
            rms_m=rms_m,
            leave_one_out_m=left_out,
            _to_ground=to_ground,
            _to_image=to_image,
            _near_depth=float(np.abs(depth).min()),
            _conditioned=fit.matrix,
            _image=fit.image,
            _ground=fit.ground,
            _covariance=homography.parameter_covariance(
                fit.matrix, fit.ground_points, sigma * fit.image.scale
            ),
        )

    @classmethod
    def of_homography(
        cls,
        to_image: Matrix,
        aspect: float,
        *,
        span: Points,
        neighbours: NDArray[np.float64],
        farthest_depth: float,
    ) -> Self:
        """The plane that a camera sees as ``to_image`` (3, 3), metres to normalised.

        span: (K, 2) metres, where it is used; the entries are conditioned there. neighbours:
        (P, 2, 3, 3) the homography one standard deviation below and above, along each of P
        independent directions of its error. farthest_depth: metres along the view, as that of the
        farthest control point; see valid_region.
        """
        by_ground = Similarity.conditioning(span)
        seen, _ = homography.project(to_image, span)
        by_image = Similarity.conditioning(seen / (1.0, aspect))
        middle = _conditioned(to_image, by_image, by_ground, aspect)
        sides = np.array(
            [[_conditioned(m, by_image, by_ground, aspect) for m in pair] for pair in neighbours]
        )
        steps = ((sides[:, 1] - sides[:, 0]) / 2).reshape(len(neighbours), 9)
        return cls(
            aspect=aspect,
            click_sigma=0.0,
            rms_m=None,
            leave_one_out_m=(),
            _to_ground=np.asarray(np.linalg.inv(to_image)),
            _to_image=to_image,
            _near_depth=1 / farthest_depth,
            _conditioned=middle,
            _image=by_image,
            _ground=by_ground,
            _covariance=np.asarray(steps.T @ steps),
        )

    def to_ground(self, points: Points) -> Points:
        """(N, 2) metres; NaN for picture points on or above the horizon."""
        ground, depth = homography.project(self._to_ground, np.asarray(points, np.float64))
        return np.where((depth > _HORIZON * self._near_depth)[:, None], ground, np.nan)

    def to_image(self, points: Points) -> Points:
        """(N, 2) normalised, perhaps outside 0..1; NaN for ground points behind the camera."""
        image, depth = homography.project(self._to_image, np.asarray(points, np.float64))
        return np.where((depth > 0)[:, None], image, np.nan)

    def matrix(self) -> Matrix:
        """(3, 3) homography of metres to normalised picture coordinates; the third is depth > 0."""
        return self._to_image

    def pinhole(self) -> Pinhole | None:
        """The camera that sees the ground so; None where the plane does not tell."""
        return Pinhole.of_plane(self._to_image, self.aspect)

    def jacobian(self, points: Points) -> NDArray[np.float64]:
        """(N, 2, 2) d(ground metres) / d(normalised x, y) at picture points; NaN at the horizon."""
        picture = np.asarray(points, np.float64)
        return homography.by_position(self._to_ground, picture, self.to_ground(picture))

    def scale(self, points: Points) -> NDArray[np.float64]:
        """(N,) metres on the ground for one picture width, locally: sqrt |det J|, J isotropic."""
        by = self.jacobian(points)
        # Written out: numpy's det warns about the NaN of the horizon.
        determinant = by[:, 0, 0] * by[:, 1, 1] - by[:, 0, 1] * by[:, 1, 0]
        return np.asarray(np.sqrt(np.abs(determinant) * self.aspect))

    def position_sigma_m(self, points: Points) -> NDArray[np.float64]:
        """(N,) standard deviation (metres) of to_ground at picture points, from calibration alone.

        First order: the clicks' error goes through the fit to the homography
        and from there to the place; the value is that of the worst direction.
        It grows away from the control points, steeply towards the horizon; NaN
        beyond it.
        """
        ground = self.to_ground(points)
        known = np.isfinite(ground).all(1)
        sigma = np.full(len(ground), np.nan)
        derivative = self._ground_by_parameters(ground[known])
        covariance = derivative @ self._covariance @ derivative.transpose(0, 2, 1)
        sigma[known] = np.sqrt(np.linalg.eigvalsh(covariance)[:, 1])
        return sigma

    def distance_sigma_m(self, start: Points, end: Points) -> NDArray[np.float64]:
        """(N,) standard deviation (metres) of the distance between pairs of ground points.

        From calibration alone, first order. Far less than that of two places,
        because neighbours err together. 0 for pairs without distance.
        """
        along = end - start
        length = np.hypot(along[:, 0], along[:, 1])
        unit = np.divide(
            along, length[:, None], out=np.zeros_like(along), where=length[:, None] > 0
        )
        both = self._ground_by_parameters(np.concatenate([start, end]))
        change = both[len(start) :] - both[: len(start)]
        row = (unit[:, None] @ change)[:, 0]
        return np.asarray(np.sqrt(((row @ self._covariance) * row).sum(1).clip(0)))

    def covers(self, points: Points) -> NDArray[np.bool_]:
        """(N,) True where a picture point is in valid_region's half of the plane."""
        _, depth = homography.project(self._to_ground, np.asarray(points, np.float64))
        return np.asarray(depth >= _FAR * self._near_depth)

    def valid_region(self) -> Points:
        """(V, 2) convex polygon in the picture in which the mapping is of use; V may be 0.

        The picture below the horizon, without the strip next to it that is more
        than ten times as deep as the farthest control point.
        """
        corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
        _, depth = homography.project(self._to_ground, corners)
        inner = depth - _FAR * self._near_depth
        kept: list[NDArray[np.float64]] = []
        for here in range(4):
            there = (here + 1) % 4
            if inner[here] >= 0:
                kept.append(corners[here])
            if (inner[here] >= 0) != (inner[there] >= 0):
                share = inner[here] / (inner[here] - inner[there])
                kept.append(corners[here] + share * (corners[there] - corners[here]))
        return np.array(kept).reshape(-1, 2)

    def speed_estimate(self, t_s: NDArray[np.float64], points: Points) -> SpeedEstimate | None:
        """Speed over timed ground points with both parts of its error; see SpeedEstimate.

        t_s: (N,) media seconds. points: (N, 2) metres, NaN rows are left out.
        None where fewer than three points are left or they span no time.
        """
        known = np.isfinite(points).all(1)
        motion = constant_velocity(t_s[known], points[known])
        if motion is None:
            return None
        distance_sigma = self.distance_sigma_m(motion.start[None], motion.end[None])[0]
        return SpeedEstimate(
            motion.speed_mps, motion.random_mps, float(1.96 * distance_sigma / motion.span_s)
        )

    def speed(self, t_s: NDArray[np.float64], points: Points) -> tuple[float, float]:
        """(speed_mps, half-width of its 95 % band in m/s); NaN twice where undefined."""
        estimate = self.speed_estimate(t_s, points)
        if estimate is None:
            return float("nan"), float("nan")
        return estimate.speed_mps, estimate.error_mps

    def _ground_by_parameters(self, ground: Points) -> NDArray[np.float64]:
        """(N, 2, 9) d(ground metres) / d(conditioned homography's entries).

        The entries map ground to picture; with the picture point held, the
        ground point moves by -(dp/dX)⁻¹ dp/dh.
        """
        source = self._ground.apply(ground)
        target, _ = homography.project(self._conditioned, source)
        by_parameters = homography.by_parameters(self._conditioned, source, target)
        by_position = homography.by_position(self._conditioned, source, target)
        return np.asarray(-np.linalg.solve(by_position, by_parameters) / self._ground.scale)


def _conditioned(to_image: Matrix, image: Similarity, ground: Similarity, aspect: float) -> Matrix:
    """Of unit norm, as homography.estimate leaves it, with the sign of ``to_image``."""
    matrix = (
        image.matrix()
        @ np.diag([1.0, 1.0 / aspect, 1.0])
        @ to_image
        @ np.linalg.inv(ground.matrix())
    )
    return np.asarray(matrix / np.linalg.norm(matrix))
