"""Videos that several of the tests run the command on."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.crossings import BUSY, BUSY_S, make_crossings


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """14 s with two crossings forward and one backward, see ``crossings``."""
    return make_crossings(tmp_path_factory.mktemp("street") / "street.mp4")


@pytest.fixture(scope="session")
def long_street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with minutes of stillness behind it: longer than a second command takes to start."""
    return make_crossings(tmp_path_factory.mktemp("street") / "long.mp4", still_s=198.0)


@pytest.fixture(scope="session")
def busy_street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """8 s in which something always moves, and that can be repeated without a jump."""
    folder = tmp_path_factory.mktemp("street")
    return make_crossings(folder / "busy.mp4", BUSY, seconds=BUSY_S)
