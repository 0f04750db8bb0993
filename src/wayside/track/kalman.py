"""A constant-velocity Kalman filter for many boxes at once.

A box is centre x, centre y, width and height, in picture heights. Noise is
taken as independent between these four, so a track's 8×8 covariance falls
into four 2×2 blocks and the filter needs no matrix inverse: everything is
elementwise over ``State``, a (5, 4, M) float64 array of which the first axis
is value, velocity, and the block's variance of value, covariance and variance
of velocity, and the second is cx, cy, w, h.

Time is media time and may be irregular: the process noise is that of white
acceleration integrated over the step (Bar-Shalom, Li, Kirubarajan, Estimation
with Applications to Tracking and Navigation, 2001, section 6.2), with a
density that grows with the box's area, so near and far objects behave alike.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.track.settings import TrackerSettings

Columns: TypeAlias = NDArray[np.float64]
State: TypeAlias = NDArray[np.float64]

MIN_SIZE = 1e-4  # picture heights; a tenth of a pixel in a 1000-line picture
_MIN_VARIANCE = 1e-8
_SURPRISE = 2.0  # squared residual ÷ its variance from which on the state is doubted; 1 is the mean
_MOST_GROWTH = 0.5  # of the size in one step that is believed; then it has doubled
_MOST_DOUBT = 8.0  # largest factor on the covariance in one step; a false alarm must not undo it


class ConstantVelocity:
    """The filter's constants. Holds no track: state goes in and comes out."""

    def __init__(self, settings: TrackerSettings) -> None:
        s = settings
        self._growth_memory_s = s.growth_memory_s
        self._fast, self._fast_rigid = s.fast, s.fast_rigid
        self._density = np.array(
            [s.acceleration**2, s.acceleration**2, s.growth**2, s.growth**2]
        ).reshape(1, 4, 1)
        self._named = np.full((4, 1), s.measurement_noise**2)
        # A blob says where something moves; how large it is, it hardly knows.
        self._motion = np.array([[1.0], [1.0], [4.0], [4.0]]) * s.motion_noise**2
        self._start = np.array(
            [[s.start_speed**2], [s.start_speed**2], [s.start_growth**2], [s.start_growth**2]]
        )
        self._step_s = -1.0
        self._transition = np.eye(5)
        self._noise = np.zeros((3, 4, 1))
        self._growth_kept = 1.0

    def start(self, measured: Columns, from_motion: NDArray[np.bool_]) -> State:
        """State of newcomers: (4, N) cx, cy, w, h and (N,) bool to (5, 4, N)."""
        state = np.zeros((5, *measured.shape))
        state[0] = measured
        state[2] = self.variances(measured, from_motion)
        state[4] = self._start * (measured[2] * measured[3])
        return state

    def predict(self, state: State, step_s: float, rigid: NDArray[np.bool_] | None = None) -> State:
        """The state ``step_s`` later, as a new array. Sizes stay positive.

        rigid: (M,) of which the size tells how far away they are, even when they are slow.
        """
        if step_s != self._step_s:
            self._prepare(step_s)
        count = state.shape[2]
        later: State = self._transition.dot(state.reshape(5, 4 * count)).reshape(5, 4, count)
        later[2:] += self._noise * (state[0, 2] * state[0, 3])
        later[1, 2:] *= self._growth_kept
        self._foreshorten(state, later, step_s, rigid)
        np.maximum(later[0, 2:], MIN_SIZE, out=later[0, 2:])
        return later

    def _foreshorten(
        self, before: State, later: State, step_s: float, rigid: NDArray[np.bool_] | None
    ) -> None:
        """What comes or goes on an even way: 1 / size changes evenly, and v as the size squared.

        A car that comes towards the camera at 25 m/s and is missed for a second has by then grown
        by two thirds, and is half its size further than an even way in the picture would have
        it. Of people the size says more of swinging arms than of depth, unless they are fast.
        """
        least = np.full(before.shape[2], self._fast)
        if rigid is not None:
            least[rigid] = self._fast_rigid
        speed = np.hypot(before[1, 0], before[1, 1])
        fast = (speed > least * np.sqrt(before[0, 2] * before[0, 3])).nonzero()[0]
        if len(fast) == 0:
            return
        growth = (before[1, 2:, fast] / before[0, 2:, fast]).mean(1)
        nearer = 1.0 / (1.0 - np.clip(growth * step_s, -_MOST_GROWTH, _MOST_GROWTH))
        velocity, size = before[1, :2].take(fast, 1), before[0, 2:].take(fast, 1)
        later[0, :2, fast] = (before[0, :2].take(fast, 1) + velocity * step_s * nearer).T
        later[1, :2, fast] = (velocity * nearer**2).T
        later[0, 2:, fast] = (size * nearer).T
        later[1, 2:, fast] = (size * growth * nearer**2).T

    def correct(self, state: State, measured: Columns, variances: Columns) -> State:
        """The state after seeing ``measured`` (4, K) with ``variances`` (4, K), as a new array.

        K = P Hᵀ S⁻¹ per 2×2 block; P ← P − K S Kᵀ, of which the first column is
        K·R: cheaper, and positive by form. Where the residual is larger than
        its variance allows, the object has turned, braked or come out from
        cover: P is first scaled up by as much, so the estimate follows at once
        (a fading memory; measured: +1.4 MOTA on TUD-Campus, nothing lost elsewhere).
        """
        residual = measured - state[0]
        surprise = residual * residual / (state[2] + variances)
        surprise *= 1.0 / _SURPRISE
        np.maximum(surprise, 1.0, out=surprise)
        np.minimum(surprise, _MOST_DOUBT, out=surprise)
        before = state[2:] * surprise
        gain = before[:2] / (before[0] + variances)
        seen = np.empty_like(state)
        seen[:2] = state[:2] + gain * residual
        seen[2:4] = gain * variances
        seen[4] = np.maximum(before[2] - gain[1] * before[1], _MIN_VARIANCE)
        np.maximum(seen[0, 2:], MIN_SIZE, out=seen[0, 2:])
        return seen

    def variances(self, measured: Columns, from_motion: NDArray[np.bool_] | None) -> Columns:
        """(4, N) measurement variances of boxes cx, cy, w, h; None: all are named."""
        squared = measured[2:] * measured[2:]
        squared = np.concatenate((squared, squared))
        if from_motion is None:
            squared *= self._named
        else:
            squared *= np.where(from_motion, self._motion, self._named)
        return np.maximum(squared, _MIN_VARIANCE, out=squared)

    def _prepare(self, step_s: float) -> None:
        """Matrices of a step; kept, since steps repeat."""
        t = step_s
        self._step_s = t
        self._transition = np.array(
            [
                [1, t, 0, 0, 0],
                [0, 1, 0, 0, 0],
                [0, 0, 1, 2 * t, t * t],
                [0, 0, 0, 1, t],
                [0, 0, 0, 0, 1],
            ]
        )
        self._noise = self._density * np.array([t**3 / 3, t**2 / 2, t]).reshape(3, 1, 1)
        self._growth_kept = math.exp(-t / self._growth_memory_s)
