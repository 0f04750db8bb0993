"""The commands beside ``tag``: they answer, in the words and exit codes that are promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.running import contents, refused, run
from fault import bad_media
from made_media import make_video
from wayside import __version__

COMMANDS = ("tag", "init", "check", "models", "doctor", "bench")


def test_version(tmp_path: Path) -> None:
    result = run(tmp_path, "--version")
    assert (result.returncode, result.stdout) == (0, f"wayside {__version__}\n")


def test_help_lists_every_command(tmp_path: Path) -> None:
    result = run(tmp_path, "--help")
    assert result.returncode == 0
    assert all(f" {command} " in result.stdout for command in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_each_command(command: str, tmp_path: Path) -> None:
    result = run(tmp_path, command, "--help")
    assert result.returncode == 0
    assert f"Usage: wayside {command}" in result.stdout
    assert run(tmp_path, command, "-h").stdout == result.stdout


def test_no_command_shows_the_help(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.returncode == 2
    assert "Usage: wayside" in result.stdout + result.stderr


def test_an_unknown_command(tmp_path: Path) -> None:
    result = run(tmp_path, "watch")
    assert result.returncode == 2
    assert "'watch'" in result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_can_complete(shell: str, tmp_path: Path) -> None:
    # Typer looks at its parent processes for a shell; a test may have none.
    env = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    result = run(tmp_path, "--show-completion", shell, env=env)
    assert result.returncode == 0
    assert "_WAYSIDE_COMPLETE" in result.stdout


def test_a_shell_is_given_the_commands(tmp_path: Path) -> None:
    asked = {
        "_WAYSIDE_COMPLETE": "complete_bash",
        "COMP_WORDS": "wayside ",
        "COMP_CWORD": "1",
    }
    result = run(tmp_path, env=asked)
    assert set(COMMANDS) <= set(result.stdout.split())


def test_models_says_what_is_there_and_what_would_be_used(tmp_path: Path) -> None:
    result = run(tmp_path, "models")
    assert result.returncode == 0, result.stderr
    assert "nanodet-plus" in result.stdout
    assert "auto takes motion" in result.stdout
    assert str(tmp_path / ".cache" / "models") in result.stdout


def test_models_finds_those_of_a_folder(models: Path, tmp_path: Path) -> None:
    result = run(tmp_path, "models", env={"WAYSIDE_MODEL_DIR": str(models)})
    assert result.returncode == 0, result.stderr
    assert "auto takes nanodet-plus" in result.stdout
    assert "nanodet_plus_m_dyn_fp16w.onnx (WAYSIDE_MODEL_DIR)" in " ".join(result.stdout.split())


def test_a_model_that_cannot_be_fetched(tmp_path: Path) -> None:
    refused(tmp_path, "models", "--get", "yunet", code=1, says=("model 'yunet' is in none of",))


def test_motion_need_not_be_fetched(tmp_path: Path) -> None:
    result = run(tmp_path, "models", "--get", "motion")
    assert result.returncode == 0
    assert "built in" in result.stdout


def test_doctor_says_what_is_missing(tmp_path: Path) -> None:
    result = run(tmp_path, "doctor")
    assert result.returncode == 1
    assert "no detector model here" in result.stdout
    assert "no face detector" in result.stdout
    assert f"wayside {__version__}" in result.stdout


def test_doctor_is_content_with_models(models: Path, tmp_path: Path) -> None:
    result = run(tmp_path, "doctor", env={"WAYSIDE_MODEL_DIR": str(models)})
    assert result.returncode == 0, result.stdout
    assert "nanodet-plus: ready" in result.stdout


def test_doctor_survives_a_wrong_setting(tmp_path: Path) -> None:
    result = run(tmp_path, "doctor", env={"WAYSIDE_MODEL_DIR": "/nowhere"})
    assert result.returncode == 1
    assert "WAYSIDE_MODEL_DIR names a folder that is not there (/nowhere)" in result.stdout
    assert "GiB free" in result.stdout


# init


def test_init_without_recordings_writes_a_sound_file_and_says_so(tmp_path: Path) -> None:
    result = run(tmp_path, "init")
    assert result.returncode == 0, result.stderr
    assert "0 feeds" in result.stdout
    assert "No recordings were found in ." in result.stdout
    checked = run(tmp_path, "check")
    assert checked.returncode == 0
    assert "site.yaml:6:8 feeds: the site has no feeds" in checked.stdout


def test_init_leaves_out_what_wayside_made_and_what_is_hidden(tmp_path: Path) -> None:
    make_video(tmp_path / "a.mp4")
    (tmp_path / "out").mkdir()
    make_video(tmp_path / "out" / "tagged.mp4")
    (tmp_path / "out" / "wayside.db").touch()
    (tmp_path / ".trash").mkdir()
    make_video(tmp_path / ".trash" / "b.mp4")
    (tmp_path / "folder.mp4").mkdir()
    assert "1 feed" in run(tmp_path, "init").stdout
    assert "source: a.mp4\n" in (tmp_path / "site.yaml").read_text()


def test_sources_count_from_the_file_wherever_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "recordings").mkdir()
    (tmp_path / "elsewhere").mkdir()
    make_video(tmp_path / "recordings" / "a.mp4")
    for site in ("../site.yaml", tmp_path / "elsewhere" / "site.yaml"):
        result = run(tmp_path, "init", "recordings", "--site", site)
        assert result.returncode == 0, result.stderr
    for site in (tmp_path / "site.yaml", tmp_path / "elsewhere" / "site.yaml"):
        assert run(tmp_path, "check", "--site", site).returncode == 0


def test_init_replaces_nothing_unasked(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text("mine\n")
    refused(tmp_path, "init", code=1, says=("there already", "site.yaml", "--force"))
    assert run(tmp_path, "init", "--force").returncode == 0
    assert "feeds:" in (tmp_path / "site.yaml").read_text()


def test_init_of_a_folder_that_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path, "init", "nowhere", code=1, says=("no such folder", "nowhere"))
    assert contents(tmp_path) == {}


# check

SITE = """\
site: test
feeds:
  - id: north
    source: north.mp4
    scene: {lines: [{id: L, a: [0.5, 1.0], b: [0.5, 0.0]}]}
