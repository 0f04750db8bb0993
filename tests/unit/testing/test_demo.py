"""The demo films, tags and compares, and says so when tagging fails."""

from __future__ import annotations

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from wayside.domain.errors import OutputError
from wayside.testing import demo
from wayside.testing.compare import CROSSING_TYPE
from wayside.testing.progress import picture_progress
from wayside.testing.town import Scenario, TownFiles
from wayside.testing.town.truth import Truth

CROSSING = {"line": "north", "direction": "forward", "class": "car", "t_s": 3.0, "speed_mps": 8.0}


@pytest.fixture
def filmed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A town on disk without the filming."""

    def write(scenario: Scenario, folder: Path, progress: object) -> TownFiles:
        folder.mkdir(parents=True, exist_ok=True)
        truth = folder / "truth.json"
        truth.write_text(json.dumps({"crossings": [CROSSING, CROSSING | {"t_s": 9.0}]}))
        empty = Truth(scenario.fps, scenario.frame_count, (), (), ())
        return TownFiles(folder / "junction.mp4", folder / "site.yaml", truth, empty)

    monkeypatch.setattr(demo, "write_town", write)


def tag_with(monkeypatch: pytest.MonkeyPatch, code: int, events: list[dict[str, object]]) -> None:
    def run(command: list[str], *, check: bool) -> subprocess.CompletedProcess[bytes]:
        out = Path(command[-1])
        out.mkdir(parents=True, exist_ok=True)
        (out / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
        return subprocess.CompletedProcess(command, code)

    monkeypatch.setattr(demo.subprocess, "run", run)


def test_it_shows_truth_and_count_and_where_the_report_is(
    filmed: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    tag_with(monkeypatch, 0, [{"type": CROSSING_TYPE, "data": CROSSING | {"speed_mps": 10.0}}])
    assert demo.main(["--seconds", "12", "-o", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "2→1" in said
    assert "-50.0%" in said
    assert "1 missed" in said
    assert "25.0%" in said
    assert said.rstrip().endswith("report.html")


def test_without_speeds_it_says_that_none_was_measured(
    filmed: None,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tag_with(monkeypatch, 0, [])
    assert demo.main(["--full", "-o", str(tmp_path)]) == 0
    assert "none measured" in capsys.readouterr().out


def test_a_failed_tag_is_exit_code_1(
    filmed: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tag_with(monkeypatch, 3, [])
    assert demo.main(["-o", str(tmp_path)]) == 1


def test_a_folder_that_cannot_be_written_is_exit_code_1(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def refuse(*_: object) -> TownFiles:
        raise OutputError("the town cannot be written", where="here")

    monkeypatch.setattr(demo, "write_town", refuse)
    assert demo.main(["-o", str(tmp_path)]) == 1


def test_a_length_of_nothing_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as caught:
        demo.main(["--seconds", "-1"])
    assert caught.value.code == 2


def test_the_command_is_what_a_user_would_type(tmp_path: Path) -> None:
    files = TownFiles(
        tmp_path / "v.mp4", tmp_path / "s.yaml", tmp_path / "t.json", Truth(12.5, 1, (), (), ())
    )
    command = demo.tag_command(files, tmp_path / "out")
    assert command[:4] == [sys.executable, "-m", "wayside.cli", "tag"]
    assert command[4:] == [
        "--site",
        str(tmp_path / "s.yaml"),
        str(tmp_path / "v.mp4"),
        "-o",
        str(tmp_path / "out"),
    ]


def test_the_bar_shows_on_a_terminal_only() -> None:
    terminal, pipe = StringIO(), StringIO()
    for stream, is_terminal in ((terminal, True), (pipe, False)):
        console = Console(file=stream, force_terminal=is_terminal, width=80)
        with picture_progress(console, "filming", 10) as done:
            done(10)
    assert "10/10" in terminal.getvalue()
    assert pipe.getvalue().strip() == ""
