"""Similarity and assignment, against domain geometry and SciPy's solver."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from wayside.domain.classes import ObjectClass
from wayside.domain.geometry import covered, iou
from wayside.track.association import assign, buffered_iou, class_penalties, overlaps


def boxes(seed: int, count: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 0.7, (count, 2))
    return np.hstack([low, low + rng.uniform(0.05, 0.3, (count, 2))])


def test_without_margin_it_is_iou() -> None:
    a, b = boxes(1, 7), boxes(2, 5)
    expected = iou(a.astype(np.float32), b.astype(np.float32))
    assert buffered_iou(a.T, b.T, np.zeros(7)) == pytest.approx(expected, abs=1e-5)


def test_a_margin_is_iou_of_boxes_grown_by_it() -> None:
    a, b, margin = boxes(3, 4), boxes(4, 6), 0.07
    grow = np.array([-margin, -margin, margin, margin])
    expected = iou((a + grow).astype(np.float32), (b + grow).astype(np.float32))
    assert buffered_iou(a.T, b.T, np.full(4, margin)) == pytest.approx(expected, abs=1e-5)


def test_a_margin_compares_boxes_that_do_not_touch() -> None:
    a, b = np.array([[0.1, 0.1, 0.2, 0.2]]), np.array([[0.25, 0.1, 0.35, 0.2]])
    assert buffered_iou(a.T, b.T, np.zeros(1))[0, 0] == 0
    assert buffered_iou(a.T, b.T, np.full(1, 0.1))[0, 0] > 0.2


def test_overlaps_are_iou_and_share_of_the_smaller() -> None:
    a, b = boxes(5, 6).astype(np.float32), boxes(6, 6).astype(np.float32)
    ratio, inside = overlaps(a.T.astype(float), b.T.astype(float))
    assert ratio == pytest.approx(iou(a, b), abs=1e-5)
    assert inside == pytest.approx(np.maximum(covered(a, b), covered(b, a).T), abs=1e-5)


def test_penalties_are_symmetric_and_ordered() -> None:
    penalties = class_penalties()
    car, truck = ObjectClass.CAR, ObjectClass.TRUCK
    person, bicycle = ObjectClass.PERSON, ObjectClass.BICYCLE
    assert np.array_equal(penalties, penalties.T)
    assert not penalties.diagonal().any()
    assert 0 < penalties[car, truck] < penalties[person, bicycle] < penalties[person, car]
    assert penalties[ObjectClass.UNKNOWN, person] < penalties[person, bicycle]


def gained(cost: np.ndarray, limit: float, rows: np.ndarray, columns: np.ndarray) -> float:
    return float((limit - cost[rows, columns]).sum())


@settings(deadline=None)
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([0.2, 0.5, 0.9]),
)
def test_the_pairing_is_optimal(seed: int, tall: int, wide: int, limit: float) -> None:
    cost = np.random.default_rng(seed).random((tall, wide))
    rows, columns = assign(cost, limit)
    assert len(set(rows.tolist())) == len(rows)
    assert len(set(columns.tolist())) == len(columns)
    assert (cost[rows, columns] < limit).all()
    best = linear_sum_assignment(np.minimum(cost - limit, 0))
    assert gained(cost, limit, rows, columns) == pytest.approx(
        -np.minimum(cost - limit, 0)[best].sum()
    )


def test_out_of_reach_costs_do_not_disturb_the_rest() -> None:
    cost = np.array([[0.1, 0.2, 1e6], [0.15, 1e6, 1e6], [1e6, 1e6, 0.3]])
    rows, columns = assign(cost, 0.8)
    assert dict(zip(rows.tolist(), columns.tolist(), strict=True)) == {0: 1, 1: 0, 2: 2}


def test_nothing_below_the_limit_pairs_nothing() -> None:
    rows, columns = assign(np.full((3, 2), 0.9), 0.5)
    assert len(rows) == len(columns) == 0
