"""Every style replaces all that it covers by constants; private zones cover all they touch."""

from __future__ import annotations

import numpy as np
import pytest

from made_pictures import noise
from wayside.domain.errors import ConfigError
from wayside.domain.geometry import inside
from wayside.domain.scene import Zone
from wayside.redact.paint import FILL, PrivateZones, Style, paint
from wayside.redact.regions import Kind, Regions

RECTS = [[10, 10, 60, 50], [40, 30, 90, 80], [0, 0, 4, 4], [80, 0, 100, 2], [50, 50, 50, 60]]
KINDS = [Kind.HEAD, Kind.PLATE, Kind.WHOLE, Kind.HEAD, Kind.PLATE]
REGIONS = Regions(np.array(RECTS, np.int32), np.array(KINDS, np.int8))


def mask(width: int, height: int) -> np.ndarray:
    covered = np.zeros((height, width), bool)
    for x0, y0, x1, y1 in RECTS:
        covered[y0:y1, x0:x1] = True
    return covered


@pytest.mark.parametrize("style", list(Style))
class TestEveryStyle:
    def test_covered_pixels_do_not_matter(self, style: Style) -> None:
        one, other = noise(100, 90, 1), noise(100, 90, 1)
        covered = mask(100, 90)
        other[covered] = noise(100, 90, 2)[covered]
        assert not np.array_equal(one, other)
        paint(one, REGIONS, style)
        paint(other, REGIONS, style)
        assert np.array_equal(one, other)

    def test_other_pixels_stay_as_they_were(self, style: Style) -> None:
        pixels, before = noise(100, 90), noise(100, 90)
        paint(pixels, REGIONS, style)
        assert np.array_equal(pixels[~mask(100, 90)], before[~mask(100, 90)])


def test_solid_is_one_colour() -> None:
    pixels = noise(100, 90)
    paint(pixels, REGIONS, Style.SOLID)
    assert (pixels[mask(100, 90)] == FILL).all()


def test_silhouette_shows_a_figure() -> None:
    pixels = noise(100, 90)
    paint(pixels, REGIONS, Style.SILHOUETTE)
    assert len(np.unique(pixels[10:30, 10:40].reshape(-1, 3), axis=0)) > 1


@pytest.mark.parametrize("style", ["blur", "mosaic", "pixelate"])
def test_styles_that_can_be_undone_do_not_exist(style: str) -> None:
    with pytest.raises(ValueError, match="not a valid Style"):
        Style(style)


def test_zone_covers_every_pixel_it_touches() -> None:
    zone = Zone("yard", ((0.1, 0.1), (0.8, 0.25), (0.6, 0.9)))
    pixels = np.full((90, 160, 3), 255, np.uint8)
    PrivateZones([zone]).paint(pixels)
    y, x = np.mgrid[0:90:0.25, 0:160:0.25]
    points = np.stack([x.ravel() / 160, y.ravel() / 90], axis=1)
    within = points[inside(np.array(zone.polygon), points)]
    hit = pixels[(within[:, 1] * 90).astype(int), (within[:, 0] * 160).astype(int)]
    assert (hit == FILL).all()
    assert (pixels == 255).all(2).mean() > 0.5


def test_overlapping_zones_do_not_cancel() -> None:
    square = Zone("a", ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9)))
    pixels = np.full((60, 60, 3), 255, np.uint8)
    PrivateZones([square, Zone("b", square.polygon)]).paint(pixels)
    assert (pixels[30, 30] == FILL).all()


@pytest.mark.parametrize(
    "polygon",
    [
        ((0.1, 0.1), (0.9, 0.9)),
        (),
        ((0.1, 0.1), (0.5, 0.5), (0.9, 0.9)),
        ((0.1, 0.1), (0.5, float("nan")), (0.9, 0.1)),
        ((0.1, 0.1), (500.0, 0.5), (0.9, 0.1)),
    ],
)
def test_zone_that_would_cover_nothing_is_refused(polygon: tuple) -> None:
    with pytest.raises(ConfigError, match="yard"):
        PrivateZones([Zone("yard", polygon)])
