"""One small town for all tests of this folder: playing and painting it takes seconds."""

from __future__ import annotations

import pytest

from wayside.testing.town import Camera, Scenario, Town, Truth, build_town, truth_of


@pytest.fixture(scope="package")
def town() -> Town:
    """Twenty seconds in a small picture, without noise."""
    camera = Camera(width=320, height=180)
    return build_town(Scenario(seed=3, duration_s=20.0, camera=camera, noise_sigma=0.0))


@pytest.fixture(scope="package")
def truth(town: Town) -> Truth:
    return truth_of(town)


@pytest.fixture(scope="package")
def busy() -> Town:
    """Three minutes of traffic; nobody films it."""
    return build_town(Scenario(seed=7, duration_s=180.0))
