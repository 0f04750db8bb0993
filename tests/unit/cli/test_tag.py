"""``wayside tag`` in this process: what was typed wins, and only whole results are placed."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import pytest

from made_media import make_picture, make_video
from wayside.cli import tag, tagging
from wayside.cli.keeper import Keeper
from wayside.domain.errors import OutputError, SourceUnreadable, UsageError
from wayside.ingest.file import FileSession, FileSource
from wayside.pipeline.run import SessionRun

from .conftest import Cli

SITE = """\
site: test
feeds:
  - id: north
    source: clip.mp4
    scene:
      anchor: ground
      lines: [{id: L, a: [0.5, 1.0], b: [0.5, 0.0]}]
detect: {model: motion}
output: {video: true, stills: true, interval_s: 30}
"""


def value(out: Path, query: str) -> Any:
    with closing(sqlite3.connect(out / "wayside.db")) as connection:
        return connection.execute(query).fetchone()[0]


def settings_of(out: Path, monkeypatch: pytest.MonkeyPatch, call: Callable[[], Any]) -> Any:
    """What the report is told."""
    told = {}
    report = tag.Results.report

    def noted(self: tag.Results, *arguments: Any, settings: Any, **more: Any) -> None:
        told.update(settings)
        report(self, *arguments, settings=settings, **more)

    monkeypatch.setattr(tag.Results, "report", noted)
    result = call()
    assert result.exit_code == 0, result.output
    return told


def test_five_results_in_the_folder_that_was_named(cli: Cli, clip: Path, tmp_path: Path) -> None:
    result = cli("tag", clip, "-o", tmp_path / "a" / "b", "--model", "motion")
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} == {
        "events.jsonl",
        "measurements.csv",
        "report.html",
        "tagged.mp4",
        "wayside.db",
    }


def test_what_was_typed_wins_over_the_site(
    cli: Cli, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    flags = ("--anchor", "centre", "--interval", "5", "--no-stills", "--threshold", "0.7")
    more = ("--line", "M=0.1,0.9,0.9,0.9", "--zone", "Z=0,0,1,0,1,1")
    told = settings_of(
        tmp_path, monkeypatch, lambda: cli("tag", "--site", "site.yaml", *flags, *more)
    )
    assert told["output"]["interval_s"] == 5
    assert (told["output"]["video"], told["output"]["stills"]) == (True, False)
    assert (told["detect"]["model"], told["detect"]["threshold"]) == ("motion", 0.7)
    assert told["feeds"] == {"north": {"anchor": "centre", "lines": ["L", "M"], "zones": ["Z"]}}


def test_the_site_holds_where_nothing_was_typed(
    cli: Cli, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    told = settings_of(tmp_path, monkeypatch, lambda: cli("tag", "--site", "site.yaml"))
    assert told["output"]["interval_s"] == 30
    assert told["feeds"] == {"north": {"anchor": "ground", "lines": ["L"], "zones": []}}
    assert value(tmp_path / "out", "SELECT site FROM sessions") == "test"


def test_a_folder_of_pictures_is_a_recording(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    for n in range(5):
        make_picture(tmp_path / "pictures" / f"{n}.jpg", n)
    result = cli("tag", "pictures", "--model", "motion")
    assert result.exit_code == 0, result.output
    assert value(tmp_path / "out", "SELECT duration_s FROM sessions") == 5.0


def test_without_a_model_it_says_what_that_means(cli: Cli, clip: Path) -> None:
    result = cli("tag", clip)
    assert result.exit_code == 0, result.output
    assert "Note no detector was found" in " ".join(result.stderr.split())
    assert "Note" not in cli("tag", clip, "--model", "motion").stderr


def test_the_same_recording_twice_gives_two_videos(cli: Cli, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    result = cli("tag", "--site", "site.yaml", clip, clip)
    assert result.exit_code == 0, result.output
    videos = sorted(path.name for path in (tmp_path / "out").glob("*.mp4"))
    assert videos == ["tagged-001-north.mp4", "tagged-002-north.mp4"]


def test_no_backend_of_that_name(cli: Cli, clip: Path, tmp_path: Path) -> None:
    assert isinstance(cli("tag", clip, "--backend", "abacus").exception, UsageError)
    assert not (tmp_path / "out").exists()


def test_a_feed_needs_a_site(cli: Cli, clip: Path) -> None:
    assert isinstance(cli("tag", clip, "--feed", "north").exception, UsageError)


def test_a_recording_is_never_replaced_by_its_result(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    path = make_video(tmp_path / "out" / "tagged.mp4")
    before = path.read_bytes()
    assert isinstance(cli("tag", path, "--model", "motion").exception, UsageError)
    assert path.read_bytes() == before
    assert cli("tag", path, "--model", "motion", "-o", "other").exit_code == 0


def test_a_stop_before_the_first_recording_leaves_everything(
    cli: Cli, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "events.jsonl").write_text("old")

    def stopped() -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(tag, "find_faces", stopped)
    result = cli("tag", clip, "--model", "motion")
    assert result.exit_code == 130
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["events.jsonl"]


def test_a_stop_keeps_what_was_done_and_leaves_out_the_rest(
    cli: Cli, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    take = Keeper.take

    def stopping(self: Keeper, given: Any, t_s: float) -> None:
        take(self, given, t_s)
        if t_s >= 1.0:
            monkeypatch.setattr(Keeper, "take", take)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Keeper, "take", stopping)
    other = make_video(tmp_path / "other.mp4")
    result = cli("tag", clip, other, "--model", "motion")
    assert result.exit_code == 130
    assert "Stopped early" in result.output
    out = tmp_path / "out"
    assert value(out, "SELECT group_concat(source || status) FROM sessions") == (
        "clip.mp4interrupted"
    )
    assert 1.0 <= value(out, "SELECT duration_s FROM sessions") < 1.5
    assert (out / "events.jsonl").exists()


def test_a_recording_that_fails_in_the_middle_leaves_nothing(
    cli: Cli, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, closed = [], []
    open_, close = FileSource.open, FileSession.close

    def failing(_self: SessionRun) -> NoReturn:
        raise SourceUnreadable("the disk fails")

    def noted_open(self: FileSource) -> FileSession:
        opened.append(open_(self))
        return opened[-1]

    def noted_close(self: FileSession) -> None:
        closed.append(self)
        close(self)

    monkeypatch.setattr(SessionRun, "__iter__", failing)
    monkeypatch.setattr(FileSource, "open", noted_open)
    monkeypatch.setattr(FileSession, "close", noted_close)
    result = cli("tag", clip, "--model", "motion")
    assert isinstance(result.exception, SourceUnreadable)
    assert not (tmp_path / "out").exists()
    assert len(opened) > 1
    assert {session.id for session in opened} == {session.id for session in closed}


def test_a_report_that_cannot_be_written_leaves_nothing(
    cli: Cli, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_arguments: object, **_options: object) -> NoReturn:
        raise OutputError("the disk is full")

    monkeypatch.setattr("wayside.cli.results.write_report", failing)
    assert isinstance(cli("tag", clip, "--model", "motion").exception, OutputError)
    assert not (tmp_path / "out").exists()


def test_counters_and_stages_are_kept(cli: Cli, clip: Path, tmp_path: Path) -> None:
    assert cli("tag", clip, "--model", "motion").exit_code == 0
    counters = json.loads(value(tmp_path / "out", "SELECT counters FROM sessions"))
    assert (counters["packets"], counters["pictures"], counters["looks"]) == (50, 50, 0)
    assert counters["analysed"] == 25
    assert counters["corrupt_packets"] == 0


def test_names_that_are_no_text_become_text() -> None:
    assert tagging._readable("plain.mp4") == "plain.mp4"
    assert tagging._readable("stra\xdfe.mp4") == "stra\xdfe.mp4"
    assert tagging._readable("no\udcfftext.mp4") == "no\\xfftext.mp4"
