"""Ways in retrospect: as true as the places allow, whatever their times."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.analyze.traffic.smoothing import smoothed

SIGMA_M = 0.2


def way(t_s: np.ndarray, origin: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """10 m/s to the east."""
    return np.stack([origin[0] + 10.0 * t_s, np.full_like(t_s, origin[1])], axis=1)


def states(t_s: np.ndarray, origin: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(4)
    places = way(t_s, origin) + chance.normal(0, SIGMA_M, (len(t_s), 2))
    spread = np.tile(np.eye(2) * SIGMA_M**2, (len(t_s), 1, 1))
    return smoothed(t_s, places, spread, 2.0)


@pytest.mark.parametrize("origin", [(0.0, 0.0), (150.0, -80.0), (20_000.0, 5_000.0)])
@pytest.mark.parametrize("step_s", [0.2, 0.08])
@pytest.mark.parametrize("odd_s", [0.0, 2e-4, 1e-3, 5e-3, 0.03])
@pytest.mark.parametrize("count", [2, 16, 64])
def test_places_that_follow_at_once_do_no_harm(
    origin: tuple[float, float], step_s: float, odd_s: float, count: int
) -> None:
    t_s = np.arange(count) * step_s
    if odd_s:
        t_s[count // 2 :] += odd_s - step_s
    found, p = states(t_s, origin)
    assert np.abs(found[:, :2] - way(t_s, origin)).max() < 4 * SIGMA_M
    variances = p[:, np.arange(6), np.arange(6)]
    assert (variances > 0).all()
    if count == 64:
        assert np.sqrt(variances[10:-10, :2]).max() < SIGMA_M
        assert np.abs(found[10:-10, 2] - 10.0).max() < 1.0


def test_one_place_is_its_own_way() -> None:
    found, p = states(np.array([3.0]), (5.0, 6.0))
    assert found[0, :2] == pytest.approx([35.0, 6.0], abs=4 * SIGMA_M)
    assert np.sqrt(p[0, 0, 0]) == pytest.approx(SIGMA_M)
