"""What the meter says of single pictures, and when it looks at all."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from feed_health import noisy, street
from made_pictures import raw_frame
from wayside.detect.quality import QualityMeter
from wayside.domain.health import PictureQuality
from wayside.domain.media import Picture
from wayside.testing.degraded import write_clock


def measured(picture: Picture) -> PictureQuality:
    quality = QualityMeter().measure(raw_frame(picture))
    assert quality is not None
    return quality


def test_it_looks_once_a_second_and_never_at_damage() -> None:
    meter = QualityMeter()
    seen = [meter.measure(raw_frame(street(), number / 25)) is not None for number in range(100)]
    assert sum(seen) == 5  # the picture nearest to each second may be a little early
    assert meter.measure(raw_frame(street(), 50.0, is_corrupt=True)) is None
    assert meter.measure(raw_frame(street(), 50.0)) is not None


def test_a_new_session_is_looked_at_at_once_and_is_not_frozen() -> None:
    meter = QualityMeter()
    for t_s in range(30):
        meter.measure(raw_frame(street(), float(t_s)))
    meter.new_session()
    quality = meter.measure(raw_frame(street(), 0.0))
    assert quality is not None
    assert quality.still_s == 0
    assert quality.usual_sharpness is not None


def test_levels() -> None:
    quality = measured(np.full((360, 640, 3), 77, np.uint8))
    assert quality.luma_mean == pytest.approx(77, abs=1)
    assert quality.luma_spread == pytest.approx(0, abs=0.1)
    assert quality.sharpness is None


def test_black_is_unlit_in_spite_of_a_clock_and_noise() -> None:
    black = noisy(np.full((360, 640, 3), 8, np.uint8), 1)
    assert measured(write_clock(black, 5.0)).lit == 0


def test_a_lamp_at_night_is_lit() -> None:
    night = np.full((360, 640, 3), 8, np.uint8)
    cv2.circle(night, (300, 200), 25, (200, 220, 230), -1)
    assert measured(night).lit > 0.01


def test_sharpness_is_of_the_lens_and_not_of_light_or_noise() -> None:
    sharp = measured(street()).sharpness
    dim = measured((street() * 0.4).astype(np.uint8)).sharpness
    noise = measured(noisy(street(), 1, 4.0)).sharpness
    soft = measured(cv2.GaussianBlur(street(), (0, 0), 6)).sharpness
    letters = measured(write_clock(cv2.GaussianBlur(street(), (0, 0), 6), 5.0)).sharpness
    assert sharp is not None
    assert dim == pytest.approx(sharp, rel=0.1)
    assert noise == pytest.approx(sharp, rel=0.1)
    assert soft is not None
    assert soft < 0.5 * sharp
    assert letters == pytest.approx(soft, rel=0.05)


@pytest.mark.parametrize("size", [(1920, 1080), (320, 240), (540, 960), (64, 48), (16, 16)])
def test_any_size(size: tuple[int, int]) -> None:
    meter = QualityMeter()
    for t_s in range(40):
        quality = meter.measure(raw_frame(noisy(street(1, *size), t_s), float(t_s)))
        assert quality is not None
        assert 0 <= quality.lit <= 1
        assert 0 <= quality.covered <= 1
