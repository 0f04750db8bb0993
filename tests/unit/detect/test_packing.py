"""Looks at several pictures on one input."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from made_pictures import detections_of, raw_frame
from wayside.detect.detector import Size
from wayside.detect.packing import GREY, Canvas, PackedDetector, layout, painted
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.looks import WHOLE, Look
from wayside.domain.media import Picture, RawFrame

SMALL, LARGE = SIZES = ((160, 96), (320, 192))
GUTTER = 8


class BrightDetector:
    """Every bright patch is a car."""

    name = "bright"
    sizes: tuple[Size, ...] = SIZES

    def __init__(self) -> None:
        self.asked: list[Size] = []

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        return [self._one(picture) for picture in pictures]

    def _one(self, picture: Picture) -> Detections:
        height, width = picture.shape[:2]
        self.asked.append((width, height))
        count, _, stats, _ = cv2.connectedComponentsWithStats(
            (picture.min(axis=2) > 200).astype(np.uint8)
        )
        boxes = [
            (x / width, y / height, (x + w) / width, (y + h) / height)
            for x, y, w, h, _ in stats[1:count]
        ]
        return detections_of(boxes, [ObjectClass.CAR] * len(boxes), 0.9)


def picture_of(x1: float, y1: float, x2: float, y2: float) -> RawFrame:
    """One bright block on a dark street of 640x360."""
    pixels = np.full((360, 640, 3), 60, np.uint8)
    pixels[round(y1 * 360) : round(y2 * 360), round(x1 * 640) : round(x2 * 640)] = 250
    return raw_frame(pixels, 0.0)


def rectangles(canvas: Canvas) -> list[tuple[int, int, int, int]]:
    return [(p.x, p.y, p.x + p.size[0], p.y + p.size[1]) for p in canvas.patches]


class TestLayout:
    def test_every_look_is_set_once_inside_and_apart(self) -> None:
        random = np.random.default_rng(3)
        for _ in range(50):
            count = int(random.integers(1, 30))
            wanted = [(int(w), int(h)) for w, h in random.integers(16, [200, 120], (count, 2))]
            canvases = layout(wanted, SIZES, GUTTER)
            assert sorted(p.index for c in canvases for p in c.patches) == list(range(count))
            for canvas in canvases:
                assert all(p.size == wanted[p.index] for p in canvas.patches)
                boxes = rectangles(canvas)
                assert all(b[2] <= canvas.size[0] and b[3] <= canvas.size[1] for b in boxes)
                for n, a in enumerate(boxes):
                    for b in boxes[n + 1 :]:
                        apart_x = max(a[0], b[0]) - min(a[2], b[2])
                        apart_y = max(a[1], b[1]) - min(a[3], b[3])
                        assert max(apart_x, apart_y) >= GUTTER

    def test_few_small_ones_take_the_small_canvas(self) -> None:
        assert [c.size for c in layout([(50, 50), (60, 40)], SIZES, GUTTER)] == [SMALL]

    def test_many_fill_large_ones_and_the_rest_a_small_one(self) -> None:
        # 3 by 3 of these, with gutters, fit on the large canvas.
        canvases = layout([(100, 56)] * 10, SIZES, GUTTER)
        assert [(c.size, len(c.patches)) for c in canvases] == [(LARGE, 9), (SMALL, 1)]

    @pytest.mark.parametrize(("wanted", "size"), [((160, 96), SMALL), ((900, 500), LARGE)])
    def test_what_fills_a_canvas_has_it_alone(self, wanted: Size, size: Size) -> None:
        canvases = layout([wanted, (40, 40)], SIZES, GUTTER)
        assert (canvases[0].size, [p.size for p in canvases[0].patches]) == (size, [size])
        assert len(canvases) == 2

    def test_nothing_wanted_is_no_canvas(self) -> None:
        assert layout([], SIZES, GUTTER) == []


def test_boxes_come_back_into_their_own_pictures() -> None:
    boxes = [(0.3, 0.4, 0.4, 0.5), (0.62, 0.2, 0.7, 0.36), (0.1, 0.1, 0.5, 0.6)]
    looks = [
        Look((0.2, 0.3, 0.5, 0.6), (96, 54)),
        Look((0.5, 0.1, 0.8, 0.5), (80, 60)),
        Look(WHOLE, (128, 72)),
    ]
    network = BrightDetector()
    packed = PackedDetector(network)
    found = packed.detect([(picture_of(*b), look) for b, look in zip(boxes, looks, strict=True)])
    assert network.asked == [LARGE]
    assert (packed.canvases, packed.pixels) == (1, LARGE[0] * LARGE[1])
    for detections, box in zip(found, boxes, strict=True):
        np.testing.assert_allclose(detections.boxes, [box], atol=0.02)


def test_what_an_inner_border_of_a_patch_cuts_is_dropped() -> None:
    frame = picture_of(0.4, 0.3, 0.7, 0.5)
    cut, whole = Look((0.2, 0.2, 0.5, 0.6), (90, 60)), Look((0.3, 0.2, 0.8, 0.6), (120, 60))
    first, second = PackedDetector(BrightDetector()).detect([(frame, cut), (frame, whole)])
    assert len(first) == 0
    assert len(second) == 1


def test_what_ends_where_the_picture_ends_stays() -> None:
    frame = picture_of(0.9, 0.4, 1.0, 0.6)
    (found,) = PackedDetector(BrightDetector()).detect(
        [(frame, Look((0.7, 0.3, 1.0, 0.7), (90, 60)))]
    )
    np.testing.assert_allclose(found.boxes, [(0.9, 0.4, 1.0, 0.6)], atol=0.02)


def test_between_patches_it_is_grey() -> None:
    frame = picture_of(0.0, 0.0, 1.0, 1.0)
    looks = [Look((0.0, 0.0, 0.5, 0.5), (60, 40)), Look((0.5, 0.5, 1.0, 1.0), (60, 40))]
    (canvas,) = layout([look.size for look in looks], SIZES, GUTTER)
    picture = painted(canvas, [(frame, look) for look in looks])
    assert (picture[:40, 60 : 60 + GUTTER] == GREY).all()
    assert (picture[:40, 60 + GUTTER : 120 + GUTTER] == 250).all()
    assert (picture[40:] == GREY).all()


def test_nothing_wanted_costs_nothing() -> None:
    network = BrightDetector()
    assert PackedDetector(network).detect([]) == []
    assert network.asked == []
