"""Fixed-interval smoothing of one way: the best estimate of each instant from all of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic import singer
from wayside.analyze.traffic.block_tridiagonal import solved
from wayside.domain.geometry import Points

_ORDER = 3
_SHORTEST_S = 0.02
"""What disturbs a shorter step is taken as if of this one: its information grows with 1 / dt^5."""


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
    3(8), 1965) is the minimum of a sum of squares, whose system is solved for all instants at
    once: to go through them in Python takes longer.
    """
    count, size = len(t_s), 2 * _ORDER
    information = np.zeros((count, size, size))
    vector = np.zeros((count, size))
    weight = np.linalg.inv(covariances)
    information[:, :2, :2] += weight
    origin = places[0]
    vector[:, :2] = np.einsum("kij,kj->ki", weight, places - origin)
    # What is known before anything is seen: next to nothing, but that nothing is infinitely fast.
    information[0, 2:4, 2:4] += np.eye(2) / 40.0**2
    information[0, 4:6, 4:6] += np.eye(2) / acceleration_mps2**2
    forth, inverse = _steps(np.diff(t_s), acceleration_mps2)
    pull = inverse @ forth
    information[:-1] += forth.transpose(0, 2, 1) @ pull
    information[1:] += inverse
    states, blocks, _ = solved(information, -pull.transpose(0, 2, 1), vector)
    states[:, :2] += origin
    return states, blocks


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
