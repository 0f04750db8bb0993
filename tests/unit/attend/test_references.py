"""Whether the pictures that others are predicted from will do."""

from __future__ import annotations

from wayside.attend.references import ReferenceRate


def told(rate: ReferenceRate, shown: str, wanted: float) -> bool:
    """shown: for each packet, 1 where leaving out what is no reference left it in."""
    answer = True
    for mark in shown:
        answer = rate.will_do(int(mark) if answer else 1, wanted)
    return answer


def test_it_tries_for_two_seconds_and_goes_on_where_enough_is_left() -> None:
    rate = ReferenceRate(25.0)
    assert told(rate, "100" * 17, wanted=6.0)  # 8.3 of 25 are left
    assert told(rate, "100" * 1000, wanted=6.0)
    assert not told(rate, "1", wanted=8.0)
    assert told(rate, "1", wanted=4.0)


def test_without_such_pictures_it_asks_for_nothing() -> None:
    rate = ReferenceRate(25.0)
    assert not told(rate, "1" * 51, wanted=1.0)


def test_a_slow_stream_is_decoded_whole() -> None:
    rate = ReferenceRate(12.0)
    assert not told(rate, "100" * 17, wanted=6.0)


def test_an_encoder_that_changes_is_tried_again() -> None:
    rate = ReferenceRate(None)
    assert not told(rate, "1" * 60, wanted=4.0)
    assert told(rate, "1" * 14_950 + "100" * 40, wanted=4.0)