"""


def test_check_of_a_sound_site(tmp_path: Path) -> None:
    make_video(tmp_path / "north.mp4")
    (tmp_path / "site.yaml").write_text(SITE)
    result = run(tmp_path, "check")
    assert (result.returncode, result.stdout) == (0, "site.yaml is sound: 1 feed, 1 line\n")


def test_check_lists_every_problem_with_its_line_once(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(
        SITE.replace("[0.5, 1.0]", "[0.5, 7]") + "detect: {speed: 3}\n"
    )
    result = run(tmp_path, "check")
    assert result.returncode == 3
    lines = result.stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("error site.yaml:5:")
    assert lines[1].startswith("error site.yaml:6:10 detect.speed: unknown key")
    assert result.stderr == ""


def test_check_of_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = run(tmp_path, "check")
    assert result.returncode == 3
    assert "error site.yaml: there is no such file" in result.stdout


def test_check_of_a_source_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(SITE)
    result = run(tmp_path, "check")
    assert result.returncode == 4
    assert "error site.yaml:4:13 feeds[0].source: there is nothing at" in result.stdout
    assert "is sound" not in result.stdout


def test_check_of_a_source_that_cannot_be_read(tmp_path: Path) -> None:
    bad_media.text(tmp_path).rename(tmp_path / "north.mp4")
    (tmp_path / "site.yaml").write_text(SITE)
    result = run(tmp_path, "check")
    assert result.returncode == 4
    assert "error site.yaml:4:13 feeds[0].source: north.mp4: a text file" in result.stdout
    assert "is sound" not in result.stdout
