"""Heads and plates lie inside the regions, for the shapes that boxes take."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.classes import ObjectClass
from wayside.redact.regions import Kind, Subjects, cover, cover_faces

WIDTH, HEIGHT = 768, 432


def regions(box: tuple[float, float, float, float], class_id: int, growth: float = 0.0):
    """The region of one box given in pixels."""
    boxes = np.array([box], np.float32) / (WIDTH, HEIGHT, WIDTH, HEIGHT)
    subjects = Subjects(
        boxes.astype(np.float32), np.array([class_id], np.int8), np.array([growth], np.float32)
    )
    found = cover(subjects, WIDTH, HEIGHT)
    return found.rects[0].tolist(), Kind(int(found.kinds[0]))


def contains(outer: list[int], inner: tuple[float, float, float, float]) -> bool:
    return (
        outer[0] <= inner[0]
        and outer[1] <= inner[1]
        and outer[2] >= inner[2]
        and outer[3] >= inner[3]
    )


def test_standing_person_head_is_covered_and_legs_are_not() -> None:
    rect, kind = regions((300, 100, 360, 280), ObjectClass.PERSON)
    assert kind is Kind.HEAD
    assert contains(rect, (294, 90, 366, 154))  # the top 30 % and a tenth around
    assert rect[3] < 200


@pytest.mark.parametrize(
    ("name", "box", "head"),
    [
        ("close-up, cut below", (200, 60, 520, 432), (230, 60, 490, 330)),
        ("waist up, in profile", (300, 100, 390, 432), (300, 100, 390, 260)),
        ("seated", (300, 200, 380, 300), (310, 200, 370, 260)),
        ("lying", (200, 300, 380, 350), (200, 300, 380, 350)),
        ("from above", (300, 200, 360, 255), (310, 205, 350, 245)),
    ],
)
def test_other_postures(name: str, box: tuple, head: tuple) -> None:
    rect, _ = regions(box, ObjectClass.PERSON)
    assert contains(rect, head), name


def test_rider_head_but_not_the_wheels() -> None:
    rect, kind = regions((300, 100, 400, 240), ObjectClass.BICYCLE)
    assert kind is Kind.HEAD
    assert contains(rect, (300, 100, 400, 149))
    assert rect[3] < 190


def test_motorcycle_is_covered_whole() -> None:
    rect, kind = regions((300, 100, 400, 240), ObjectClass.MOTORCYCLE)
    assert kind is Kind.WHOLE
    assert contains(rect, (300, 100, 400, 240))


@pytest.mark.parametrize("vehicle", [ObjectClass.CAR, ObjectClass.BUS, ObjectClass.TRUCK])
def test_vehicle_plate_band_but_not_the_roof(vehicle: ObjectClass) -> None:
    rect, kind = regions((300, 100, 460, 220), vehicle)
    assert kind is Kind.PLATE
    assert contains(rect, (300, 155, 460, 220))
    assert rect[1] > 130


def test_vehicle_cut_below_is_covered_higher() -> None:
    rect, _ = regions((300, 300, 460, 432), ObjectClass.CAR)
    assert rect[1] <= 432 - 0.75 * 132


@pytest.mark.parametrize("class_id", list(ObjectClass))
def test_small_boxes_are_covered_whole(class_id: ObjectClass) -> None:
    rect, kind = regions((300, 100, 330, 123), class_id)
    assert kind is Kind.WHOLE
    assert contains(rect, (300, 100, 330, 123))


@pytest.mark.parametrize("class_id", [ObjectClass.UNKNOWN, 99, -3])
def test_what_has_no_name_is_covered_whole(class_id: int) -> None:
    rect, kind = regions((300, 100, 400, 300), class_id)
    assert kind is Kind.WHOLE
    assert contains(rect, (300, 100, 400, 300))


def test_faces_get_hair_and_ears() -> None:
    face = np.array([[100, 100, 140, 150]], np.float32) / (WIDTH, HEIGHT, WIDTH, HEIGHT)
    found = cover_faces(face.astype(np.float32), np.zeros(1, np.float32), WIDTH, HEIGHT)
    assert contains(found.rects[0].tolist(), (86, 83, 154, 167))
    assert found.kinds.tolist() == [Kind.HEAD]


coordinate = st.floats(-0.5, 1.5, width=32)
sides = st.floats(0.0625, 1.0, width=32)


@given(x=coordinate, y=coordinate, w=sides, h=sides, class_id=st.sampled_from(list(ObjectClass)))
def test_regions_are_even_pixels_inside_the_picture(
    x: float, y: float, w: float, h: float, class_id: ObjectClass
) -> None:
    box = (x * WIDTH, y * HEIGHT, (x + w) * WIDTH, (y + h) * HEIGHT)
    x0, y0, x1, y1 = regions(box, class_id)[0]
    assert 0 <= x0 <= x1 <= WIDTH
    assert 0 <= y0 <= y1 <= HEIGHT
    assert all(value % 2 == 0 for value in (x0, y0, x1, y1))


@given(
    x=st.floats(0, 0.8), y=st.floats(0, 0.8), w=sides, h=sides,
    class_id=st.sampled_from(list(ObjectClass)), growth=st.floats(0, 2),
)  # fmt: skip
def test_growth_never_uncovers(
    x: float, y: float, w: float, h: float, class_id: ObjectClass, growth: float
) -> None:
    box = (x * WIDTH, y * HEIGHT, (x + w) * WIDTH, (y + h) * HEIGHT)
    still, _ = regions(box, class_id)
    grown, _ = regions(box, class_id, growth)
    assert contains(grown, tuple(still))


def test_nothing_gives_nothing() -> None:
    assert len(cover(Subjects.none(), WIDTH, HEIGHT)) == 0
