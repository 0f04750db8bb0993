from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from wayside.analyze.usual import Usual, usual, weeks_before


def test_median_and_band_of_the_days_that_were_watched() -> None:
    days = [[(10.0, 1.0)], [(20.0, 0.95)], [(60.0, 1.0)], [(999.0, 0.5)], [(None, 0.0)]]
    (found,) = usual(days)
    assert (found.median, found.days) == (20.0, 3)
    assert found.low == pytest.approx(12.0)
    assert found.high == pytest.approx(52.0)


def test_few_days_have_no_band_and_none_has_no_median() -> None:
    assert usual([[(4.0, 1.0), (None, 0.0)], [(6.0, 1.0), (None, 0.0)]]) == [
        Usual(5.0, None, None, 2),
        Usual(None, None, None, 0),
    ]
    assert usual([]) == []


def test_the_hour_is_that_of_the_clock_on_the_wall() -> None:
    """Summer time began in Vienna on 29 March 2026: 08:00 there was 07:00 UTC, then 06:00."""
    since, until = datetime(2026, 4, 1, 6, tzinfo=UTC), datetime(2026, 4, 1, 7, tzinfo=UTC)
    (first, second) = weeks_before(since, until, 2, ZoneInfo("Europe/Vienna"))
    assert first == (datetime(2026, 3, 25, 7, tzinfo=UTC), datetime(2026, 3, 25, 8, tzinfo=UTC))
    assert second[0] == datetime(2026, 3, 18, 7, tzinfo=UTC)
