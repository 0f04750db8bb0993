"""The command in this process, as a user without settings would have it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from made_media import make_video
from wayside.cli.app import app

Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def _plain_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No setting of whoever runs the tests, no network, and the log handlers as they were."""
    for name in [name for name in os.environ if name.startswith("WAYSIDE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WAYSIDE_OFFLINE", "1")
    monkeypatch.setenv("WAYSIDE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def cli() -> Cli:
    """``cli("tag", "a.mp4")``; an error of wayside's own is in the result's ``exception``."""
    runner = CliRunner()
    return lambda *arguments: runner.invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Two seconds."""
    return make_video(tmp_path / "clip.mp4", frames=50)
