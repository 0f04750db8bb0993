"""Against the inverse of the whole matrix."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.analyze.traffic.block_tridiagonal import solved


@pytest.mark.parametrize("size", [1, 3, 6])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 8, 15, 16, 17, 64])
def test_as_the_inverse_of_the_whole(count: int, size: int) -> None:
    chance = np.random.default_rng(count)
    whole = np.eye(count * size) * 0.3
    for first in range(0, (count - 1) * size, size):
        part = slice(first, first + 2 * size)
        root = chance.normal(size=(2 * size, 2 * size))
        whole[part, part] += root @ root.T
    blocks = whole.reshape(count, size, count, size)
    right = chance.normal(size=(count, size))
    rows, before = np.arange(count), np.arange(count - 1)
    x, p, beside = solved(blocks[rows, :, rows], blocks[before, :, before + 1], right)
    inverse = np.linalg.inv(whole)
    wanted = inverse.reshape(blocks.shape)
    np.testing.assert_allclose(x.reshape(-1), inverse @ right.reshape(-1), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(p, wanted[rows, :, rows], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(beside, wanted[before, :, before + 1], rtol=1e-9, atol=1e-9)


def test_what_is_given_stays_as_it_was() -> None:
    diagonal, beside = np.tile(np.eye(2), (5, 1, 1)), np.full((4, 2, 2), 0.1)
    right = np.ones((5, 2))
    before = [part.copy() for part in (diagonal, beside, right)]
    solved(diagonal, beside, right)
    for part, was in zip((diagonal, beside, right), before, strict=True):
        np.testing.assert_array_equal(part, was)


def test_a_singular_one_is_refused() -> None:
    with pytest.raises(np.linalg.LinAlgError):
        solved(np.zeros((3, 2, 2)), np.zeros((2, 2, 2)), np.ones((3, 2)))
