"""What a box says of the thing in it: how well its edges are known, and the Kalman update."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

SIZE: Final = slice(6, 9)
"""Length, width and height in the state; before them place, velocity and acceleration."""

_OWN_JITTER: Final = 0.03
_FLOOR: Final = 0.001
_CUT: Final = 0.004
_SURPRISE: Final = 12.0
_SHAKEN_MPS: Final = 3.0
_SEEN: Final = np.array([0, 1, 6, 7, 8])


def edge_sigmas(boxes: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(N,) standard deviations of upright and of level edges, in picture widths and heights."""
    size = boxes[:, 2:] - boxes[:, :2]
    return _OWN_JITTER * size[:, 0] + _FLOOR, _OWN_JITTER * size[:, 1] + _FLOOR


def cut_edges(boxes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N, 4) edges that lie on the picture's border."""
    cut = np.empty(boxes.shape, bool)
    cut[:, :2], cut[:, 2:] = boxes[:, :2] <= _CUT, boxes[:, 2:] >= 1 - _CUT
    return cut


def correct(
    state: NDArray[np.float64],
    p: NDArray[np.float64],
    by: NDArray[np.float64],
    off: NDArray[np.float64],
    noise: NDArray[np.float64],
    learns: NDArray[np.bool_],
    surprises: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The Kalman update of state (N, 9) and covariance (N, 9, 9), in place.

    by: (N, 4, 5) derivative of the edges by place and size. off: (N, 4) observed minus expected.
    noise: (N, 4) variances. learns: (N,) whose size is estimated too; the others' is taken into
    account as unsure and left as it is (S. Schmidt, Application of state-space methods to
    navigation problems, Advances in Control Systems 3, 1966). surprises: (N,) how many
    observations in a row surprised before this; the new numbers are returned. The second in a row
    is no error but a manoeuvre, and believed.
    """
    shared = p[:, :, _SEEN] @ by.transpose(0, 2, 1)
    spread = by @ shared[:, _SEEN]
    spread[:, np.arange(4), np.arange(4)] += noise
    solved = np.linalg.solve(spread, np.concatenate([shared.transpose(0, 2, 1), off[..., None]], 2))
    distance = (off * solved[..., 9]).sum(1)
    is_surprise = distance > _SURPRISE
    doubt = np.where(is_surprise & (surprises < 1), np.sqrt(distance / _SURPRISE), 1.0)
    gain = solved[..., :9].transpose(0, 2, 1) / doubt[:, None, None]
    change = gain @ shared.transpose(0, 2, 1)
    if not learns.all():
        gain[~learns, SIZE] = 0.0
        change[~learns, SIZE, SIZE] = 0.0
    state += (gain @ off[..., None])[..., 0]
    p -= change
    # Without this rounding grows from update to update, until a variance is negative.
    p += p.transpose(0, 2, 1)
    p *= 0.5
    shaken = is_surprise & (surprises >= 1)
    if shaken.any():
        for axis in (2, 3):
            p[shaken, axis, axis] += _SHAKEN_MPS**2
    return np.where(is_surprise, surprises + 1, 0)
