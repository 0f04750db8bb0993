"""The overlay draws what it is given on a redacted frame, and leaves that frame alone."""

from __future__ import annotations

import numpy as np
import pytest

from made_pictures import media_time, raw_frame
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import PrivacyError
from wayside.domain.scene import Line, Zone
from wayside.redact.frame import RedactedFrame, blank, seal
from wayside.redact.overlay import COLOURS, LineMark, Overlay, Trail, ZoneMark, draw

ZONE = Zone("Z", ((0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4)))
LINE = Line("L", (0.2, 0.5), (0.8, 0.5))


def frame(width: int = 768, height: int = 432, grey: int = 120) -> RedactedFrame:
    return seal(np.full((height, width, 3), grey, np.uint8), media_time(1))


def changed(overlay: Overlay, on: RedactedFrame | None = None) -> np.ndarray:
    on = on or frame()
    above_strip = int(on.height * 0.94)
    return np.asarray((draw(on, overlay).pixels != on.pixels).any(2)[:above_strip])


def box_at(x: float, y: float, class_id: int = ObjectClass.CAR, label: str = "") -> Overlay:
    boxes = np.array([[x, y, x + 0.2, y + 0.2]], np.float32)
    return Overlay(boxes, np.array([class_id], np.int8), [label] if label else ())


def test_raw_frames_are_refused() -> None:
    with pytest.raises(PrivacyError):
        draw(raw_frame(frame().pixels), Overlay())  # type: ignore[arg-type]


def test_the_frame_below_stays_as_it_was() -> None:
    on = frame()
    result = draw(on, box_at(0.3, 0.3))
    assert (on.pixels == 120).all()
    assert result is not on
    assert (result.time, result.is_blank) == (on.time, False)


def test_every_class_has_its_own_colour() -> None:
    assert set(COLOURS) == set(ObjectClass)
    assert len(set(COLOURS.values())) == len(ObjectClass)


@pytest.mark.parametrize("class_id", [*ObjectClass, 99])
def test_box_is_drawn_around_its_object_in_its_colour(class_id: int) -> None:
    pixels = draw(frame(), box_at(0.25, 0.25, class_id)).pixels
    colour = COLOURS.get(class_id, COLOURS[ObjectClass.UNKNOWN])
    assert np.abs(pixels[108, 194].astype(int) - colour).max() < 30
    assert (pixels[120:180, 205:330] == 120).all(), "the object itself stays visible"


@pytest.mark.parametrize("at", [(0.3, 0.3), (0.0, 0.0), (0.85, 0.0), (0.85, 0.85), (-0.1, -0.1)])
def test_label_is_inside_the_picture(at: tuple[float, float]) -> None:
    words = changed(box_at(*at, label="person")) & ~changed(box_at(*at))
    assert words.sum() > 200


def test_labels_of_two_objects_do_not_cover_each_other() -> None:
    boxes = np.array([[0.3, 0.3, 0.5, 0.6], [0.32, 0.3, 0.52, 0.6]], np.float32)
    ids = np.ones(2, np.int8)
    bare = changed(Overlay(boxes, ids))
    one = (changed(Overlay(boxes, ids, ["person", ""])) & ~bare).sum()
    both = (changed(Overlay(boxes, ids, ["person", "person"])) & ~bare).sum()
    assert both > 1.7 * one


def test_arrow_points_to_the_right_of_the_line() -> None:
    below = changed(Overlay(lines=[LineMark(LINE)]))  # walking right, the right hand is below
    middle = 216
    assert below[middle + 8 : middle + 14].any()
    assert not below[middle - 14 : middle - 8].any()
    turned = changed(Overlay(lines=[LineMark(Line("L", LINE.end, LINE.start))]))
    assert turned[middle - 14 : middle - 8].any()


def test_counters_sit_on_their_sides() -> None:
    bare = changed(Overlay(lines=[LineMark(LINE)]))
    forward = changed(Overlay(lines=[LineMark(LINE, forward=7)])) & ~bare
    backward = changed(Overlay(lines=[LineMark(LINE, backward=0)])) & ~bare
    assert forward[216:].any()
    assert not forward[:216].any()
    assert backward[:216].any()
    assert not backward[216:].any()


def test_zone_is_tinted_and_more_so_when_something_happens() -> None:
    def inside(mark: ZoneMark) -> int:
        return int(np.ptp(draw(frame(), Overlay(zones=[mark])).pixels[60, 100].astype(int)))

    assert inside(ZoneMark(ZONE, is_alert=True)) > inside(ZoneMark(ZONE)) > 0
    texted = changed(Overlay(zones=[ZoneMark(ZONE, "2 inside")]))
    tinted = draw(frame(), Overlay(zones=[ZoneMark(ZONE)])).pixels
    worded = draw(frame(), Overlay(zones=[ZoneMark(ZONE, "2 inside")])).pixels
    assert texted.any()
    assert not np.array_equal(tinted, worded)


def test_trail_follows_its_points() -> None:
    points = np.stack([np.linspace(0.1, 0.9, 40), np.full(40, 0.5)], axis=1)
    mask = changed(Overlay(trails=[Trail(points, ObjectClass.BUS)]))
    rows = np.nonzero(mask.any(1))[0]
    assert 210 <= rows.min() <= rows.max() <= 222
    assert mask[216, 640]


def test_caption_and_strip() -> None:
    assert changed(Overlay(caption="wrong way"))[:40, :200].any()
    bare = draw(frame(), Overlay()).pixels
    named = draw(frame(), Overlay(feed="North gate", clock="00:00:01.000")).pixels
    assert (bare[412:, :] < 120).any(), "the strip is always there"
    assert not np.array_equal(bare[412:, :200], named[412:, :200])
    assert np.array_equal(bare[412:, 500:], named[412:, 500:]), "the credit stays in its place"


def test_narrow_picture_leaves_the_credit_out() -> None:
    wide = draw(frame(120, 90), Overlay(feed="a very long feed name", clock="00:00:01")).pixels
    assert wide.shape == (90, 120, 3)


@pytest.mark.parametrize("size", [(426, 240), (1920, 1080), (16, 16), (3, 2)])
def test_any_size_can_be_drawn_on(size: tuple[int, int]) -> None:
    overlay = Overlay(
        np.array([[0.2, 0.2, 0.6, 0.9]], np.float32), np.ones(1, np.int8), ["person"],
        [Trail(np.array([(0.1, 0.1), (0.5, 0.5)]), 1)], [LineMark(LINE, 1, 2)],
        [ZoneMark(ZONE, "x")], "feed", "clock", "caption",
    )  # fmt: skip
    assert draw(frame(*size), overlay).pixels.shape == (size[1], size[0], 3)


def test_blank_frame_says_that_it_is_withheld_and_shows_no_boxes() -> None:
    withheld = blank(768, 432, media_time(0))
    plain = draw(withheld, Overlay())
    assert plain.is_blank
    assert (plain.pixels[200:240, 300:460] > 200).any()
    assert np.array_equal(plain.pixels, draw(withheld, box_at(0.2, 0.2)).pixels)
