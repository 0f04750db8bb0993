"""``init`` writes a file that ``check`` finds sound; ``check`` tells each problem's line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from made_media import make_video
from wayside.config.load import load_site
from wayside.domain.errors import OutputError

from .conftest import Cli


def test_init_lists_recordings_below_the_folder(cli: Cli, tmp_path: Path) -> None:
    for name in ("b.mp4", "sub/a.MKV", "sub/deep/c.h264"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    result = cli("init", "in")
    assert result.exit_code == 0, result.output
    assert "in/site.yaml: 3 feeds" in result.output
    site = load_site(tmp_path / "in" / "site.yaml")
    assert [feed.source for feed in site.feeds] == ["b.mp4", "sub/a.MKV", "sub/deep/c.h264"]


def test_init_leaves_out_results_hidden_files_and_folders(cli: Cli, tmp_path: Path) -> None:
    for name in ("out/tagged.mp4", "out/tagged-001-a.mp4", "out/own.mp4", ".old/a.mp4", ".b.mp4"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    (tmp_path / "out" / "wayside.db").touch()
    (tmp_path / "c.mp4").mkdir()
    (tmp_path / "tagged.mp4").touch()  # no database beside it: somebody's recording
    cli("init")
    site = load_site(tmp_path / "site.yaml")
    assert [feed.source for feed in site.feeds] == ["out/own.mp4", "tagged.mp4"]


def test_init_without_recordings_says_so(cli: Cli, tmp_path: Path) -> None:
    result = cli("init")
    assert result.exit_code == 0
    assert "site.yaml: 0 feeds" in result.output
    assert "No recordings were found in ." in result.output
    assert load_site(tmp_path / "site.yaml").feeds == ()


def test_init_writes_absolute_sources_for_what_is_not_below_the_file(
    cli: Cli, tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "etc").mkdir()
    (tmp_path / "in" / "a.mp4").touch()
    assert cli("init", "in", "--site", tmp_path / "etc" / "site.yaml").exit_code == 0
    [feed] = load_site(tmp_path / "etc" / "site.yaml").feeds
    assert feed.source == os.path.realpath(tmp_path / "in" / "a.mp4")


def test_init_replaces_a_file_only_by_force(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("mine")
    assert isinstance(cli("init").exception, OutputError)
    assert (tmp_path / "site.yaml").read_text() == "mine"
    assert cli("init", "--force").exit_code == 0
    assert load_site(tmp_path / "site.yaml").feeds == ()


def test_init_of_no_folder(cli: Cli) -> None:
    error = cli("init", "nowhere").exception
    assert isinstance(error, OutputError)
    assert (error.where, bool(error.remedy)) == ("nowhere", True)


SOUND = """\
site: test
feeds:
  - id: north
    source: north-*.mp4
    scene: {lines: [{id: L, a: [0.5, 1.0], b: [0.5, 0.0]}]}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    for n in (1, 2):
        make_video(tmp_path / f"north-{n}.mp4", frames=5)
    path = tmp_path / "site.yaml"
    path.write_text(SOUND)
    return path


def test_check_of_a_sound_site(cli: Cli, site: Path) -> None:
    result = cli("check")
    assert (result.exit_code, result.output) == (0, "site.yaml is sound: 1 feed, 1 line\n")


def test_check_warns_and_finds_it_sound_all_the_same(cli: Cli, site: Path) -> None:
    site.write_text(SOUND.replace("[0.5, 1.0]", "[0.5, 0.001]"))
    result = cli("check")
    assert result.exit_code == 0
    assert result.output.startswith("warning site.yaml:5:21 feeds[0].scene.lines[0]: nobody can")
    assert "is sound" in result.output


def test_check_of_a_wrong_file_is_3(cli: Cli, site: Path) -> None:
    site.write_text(SOUND + "colour: red\nsize: 3\n")
    result = cli("check")
    assert result.exit_code == 3
    assert [line.split(": ")[0] for line in result.output.splitlines()] == [
        "error site.yaml:6:1 colour",
        "error site.yaml:7:1 size",
    ]


def test_check_of_no_file_is_3(cli: Cli) -> None:
    result = cli("check")
    assert result.exit_code == 3
    assert result.output.startswith("error site.yaml: there is no such file")


def test_check_of_a_source_that_is_not_there_is_4(cli: Cli, site: Path) -> None:
    site.write_text(SOUND.replace("north-*", "south-*"))
    result = cli("check")
    assert result.exit_code == 4
    assert result.output.startswith("error site.yaml:4:13 feeds[0].source: there is nothing")


def test_check_opens_every_file_of_a_pattern(cli: Cli, site: Path, tmp_path: Path) -> None:
    (tmp_path / "north-2.mp4").write_text("text")
    result = cli("check")
    assert result.exit_code == 4
    [line] = result.output.splitlines()
    assert line.startswith("error site.yaml:4:13 feeds[0].source: north-2.mp4: a text file")


def test_check_opens_cameras_too(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        "site: s\nfeeds:\n  - id: gate\n    source: rtsp://u:hunter2@127.0.0.1:9/x\n"
        "network: {allow: [10.0.0.0/8]}\n"
    )
    result = cli("check")
    assert result.exit_code == 4
    assert "site.yaml:4:13 feeds[0].source: gate: " in result.output
    assert "hunter2" not in result.output


def test_check_ends_as_a_start_would_where_the_certificate_is_not_there(
    cli: Cli, clip: Path, tmp_path: Path
) -> None:
    (tmp_path / "site.yaml").write_text(
        f"site: s\nfeeds:\n  - {{id: f, source: {clip}}}\n"
        "server: {certificate: c.pem, certificate_key: k.pem}\n"
    )
    result = cli("check")
    assert result.exit_code == 3
    assert "c.pem: the file cannot be read" in result.output
