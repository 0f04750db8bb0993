import pytest

from wayside.domain.classes import ObjectClass
from wayside.report import palette


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a, b):
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("object_class", list(ObjectClass))
def test_each_mark_stands_out_on_paper_by_its_outline_and_on_dark_by_its_fill(object_class):
    colour = palette.CLASS_COLOURS[object_class]
    assert contrast(palette.outline(colour), "#F8F9FA") >= 3
    assert contrast(colour, "#11171C") >= 3


def test_every_class_has_a_colour_of_its_own_and_a_place():
    assert set(palette.DISPLAY_ORDER) == set(ObjectClass)
    assert len(set(palette.CLASS_COLOURS.values())) == len(ObjectClass)
    assert "--car:#0072B2;" in palette.class_rules()
