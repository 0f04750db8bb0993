"""The ground from a camera's pose, from known lengths, or from both: one maximum a posteriori fit.

Four numbers describe a level ground seen by a camera with square pixels and a centred principal
point: focal length, pitch, roll, height. What is known of them beforehand is a normal
distribution: that of an accepted automatic calibration, or, where only lengths are given, what
cameras over roads are like. Each known length is an observation with the error of two clicks.

Source: R. Hartley and A. Zisserman, Multiple View Geometry in Computer Vision, 2nd ed. 2004,
chapter 8 (plane and camera) and appendix 6 (Levenberg-Marquardt).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.domain.errors import ConfigError
from wayside.domain.geometry import Points
from wayside.domain.scene import CameraPose, KnownLength, SceneGeometry
from wayside.scene.calibration import CLICK_ERROR, GroundPlane
from wayside.scene.homography import Matrix
from wayside.scene.pinhole import Pinhole

FEWEST_LENGTHS = 3
"""Without a camera: fewer leave it open which way the ground leans."""

LENGTH_TOLERANCE = 0.01
"""A length is known to one hundredth, one standard deviation: tape, plan, paint."""

WIDEST_BAND = 0.5
"""Half-width of the 95 % band of a length, as a share, beyond which no plane is made."""

_USUAL = np.array([np.log(0.9), 25.0, 0.0, np.log(8.0)])
_USUAL_SIGMA = np.array([0.45, 15.0, 2.0, 0.6])
"""Log focal (40 to 80 degrees wide), pitch, roll, log height (2.5 to 25 m): cameras over roads."""

Residuals: TypeAlias = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_STEPS = np.array([1e-4, 1e-3, 1e-3, 1e-4])
_ROUNDS = 60
_FARTHEST = 3.0
"""Depth, in heights of the camera, that counts as that of the farthest control point."""

_MISFIT = 6.0
"""Standard deviations by which a length may miss before it is called wrong."""

_REMEDY = "Add lengths in other directions, near and far, or calibrate from traffic as well"


@dataclass(frozen=True, slots=True, eq=False)
class PoseEstimate:
    """values: (4,) log focal (picture widths), pitch and roll (degrees), log height (metres).

    covariance: (4, 4) of these.
    """

    values: NDArray[np.float64]
    covariance: Matrix

    @classmethod
    def of(cls, pose: CameraPose) -> PoseEstimate:
        values = np.array(
            [np.log(pose.focal), pose.pitch_deg, pose.roll_deg, np.log(pose.height_m)]
        )
        sigma = np.array(
            [
                pose.focal_sigma / pose.focal,
                pose.pitch_sigma_deg,
                pose.roll_sigma_deg,
                pose.height_sigma_m / pose.height_m,
            ]
        )
        correlation = np.eye(4)
        correlation[np.triu_indices(4, 1)] = pose.correlation
        correlation = np.triu(correlation) + np.triu(correlation, 1).T
        return cls(values, correlation * np.outer(sigma, sigma))

    @classmethod
    def usual(cls) -> PoseEstimate:
        """What is known of a camera over a road before anything has been seen of it."""
        return cls(_USUAL.copy(), np.diag(_USUAL_SIGMA**2))

    def pose(self) -> CameraPose:
        focal, height = float(np.exp(self.values[0])), float(np.exp(self.values[3]))
        sigma = np.sqrt(np.diag(self.covariance))
        pairs = (self.covariance / np.outer(sigma, sigma))[np.triu_indices(4, 1)]
        fp, fr, fh, pr, ph, rh = (round(float(each), 4) for each in pairs)
        return CameraPose(
            focal=focal,
            pitch_deg=float(self.values[1]),
            roll_deg=float(self.values[2]),
            height_m=height,
            focal_sigma=focal * float(sigma[0]),
            pitch_sigma_deg=float(sigma[1]),
            roll_sigma_deg=float(sigma[2]),
            height_sigma_m=height * float(sigma[3]),
            correlation=(fp, fr, fh, pr, ph, rh),
        )

    def camera(self, aspect: float) -> Pinhole:
        return camera_of(self.values, aspect)

    def plane(self, aspect: float) -> GroundPlane:
        """Raises ConfigError where the picture shows no ground at all."""
        camera = self.camera(aspect)
        span = _visible_ground(camera)
        lengths, axes = np.linalg.eigh(self.covariance)
        steps = (axes * np.sqrt(lengths.clip(0))).T
        neighbours = np.array(
            [
                [camera_of(self.values - s, aspect).to_image() for s in (step, -step)]
                for step in steps
            ]
        )
        return GroundPlane.of_homography(
            camera.to_image(),
            aspect,
            span=span,
            neighbours=neighbours,
            farthest_depth=_FARTHEST * float(camera.centre[2]),
        )


def plane_of(geometry: SceneGeometry, aspect: float) -> GroundPlane | None:
    """The ground of a drawn scene, whatever it is known by; None where it is not calibrated.

    Raises ConfigError for a calibration that fixes no ground.
    """
    if geometry.control_points:
        return GroundPlane.fit(geometry.control_points, aspect)
    if not geometry.is_calibrated:
        return None
    return estimate_of(geometry, aspect).plane(aspect)


def estimate_of(geometry: SceneGeometry, aspect: float) -> PoseEstimate:
    """Of camera and lengths."""
    known = geometry.camera
    prior = PoseEstimate.usual() if known is None else PoseEstimate.of(known)
    if not geometry.lengths:
        return prior
    return _fitted(prior, geometry.lengths, aspect)[0]


def pose_problem(geometry: SceneGeometry, aspect: float) -> tuple[str, str] | None:
    """(what, remedy) where camera and lengths are no calibration for such a picture."""
    if not geometry.camera and len(geometry.lengths) < FEWEST_LENGTHS:
        what = f"{len(geometry.lengths)} known lengths alone do not say how the ground leans"
        return what, f"Give {FEWEST_LENGTHS} or more, or calibrate from traffic as well"
    prior = PoseEstimate.of(geometry.camera) if geometry.camera else PoseEstimate.usual()
    try:
        prior.plane(aspect)
        if not geometry.lengths:
            return None
        estimate, misfit = _fitted(prior, geometry.lengths, aspect)
        estimate.plane(aspect)
    except ConfigError as error:
        return error.what, error.remedy or ""
    if not misfit.max() <= _MISFIT:
        what = f"known length {int(misfit.argmax()) + 1} contradicts the rest of the calibration"
        return what, "Check its two ends and its metres; both must lie on the flat ground"
    band = 1.96 * scale_sigma(estimate, geometry.lengths, aspect)
    if not band <= WIDEST_BAND:
        return f"the known lengths leave the scale open (within {band:.0%})", _REMEDY
    return None


def scale_sigma(estimate: PoseEstimate, lengths: Sequence[KnownLength], aspect: float) -> float:
    """Standard deviation of the mean logarithm of these lengths, as the estimate has them."""
    starts, ends = _ends(lengths)

    def scale(of: NDArray[np.float64]) -> float:
        return float(_measured(camera_of(of, aspect), starts, ends)[0].mean())

    values = estimate.values
    slope = np.array([scale(values + s) - scale(values - s) for s in np.diag(_STEPS)])
    slope /= 2 * _STEPS
    return float(np.sqrt(slope @ estimate.covariance @ slope))


def _fitted(
    prior: PoseEstimate, lengths: Sequence[KnownLength], aspect: float
) -> tuple[PoseEstimate, NDArray[np.float64]]:
    """(``prior`` with ``lengths`` as observations, (L,) their absolute standardised misfits).

    Minimises the squared standardised residuals of the logarithms of the lengths and of the
    prior. sigma² of a length's logarithm is LENGTH_TOLERANCE² and that of two clicks of
    CLICK_ERROR, taken through the plane. Where the misfit is more than chance gives one time in
    twenty, the covariance grows by as much.
    """
    starts, ends = _ends(lengths)
    wanted = np.log([each.metres for each in lengths])
    root = np.linalg.cholesky(np.linalg.inv(prior.covariance)).T

    def residuals(values: NDArray[np.float64]) -> NDArray[np.float64]:
        measured, sigma = _measured(camera_of(values, aspect), starts, ends)
        return np.concatenate([(measured - wanted) / sigma, root @ (values - prior.values)])

    values, jacobian = _minimised(residuals, _best_start(prior, residuals))
    left = residuals(values)
    count = len(lengths)
    growth = max(1.0, float(left @ left) / (count + 2 * np.sqrt(2 * count)))
    covariance = np.asarray(np.linalg.inv(jacobian.T @ jacobian) * growth)
    return PoseEstimate(values, covariance), np.abs(left[: len(lengths)])


def _ends(lengths: Sequence[KnownLength]) -> tuple[Points, Points]:
    return (
        np.array([each.start for each in lengths], np.float64),
        np.array([each.end for each in lengths], np.float64),
    )


def camera_of(values: NDArray[np.float64], aspect: float) -> Pinhole:
    """Of (4,) log focal, pitch and roll (degrees), log height."""
    return Pinhole.posed(
        aspect,
        focal=float(np.exp(values[0])),
        pitch_deg=float(values[1]),
        roll_deg=float(values[2]),
        height_m=float(np.exp(values[3])),
    )


def ground_of(camera: Pinhole, points: Points) -> Points:
    """(N, 2) metres where the rays of picture points meet the ground; NaN above the horizon."""
    flat = (np.asarray(points, np.float64) - 0.5) / (camera.focal, camera.focal * camera.aspect)
    rays = np.column_stack([flat, np.ones(len(flat))]) @ camera.rotation
    below = np.where(rays[:, 2] < -1e-6, rays[:, 2], np.nan)
    return np.asarray(camera.centre[:2] - rays[:, :2] * (camera.centre[2] / below)[:, None])


def _measured(
    camera: Pinhole, starts: Points, ends: Points
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """((N,) log metres, (N,) their standard deviation) of lengths in the picture."""
    a, b = ground_of(camera, starts), ground_of(camera, ends)
    along = b - a
    length = np.hypot(along[:, 0], along[:, 1])
    variance = np.full(len(length), LENGTH_TOLERANCE**2)
    for ends_of, sign, place in ((starts, -1.0, a), (ends, 1.0, b)):
        for axis, step in ((0, CLICK_ERROR), (1, CLICK_ERROR * camera.aspect)):
            moved = ends_of.copy()
            moved[:, axis] += step
            change = sign * (ground_of(camera, moved) - place)
            variance += ((change * along).sum(1) / length**2) ** 2
    # Above the horizon nothing can be measured; a large value drives the fit away from there.
    return np.nan_to_num(np.log(length), nan=20.0), np.nan_to_num(np.sqrt(variance), nan=0.05)


def _best_start(prior: PoseEstimate, residuals: Residuals) -> NDArray[np.float64]:
    """The prior's middle, or of a few pitches about it the one that fits best."""
    spread = float(np.sqrt(prior.covariance[1, 1]))
    tried = []
    for shift in (0.0, -1.0, -0.5, 0.5, 1.0, 2.0):
        values = prior.values.copy()
        values[1] = np.clip(values[1] + shift * spread, 1.0, 85.0)
        tried.append((float((residuals(values) ** 2).sum()), values))
    return min(tried, key=lambda each: each[0])[1]


