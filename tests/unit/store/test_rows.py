from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.media import StreamFormat
from wayside.store.records import Gap, Still, describe_format
from wayside.store.rows import from_microseconds, gap_row, still_row, to_microseconds


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_time_comes_back_exactly(moment: datetime) -> None:
    assert from_microseconds(to_microseconds(moment)) == moment


def test_a_time_of_another_zone_is_the_same_instant() -> None:
    moment = datetime(2026, 10, 25, 2, 30, tzinfo=timezone(timedelta(hours=2)))
    assert from_microseconds(to_microseconds(moment)) == moment
    assert from_microseconds(to_microseconds(moment)).tzinfo is UTC


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_microseconds(datetime(2026, 5, 4))


@pytest.mark.parametrize("jpeg", [b"", b"\x89PNG\r\n", b"\xff\xd8\xff cut short"])
def test_a_still_is_one_whole_jpeg(jpeg: bytes) -> None:
    with pytest.raises(ValueError, match="JPEG"):
        still_row(Still(uuid4(), jpeg, 1, 1))


def test_a_gap_cannot_end_before_it_starts() -> None:
    with pytest.raises(ValueError, match="north"):
        gap_row(Gap("north", "s1", 5.0, 4.0, "timeout"))


def test_a_format_is_described_in_json_without_the_decoders_own_part() -> None:
    stream = StreamFormat("h264", 640, 360, 90, Fraction(1, 90000), None, 12.5, object())
    assert describe_format(stream) == {
        "codec": "h264",
        "width": 640,
        "height": 360,
        "rotation": 90,
        "time_base": "1/90000",
        "rate": None,
        "duration_s": 12.5,
    }
