"""Where the fronts of things point: the way they move, held while they stand."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points

_SLOWEST_MPS: Final = 0.7
_UNSURE_RAD: Final = 0.3
_TURN_RAD_PER_M: Final = 0.1
_DRIFT_RAD_PER_S: Final = 0.03
_BACKWARDS: Final = -0.2
_REVERSED_M: Final = 3.0


class Headings:
    """A scalar Kalman filter of the heading's angle per slot.

    What is observed is the direction of the velocity, whose standard deviation is that of the
    velocity across it over the speed: it counts from 0.7 m/s and under 0.3 rad. Between two
    observations the heading may have turned by 0.1 rad a metre travelled (a car at its tightest,
    10 m, in one standard deviation) and so does not turn while the object stands. A direction
    against the heading replaces it after 3 m that way: less is the swing of an estimate after hard
    braking, more is an object that reverses, or whose first direction was wrong.
    """

    def __init__(self) -> None:
        self._vector = np.empty((0, 2))
        self._variance = np.empty(0)
        self._t_s = np.empty(0)
        self._against_m = np.empty(0)

    def grow(self, capacity: int) -> None:
        more = capacity - len(self._vector)
        self._vector = np.concatenate([self._vector, np.full((more, 2), np.nan)])
        self._variance = np.concatenate([self._variance, np.full(more, np.nan)])
        self._t_s = np.concatenate([self._t_s, np.full(more, np.nan)])
        self._against_m = np.concatenate([self._against_m, np.zeros(more)])

    def begin(self, slots: NDArray[np.intp]) -> None:
        """Nothing is known of these yet."""
        self._vector[slots] = np.nan
        self._variance[slots] = np.nan
        self._against_m[slots] = 0.0

    def vectors(self, slots: NDArray[np.intp]) -> Points:
        """(N, 2) unit vectors, NaN where not known."""
        return self._vector[slots]

    def variances(self, slots: NDArray[np.intp]) -> NDArray[np.float64]:
        """(N,) radians squared, NaN where not known."""
        return self._variance[slots]

    def are_known(self, slots: NDArray[np.intp]) -> NDArray[np.bool_]:
        return np.isfinite(self._variance[slots])

    def update(
        self,
        t_s: float,
        slots: NDArray[np.intp],
        velocities: Points,
        spreads: NDArray[np.float64],
    ) -> None:
        """velocities: (N, 2) m/s, spreads: (N, 2, 2) their covariance."""
        speed = np.maximum(np.hypot(velocities[:, 0], velocities[:, 1]), 1e-9)
        along = velocities / speed[:, None]
        across = np.stack([-along[:, 1], along[:, 0]], axis=1)
        noise = variance_along(spreads, across) / speed**2
        tells = (speed >= _SLOWEST_MPS) & (noise <= _UNSURE_RAD**2)
        if not tells.any():
            return
        slots, along, noise, speed = slots[tells], along[tells], noise[tells], speed[tells]
        held, variance = self._vector[slots], self._variance[slots]
        step = np.nan_to_num(t_s - self._t_s[slots])
        turned = _TURN_RAD_PER_M * np.minimum(speed * step, 5.0)
        variance = variance + turned**2 + (_DRIFT_RAD_PER_S * step) ** 2
        dot = (held * along).sum(1)
        turns_back = dot < _BACKWARDS
        against = np.where(turns_back, self._against_m[slots] + speed * np.minimum(step, 1.0), 0.0)
        fresh = np.isnan(variance) | (against >= _REVERSED_M)
        self._against_m[slots] = np.where(fresh, 0.0, against)
        gain = np.where(fresh, 1.0, variance / (variance + noise))
        gain[turns_back & ~fresh] = 0.0
        off = np.arctan2(held[:, 0] * along[:, 1] - held[:, 1] * along[:, 0], dot)
        angle = gain * np.where(fresh, 0.0, off)
        base = np.where(fresh[:, None], along, held)
        cosine, sine = np.cos(angle), np.sin(angle)
        self._vector[slots, 0] = cosine * base[:, 0] - sine * base[:, 1]
        self._vector[slots, 1] = sine * base[:, 0] + cosine * base[:, 1]
        self._variance[slots] = np.where(fresh, noise, (1 - gain) * variance)
        self._t_s[slots] = t_s


def variance_along(spreads: NDArray[np.float64], ways: Points) -> NDArray[np.float64]:
    """(N,) wᵀ P w of covariances (N, 2, 2) and unit vectors (N, 2); written out, einsum is slow."""
    x, y = ways[:, 0], ways[:, 1]
    return np.asarray(
        spreads[:, 0, 0] * x * x + 2 * spreads[:, 0, 1] * x * y + spreads[:, 1, 1] * y * y
    )
