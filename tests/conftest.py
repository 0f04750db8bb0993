"""What every test may ask for."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # made_media and fault.bad_media, for every folder
sys.path.insert(1, str(Path(__file__).parents[1]))  # supply, which is not installed

RECORDED = {"clips", "trajectories", "models"}


@pytest.fixture(scope="session")
def clips() -> Path:
    """The folder of real clips."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("WAYSIDE_TEST_DATA", default)) / "clips"
    if not folder.is_dir():
        pytest.skip("real clips not found: set WAYSIDE_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def trajectories() -> Path:
    """The folder of recorded trajectories (PedPy, ETH, MEVA)."""
    default = Path(__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("WAYSIDE_TEST_DATA", default)) / "trajectories"
    if not folder.is_dir():
        pytest.skip("recorded trajectories not found: set WAYSIDE_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def models() -> Path:
    """The folder of detector weights."""
    default = Path(__file__).parents[2] / "shared" / "models"
    folder = Path(os.environ.get("WAYSIDE_MODEL_DIR", default))
    if not folder.is_dir():
        pytest.skip("detector weights not found: set WAYSIDE_MODEL_DIR")
    return folder


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """WAYSIDE_REQUIRE_DATA=1: whoever has the recordings wants no test on them left out."""
    report = yield
    needs_recordings = not RECORDED.isdisjoint(getattr(item, "fixturenames", ()))
    if report.skipped and needs_recordings and os.environ.get("WAYSIDE_REQUIRE_DATA") == "1":
        report.outcome = "failed"
        report.longrepr = f"skipped in spite of WAYSIDE_REQUIRE_DATA=1: {report.longrepr}"
    return report
