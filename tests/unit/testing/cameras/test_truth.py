"""Crossings are told when they are shown, and as unseen where they are not."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

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


def test_the_file_begins_empty_and_half_a_line_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "truth.jsonl"
    path.write_text("old\n")
    file = TruthFile(path)
    file.append([{"feed": "a"}, {"feed": "b"}])
    file.close()
    with path.open("a") as other:
        other.write('{"feed":')
    assert [row["feed"] for row in read_truth(path)] == ["a", "b"]
