from __future__ import annotations

import numpy as np
import pytest

from wayside.analyze.traffic.roadways.unseen import Beside, Unseen, UnseenVehicles


def beside(*cars):
    """cars: (front, standing, m/s, born_s), all 5 m long."""
    rows = np.array(cars, np.float64).reshape(-1, 4)
    fronts = rows[:, 0]
    still = rows[:, 1].astype(bool)
    return Beside(fronts, fronts - 5, np.zeros(len(rows)), rows[:, 2], still, rows[:, 3])


@pytest.fixture
def lost():
    """One vehicle with its front at 85, lost at 10 s."""
    unseen = UnseenVehicles()
    unseen.each.append(Unseen(0, 10.0, 85.0, 80.0, 0.0, 5.0, kept_s=10.0))
    return unseen


def stays_until(unseen, now_at, until=300.0):
    """The second at which it has gone."""
    for t_s in np.arange(10.5, until, 0.5):
        if unseen.gone(0, t_s, now_at(t_s), 1.0):
            return float(t_s)
    return None


def test_it_stays_while_the_one_ahead_stands(lost):
    ahead = beside((95, True, 0, 0))
    gone = stays_until(lost, lambda t: ahead if t < 60 else beside())
    assert gone == pytest.approx(64, abs=0.6)


def test_it_stays_while_the_one_behind_stands(lost):
    behind = beside((75, True, 0, 0))
    gone = stays_until(lost, lambda t: behind if t < 60 else beside())
    assert gone == pytest.approx(63, abs=0.6)


def test_alone_it_soon_goes(lost):
    assert stays_until(lost, lambda _: beside()) == pytest.approx(13.5, abs=0.6)


def test_who_drives_through_its_place_ends_it(lost):
    driving = beside((95, True, 0, 0), (84, False, 8.0, 0))
    assert stays_until(lost, lambda _: driving) == 10.5


def test_it_does_not_stay_for_ever(lost):
    ahead = beside((95, True, 0, 0))
    assert stays_until(lost, lambda _: ahead) == pytest.approx(190, abs=1)


def test_two_that_only_have_each_other_go(lost):
    lost.each.append(Unseen(0, 10.0, 93.0, 88.0, 0.0, 5.0, kept_s=10.0))
    assert stays_until(lost, lambda _: beside()) is not None
    assert len(lost.gone(0, 20.0, beside(), 1.0)) + len(lost.each) <= 1


def test_a_new_track_in_its_place_is_the_same_vehicle(lost):
    (pair,) = lost.found(0, beside((60, True, 0, 0), (84, False, 0, 12.0)), 1.0)
    assert (pair[0], pair[1].queued_s) == (1, 5.0)
    assert lost.each == []


def test_another_vehicle_in_its_place_means_it_has_left(lost):
    assert lost.found(0, beside((84, True, 0, 2.0)), 1.0) == []
    assert lost.each == []


def test_other_zones_are_left_alone(lost):
    assert lost.found(1, beside((84, True, 0, 12.0)), 1.0) == []
    assert lost.gone(1, 100.0, beside(), 1.0) == []
    assert len(lost.each) == 1
