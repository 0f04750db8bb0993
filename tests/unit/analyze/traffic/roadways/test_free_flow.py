from __future__ import annotations

import numpy as np
import pytest

from wayside.analyze.traffic.roadways.free_flow import FreeFlow


def test_nothing_is_known_at_first():
    free = FreeFlow(1)
    free.learn(np.zeros(10, int), np.full(10, 14.0), 1.0)
    assert free.speed(0) is None


def test_it_is_the_speed_that_85_percent_do_not_exceed():
    free = FreeFlow(2)
    speeds = np.random.default_rng(1).normal(14.0, 2.0, 4000)
    free.learn(np.ones(4000, int), speeds, 1.0)
    assert free.speed(1) == pytest.approx(np.quantile(speeds, 0.85), abs=0.2)
    assert free.speed(0) is None


def test_who_creeps_or_has_no_speed_says_nothing():
    free = FreeFlow(1)
    free.learn(np.zeros(200, int), np.r_[np.full(100, 1.0), np.full(100, np.nan)], 1.0)
    assert free.speed(0) is None


def test_it_follows_a_new_limit():
    free = FreeFlow(1)
    free.learn(np.zeros(1, int), np.array([30.0]), 21_000.0)
    for _ in range(12):
        free.learn(np.zeros(1, int), np.array([20.0]), 12_000.0)
    assert free.speed(0) == pytest.approx(20.25, abs=0.5)
