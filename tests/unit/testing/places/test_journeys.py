"""Journeys that repeat, and crowds that keep clear."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.testing.places.journeys import Crowd, Leg, journey, steady, way
from wayside.testing.town.agents import Kind, Size

CAR = Size(4.2, 1.8, 1.5)


def test_a_steady_journey_keeps_its_speed_and_goes_all_the_way() -> None:
    one = steady(Kind.CAR, way((0, 0), (50, 0)), 3.0, 10.0, np.random.default_rng(1))
    assert one.t_s[0] == 3.0
    assert one.t_s[-1] == pytest.approx(8.0, abs=0.1)
    assert one.states[-1, 4] == pytest.approx(50.0, abs=0.01)
    assert np.ptp(one.states[:, 3]) < 0.01


def test_a_car_rests_and_backs_out_without_turning_round() -> None:
    bay = way((0, 0), (8, 0), (10, 2), (10, 9))
    legs = [Leg(bay, 4, 4, 0.15, rest_s=5), Leg(bay, 2, 0.15, 0.15, reverse=True)]
    one = journey(Kind.CAR, CAR, 1, 0.0, legs)
    steps = np.abs(np.diff(one.states[:, 2]))
    assert steps.max() < 0.2
    moves = np.hypot(*np.diff(one.states[:, :2], axis=0).T)
    assert moves.max() < 0.5
    assert (one.states[:, 3] == 0).sum() * 0.08 == pytest.approx(5.0, abs=0.2)
    assert np.hypot(*(one.states[-1, :2] - one.states[0, :2])) < 0.1


def test_a_crowd_refuses_whoever_would_collide_also_over_the_seam() -> None:
    crowd = Crowd(20.0)
    path, random = way((0, 0), (80, 0)), np.random.default_rng(2)
    assert crowd.offer(steady(Kind.CAR, path, 15.0, 10.0, random))
    assert not crowd.offer(steady(Kind.CAR, path, 15.2, 10.0, random))
    crossing = way((60, -5), (60, 5))
    assert not crowd.offer(steady(Kind.PERSON, crossing, 0.0, 4.0, random))
    assert crowd.offer(steady(Kind.PERSON, crossing, 8.0, 4.0, random))
    assert [one.track for one in crowd.travellers()] == [0, 1]


def test_a_journey_longer_than_the_period_is_refused() -> None:
    crowd = Crowd(10.0)
    with pytest.raises(ValueError, match="within one"):
        crowd.offer(steady(Kind.PERSON, way((0, 0), (50, 0)), 0.0, 1.4, np.random.default_rng(3)))
