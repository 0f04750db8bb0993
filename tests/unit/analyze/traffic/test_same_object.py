import numpy as np
import pytest

from wayside.analyze.histories import Trace
from wayside.analyze.traffic.same_object import Likeness, are_same, precedence
from wayside.domain.classes import ClassGroup, ObjectClass

CARS = (ClassGroup.VEHICLE, ClassGroup.VEHICLE)


def _trace(boxes, start_s=0.0, step_s=0.2):
    t_s = start_s + step_s * np.arange(len(boxes))
    return Trace(t_s, np.array(boxes, np.float32))


def _driving(dx=0.0, count=11, speed=0.05, width=0.1):
    return [[dx + speed * i, 0.3, dx + speed * i + width, 0.5] for i in range(count)]


def is_same(a, b, groups, t_s):
    return are_same([Likeness((a, b), groups, t_s)], 0.6).tolist() == [True]


@pytest.mark.parametrize(("shift", "same"), [(0.0, True), (0.03, True), (0.04, False)])
def test_intersection_over_union_of_a_half_decides(shift, same):
    a, b = _trace(_driving()), _trace(_driving(dx=shift))
    assert is_same(a, b, CARS, 1.0) is same


def test_boxes_are_compared_at_the_same_instants():
    """One follows the other in its very boxes, a second later."""
    a, b = _trace(_driving()), _trace(_driving(), start_s=1.0)
    assert not is_same(a, b, CARS, 1.5)


def test_sampling_of_the_two_may_differ():
    a = _trace(_driving())
    b = _trace([box for i, box in enumerate(_driving()) if i % 3 == 0], step_s=0.6)
    assert is_same(a, b, CARS, 1.0)


def test_a_short_overlap_is_two_objects_that_pass():
    passing = [[0.5 - 0.15 * i, 0.3, 0.6 - 0.15 * i, 0.5] for i in range(11)]
    a, b = _trace(_driving(dx=0.0, speed=0.05)), _trace(passing)
    assert not is_same(a, b, CARS, 0.5)


def test_no_common_instant_is_no_proof():
    a, b = _trace(_driving(count=3)), _trace(_driving(), start_s=5.0)
    assert not is_same(a, b, CARS, 1.0)


@pytest.mark.parametrize(
    ("groups", "same"),
    [
        (CARS, True),
        ((ClassGroup.UNKNOWN, ClassGroup.VEHICLE), True),
        ((ClassGroup.PERSON, ClassGroup.VEHICLE), True),
        ((ClassGroup.TWO_WHEELER, ClassGroup.VEHICLE), False),
    ],
)
def test_a_small_box_inside_a_large_one_depends_on_what_they_are(groups, same):
    large = _trace(_driving())
    small = _trace([[x1 + 0.01, 0.4, x1 + 0.04, 0.5] for x1, _, _, _ in _driving()])
    assert is_same(large, small, groups, 1.0) is same
    assert is_same(small, large, groups[::-1], 1.0) is same


def test_a_rider_covers_less_of_his_bicycle():
    rider = _trace([[0.3, 0.2, 0.34, 0.45]] * 5)
    bicycle = _trace([[0.28, 0.33, 0.36, 0.5]] * 5)
    pair = (ClassGroup.PERSON, ClassGroup.TWO_WHEELER)
    beside = _trace([[0.38, 0.2, 0.42, 0.45]] * 5)
    assert is_same(rider, bicycle, pair, 0.4)
    assert not is_same(rider, bicycle, (ClassGroup.PERSON, ClassGroup.PERSON), 0.4)
    assert not is_same(beside, bicycle, pair, 0.4)


def test_pairs_are_judged_together_as_they_are_one_by_one():
    car, same, other = _trace(_driving()), _trace(_driving(dx=0.03)), _trace(_driving(dx=0.04))
    late = _trace(_driving(count=4), start_s=9.0)
    pairs = [Likeness((car, each), CARS, 1.0) for each in (same, other, late, same)]
    assert are_same(pairs, 0.6).tolist() == [True, False, False, True]
    assert are_same([], 0.6).tolist() == []


def test_precedence():
    ranked = [
        precedence(ObjectClass.UNKNOWN, 9.0, 1.0),
        precedence(ObjectClass.PERSON, 1.0, 0.9),
        precedence(ObjectClass.PERSON, 2.0, 0.5),
        precedence(ObjectClass.PERSON, 2.0, 0.6),
        precedence(ObjectClass.BICYCLE, 1.0, 0.5),
    ]
    assert ranked == sorted(ranked)
