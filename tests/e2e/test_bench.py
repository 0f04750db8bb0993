"""``wayside bench`` measures real workers on real feeds, and says what follows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from e2e.running import refused, run
from made_media import make_video


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "walk.mp4"
    make_video(path, frames=50, rate=25, options={"g": "25", "bf": "0"})
    return path


def test_a_clip_is_measured_and_drawn(clip: Path, tmp_path: Path) -> None:
    quick = ("--feeds", "2", "--workers", "1", "--learn", "1", "--seconds", "3")
    result = run(
        tmp_path, "bench", clip, *quick, "--model", "motion", "--json", "--plot", "cost.svg"
    )
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    measured = answer["measured"]
    assert (measured["feeds"], measured["workers"], measured["live"]) == (2, 1, 2)
    assert measured["cpu_ms"] > 0
    assert measured["stages_ms"]["decode"] > 0
    assert answer["answer"]["limit"] in ("CPU", "memory")
    assert (tmp_path / "cost.svg").read_text("utf-8").startswith("<svg")


def test_synthetic_feeds_are_told_in_words(tmp_path: Path) -> None:
    quick = ("--feeds", "2", "--workers", "1", "--learn", "1", "--seconds", "2", "--film", "2")
    result = run(
        tmp_path, "bench", *quick, "--activity", "night", "--model", "motion", "--films", "films"
    )
    assert result.returncode == 0, result.stderr
    assert "This machine: about" in result.stdout
    assert "of 640x360 at night activity" in result.stdout
    assert list((tmp_path / "films").glob("night-360-*/films.json"))


def test_a_clip_that_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path, "bench", "nowhere.mp4", "--feeds", "1", code=4, says=("no such clip",))


def test_a_picture_of_another_kind_is_refused(clip: Path, tmp_path: Path) -> None:
    result = run(tmp_path, "bench", clip, "--plot", "cost.gif")
    assert result.returncode == 2
    assert ".svg" in result.stderr
