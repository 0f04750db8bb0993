"""Videos that several of the tests run the command on."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.crossings import make_crossings


@pytest.fixture(scope="session")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """14 s with two crossings forward and one backward, see ``crossings``."""
    return make_crossings(tmp_path_factory.mktemp("street") / "street.mp4")


@pytest.fixture(scope="session")
def long_street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with minutes of stillness behind it: longer than a second command takes to start."""
    return make_crossings(tmp_path_factory.mktemp("street") / "long.mp4", still_s=198.0)
