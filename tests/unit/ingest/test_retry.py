"""The pace of retries, on a clock that is only numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.errors import (
    SourceChanged,
    SourceError,
    SourceLost,
    SourceMissing,
    SourceRefused,
    SourceTimedOut,
    SourceUnauthorized,
)
from wayside.ingest.retry import Retry

LOST = SourceLost("x")


def delays(error: SourceError, dice: float, count: int) -> list[float]:
    """Of failures that follow each other as fast as the retries allow."""
    retry = Retry(lambda: dice)
    now_s, found = 0.0, []
    for _ in range(count):
        found.append(retry.failed(error, now_s))
        now_s += found[-1]
    return found


def test_the_first_minute_is_keen_and_later_it_slows_down() -> None:
    found = delays(LOST, 1.0, 25)
    assert found[:4] == [0.5, 1.0, 2.0, 4.0]
    elapsed = 0.0
    for delay in found:
        assert delay <= (4.0 if elapsed < 60 else 30.0)
        elapsed += delay
    assert found[-1] == 30.0


@given(
    st.floats(0, 1, exclude_max=True),
    st.sampled_from([LOST, SourceTimedOut("x"), SourceMissing("x")]),
)
def test_the_dice_choose_between_almost_nothing_and_the_bound(
    dice: float, error: SourceError
) -> None:
    found = delays(error, dice, 30)
    assert found[0] <= 1.0
    assert all(0.1 <= delay <= 30.0 for delay in found)


@pytest.mark.parametrize("dice", [0.0, 0.5, 0.999])
def test_a_wrong_password_is_tried_a_minute_apart_or_more(dice: float) -> None:
    found = delays(SourceUnauthorized("x"), dice, 12)
    assert all(60.0 <= delay <= 600.0 for delay in found)


def test_a_refused_address_is_tried_rarely() -> None:
    assert all(30.0 <= delay <= 300.0 for delay in delays(SourceRefused("x"), 0.7, 12))


def test_pictures_for_half_a_minute_make_good() -> None:
    retry = Retry(lambda: 1.0)
    for now_s in range(5):
        retry.failed(LOST, float(now_s))
    retry.pictures(10.0)
    retry.pictures(39.0)
    assert retry.attempt == 5
    retry.pictures(40.0)
    assert retry.attempt == 0
    assert retry.failed(LOST, 41.0) == 0.5


def test_a_feed_that_comes_and_goes_is_tried_often_but_not_forgiven() -> None:
    retry = Retry(lambda: 1.0)
    found = []
    for turn in range(30):
        found.append(retry.failed(LOST, turn * 10.0))
        retry.pictures(turn * 10.0 + 1)
        retry.pictures(turn * 10.0 + 9)
    assert found[-1] == 4.0
    assert retry.attempt == 30


def test_a_changed_stream_is_opened_at_once_but_not_in_a_circle() -> None:
    retry = Retry(lambda: 1.0)
    changed = SourceChanged("x")
    assert retry.failed(changed, 0.0) == 0.0
    assert retry.attempt == 0
    assert retry.failed(changed, 1.0) > 0.0
    assert retry.failed(changed, 100.0) == 0.0
