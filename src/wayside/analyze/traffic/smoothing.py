"""Fixed-interval smoothing of one way: the best estimate of each instant from all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic import singer
from wayside.domain.geometry import Points

_ORDER = 3
_SHORTEST_S = 1e-3


def smoothed(
    t_s: NDArray[np.float64],
    places: Points,
    covariances: NDArray[np.float64],
    acceleration_mps2: float,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """States (K, 6) and their covariances (K, 6, 6): place, velocity, acceleration.

    t_s: (K,) rising. places: (K, 2) metres with covariances (K, 2, 2). The motion is that of the
    GroundFilter. What the Rauch-Tung-Striebel smoother finds by going forth and back (H. Rauch,
    F. Tung, C. Striebel, Maximum likelihood estimates of linear dynamic systems, AIAA Journal
    3(8), 1965) is the minimum of a sum of squares; it is solved here at once, which for the some
    dozen places of a way is faster than to go through them in Python.
    """
    count = len(t_s)
    size = 2 * _ORDER
    information = np.zeros((count, size, count, size))
    vector = np.zeros((count, size))
    weight = np.linalg.inv(covariances)
    every = np.arange(count)
    information[every, :2, every, :2] += weight
    vector[:, :2] = np.einsum("kij,kj->ki", weight, places)
    # What is known before anything is seen: next to nothing, but that nothing is infinitely fast.
    information[0, 2:4, 0, 2:4] += np.eye(2) / 40.0**2
    information[0, 4:6, 0, 4:6] += np.eye(2) / acceleration_mps2**2
    if count > 1:
        forth, inverse = _steps(np.diff(t_s), acceleration_mps2)
        pull = inverse @ forth
        first, last = every[:-1], every[1:]
        information[first, :, first, :] += forth.transpose(0, 2, 1) @ pull
        information[last, :, last, :] += inverse
        information[first, :, last, :] -= pull.transpose(0, 2, 1)
        information[last, :, first, :] -= pull
    flat = information.reshape(count * size, count * size)
    covariance: NDArray[np.float64] = np.asarray(np.linalg.inv(flat), np.float64)
    states = (covariance @ vector.reshape(-1)).reshape(count, size)
    blocks = covariance.reshape(count, size, count, size)[every, :, every, :]
    return np.asarray(states), np.asarray(blocks)


def _steps(
    dt: NDArray[np.float64], acceleration_mps2: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(K - 1, 6, 6) transitions and inverse covariances of what disturbs them."""
    shares = singer.Shares.of(dt)
    move = np.tile(np.eye(_ORDER), (len(dt), 1, 1))
    move[:, 0, 1] = dt
    move[:, 0, 2], move[:, 1, 2], move[:, 2, 2] = shares.by_place, shares.by_velocity, shares.kept
    noise = np.empty_like(move)
    for first, second, term in singer.disturbances(np.maximum(dt, _SHORTEST_S)):
        noise[:, first, second] = noise[:, second, first] = term
    noise *= singer.density(np.array(acceleration_mps2))
    both = np.eye(2)
    return _twice(move, both), _twice(np.asarray(np.linalg.inv(noise), np.float64), both)


def _twice(blocks: NDArray[np.float64], both: NDArray[np.float64]) -> NDArray[np.float64]:
    """(K, 6, 6) of (K, 3, 3): the same for both axes of the ground."""
    spread = np.einsum("kij,ab->kiajb", blocks, both)
    return np.asarray(spread.reshape(len(blocks), 2 * _ORDER, 2 * _ORDER))
