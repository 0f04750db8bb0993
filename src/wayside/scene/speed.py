"""Speed of an object from its timed places on the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points


@dataclass(frozen=True, slots=True)
class SpeedEstimate:
    """A speed and the two parts of its 95 % band, as half-widths in m/s.

    random_mps: from the scatter of the places about a straight, even motion;
    independent between objects, so it averages out. calibration_mps: from the
    error of the calibration; the same for all objects there, so it does not.
    """

    speed_mps: float
    random_mps: float
    calibration_mps: float

    @property
    def error_mps(self) -> float:
        """Half-width of the 95 % band of this one speed, m/s."""
        return float(np.hypot(self.random_mps, self.calibration_mps))


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """A straight, even motion fitted to timed places: from start to end in span_s seconds."""

    start: NDArray[np.float64]
    end: NDArray[np.float64]
    span_s: float
    speed_mps: float
    random_mps: float


def constant_velocity(t_s: NDArray[np.float64], points: Points) -> Motion | None:
    """Least-squares constant velocity through (N,) seconds and (N, 2) metres, all finite.

    v = Σ (t - t̄)(x - x̄) / Σ (t - t̄)² per axis; speed = |v|. Half-width of the
    95 % band: t(2N-4) · s · sqrt((1 + r) / (1 - r)) / sqrt(Σ (t - t̄)²), s² being
    the residual variance and r the residuals' correlation from one place to the
    next (a tracker smooths, so neighbours err together and count for less).
    Source: N. Draper and H. Smith, Applied Regression Analysis, 3rd ed. 1998,
    chapters 1 and 7. None for fewer than three places or no time between them.
    """
    count = len(t_s)
    if count < 3:
        return None
    centred = t_s - t_s.mean()
    spread = float((centred**2).sum())
    if not spread > 0:
        return None
    middle = points.mean(0)
    velocity = centred @ (points - middle) / spread
    residuals = points - middle - centred[:, None] * velocity
    freedom = 2 * count - 4
    variance = float((residuals**2).sum()) / freedom
    sigma = np.sqrt(variance * _correlation_factor(residuals) / spread)
    return Motion(
        start=middle + centred[0] * velocity,
        end=middle + centred[-1] * velocity,
        span_s=float(t_s[-1] - t_s[0]),
        speed_mps=float(np.hypot(*velocity)),
        random_mps=float(student_t(freedom) * sigma),
    )


def student_t(freedom: int) -> float:
    """Two-sided 95 % quantile of Student's t, within 1 % from 2 degrees of freedom on.

    Cornish-Fisher expansion about the normal quantile (M. Abramowitz and
    I. Stegun, Handbook of Mathematical Functions, 26.7.5).
    """
    z = 1.959964
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    fourth = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + first / freedom + second / freedom**2 + third / freedom**3 + fourth / freedom**4


def _correlation_factor(residuals: Points) -> float:
    """(1 + r) / (1 - r) for the lag-one correlation r of (N, 2) residuals, r held in 0..0.9."""
    power = float((residuals**2).sum())
    if len(residuals) < 5 or power <= 0:
        return 1.0
    shared = float((residuals[1:] * residuals[:-1]).sum())
    correlation = min(max(shared / power, 0.0), 0.9)
    return (1 + correlation) / (1 - correlation)
