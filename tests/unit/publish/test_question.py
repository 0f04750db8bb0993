from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from wayside.publish.policy import Policy
from wayside.publish.question import Question, Series


def test_one_number_a_line_and_one_for_what_was_watched(question: Question) -> None:
    assert question.series == (Series("mast", "north"), Series("mast"))
    assert question.intervals == 1


def test_every_part_has_a_number_whoever_came(question: Question) -> None:
    parts = replace(question, by_direction=True, by_class=True, lines=(("b", "x"), ("a", "y")))
    assert len(parts.series) == 2 * 2 * 7 + 2
    assert parts.feeds == ("a", "b")
    assert replace(parts, classes=("car", "bus", "car")).labels == ("bus", "car")


def test_what_stays_can_change_grows_with_lines_and_parts_but_not_with_feeds(
    question: Question, policy: Policy
) -> None:
    chunks = 2 * 7
    assert question.sensitivity(policy) == chunks * (5 + 1)
    assert replace(question, by_direction=True).sensitivity(policy) == chunks * (2 * 5 + 1)
    assert replace(question, by_class=True).sensitivity(policy) == chunks * (2 * 5 + 1)
    one_class = replace(question, by_class=True, classes=("car",))
    assert one_class.sensitivity(policy) == chunks * (5 + 1)
    two_lines = replace(question, lines=(("mast", "north"), ("mast", "south")))
    assert two_lines.sensitivity(policy) == chunks * (2 * 5 + 1)
    two_feeds = replace(question, lines=(("mast", "north"), ("gate", "south")))
    assert two_feeds.sensitivity(policy) == question.sensitivity(policy)


def test_the_same_question_has_the_same_text(question: Question) -> None:
    one = replace(question, lines=(("a", "x"), ("b", "y")), classes=("car", "bus"))
    other = replace(question, lines=(("b", "y"), ("a", "x")), classes=("bus", "car"))
    assert one.text() == other.text()
    assert one.series == other.series


@pytest.mark.parametrize(
    "other",
    [
        {"epsilon": 400_001},
        {"clamp": 6},
        {"interval_s": 1800},
        {"by_class": True},
        {"by_direction": True},
        {"classes": ("car",)},
        {"lines": (("mast", "south"),)},
    ],
)
def test_another_question_has_another_text(question: Question, other: dict[str, Any]) -> None:
    assert replace(question, **other).text() != question.text()


@pytest.mark.parametrize(
    "wrong",
    [
        {"lines": ()},
        {"lines": (("a", "x"), ("a", "x"))},
        {"classes": ("alice",)},
        {"clamp": 0},
        {"epsilon": 0},
        {"interval_s": 3601},
        {"interval_s": 0},
    ],
)
def test_what_makes_no_sense_is_refused(question: Question, wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        replace(question, **wrong)


def test_too_many_numbers_are_refused(question: Question) -> None:
    long = question.since + timedelta(days=100)
    with pytest.raises(ValueError, match="longer intervals"):
        replace(question, until=long, interval_s=60)


def test_the_range_lies_on_the_grid(question: Question, policy: Policy) -> None:
    chunks = question.chunks(policy)
    assert len(chunks) == 360
    assert chunks.start * 10 == question.since.timestamp()
    shifted = replace(
        question,
        since=question.since + timedelta(seconds=5),
        until=question.until + timedelta(seconds=5),
    )
    with pytest.raises(ValueError, match="multiples of 10 s"):
        shifted.chunks(policy)
    with pytest.raises(ValueError, match="multiples of 10 s"):
        replace(question, interval_s=225).chunks(policy)
