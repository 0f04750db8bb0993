"""A fake clock moves when told to and only then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from wayside.domain.time import Clock
from wayside.testing.clock import FakeClock


def test_both_times_advance_together() -> None:
    clock: Clock = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.monotonic_s() == 0.0
    assert clock.now() == datetime(2026, 1, 1, tzinfo=UTC)
    clock.advance(90.5)
    assert clock.monotonic_s() == 90.5
    assert clock.now() == datetime(2026, 1, 1, 0, 1, 30, 500_000, UTC)


def test_now_is_utc_whatever_zone_it_started_in() -> None:
    clock = FakeClock(datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))))
    assert clock.now().tzinfo is UTC
    assert clock.now().hour == 0


@pytest.mark.parametrize("seconds", [-0.1, float("nan")])
def test_time_has_one_way(seconds: float) -> None:
    with pytest.raises(ValueError, match="cannot go back"):
        FakeClock().advance(seconds)


def test_a_naive_start_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        FakeClock(datetime(2026, 1, 1))
