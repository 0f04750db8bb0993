"""From a video whose crossings are known, through the real command, to its five results."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from e2e.crossings import LINE, WALKS, ZONE
from e2e.running import RESULTS, contents, pictures_in, rows, run, tag

FORWARD = [walk.crossing_s for walk in WALKS if walk.speed > 0]
BACKWARD = [walk.crossing_s for walk in WALKS if walk.speed < 0]


@pytest.fixture(scope="module")
def tagged(street: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of one run; its summary is in ``summary.txt`` beside it."""
    folder = tmp_path_factory.mktemp("tagged")
    result = tag(folder, street, "--line", LINE, "--zone", ZONE)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    (folder / "summary.txt").write_text(result.stdout)
    return folder / "out"


def events_of(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]


def crossings_of(out: Path) -> list[dict[str, Any]]:
    return [e["data"] for e in events_of(out) if e["type"] == "wayside.traffic.line_crossing.v1"]


def counts_of(out: Path) -> dict[tuple[str, str, str], str]:
    with (out / "measurements.csv").open(newline="") as file:
        return {
            (row["place"], row["direction"], row["class"]): row["value"]
            for row in csv.DictReader(file)
            if row["metric"] == "count"
        }


def test_five_results_and_nothing_else(tagged: Path) -> None:
    assert set(contents(tagged)) == RESULTS


def test_each_crossing_is_told_once_at_its_time(tagged: Path) -> None:
    found = crossings_of(tagged)
    for direction, expected in (("forward", FORWARD), ("backward", BACKWARD)):
        times = sorted(e["t_s"] for e in found if e["direction"] == direction)
        assert times == pytest.approx(expected, abs=0.15)


def test_events_are_cloudevents(tagged: Path) -> None:
    events = events_of(tagged)
    assert len({event["id"] for event in events}) == len(events)
    assert [int(event["sequence"]) for event in events] == sorted(
        int(event["sequence"]) for event in events
    )
    for event in events:
        assert event["specversion"] == "1.0"
        assert event["source"] == "/sites/local/feeds/street"
        assert event["datacontenttype"] == "application/json"
        assert event["subject"] == event["data"]["place"]
        assert datetime.fromisoformat(event["time"]).tzinfo is not None


def test_a_crossing_says_what_crossed_where_and_how_sure(tagged: Path) -> None:
    for crossing in crossings_of(tagged):
        assert crossing["line"] == crossing["place"] == "L"
        assert crossing["class"] == "unknown"  # motion names nothing
        assert 0 < crossing["score"] <= 1
        assert isinstance(crossing["track"], int)
        assert crossing["phase"] == "instant"


def test_every_presence_opens_and_closes(tagged: Path) -> None:
    phases: dict[str, list[str]] = {}
    for event in events_of(tagged):
        if event["type"] == "wayside.venue.zone_presence.v1":
            phases.setdefault(event["data"]["incident_id"], []).append(event["data"]["phase"])
    assert list(phases.values()) == [["open", "close"]] * len(WALKS)


def test_measurements_count_the_same_with_unit_and_coverage(tagged: Path) -> None:
    counts = counts_of(tagged)
    assert counts["L", "forward", ""] == counts["L", "forward", "unknown"] == str(len(FORWARD))
    assert counts["L", "backward", ""] == str(len(BACKWARD))
    with (tagged / "measurements.csv").open(newline="") as file:
        table = csv.DictReader(file)
        assert table.fieldnames == [
            *("site", "feed", "window_start", "window_end", "start_s", "end_s"),
            *("place_kind", "place", "metric", "class", "direction"),
            *("value", "unit", "error", "coverage"),
        ]
        for row in table:
            assert row["unit"]
            assert row["coverage"] == "1"
            assert (row["start_s"], row["end_s"]) == ("0", "14")


def test_the_database_holds_what_the_files_say(tagged: Path) -> None:
    database = tagged / "wayside.db"
    stored = rows(
        database, "SELECT kind, phase, place, start_s, sequence FROM events ORDER BY sequence"
    )
    written = [
        (
            event["type"].removeprefix("wayside.").removesuffix(".v1"),
            *(event["data"][name] for name in ("phase", "place", "start_s")),
            int(event["sequence"]),
        )
        for event in events_of(tagged)
    ]
    assert stored == written
    counted = rows(
        database,
        "SELECT place, direction, class_label, value FROM measurements WHERE metric = 'count'",
    )
    assert {key[:3]: float(key[3]) for key in counted} == {
        key: float(value) for key, value in counts_of(tagged).items()
    }
    [session] = rows(
        database, "SELECT source, status, coverage, duration_s, start_is_known FROM sessions"
    )
    assert session == ("street.mp4", "finished", 1.0, 14.0, 0)
    assert rows(database, "SELECT count(*) FROM trajectories") == [(len(WALKS),)]
    [(stills,)] = rows(database, "SELECT count(*) FROM stills")
    assert stills == 2 * len(WALKS)  # of each crossing, and of each presence's beginning


