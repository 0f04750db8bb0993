"""The town beside its truth: read as it grows, only what was seen, only what has settled."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest

from wayside.cli import demo_town
from wayside.cli.demo_town import KEPT, SETTLING_S, Town, TownTruth
from wayside.domain.errors import OutputError, StoreError
from wayside.serve.records import TrueCount
from wayside.store.crossings import CrossingCount
from wayside.testing.clock import FakeClock

START = datetime(2026, 5, 4, 7, tzinfo=UTC)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Gives the cameras' place to a few statements, which know their ``folder``."""

    def give(statements: str) -> None:
        script = tmp_path / "python"
        script.write_text(
            f"#!{sys.executable}\nimport json, signal, sys, time\nfolder = sys.argv[-1]\n"
            f"{statements}\n"
        )
        script.chmod(0o755)
        monkeypatch.setattr(demo_town.sys, "executable", str(script))

    return give


Counting: TypeAlias = Callable[[datetime, datetime], list[CrossingCount]]


def line(second: float, *, seen: bool = True, feed: str = "junction") -> bytes:
    crossing = {
        "feed": feed,
        "line": "north",
        "direction": "forward",
        "class": "car",
        "time": (START + timedelta(seconds=second)).isoformat(),
        "seen": seen,
    }
    return json.dumps(crossing).encode() + b"\n"


def truth_at(path: Path, now_s: float, counted: int = 0) -> TownTruth:
    def count(_since: datetime, _until: datetime) -> list[CrossingCount]:
        return [CrossingCount("junction", "north", "forward", "car", counted)] if counted else []

    return TownTruth(path, count, FakeClock(START + timedelta(seconds=now_s)))


def nothing_counted() -> tuple[list[tuple[datetime, datetime]], Counting]:
    """(The times that were asked for, whom to ask)."""
    asked: list[tuple[datetime, datetime]] = []

    def count(since: datetime, until: datetime) -> list[CrossingCount]:
        asked.append((since, until))
        return []

    return asked, count


def test_what_nobody_could_see_is_not_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "truth.jsonl"
    file.write_bytes(line(1) + line(2, seen=False) + line(3))
    found = truth_at(file, 60, counted=1).counts(START, START + timedelta(hours=1))
    assert found == [TrueCount("junction", "north", "forward", "car", 2, 1)]


def test_the_last_seconds_are_left_out_on_both_sides(tmp_path: Path) -> None:
    file = tmp_path / "truth.jsonl"
    file.write_bytes(line(10) + line(20))
    asked, count = nothing_counted()
    now = START + timedelta(seconds=20 + SETTLING_S / 2)
    (found,) = TownTruth(file, count, FakeClock(now)).counts(START, now)
    assert (found.true, found.counted) == (1, 0)
    assert [until for _, until in asked] == [now - timedelta(seconds=SETTLING_S)]


def test_a_growing_file_is_read_on_and_a_half_line_waits(tmp_path: Path) -> None:
    file = tmp_path / "truth.jsonl"
    whole = line(2)
    file.write_bytes(line(1) + whole[:20])
    truth, end = truth_at(file, 600), START + timedelta(hours=1)
    assert [each.true for each in truth.counts(START, end)] == [1]
    with file.open("ab") as more:
        more.write(whole[20:] + line(3))
    assert [each.true for each in truth.counts(START, end)] == [3]
    file.write_bytes(line(4))  # the cameras began anew
    assert [each.true for each in truth.counts(START, end)] == [1]


def test_nothing_is_compared_from_before_the_file_begins(tmp_path: Path) -> None:
    file = tmp_path / "truth.jsonl"
    file.write_bytes(line(10) + line(20))
    asked, count = nothing_counted()
    now = START + timedelta(seconds=60)
    TownTruth(file, count, FakeClock(now)).counts(START, now)
    assert [since for since, _ in asked] == [START + timedelta(seconds=10)]
    late = START + KEPT + timedelta(seconds=15)
    (found,) = TownTruth(file, count, FakeClock(late)).counts(START, late)
    assert found.true == 1


def test_without_a_file_or_a_range_there_is_nothing(tmp_path: Path) -> None:
    assert truth_at(tmp_path / "absent", 60).counts(START, START + timedelta(hours=1)) == []
    assert truth_at(tmp_path / "absent", 0, counted=3).counts(START, START) == []


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot be made"), Town(tmp_path / "file" / "town"):
        pass


def test_the_cameras_end_with_the_town(tmp_path: Path, stand_in: Callable[[str], None]) -> None:
    stand_in("print(json.dumps({'site': folder + '/site.yaml'}), flush=True); time.sleep(600)")
    with Town(tmp_path / "town") as town:
        assert town.site_file() == tmp_path / "town" / "site.yaml"
        assert town.truth == tmp_path / "town" / "truth.jsonl"
        process = town._process
        assert process is not None
        assert os.getpgid(process.pid) != os.getpgid(0)  # a terminal's Ctrl-C is not for them
    assert process.returncode == -signal.SIGTERM


def test_cameras_that_do_not_end_are_killed(
    tmp_path: Path, stand_in: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_town, "_END_S", 0.1)
    stand_in(
        "signal.signal(signal.SIGTERM, signal.SIG_IGN);"
        " print(json.dumps({'site': 's'}), flush=True); time.sleep(600)"
    )
    with Town(tmp_path) as town:
        town.site_file()
        process = town._process
    assert process is not None
    assert process.returncode == -signal.SIGKILL


@pytest.mark.parametrize("words", ["pass", "print('no')", "print('{}')"])
def test_cameras_that_do_not_start_are_said(
    words: str, tmp_path: Path, stand_in: Callable[[str], None]
) -> None:
    stand_in(words)
    with Town(tmp_path) as town, pytest.raises(OutputError, match="did not start") as caught:
        town.site_file()
    assert "--site" in str(caught.value.remedy)


def test_a_town_that_never_began_ends(tmp_path: Path) -> None:
    Town(tmp_path).__exit__(None, None, None)
    assert list(tmp_path.iterdir()) == []


def test_a_truth_that_cannot_be_read_is_an_error_of_the_store(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be read"):
        truth_at(tmp_path, 60).counts(START, START + timedelta(hours=1))
