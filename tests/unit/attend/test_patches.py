"""Looks cut to their objects."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.attend.looking import Attention, LookingSettings
from wayside.attend.patches import PatchSettings, patch

PICTURE = (1280, 720)
SETTINGS = PatchSettings(context=0.5, least_px=144.0, small_px=48.0, large_px=88.0, enlarged=1.5)


def around(x: float, y: float, side_px: float) -> tuple[float, float, float, float]:
    """A square of ``side_px`` of the camera's pixels."""
    half = np.divide(side_px / 2, PICTURE)
    return float(x - half[0]), float(y - half[1]), float(x + half[0]), float(y + half[1])


def patch_of(*boxes: tuple[float, ...]) -> tuple[np.ndarray, float]:
    """Its region in the camera's pixels, and pixels shown for one of these."""
    look = patch(np.array(boxes, np.float32), PICTURE, SETTINGS)
    region = np.array(look.region) * (PICTURE * 2)
    scales = np.array(look.size) / (region[2:] - region[:2])
    assert scales[0] == pytest.approx(scales[1], rel=0.03)  # nothing is squeezed
    return region, float(scales.mean())


@pytest.mark.parametrize(
    ("side_px", "shown_px"), [(20, 30), (32, 48), (50, 75), (100, 88), (250, 88)]
)
def test_each_size_has_its_scale(side_px: float, shown_px: float) -> None:
    _, scale = patch_of(around(0.5, 0.5, side_px))
    assert side_px * scale == pytest.approx(shown_px, rel=0.03)


@pytest.mark.parametrize("side_px", [12, 40, 120, 300])
def test_an_object_has_context_and_a_small_one_more(side_px: float) -> None:
    region, scale = patch_of(around(0.5, 0.5, side_px))
    side = region[2] - region[0]
    assert side >= side_px * 2 - 1
    assert side * scale >= SETTINGS.least_px - 2


def test_at_the_border_of_the_picture_a_patch_ends() -> None:
    region, _ = patch_of(around(0.01, 0.5, 60))
    assert region[0] == 0.0
    assert region[2] > 0.01 * 1280 + 30 + 29


def test_several_objects_are_shown_as_the_smallest_needs() -> None:
    region, scale = patch_of(around(0.4, 0.5, 40), around(0.5, 0.5, 200))
    assert scale == pytest.approx(1.5, rel=0.03)
    assert region[0] < 0.4 * 1280 - 20
    assert region[2] > 0.5 * 1280 + 100


def test_movers_far_apart_have_patches_of_their_own_and_near_ones_share() -> None:
    attention = Attention(((320, 192), (640, 384)), PICTURE, LookingSettings(patches=SETTINGS))
    attention.plan(0.0, np.empty((0, 4), np.float32))
    far = attention.plan(0.2, np.array([around(0.2, 0.2, 50), around(0.8, 0.8, 50)], np.float32))
    near = attention.plan(0.4, np.array([around(0.5, 0.5, 50), around(0.53, 0.5, 50)], np.float32))
    assert len(far) == 2
    assert len(near) == 1
    assert sum(look.pixels for look in far) < 320 * 192
