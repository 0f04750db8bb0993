import csv
import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.analyze.traffic.turning_counts import Counted, TurningCounts, turning_counts
from wayside.analyze.traffic.turning_files import as_json, long_rows, table_rows
from wayside.domain.junctions import Junction, JunctionMovement
from wayside.serve.csv_answers import csv_lines

SEVEN = datetime(2026, 5, 4, 7, tzinfo=UTC)
STEP = timedelta(minutes=15)
LEFT = JunctionMovement("left", "north", "east", "mast", "m1")
AHEAD = JunctionMovement("ahead", "north", "south", "mast", "m2")
SQUARE = Junction("square", movements=(LEFT, AHEAD))


def counted(
    movement: str, values: Sequence[float | None], label: str = "", coverage: float = 1.0
) -> list[Counted]:
    return [
        Counted(movement, label, SEVEN + STEP * n, value, 0.0 if value is None else coverage)
        for n, value in enumerate(values)
    ]


def table(rows: list[Counted], quarters: int) -> TurningCounts:
    return turning_counts(SQUARE, rows, SEVEN, SEVEN + STEP * quarters, 900)


def test_the_peak_hour_is_the_fullest_and_its_factor_that_of_the_manual() -> None:
    found = table(
        counted("left", [10, 20, 30, 40, 30, 20]) + counted("ahead", [0, 0, 10, 20, 10, 0]), 6
    )
    peak = found.peak
    assert peak is not None
    assert (peak.start, peak.end) == (SEVEN + STEP, SEVEN + STEP * 5)
    assert peak.volume == 20 + 40 + 60 + 40
    assert peak.factor == pytest.approx(160 / (4 * 60))
    assert (found.left_out, found.complete) == (0, 6)


def test_persons_are_counted_and_are_no_vehicles() -> None:
    rows = counted("left", [12]) + counted("left", [5], "person") + counted("left", [7], "car")
    found = table(rows + counted("ahead", [0]), 1)
    assert found.classes == ("person", "car")
    assert found.intervals[0].vehicles == 7
    assert found.intervals[0].rows[0].counts == {"": 12, "person": 5, "car": 7}


def test_an_hour_that_was_not_wholly_watched_is_no_peak_hour() -> None:
    rows = counted("left", [90, 90, 90, 90], coverage=0.9) + counted("ahead", [0] * 8)
    late = [
        Counted("left", "", SEVEN + STEP * n, value, 1.0)
        for n, value in enumerate([1, 2, 3, 4], start=4)
    ]
    found = table(rows + late, 8)
    assert found.peak is not None
    assert (found.peak.start, found.peak.volume) == (SEVEN + STEP * 4, 10)
    assert found.left_out == 4
    assert [each.is_complete for each in found.intervals] == [False] * 4 + [True] * 4
    nothing = table(counted("left", [1, 1, 1, 1]), 4)  # the other movement was not counted at all
    assert (nothing.peak, nothing.left_out) == (None, 1)


def test_what_was_not_measured_is_empty_and_not_zero() -> None:
    found = table(counted("left", [3, None]) + counted("ahead", [0, 4]), 2)
    rows = list(csv.DictReader(io.StringIO("".join(csv_lines(long_rows(found))))))
    assert [(r["movement"], r["class"], r["count"], r["complete"]) for r in rows] == [
        ("left", "all", "3", "yes"),
        ("ahead", "all", "0", "yes"),
        ("left", "all", "", "no"),
        ("ahead", "all", "4", "yes"),
    ]
    assert rows[0]["interval_start"] == "2026-05-04T07:00:00.000Z"
    assert rows[0]["from"] == "north"
    wide = list(csv.DictReader(io.StringIO("".join(csv_lines(table_rows(found))))))
    assert [(r["left"], r["ahead"], r["vehicles"], r["coverage"]) for r in wide] == [
        ("3", "0", "3", "1.0"),
        ("", "4", "4", "0.0"),
    ]


def test_nobody_at_all_has_no_factor() -> None:
    peak = table(counted("left", [0] * 4) + counted("ahead", [0] * 4), 4).peak
    assert peak is not None
    assert (peak.volume, peak.factor) == (0, None)


def test_intervals_of_an_hour_say_nothing_of_how_even_it_was() -> None:
    rows = counted("left", [7]) + counted("ahead", [0])
    peak = turning_counts(SQUARE, rows, SEVEN, SEVEN + STEP * 4, 3600).peak
    assert peak is not None
    assert (peak.volume, peak.factor) == (7, None)


def test_an_interval_of_which_nothing_is_known_is_there() -> None:
    found = table([], 2)
    assert [each.coverage for each in found.intervals] == [0.0, 0.0]
    assert as_json(found)["peak_hour"] is None


@given(st.lists(st.integers(0, 500), min_size=4, max_size=30))
def test_totals_add_up_and_the_factor_lies_between_a_quarter_and_one(values: list[int]) -> None:
    found = table(counted("left", values) + counted("ahead", values[::-1]), len(values))
    assert [row.counts[""] for row in found.totals()] == [sum(values)] * 2
    assert sum(each.vehicles for each in found.intervals) == 2 * sum(values)
    assert found.peak is not None
    assert found.peak.factor is None or 0.25 <= found.peak.factor <= 1
