"""Films for the tests of the whole system."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.crossings import Walk, make_crossings

WALKS = (
    Walk(1.0, 30, 60.0),
    Walk(1.0, 150, -55.0, colour=(230, 120, 40)),
    Walk(4.0, 90, 70.0, colour=(40, 40, 230)),
    Walk(6.0, 190, -80.0, colour=(200, 200, 40)),
)
"""Somebody is in the zone nearly always, so that a kill nearly always leaves an incident open."""


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    return [
        make_crossings(folder / "a.mp4", WALKS, seconds=10),
        make_crossings(folder / "b.mp4", WALKS[::-1][:3], seconds=9),
    ]
