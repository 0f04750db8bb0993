"""Plane-to-plane homographies: estimation, refinement and first-order uncertainty.

Sources: R. Hartley and A. Zisserman, Multiple View Geometry in Computer Vision,
2nd ed. 2004: normalised DLT (algorithm 4.2), minimal reprojection error in one
picture (section 4.2.3) and propagation of covariance (sections 5.2.3 and 5.2.6).

Everything here works on centred and scaled coordinates ("conditioned": mean 0,
mean distance sqrt 2); without that the equations lose most of their digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points

Matrix: TypeAlias = NDArray[np.float64]

_REFINEMENT_STEPS = 20
_RANK_TOLERANCE = 1e-7


class DegenerateError(ValueError):
    """The point pairs do not determine one homography."""


@dataclass(frozen=True, slots=True, eq=False)
class Similarity:
    """p -> scale * (p - centre): what conditions a set of points."""

    centre: NDArray[np.float64]
    scale: float

    @classmethod
    def conditioning(cls, points: Points) -> Self:
        """Raises DegenerateError where all points are one."""
        centre = points.mean(0)
        distance = float(np.hypot(*(points - centre).T).mean())
        if not distance > 0:
            raise DegenerateError("all points are the same")
        return cls(centre, float(np.sqrt(2)) / distance)

    def apply(self, points: Points) -> Points:
        return np.asarray((points - self.centre) * self.scale)

    def matrix(self) -> Matrix:
        """(3, 3), for homogeneous columns."""
        x, y = self.centre * self.scale
        return np.array([[self.scale, 0.0, -x], [0.0, self.scale, -y], [0.0, 0.0, 1.0]])


def project(matrix: Matrix, points: Points) -> tuple[Points, NDArray[np.float64]]:
    """((N, 2) projected points, (N,) third homogeneous coordinate).

    Points whose third coordinate is 0 become infinite or NaN without warning.
    """
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    depth = homogeneous[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        return homogeneous[:, :2] / depth[:, None], depth


def by_parameters(matrix: Matrix, source: Points, target: Points) -> NDArray[np.float64]:
    """(N, 2, 9) derivative of the projections ``target`` by the nine entries, row by row."""
    count = len(source)
    homogeneous = np.column_stack([source, np.ones(count)])
    homogeneous = homogeneous / (homogeneous @ matrix[2])[:, None]
    derivative = np.zeros((count, 2, 9))
    derivative[:, 0, 0:3] = homogeneous
    derivative[:, 1, 3:6] = homogeneous
    derivative[:, :, 6:9] = -target[:, :, None] * homogeneous[:, None, :]
    return derivative


def by_position(matrix: Matrix, source: Points, target: Points) -> NDArray[np.float64]:
    """(N, 2, 2) derivative of the projections ``target`` by the source points."""
    depth = source @ matrix[2, :2] + matrix[2, 2]
    numerator = matrix[None, :2, :2] - target[:, :, None] * matrix[None, 2:, :2]
    return np.asarray(numerator / depth[:, None, None])


def estimate(source: Points, target: Points) -> Matrix:
    """(3, 3) homography source -> target of conditioned points, unit Frobenius norm.

    Direct linear transform, then for more than four pairs Gauss-Newton on the
    squared distance in the target. Raises DegenerateError where the pairs do
    not determine it.
    """
    count = len(source)
    one = np.column_stack([source, np.ones(count)])
    zero = np.zeros_like(one)
    rows_x = np.column_stack([one, zero, -target[:, :1] * one])
    rows_y = np.column_stack([zero, one, -target[:, 1:] * one])
    _, singular, basis = np.linalg.svd(np.vstack([rows_x, rows_y]))
    if singular[7] < _RANK_TOLERANCE * singular[0]:
        raise DegenerateError("the points leave the homography open")
    matrix = basis[8].reshape(3, 3)
    if count > 4:
        matrix = _refined(matrix, source, target)
    spread = np.linalg.svd(matrix, compute_uv=False)
    if not spread[2] > _RANK_TOLERANCE * spread[0]:
        raise DegenerateError("the homography flattens the plane")
    depth = np.abs(project(matrix, source)[1])
    if not (depth > _RANK_TOLERANCE * depth.max()).all():
        raise DegenerateError("a point lies on the horizon")
    return np.asarray(matrix / np.linalg.norm(matrix))


def _refined(matrix: Matrix, source: Points, target: Points) -> Matrix:
    """Gauss-Newton; a step that does not lower the error is halved, then given up."""
    matrix = matrix / np.linalg.norm(matrix)
    projected, _ = project(matrix, source)
    cost = float(((target - projected) ** 2).sum())
    for _ in range(_REFINEMENT_STEPS):
        if not np.isfinite(projected).all():
            break
        derivative = by_parameters(matrix, source, projected).reshape(-1, 9)
        if not np.isfinite(derivative).all():
            break  # LAPACK may look for an answer for ever
        # The scale of the matrix is free; this row keeps the step across it.
        system = np.vstack([derivative, matrix.reshape(1, 9)])
        wanted = np.append((target - projected).reshape(-1), 0.0)
        step = np.linalg.lstsq(system, wanted, rcond=None)[0].reshape(3, 3)
        for _ in range(4):
            trial = matrix + step
            trial = trial / np.linalg.norm(trial)
            trial_projected, _ = project(trial, source)
            trial_cost = float(((target - trial_projected) ** 2).sum())
            if trial_cost < cost:
                break
            step = step / 2
        else:
            break
        gained = cost - trial_cost
        matrix, projected, cost = trial, trial_projected, trial_cost
        if gained <= 1e-14 * cost:
            break
    return matrix


def parameter_covariance(matrix: Matrix, source: Points, sigma: float) -> Matrix:
    """(9, 9) covariance of the entries when each target coordinate errs by ``sigma``.

    sigma² (JᵀJ)⁺ with J the stacked derivative: the pseudo-inverse leaves out
    the scale of the matrix, which does not matter.
    """
    projected, _ = project(matrix, source)
    derivative = by_parameters(matrix, source, projected).reshape(-1, 9)
    return np.asarray(sigma**2 * np.linalg.pinv(derivative.T @ derivative, rcond=1e-13))
