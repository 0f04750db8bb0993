"""The rate falls fast, rises slowly, and says why."""

from __future__ import annotations

import pytest

from wayside.pipeline.load import LoadController, LoadSettings


def told(load: LoadController, lag_s: float, seconds: int, now_s: float = 0.0) -> float:
    for _ in range(seconds):
        now_s += 1.0
        load.update(now_s, lag_s)
    return now_s


def test_without_lag_nothing_is_lowered() -> None:
    load = LoadController(12.5)
    told(load, 0.2, 100)
    assert (load.rate, load.mode, load.reason, load.changes) == (12.5, "full", "", 0)


def test_lag_lowers_in_steps_down_to_keyframes_and_no_further() -> None:
    load = LoadController(4.0, LoadSettings(step=0.5, least=1.0))
    rates = [load.rate for second in range(20) if load.update(float(second), 1.2)]
    assert rates == [2.0, 1.0, None]
    assert load.mode == "glance"
    assert "keyframes" in load.reason


def test_one_step_is_given_time_before_the_next() -> None:
    load = LoadController(12.0)
    assert load.update(0.0, 1.5)
    assert not load.update(1.0, 1.5)
    assert load.update(2.0, 1.5)


def test_far_behind_goes_down_two_steps_at_once() -> None:
    load = LoadController(10.0)
    load.update(0.0, 5.0)
    assert load.rate == pytest.approx(10.0 * 0.49)


def test_calm_raises_again_and_between_the_two_bounds_nothing_changes() -> None:
    load = LoadController(12.0)
    now_s = told(load, 1.2, 1)
    now_s = told(load, 0.6, 100, now_s)
    assert load.rate == pytest.approx(8.4)
    told(load, 0.1, 10, now_s)
    assert load.rate == 12.0


def test_each_relapse_makes_the_next_rise_wait_longer() -> None:
    load = LoadController(12.0)
    waits = []
    now_s = told(load, 1.2, 1)
    for _ in range(4):
        began_s = now_s
        while load.mode != "full":
            now_s = told(load, 0.1, 1, now_s)
        waits.append(now_s - began_s)
        now_s = told(load, 1.2, 3, now_s)
    assert waits == sorted(waits)
    assert waits[-1] >= 4 * waits[0]


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="above 0"):
        LoadController(0.0)
