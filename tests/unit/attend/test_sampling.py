"""The mean rate is the one asked for, in media time, whatever the stream does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.attend.sampling import Sampler


def taken(rate: float, times: object) -> list[float]:
    sampler = Sampler(rate)
    return [t for t in map(float, np.asarray(times)) if sampler.wants(t)]


def stream(fps: float, seconds: float, start_s: float = 0.0) -> np.ndarray:
    return start_s + np.arange(round(fps * seconds)) / fps


@pytest.mark.parametrize(
    ("fps", "rate"), [(12.5, 8), (25, 8), (30, 8), (29.97, 5), (60, 25), (25, 24), (50, 1), (10, 9)]
)
def test_the_mean_rate_is_the_one_asked_for(fps: float, rate: float) -> None:
    assert len(taken(rate, stream(fps, 60))) == pytest.approx(60 * rate, abs=2)


def test_twelve_and_a_half_at_eight_is_eight_and_evenly_so() -> None:
    times = np.array(taken(8, stream(12.5, 100)))
    for start in range(0, 90, 10):
        assert np.count_nonzero((times >= start) & (times < start + 10)) == pytest.approx(80, abs=1)
    assert np.diff(times).max() < 0.161


@pytest.mark.parametrize("fps", [0.2, 1, 5, 7.99, 8])
def test_a_slower_stream_is_taken_whole(fps: float) -> None:
    times = stream(fps, 120)
    assert len(taken(8, times)) == len(times)


@pytest.mark.parametrize("start_s", [0.0, -3.0, 1e6])
def test_the_first_picture_is_taken(start_s: float) -> None:
    assert Sampler(8).wants(start_s)


def test_the_same_instant_is_taken_once() -> None:
    assert taken(8, [1.0, 1.0, 1.0, 1.0]) == [1.0]


def test_after_a_gap_it_starts_again_and_does_not_catch_up() -> None:
    times = np.concatenate([stream(25, 10), stream(25, 10, start_s=100)])
    after = [t for t in taken(5, times) if t >= 100]
    assert after[0] == 100
    assert len(after) == pytest.approx(50, abs=1)
    assert np.diff(after).min() > 0.15


@pytest.mark.parametrize("rate", [0, -1, float("nan")])
def test_a_rate_is_above_zero(rate: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Sampler(rate)


RATES = st.floats(0.1, 60)


@settings(max_examples=200, deadline=None)
@given(RATES, st.lists(st.floats(0, 2), min_size=1, max_size=200))
def test_never_more_than_the_rate_and_never_longer_without_than_need_be(
    rate: float, steps: list[float]
) -> None:
    times = np.cumsum(steps)
    got = taken(rate, times)
    assert got[0] == times[0]
    # One more than the rate at most, at the start; a microsecond of grace a picture.
    assert len(got) <= (got[-1] - got[0]) * rate * (1 + 1e-4) + 1.01
    untaken = sorted(set(times.tolist()) - set(got))
    for t in untaken:  # a picture is left out only if one was taken within two intervals before
        assert min(t - g for g in got if g <= t) < 2 / rate


@settings(max_examples=100, deadline=None)
@given(RATES, st.lists(st.floats(0.01, 1), min_size=2, max_size=100), st.randoms())
def test_a_stream_that_keeps_up_gets_the_whole_rate(
    rate: float, steps: list[float], random: object
) -> None:
    """However irregular its pictures come, as long as none is late by an interval."""
    times = np.cumsum(steps) / rate
    seconds = times[-1] - times[0]
    assert len(taken(rate, times)) >= np.floor(seconds * rate * (1 - 1e-9))