def test_the_report_shows_the_counts(tagged: Path) -> None:
    page = (tagged / "report.html").read_text()
    assert "street.mp4" in page
    assert f"{len(WALKS)}" in page
    assert "</html>" in page
    # Nothing is fetched from anywhere.
    assert "<script src" not in page
    assert "<link" not in page


def test_the_video_shows_every_analysed_picture(tagged: Path) -> None:
    assert pictures_in(tagged / "tagged.mp4") == pytest.approx(14 * 12.5, abs=1)


def test_the_summary_counts_and_names_the_files(tagged: Path) -> None:
    summary = (tagged.parent / "summary.txt").read_text()
    cells = [line.replace("│", "").split() for line in summary.splitlines() if "ward" in line]
    assert cells == [
        ["street", "L", "backward", "1", "1"],
        ["street", "L", "forward", "2", "2"],
    ]
    assert f"{len(WALKS)} events of zone presence" in summary
    assert "coverage 100.0%" in summary
    assert all(f"out/{name}" in summary for name in RESULTS)


def test_the_same_again_gives_the_same(tagged: Path, street: Path, tmp_path: Path) -> None:
    result = tag(tmp_path, street, "--line", LINE, "--zone", ZONE)
    assert result.returncode == 0, result.stderr
    again = tmp_path / "out"
    assert (again / "measurements.csv").read_text() == (tagged / "measurements.csv").read_text()
    varying = {"incident_id", "session", "track"}
    told = [
        [{k: v for k, v in event["data"].items() if k not in varying} for event in events_of(out)]
        for out in (tagged, again)
    ]
    assert told[0] == told[1]


def test_without_video_and_stills_the_numbers_stay(
    tagged: Path, street: Path, tmp_path: Path
) -> None:
    flags = ("--no-video", "--no-stills", "--interval", "7")
    result = tag(tmp_path, street, "--line", LINE, "--zone", ZONE, *flags)
    assert result.returncode == 0, result.stderr
    out = tmp_path / "out"
    assert set(contents(out)) == RESULTS - {"tagged.mp4"}
    assert rows(out / "wayside.db", "SELECT count(*) FROM stills") == [(0,)]
    whole = [(e["t_s"], e["direction"]) for e in crossings_of(tagged)]
    assert [(e["t_s"], e["direction"]) for e in crossings_of(out)] == whole
    found = rows(
        out / "wayside.db",
        "SELECT window_start_s, sum(value) FROM measurements"
        " WHERE metric = 'count' AND class_label = '' GROUP BY 1 ORDER BY 1",
    )
    assert found == [(0.0, 2.0), (7.0, 1.0)]


def test_init_check_and_tag_follow_each_other(street: Path, tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "Street No 1.mp4").symlink_to(street)
    begun = run(tmp_path, "init", folder)
    assert begun.returncode == 0, begun.stderr
    assert "1 feed" in begun.stdout
    site = folder / "site.yaml"
    checked = run(tmp_path, "check", "--site", site)
    assert checked.returncode == 0, checked.stdout
    assert "no lines and no zones" in checked.stdout
    assert "is sound: 1 feed" in checked.stdout

    scene = "    scene: {lines: [{id: L, a: [0.5, 1.0], b: [0.5, 0.0]}]}\n"
    lines = site.read_text().splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if "source:" in line)
    site.write_text("".join([*lines[: at + 1], scene, *lines[at + 1 :]]))
    checked = run(tmp_path, "check", "--site", site)
    assert "warning" not in checked.stdout
    assert "1 feed, 1 line" in checked.stdout

    result = tag(tmp_path, "--site", site)
    assert result.returncode == 0, result.stderr
    assert len(crossings_of(tmp_path / "out")) == len(WALKS)
    assert rows(tmp_path / "out" / "wayside.db", "SELECT site, feed FROM sessions") == [
        ("my-site", "street-no-1")
    ]
