"""A small grey picture against one that was still."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from wayside.detect.peek import Peek
from wayside.domain.media import RawFrame
from wayside.domain.time import MediaTime
from wayside.testing.scripted import ArrayPixels

RNG = np.random.default_rng(7)
PLACE = RNG.integers(60, 180, (36, 64)).repeat(10, 0).repeat(10, 1).astype(np.float32)


def frame(
    t_s: float, *, noise: float = 3.0, light: float = 0.0, box: tuple[int, ...] | None = None,
    is_corrupt: bool = False, size: tuple[int, int] = (640, 360),
) -> RawFrame:  # fmt: skip
    picture = PLACE[: size[1], : size[0]] + light + RNG.normal(0, noise, (size[1], size[0]))
    if box is not None:
        x, y, w, h, change = box
        picture[y : y + h, x : x + w] += change
    pixels = ArrayPixels(picture.clip(0, 255).astype(np.uint8))
    return RawFrame(pixels, MediaTime(0, Fraction(1, 25), t_s), is_corrupt=is_corrupt)


def settled(noise: float = 3.0) -> Peek:
    peek = Peek()
    for second in range(20):
        peek.looked(frame(float(second), noise=noise), is_still=True)
    return peek


@pytest.mark.parametrize("noise", [0.0, 3.0, 8.0])
def test_noise_is_no_change(noise: float) -> None:
    peek = settled(noise)
    unchanged = [peek.is_unchanged(frame(30.0 + n, noise=noise)) for n in range(100)]
    assert sum(unchanged) >= 97


@pytest.mark.parametrize("noise", [0.0, 3.0, 6.0])
@pytest.mark.parametrize("size", [(9, 18), (12, 12), (60, 30)])
def test_somebody_far_away_is_one(noise: float, size: tuple[int, int]) -> None:
    peek = settled(noise)
    for n in range(20):
        x, y = int(RNG.integers(0, 580)), int(RNG.integers(0, 320))
        assert not peek.is_unchanged(frame(40.0 + n, noise=noise, box=(x, y, *size, 45)))


def test_the_light_of_the_whole_may_change_a_little() -> None:
    peek = settled()
    assert peek.is_unchanged(frame(30.0, light=4.0))
    assert peek.is_unchanged(frame(30.0, light=-4.0))


def test_what_was_not_still_is_no_measure() -> None:
    peek = settled()
    peek.looked(frame(30.0), is_still=False)
    assert not peek.is_unchanged(frame(31.0))
    peek.looked(frame(32.0), is_still=True)
    assert peek.is_unchanged(frame(33.0))


def test_a_damaged_picture_or_one_of_another_size_has_to_be_looked_at() -> None:
    peek = settled()
    assert not peek.is_unchanged(frame(30.0, is_corrupt=True))
    assert not peek.is_unchanged(frame(30.0, size=(600, 340)))
    assert not Peek().is_unchanged(frame(0.0))
