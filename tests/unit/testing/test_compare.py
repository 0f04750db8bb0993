"""The comparison counts each crossing once and names what is different."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wayside.domain.classes import ClassGroup
from wayside.domain.errors import SourceUnreadable
from wayside.testing.compare import Counted, compare, matches, read_events, read_truth

VEHICLE, PERSON, UNKNOWN = ClassGroup.VEHICLE, ClassGroup.PERSON, ClassGroup.UNKNOWN


def at(
    t_s: float,
    *,
    line: str = "L",
    direction: str = "forward",
    group: ClassGroup = VEHICLE,
    speed: float | None = None,
) -> Counted:
    return Counted(line, direction, group, t_s, speed)


def test_rows_by_line_and_direction_and_the_total() -> None:
    truth = [at(1), at(5), at(9, direction="backward"), at(3, line="M", group=PERSON)]
    counted = [at(1.2), at(3.1, line="M", group=UNKNOWN), at(20, line="N")]
    found = compare(truth, counted)
    assert [(row.line, row.direction) for row in found.rows] == [
        ("L", "backward"),
        ("L", "forward"),
        ("M", "forward"),
        ("N", "forward"),
    ]
    assert [row.difference for row in found.rows] == [-1.0, -0.5, 0.0, None]
    assert found.rows[2].truth[PERSON] == 1
    assert found.rows[2].counted[UNKNOWN] == 1
    assert (found.total.truth_all, found.total.counted_all) == (4, 3)
    assert (found.matched, found.missed, found.extra) == (2, 2, 1)
    assert found.speed_error is None


def test_a_crossing_is_matched_once_and_to_the_nearest() -> None:
    truth = [at(10.0), at(10.8)]
    counted = [at(10.7), at(10.9)]
    pairs = {(true.t_s, found.t_s) for true, found in matches(truth, counted)}
    assert pairs == {(10.8, 10.9), (10.0, 10.7)} or pairs == {(10.8, 10.7), (10.0, 10.9)}
    assert len(matches(truth, [at(10.1)])) == 1


@pytest.mark.parametrize(
    "found",
    [at(2.01), at(1.0, line="M"), at(1.0, direction="backward")],
    ids=["too late", "another line", "the other way"],
)
def test_what_differs_in_time_line_or_direction_is_not_the_same(found: Counted) -> None:
    assert matches([at(1.0)], [found]) == []


def test_the_speed_error_is_the_median_over_matched_crossings_with_a_speed() -> None:
    truth = [at(1, speed=10.0), at(5, speed=10.0), at(9, speed=4.0), at(13, speed=8.0)]
    counted = [at(1, speed=11.0), at(5, speed=8.0), at(9, speed=2.0), at(13)]
    assert compare(truth, counted).speed_error == pytest.approx(0.2)


def test_files_are_read_back(tmp_path: Path) -> None:
    crossing = {"line": "L", "direction": "forward", "class": "bus", "t_s": 3.5, "speed_mps": 7.0}
    truth = tmp_path / "truth.json"
    truth.write_text(json.dumps({"crossings": [crossing]}))
    events = tmp_path / "events.jsonl"
    lines = [
        {"type": "wayside.venue.zone_presence.v1", "data": {"zone": "box"}},
        {"type": "wayside.traffic.line_crossing.v1", "data": crossing | {"speed_mps": None}},
    ]
    events.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_truth(truth) == [at(3.5, speed=7.0)]
    assert read_events(events) == [at(3.5)]


def test_a_broken_file_is_named_with_its_line(tmp_path: Path) -> None:
    truth = tmp_path / "truth.json"
    truth.write_text('{"crossings": [{"line": "L"}]}')
    with pytest.raises(SourceUnreadable, match=r"truth\.json"):
        read_truth(truth)
    events = tmp_path / "events.jsonl"
    events.write_text('{"type": "other", "data": {}}\nnot json\n')
    with pytest.raises(SourceUnreadable, match=r"events\.jsonl:2"):
        read_events(events)
