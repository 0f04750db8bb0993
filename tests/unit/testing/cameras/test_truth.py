"""Crossings are told when they are shown, and as unseen where they are not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wayside.domain.time import rfc3339
from wayside.testing.cameras.films import Shown
from wayside.testing.cameras.playhead import Due
from wayside.testing.cameras.truth import TruthFile, Witness, read_truth

START = datetime(2026, 5, 4, 7, tzinfo=UTC)


def witness(*at: float, frozen: tuple[float, float] | None = None) -> Witness:
    crossings = [Shown("gate", "forward", "car", moment) for moment in at]
    return Witness("park", 12.5, 50, crossings, frozen)


def test_a_crossing_is_told_with_the_first_picture_after_it_once_a_loop() -> None:
    told = witness(10.5)
    rows = [row for slot in range(100) for row in told.rows(Due(slot, slot % 50), START, sent=True)]
    assert [row["time"] for row in rows] == ["2026-05-04T07:00:00.840Z", "2026-05-04T07:00:04.840Z"]
    assert rows[0]["feed"] == "park"
    assert rows[0]["seen"] is True


def test_a_crossing_after_the_last_picture_is_told_with_the_first_of_the_next_loop() -> None:
    told = witness(49.5)
    assert list(told.rows(Due(49, 49), START, sent=True)) == []
    (row,) = told.rows(Due(50, 0), START, sent=True)
    assert row["time"] == "2026-05-04T07:00:03.960Z"


def test_what_nobody_could_see_is_marked() -> None:
    told = witness(10.5, 30.5, frozen=(25.0, 40.0))
    (cut,) = told.rows(Due(11, 11), START, sent=False)
    (frozen,) = told.rows(Due(31, 31), START, sent=True)
    assert cut["seen"] is False
    assert frozen["seen"] is False


def test_the_last_day_stays_and_half_a_line_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    began = [(START - timedelta(hours=hours)) for hours in (30, 20, 1)]
    for now in (began[-1], START):
        file = TruthFile(path, now)
        file.append([{"time": rfc3339(moment)} for moment in began if now < START])
        file.append([{"feed": "a", "time": rfc3339(now)}])
        file.close()
    with path.open("a") as other:
        other.write('{"feed":')
    hours = [datetime.fromisoformat(row["time"]) - START for row in read_truth(path)]
    assert hours == [timedelta(hours=-each) for each in (20, 1, 1, 0)]


@pytest.mark.parametrize("old", ["old\n", "[1]\n", '{"feed": "a"}\n', '{"time": 3}\n'])
def test_a_file_that_is_no_truth_is_begun_anew(tmp_path: Path, old: str) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text(old)
    TruthFile(path, START).close()
    assert read_truth(path) == []


def test_a_broken_line_costs_no_other(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text(f'{{"time": "{rfc3339(START)}"}}\n{{"time":\n')
    TruthFile(path, START).close()
    assert len(read_truth(path)) == 1
