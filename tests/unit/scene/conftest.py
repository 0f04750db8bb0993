"""A camera on a mast, whose picture of the ground is known exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest

from wayside.domain.scene import ControlPoint

ASPECT = 16 / 9


@dataclass(frozen=True)
class MastCamera:
    height_m: float = 15.0
    pitch: float = math.radians(35)
    focal: float = 0.9

    def image(self, ground):
        """(N, 2) normalised picture points of (N, 2) metres, x to the right, y ahead."""
        ground = np.asarray(ground, float)
        cosine, sine = math.cos(self.pitch), math.sin(self.pitch)
        depth = ground[:, 1] * cosine + self.height_m * sine
        down = self.height_m * cosine - ground[:, 1] * sine
        x = 0.5 + self.focal * ground[:, 0] / depth
        return np.stack([x, 0.5 + ASPECT * self.focal * down / depth], axis=1)

    def points(self, ground, noise=0.0, seed=0):
        """Control points, clicked with ``noise`` picture widths of error."""
        image = self.image(ground)
        if noise:
            error = np.random.default_rng(seed).normal(scale=noise, size=image.shape)
            image = image + error * (1, ASPECT)
        return [
            ControlPoint(tuple(i), tuple(g))
            for i, g in zip(image.tolist(), np.asarray(ground, float).tolist(), strict=True)
        ]


@pytest.fixture
def camera():
    return MastCamera()


@pytest.fixture
def corners():
    """Four places on the road, metres."""
    return np.array([[-8.0, 14.0], [8.0, 14.0], [12.0, 45.0], [-12.0, 45.0]])


@pytest.fixture
def places(corners):
    """Seven places on the road, metres."""
    return np.vstack([corners, [[0.0, 20.0], [3.0, 28.0], [-5.0, 35.0]]])
