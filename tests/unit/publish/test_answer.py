"""What is published says how it was made, and rounds nothing to look better."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from wayside.publish.answer import COLUMNS, Expectation, as_json, rows
from wayside.publish.ledger import Release
from wayside.publish.noise import band_of
from wayside.publish.policy import Policy
from wayside.publish.question import Question

AT = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def halves(question: Question) -> Question:
    return replace(question, interval_s=1800)


@pytest.fixture
def release(halves: Question) -> Release:
    return Release(3, AT, halves.text(), halves.epsilon, 210.0, ((-12, 400), (181, 179)))


def test_each_row_stands_for_itself(halves: Question, policy: Policy, release: Release) -> None:
    header, *told = rows(halves, policy, release)
    assert header == COLUMNS
    first, _, watched, _ = (dict(zip(COLUMNS, row, strict=True)) for row in told)
    assert first == {
        "feed": "mast", "line": "north", "direction": "", "class": "", "metric": "count",
        "unit": "objects", "start": "2026-05-04T00:00:00.000Z", "end": "2026-05-04T00:30:00.000Z",
        "value": -12, "band_95": band_of(210.0), "epsilon": "0.4", "rho_s": 30, "stays": 2,
        "chunk_s": 10, "memory_s": 30, "clamp": 5, "mechanism": "discrete Laplace",
        "scale": 210.0, "release": 3,
    }  # fmt: skip
    assert (watched["metric"], watched["unit"], watched["value"]) == ("watched", "s", 1810)
    assert watched["band_95"] == 10 * band_of(210.0)


def test_json_tells_the_same(halves: Question, policy: Policy, release: Release) -> None:
    found = as_json(halves, policy, release)
    assert found["epsilon"] == 0.4
    assert found["policy"] == {
        "rho_s": 30, "stays": 2, "budget": 1.0, "chunk_s": 10, "memory_s": 30,
    }  # fmt: skip
    assert found["mechanism"] == "discrete Laplace"
    series = found["series"]
    assert isinstance(series, list)
    values = [[point["value"] for point in each["points"]] for each in series]  # type: ignore[index,union-attr,call-overload]
    assert values == [[-12, 400], [1810, 1790]]


def test_what_is_expected_is_known_beforehand(halves: Question, policy: Policy) -> None:
    expected = Expectation.of(halves, policy)
    assert expected.sensitivity == 84
    assert expected.scale == pytest.approx(210)
    assert expected.band == 629
    assert expected.numbers == 4
    assert expected.most == 900