def _minimised(
    residuals: Residuals, start: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(values, their jacobian) by Levenberg-Marquardt with numeric derivatives."""
    values, damping = start, 1e-2
    left = residuals(values)
    jacobian = _slopes(residuals, values)
    for _ in range(_ROUNDS):
        normal = jacobian.T @ jacobian
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), -jacobian.T @ left)
        trial = values + step
        trial[1] = np.clip(trial[1], 0.5, 89.0)
        after = residuals(trial)
        gain = float(left @ left - after @ after)
        if gain > 0:
            values, left, damping = trial, after, max(damping / 5, 1e-9)
            jacobian = _slopes(residuals, values)
            if gain < 1e-9:
                break
        else:
            damping *= 5
            if damping > 1e9:
                break
    return values, jacobian


def _slopes(residuals: Residuals, values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.column_stack(
        [
            (residuals(values + s) - residuals(values - s)) / (2 * step)
            for s, step in zip(np.diag(_STEPS), _STEPS, strict=True)
        ]
    )


def _visible_ground(camera: Pinhole) -> Points:
    """(K, 2) metres of a raster over the picture, as far as it shows ground."""
    side = np.linspace(0.05, 0.95, 7)
    raster = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    ground = ground_of(camera, raster)
    reach = np.hypot(*(ground - camera.centre[:2]).T)
    seen = ground[reach < 30 * camera.centre[2]]
    if len(seen) < 4:
        raise ConfigError(
            "a camera that looks so sees no ground",
            where="calibration.camera",
            remedy="Check pitch_deg, which is positive where it looks down, and roll_deg",
        )
    return np.asarray(seen)
