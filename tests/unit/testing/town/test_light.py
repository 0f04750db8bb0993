"""Light changes, slowly and in steps, and stays light."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.testing.town import Scenario
from wayside.testing.town.light import light_of, shadow_offset, to_sun
from wayside.testing.town.scenario import Sky


def test_sun_and_gain_stay_in_bounds_and_move() -> None:
    light = light_of(Scenario(duration_s=300.0))
    assert len(light.sun) == len(light.gain) == 3750
    assert 0.0 <= light.sun.min() < light.sun.max() - 0.2
    assert light.sun.max() <= 1.0
    assert np.abs(np.diff(light.gain)).max() < 0.02
    assert 0.9 < light.gain.min() < light.gain.max() < 1.1


def test_a_clear_sky_is_constant() -> None:
    light = light_of(Scenario(duration_s=60.0, sky=Sky(cloud_swing=0.0, steps_per_minute=0.0)))
    assert (light.sun == 1.0).all()


def test_shadows_fall_away_from_the_sun() -> None:
    sky = Sky(sun_azimuth_deg=0.0, sun_elevation_deg=45.0)
    assert to_sun(sky) == pytest.approx([np.sqrt(0.5), 0.0, np.sqrt(0.5)])
    assert shadow_offset(sky) == pytest.approx([-1.0, 0.0])
