"""One object keeps one box; neighbours and other kinds keep theirs."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.detect.suppress import GROUP_OF, suppress
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.geometry import iou

HERE = [0.2, 0.2, 0.4, 0.4]
NEARLY_HERE = [0.21, 0.2, 0.41, 0.4]
THERE = [0.6, 0.6, 0.8, 0.8]
CAR, TRUCK, PERSON, BICYCLE = (
    ObjectClass.CAR,
    ObjectClass.TRUCK,
    ObjectClass.PERSON,
    ObjectClass.BICYCLE,
)


def test_the_better_of_two_stays() -> None:
    found = Detections.of([HERE, NEARLY_HERE, THERE], [CAR] * 3, [0.5, 0.9, 0.7])
    kept = suppress(found, 0.5)
    assert kept.scores.tolist() == [np.float32(0.9), np.float32(0.7)]


def test_car_and_truck_on_one_spot_are_one_vehicle() -> None:
    kept = suppress(Detections.of([HERE, NEARLY_HERE], [CAR, TRUCK], [0.5, 0.6]), 0.5)
    assert kept.class_ids.tolist() == [TRUCK]


def test_person_and_bicycle_may_share_a_place() -> None:
    kept = suppress(Detections.of([HERE, HERE], [PERSON, BICYCLE], [0.5, 0.6]), 0.5)
    assert sorted(kept.class_ids) == [PERSON, BICYCLE]


def test_a_suppressed_box_suppresses_nobody() -> None:
    """A chain: the middle one goes, so the last, which only it overlaps, stays."""
    chain = [[0.1, 0.1, 0.3, 0.3], [0.16, 0.1, 0.36, 0.3], [0.22, 0.1, 0.42, 0.3]]
    kept = suppress(Detections.of(chain, [CAR] * 3, [0.9, 0.8, 0.7]), 0.5)
    assert kept.scores.tolist() == [np.float32(0.9), np.float32(0.7)]


def test_none_and_one_pass_through() -> None:
    assert len(suppress(Detections.empty(), 0.5)) == 0
    assert len(suppress(Detections.of([HERE], [CAR], [0.5]), 0.5)) == 1


def test_groups_are_those_of_the_taxonomy() -> None:
    for a in ObjectClass:
        for b in ObjectClass:
            assert (GROUP_OF[a] == GROUP_OF[b]) == (a.group == b.group)


@st.composite
def crowds(draw: st.DrawFn) -> Detections:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(0, 40))
    low = rng.random((count, 2)) * 0.6
    boxes = np.hstack([low, low + 0.05 + rng.random((count, 2)) * 0.3])
    return Detections.of(boxes, rng.integers(0, 7, count), rng.random(count).round(1))


@settings(max_examples=80, deadline=None)
@given(crowds(), st.floats(0.1, 0.9))
def test_whatever_stays_clashes_with_nothing_and_whatever_goes_had_a_better(
    found: Detections, overlap: float
) -> None:
    kept = suppress(found, overlap)
    assert (np.diff(kept.scores) <= 0).all()
    same = GROUP_OF[kept.class_ids][:, None] == GROUP_OF[kept.class_ids][None]
    clash = (iou(kept.boxes, kept.boxes) > overlap) & same & ~np.eye(len(kept), dtype=bool)
    assert not clash.any()
    overlaps = iou(found.boxes, kept.boxes) > overlap
    better = kept.scores[None] >= found.scores[:, None]
    same = GROUP_OF[found.class_ids][:, None] == GROUP_OF[kept.class_ids][None]
    is_kept = (found.boxes[:, None] == kept.boxes[None]).all(2) & same
    assert (is_kept | (overlaps & better & same)).any(1).all()
