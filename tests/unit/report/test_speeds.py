import numpy as np
import pytest

from wayside.report.incidents import fold
from wayside.report.speeds import percentile_band, summarise


def crossings(sample, speeds, **data):
    events = [
        sample.crossing(n, "L", "forward", 1.0 + n, speed_mps=v, **data)
        for n, v in enumerate(speeds)
    ]
    return fold(sample.feed(events=events))


def test_mean_and_85th_percentile(sample):
    speeds = list(np.linspace(5, 15, 101))
    summary = summarise(crossings(sample, speeds, speed_error_mps=0.5))
    assert summary is not None
    assert summary.n == 101
    assert summary.mean_mps == pytest.approx(10.0)
    assert summary.v85_mps == pytest.approx(13.5)
    assert summary.error_mps == 0.5
    low, high = summary.v85_band
    assert low < 13.0 < 14.0 < high


def test_crossings_without_a_speed_are_not_zero(sample):
    without = [sample.crossing(90, "L", "forward", 1.0)]
    assert summarise(fold(sample.feed(events=without))) is None
    assert summarise([]) is None


def test_few_speeds_give_no_band(sample):
    summary = summarise(crossings(sample, [10.0, 12.0, 9.0]))
    assert summary is not None
    assert summary.v85_band is None
    assert summary.error_mps is None


def test_the_band_holds_the_true_percentile_about_as_often_as_it_says():
    rng = np.random.default_rng(3)
    true = 10 + 2 * 1.0364  # 85th percentile of N(10, 2)
    bands = [percentile_band(np.sort(rng.normal(10, 2, 60)), 0.85, 0.0) for _ in range(1000)]
    held = np.mean([low <= true <= high for low, high in bands])
    assert 0.93 <= held <= 0.995


def test_the_error_of_one_speed_widens_the_band_on_both_sides():
    ordered = np.linspace(5, 15, 50)
    narrow, wide = percentile_band(ordered, 0.85, 0.0), percentile_band(ordered, 0.85, 1.0)
    assert wide == pytest.approx((narrow[0] - 1, narrow[1] + 1))
