"""Patience with what moves and has no name."""

from __future__ import annotations

import numpy as np

from wayside.attend.unnamed import Unnamed, UnnamedSettings

SETTINGS = UnnamedSettings(tries=3, first_s=0.25, longest_s=2.0, forget_s=10.0)
TREE = np.array([[0.2, 0.1, 0.4, 0.3]], np.float32)
NOBODY = np.empty((0, 4), np.float32)


def looks_at(unnamed: Unnamed, times: np.ndarray, blob: np.ndarray = TREE) -> list[float]:
    """When it was looked at, by a network that finds nothing."""
    looked = []
    for t_s in times.tolist():
        if len(unnamed.worth(t_s, blob)):
            looked.append(t_s)
            unnamed.looked(t_s, blob, NOBODY)
    return looked


def test_a_waving_tree_is_looked_at_ever_less_often() -> None:
    looked = looks_at(Unnamed(SETTINGS), np.arange(0, 20, 0.125))
    assert looked[:3] == [0.0, 0.125, 0.25]
    waits = np.diff(looked)
    np.testing.assert_allclose(waits[2:6], [0.25, 0.5, 1.0, 2.0])
    np.testing.assert_allclose(waits[6:], 2.0)


def test_what_comes_elsewhere_or_is_much_larger_is_looked_at_at_once() -> None:
    unnamed = Unnamed(SETTINGS)
    looks_at(unnamed, np.arange(0, 7.5, 0.125))
    assert len(unnamed.worth(7.5, TREE)) == 0
    assert len(unnamed.worth(7.5, TREE + np.float32(0.15))) == 1
    assert len(unnamed.worth(7.5, np.array([[0.15, 0.05, 0.45, 0.4]], np.float32))) == 1


def travelled(*, size: float, grows: float = 1.0, steps: int = 40) -> int:
    """Looks at something without a name that goes through the picture, growing at each step."""
    unnamed, looked = Unnamed(), 0
    for step in range(steps):
        side = size * grows**step
        blob = np.array([[0.02 * step, 0.5, 0.02 * step + side, 0.5 + 2 * side]], np.float32)
        if len(unnamed.worth(step / 8, blob)):
            looked += 1
            unnamed.looked(step / 8, blob, NOBODY)
    return looked


def test_what_travels_takes_its_patience_along() -> None:
    assert 4 <= travelled(size=0.04) <= 10


def test_what_comes_closer_is_looked_at_again() -> None:
    assert travelled(size=0.05, grows=1.05) > travelled(size=0.05) + 4


def test_what_leaps_is_something_else() -> None:
    assert travelled(size=0.01) == 40


def test_a_name_ends_the_wait() -> None:
    unnamed = Unnamed(SETTINGS)
    looks_at(unnamed, np.arange(0, 8, 0.125))
    unnamed.looked(8.0, NOBODY, TREE)
    assert len(unnamed.worth(8.1, TREE)) == 1


def test_a_place_where_nothing_moves_any_more_is_forgotten() -> None:
    unnamed = Unnamed(SETTINGS)
    looks_at(unnamed, np.arange(0, 8, 0.125))
    assert len(unnamed.worth(20.0, TREE)) == 1
