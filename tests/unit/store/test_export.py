import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wayside.domain.records import Event, Measurement
from wayside.events.cloudevents import to_cloudevent
from wayside.store.export import MEASUREMENT_COLUMNS, write_events_jsonl, write_measurements_csv

Make = Callable[..., list[Event]]
MakeMeasurements = Callable[..., list[Measurement]]


def test_events_are_one_cloudevent_a_line(tmp_path: Path, make_events: Make) -> None:
    events = make_events(4, note="line\nbreak é")
    out = tmp_path / "events.jsonl"
    write_events_jsonl(iter(events), out)
    lines = out.read_text("utf-8").split("\n")
    assert lines.pop() == ""
    assert [json.loads(line) for line in lines] == [to_cloudevent(event) for event in events]
    assert "é" in lines[0]


def test_no_event_is_an_empty_file(tmp_path: Path) -> None:
    out = tmp_path / "events.jsonl"
    write_events_jsonl([], out)
    assert out.read_bytes() == b""


def test_measurements_are_a_table(tmp_path: Path, make_measurements: MakeMeasurements) -> None:
    out = tmp_path / "measurements.csv"
    write_measurements_csv(make_measurements(start_s=60.5), out)
    head, first, second = out.read_text("utf-8").splitlines()
    assert head == (
        "site,feed,window_start,window_end,start_s,end_s,place_kind,place,metric,class,direction,"
        "value,unit,error,coverage"
    )
    window = "harbour,north,2026-05-04T10:01:00.623Z,2026-05-04T10:02:00.623Z,60.5,120.5"
    assert first == f"{window},line,L1,count,car,forward,7,objects,0.5,0.3333333333333333"
    assert second == f"{window},line,L1,count,bus,forward,,objects,,0.3333333333333333"


def test_names_with_commas_and_quotes_come_back(
    tmp_path: Path, make_measurements: MakeMeasurements
) -> None:
    (measurement, _) = make_measurements()
    odd = 'Quay "A", north\nside'
    odd_one = replace(measurement, reading=replace(measurement.reading, place=odd))
    out = tmp_path / "measurements.csv"
    write_measurements_csv([odd_one], out)
    with out.open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["place"] == odd
    assert tuple(row) == MEASUREMENT_COLUMNS


def test_an_error_among_the_records_leaves_the_old_file(tmp_path: Path, make_events: Make) -> None:
    out = tmp_path / "events.jsonl"
    out.write_text("old")

    def broken() -> Iterator[Event]:
        yield from make_events(1000)
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="broke"):
        write_events_jsonl(broken(), out)
    assert out.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["events.jsonl"]
