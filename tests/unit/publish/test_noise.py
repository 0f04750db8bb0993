"""The mechanism: what it claims, what OpenDP confirms, and what a million samples show."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import beta

from wayside.domain.errors import PublicationError
from wayside.publish import noise
from wayside.publish.noise import Noise, band_of, scale_of

SAMPLES = 1_000_000


@given(st.integers(1, 10**7), st.integers(1, 20_000_000))
def test_the_scale_is_never_rounded_down(sensitivity: int, epsilon: int) -> None:
    scale = Fraction(scale_of(sensitivity, epsilon))
    exact = Fraction(sensitivity * 10**6, epsilon)
    assert exact <= scale <= exact * (1 + Fraction(1, 2**48))


@given(st.floats(0.1, 10_000.0))
def test_the_band_is_the_smallest_that_holds_95_percent(scale: float) -> None:
    q = math.exp(-1 / scale)

    def beyond(width: int) -> float:
        return 2 * q ** (width + 1) / (1 + q)

    band = band_of(scale)
    assert beyond(band) <= 0.05 * (1 + 1e-9)
    assert band == 0 or beyond(band - 1) > 0.05 * (1 - 1e-9)


@pytest.mark.parametrize(
    ("sensitivity", "epsilon"),
    [(84, 500_000), (3, 300_000), (1, 1), (7, 1_000_003), (154, 333_333)],
)
def test_opendp_confirms_what_is_charged(sensitivity: int, epsilon: int) -> None:
    """0.1 + 0.2 and its kin: OpenDP rounds its account upwards, to above what was asked."""
    assert Noise(sensitivity, epsilon).over([0, 5])


def test_noise_that_opendp_accounts_more_for_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(noise, "scale_of", lambda sensitivity, _: sensitivity / 0.41)
    with pytest.raises(PublicationError, match="more than"):
        Noise(84, 400_000)


def test_without_opendp_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_name: str) -> Any:
        raise ImportError

    monkeypatch.setattr(noise, "import_module", missing)
    with pytest.raises(PublicationError, match=r"pip install 'wayside\[private\]'"):
        Noise(84, 400_000)


def test_numbers_may_fall_below_zero_and_are_told_so() -> None:
    """Cut off at 0 they would be too large on average: a sum of quiet nights would show traffic."""
    told = Noise(84, 1_000_000).over([0] * 2000)
    assert min(told) < -50
    assert abs(float(np.mean(told))) < 6 * 84 * math.sqrt(2) / math.sqrt(2000)


# What a million samples of each of two neighbours show.

SENSITIVITY, EPSILON = 4, 1.0
SURE = 1e-6
"""Chance of a false alarm, over all the events that are looked at together."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Bounds, each sure, of the largest |ln(p / q)| over the events that were looked at."""

    at_least: float
    at_most: float


def loss(one: NDArray[np.int64], other: NDArray[np.int64]) -> Loss:
    """Of the events {X <= t} and {X >= t}: Clopper-Pearson, with Bonferroni over all of them.

    For Laplace noise these are the worst events there are. at_most is over those that were seen
    in a tenth of the samples at least: of rarer ones a million samples say little.
    """
    thresholds = range(-8 * SENSITIVITY, 9 * SENSITIVITY + 1)
    counts = [(int((one <= t).sum()), int((other <= t).sum())) for t in thresholds] + [
        (int((one >= t).sum()), int((other >= t).sum())) for t in thresholds
    ]
    share = SURE / (4 * len(counts))
    found_least, found_most = 0.0, 0.0
    for pair in counts:
        for a, b in (pair, pair[::-1]):
            found_least = max(found_least, math.log(low(a, share) / high(b, share)))
            if min(a, b) >= SAMPLES // 10:
                found_most = max(found_most, math.log(high(a, share) / low(b, share)))
    return Loss(found_least, found_most)


def low(hits: int, share: float) -> float:
    return float(beta.ppf(share, hits, SAMPLES - hits + 1)) if hits else 1e-300


def high(hits: int, share: float) -> float:
    return float(beta.ppf(1 - share, hits + 1, SAMPLES - hits)) if hits < SAMPLES else 1.0


def made_up(scale: float) -> Callable[[int], NDArray[np.int64]]:
    """Discrete Laplace from numpy: for trying out the test itself."""
    chance = np.random.default_rng(4)
    p = 1 - math.exp(-1 / scale)
    return lambda at: at + chance.geometric(p, SAMPLES) - chance.geometric(p, SAMPLES)


@pytest.mark.slow
def test_a_million_samples_show_no_more_than_epsilon(
    record_property: Callable[[str, object], None],
) -> None:
    record_property("tries", 2 * SAMPLES)
    mechanism = Noise(SENSITIVITY, 1_000_000)
    one = np.array(mechanism.over([0] * SAMPLES))
    other = np.array(mechanism.over([SENSITIVITY] * SAMPLES))
    found = loss(one, other)
    assert found.at_least <= EPSILON
    assert found.at_most <= EPSILON + 0.05
    assert found.at_least >= EPSILON - 0.05, "more noise than is paid for"


@pytest.mark.parametrize("share", [0.5, 0.9, 0.97])
def test_too_little_noise_would_be_found_out(share: float) -> None:
    draw = made_up(SENSITIVITY / EPSILON * share)
    assert loss(draw(0), draw(SENSITIVITY)).at_least > EPSILON


def test_noise_as_claimed_raises_no_alarm() -> None:
    draw = made_up(SENSITIVITY / EPSILON)
    found = loss(draw(0), draw(SENSITIVITY))
    assert found.at_least <= EPSILON
    assert found.at_most <= EPSILON + 0.05
