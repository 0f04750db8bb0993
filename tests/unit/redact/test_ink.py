"""Drawing stays in the picture, keeps to what it was asked, and words stay readable."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.redact.ink import Ink

RED = (0, 0, 255)


def ink(width: int = 200, height: int = 100) -> Ink:
    return Ink(np.zeros((height, width, 3), np.uint8))


def touched(it: Ink) -> np.ndarray:
    return it.pixels.any(2)


@pytest.mark.parametrize(("height", "line", "text"), [(240, 1, 10), (432, 2, 12), (1080, 5, 30)])
def test_sizes_follow_the_height_but_text_stays_readable(height: int, line: int, text: int) -> None:
    it = ink(400, height)
    assert (it.px(2), it.text_px(12)) == (line, text)


def test_shade_mixes_inside_the_rectangle_only() -> None:
    it = ink()
    it.shade((-10, 90, 50, 300), (100, 200, 50), 0.5)
    assert it.pixels[95, 20].tolist() == [50, 100, 25]
    assert touched(it).sum() == 50 * 10
    before = it.pixels.copy()
    it.shade((300, 300, 400, 400), RED, 1.0)
    it.shade((-40, -40, -10, -10), RED, 1.0)
    assert np.array_equal(it.pixels, before)


def test_polygon_shade_reaches_over_the_edge_without_harm() -> None:
    it = ink()
    it.shade_polygon(np.array([(-50.0, -50), (100, -50), (100, 50), (-50, 50)]), RED, 0.5)
    assert it.pixels[25, 50].tolist() == [0, 0, 128]
    assert not it.pixels[75, 50].any()
    it.shade_polygon(np.array([(-50.0, -50), (-20, -50), (-20, -20)]), RED, 0.5)


def test_fading_line_is_strong_at_its_end_and_faint_at_its_start() -> None:
    it = ink()
    it.fading_line(np.stack([np.linspace(10, 190, 30), np.full(30, 50.0)], axis=1), RED, 3)
    along = it.pixels[50, :, 2].astype(int)
    assert along[185] == 255
    assert 0 < along[20] < 80
    assert along[40] < along[100] < along[180]


@pytest.mark.parametrize("points", [np.empty((0, 2)), np.array([[5.0, 5.0]])])
def test_a_trail_of_less_than_two_points_is_nothing(points: np.ndarray) -> None:
    it = ink()
    it.fading_line(points, RED, 3)
    assert not touched(it).any()


def test_chip_is_as_large_as_it_says() -> None:
    it = ink()
    it.pixels[:] = 255
    size = it.chip_size("person 12", 12)
    it.chip("person 12", (20, 30), 12, accent=RED)
    rows, columns = np.nonzero((it.pixels != 255).any(2))
    assert (columns.max() - columns.min() + 1, rows.max() - rows.min() + 1) == size
    assert it.pixels[35, 20].tolist() == list(RED)


def test_words_that_are_not_ascii_are_drawn() -> None:
    plain, accented = ink(), ink()
    plain.text("Sudstrasse", (10, 50), 14)
    accented.text("Südstraße", (10, 50), 14)
    assert touched(accented).any()
    assert not np.array_equal(plain.pixels, accented.pixels)


def test_inside_moves_things_back_into_the_picture() -> None:
    it = ink()
    assert it.inside((-5, 95), (30, 10)) == (0, 90)
    assert it.inside((190, -3), (30, 10)) == (170, 0)
    assert it.inside((10, 10), (500, 500)) == (0, 0)
