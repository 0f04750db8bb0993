"""``wayside models`` lists, explains and fetches."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wayside.cli import models
from wayside.detect.catalogue import ModelCard, load_catalogue
from wayside.detect.model_store import FoundModel
from wayside.domain.errors import ModelCorrupt, ModelMissing

from .conftest import Cli


class FetchingStore:
    """Tells its progress in three pieces, then has the model."""

    searched = ("nowhere",)

    def __init__(self, progress: Callable[[str, int, int], None] | None = None) -> None:
        self._progress = progress

    def get(self, card: ModelCard) -> FoundModel:
        file = card.builds[0].files[0]
        for done in (1, 2, 3):
            assert self._progress is not None
            self._progress(file.path, done, 3)
        return FoundModel(card, Path("cache") / file.path, file.sha256, "downloaded")


def test_all_are_listed_and_motion_is_always_there(cli: Cli) -> None:
    result = cli("models")
    assert result.exit_code == 0, result.output
    for name in load_catalogue():
        assert name in result.output
    assert "built in" in result.output
    assert "can be downloaded" in result.output
    assert "not here" in result.output
    assert "auto takes motion: no detector was found" in result.output


def test_what_is_here_is_named_with_its_file(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "here").mkdir()
    card = load_catalogue()["picodet-s"]
    path = tmp_path / "here" / card.builds[0].files[0].path
    monkeypatch.setattr(
        "wayside.detect.model_store.sha256_of", lambda _path: card.builds[0].files[0].sha256
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"weights")
    monkeypatch.setenv("WAYSIDE_MODEL_DIR", str(tmp_path / "here"))
    result = cli("models")
    assert result.exit_code == 0, result.output
    assert "auto takes picodet-s: first of the catalogue" in result.output
    assert path.name in result.output


def test_wrong_bytes_are_shown_and_are_an_error(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / load_catalogue()["nanodet-plus"].builds[0].files[0].path
    path.write_bytes(b"wrong")
    monkeypatch.setenv("WAYSIDE_MODEL_DIR", str(tmp_path))
    result = cli("models")
    assert "wrong bytes" in result.output
    assert isinstance(result.exception, ModelCorrupt)


def test_fetching_shows_one_bar_a_file_and_the_hash(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    bars: list[str] = []
    add_task = models.Progress.add_task

    def noted(self: models.Progress, file: str, **options: Any) -> models.TaskID:
        bars.append(file)
        return add_task(self, file, **options)

    monkeypatch.setattr(models.Progress, "add_task", noted)
    monkeypatch.setattr(models, "model_store", FetchingStore)
    result = cli("models", "--get", "yunet")
    assert result.exit_code == 0, result.output
    file = load_catalogue()["yunet"].builds[0].files[0]
    assert f"sha256 {file.sha256}" in result.output
    assert bars == [file.path]


def test_what_is_built_in_or_unknown_is_not_fetched(cli: Cli) -> None:
    assert "built in" in cli("models", "--get", "motion").output
    assert isinstance(cli("models", "--get", "oracle").exception, ModelMissing)
