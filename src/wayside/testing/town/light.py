"""Sun and clouds over time: slow swings, and a few steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.testing.town.scenario import Scenario, Sky


def to_sun(sky: Sky) -> NDArray[np.float64]:
    """(3,) unit vector from the ground to the sun."""
    azimuth, elevation = math.radians(sky.sun_azimuth_deg), math.radians(sky.sun_elevation_deg)
    flat = math.cos(elevation)
    return np.array(
        [flat * math.cos(azimuth), flat * math.sin(azimuth), math.sin(elevation)], np.float64
    )


def shadow_offset(sky: Sky) -> NDArray[np.float64]:
    """(2,) metres that the shadow of a point falls away per metre of its height."""
    sun = to_sun(sky)
    return np.asarray(-sun[:2] / sun[2])


@dataclass(frozen=True, slots=True)
class Light:
    """sun: (F,) 0 overcast to 1 full sun, per frame. gain: (F,) overall brightness about 1."""

    sun: NDArray[np.float64]
    gain: NDArray[np.float64]


STEP_LENGTH_S = 1.2
"""How long a quick change takes."""
SWINGS = ((0.5, 97.0), (0.3, 41.0), (0.2, 173.0))
"""Share and period in seconds of the slow clouds; no common multiple, so nothing repeats."""


def light_of(scenario: Scenario) -> Light:
    """The scenario's light, frame by frame."""
    random = np.random.default_rng([scenario.seed, 2])
    t_s = np.arange(scenario.frame_count) / scenario.fps
    swing = np.zeros(len(t_s))
    for weight, period_s in SWINGS:
        swing += weight * np.sin(2 * np.pi * t_s / period_s + random.uniform(0, 2 * np.pi))
    sun = 1.0 - scenario.sky.cloud_swing * (0.5 + 0.5 * swing)
    count = random.poisson(scenario.sky.steps_per_minute * scenario.duration_s / 60)
    for at in random.uniform(0, scenario.duration_s, count):
        depth, lasts = random.uniform(0.2, 0.6), random.uniform(6.0, 25.0)
        down = np.tanh((t_s - at) / STEP_LENGTH_S * 2)
        up = np.tanh((t_s - at - lasts) / STEP_LENGTH_S * 2)
        sun = sun - depth * (down - up) / 2
    sun = np.clip(sun, 0.0, 1.0)
    gain = 0.97 + 0.06 * sun + 0.012 * np.sin(2 * np.pi * t_s / 23.0)
    return Light(sun, gain)
