"""The class is the vote of a life; not knowing never outvotes a name."""

import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.track.votes import first_votes, valid, winners


def ids(*classes: int) -> np.ndarray:
    return np.array(classes, np.int8)


def test_the_heavier_name_wins_with_its_share() -> None:
    votes = first_votes(ids(ObjectClass.CAR), np.array([0.9]))
    votes[ObjectClass.TRUCK, 0] += 0.3
    classes, shares = winners(votes)
    assert classes.tolist() == [ObjectClass.CAR]
    assert shares[0] == pytest.approx(0.75)
    assert (classes.dtype, shares.dtype) == (np.int8, np.float32)


def test_unknown_never_outvotes_a_name() -> None:
    votes = first_votes(ids(ObjectClass.UNKNOWN, ObjectClass.UNKNOWN), np.array([50.0, 1.0]))
    votes[ObjectClass.BICYCLE, 0] += 0.1
    classes, shares = winners(votes)
    assert classes.tolist() == [ObjectClass.BICYCLE, ObjectClass.UNKNOWN]
    assert shares.tolist() == [1.0, 1.0]


def test_no_tracks_no_winners() -> None:
    classes, shares = winners(first_votes(ids(), np.empty(0)))
    assert len(classes) == len(shares) == 0


def test_what_is_not_in_the_taxonomy_is_unknown() -> None:
    assert valid(ids(1, 77, -3, 6)).tolist() == [1, 0, 0, 6]
    known = ids(2, 4)
    assert valid(known) is known
