from __future__ import annotations

import numpy as np
import pytest

from wayside.analyze.traffic.roadways.queue import longest_queue


def queue_of(*cars, scale=1.0):
    """cars: (front, rear) or (front, rear, aside)."""
    columns = np.array([(*car, 0.0)[:3] for car in cars], np.float64).reshape(-1, 3).T
    return longest_queue(*columns.tolist(), scale)


def test_nobody_is_no_queue():
    assert queue_of() is None


def test_one_is_a_queue():
    queue = queue_of((100.0, 95.5))
    assert (queue.members, queue.front, queue.back) == ((0,), 100.0, 95.5)


def test_gaps_of_ten_metres_join_and_more_do_not():
    assert queue_of((100, 95), (85, 80)).members == (0, 1)
    assert queue_of((100, 95), (84.9, 80)).length == 5


def test_the_longest_is_chosen_not_the_first():
    queue = queue_of((100, 95), (70, 65), (63, 58), (56, 51))
    assert queue.members == (1, 2, 3)
    assert (queue.front, queue.back) == (70, 51)


def test_a_lorry_beside_a_car_reaches_further_back():
    queue = queue_of((100, 95, 0), (100, 84, 3.5), (75, 70, 0))
    assert len(queue.members) == 3


@pytest.mark.parametrize(("aside", "number"), [(0.5, 1), (3.0, 2)])
def test_overlapping_boxes_are_one_vehicle_unless_side_by_side(aside, number):
    assert len(queue_of((100, 95, 0), (99, 94.5, aside)).members) == number


def test_the_order_of_tracks_does_not_matter():
    assert queue_of((85, 80), (100, 95)).members == (1, 0)


def test_where_nothing_is_calibrated_a_metre_has_its_own_length():
    assert len(queue_of((1.0, 0.95), (0.85, 0.80), scale=0.01).members) == 2
    assert len(queue_of((1.0, 0.95), (0.84, 0.79), scale=0.01).members) == 1


@pytest.mark.parametrize(
    ("sure", "members"),
    [
        ((True, False, True), (0, 1, 2)),
        ((False, True, True), (1, 2)),
        ((True, True, False), (0, 1)),
        ((False, False, False), None),
        ((False, True, False), (1,)),
    ],
)
def test_a_slow_one_is_in_the_queue_only_between_two_that_stand(sure, members):
    queue = longest_queue([100, 90, 80], [95, 85, 75], [0, 0, 0], 1.0, sure)
    assert (queue and queue.members) == members
    if members:
        assert (queue.front, queue.back) == (100 - 10 * members[0], 95 - 10 * members[-1])
