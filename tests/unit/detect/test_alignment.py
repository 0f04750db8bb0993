"""Shift, turn and zoom between two views."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from feed_health import street
from wayside.detect.alignment import Plane, far_shift, near_shift
from wayside.detect.view import structure_of
from wayside.domain.media import Picture


def edges(picture: Picture) -> Plane:
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    return structure_of(cv2.resize(grey, (160, 90), interpolation=cv2.INTER_AREA)).edges


def moved(dx: float, dy: float, turn_deg: float, scale: float) -> tuple[Plane, Plane]:
    """Edges of a view before and after. dx, dy: shares of the width; turn clockwise."""
    place = street(3, 960, 540)
    matrix = cv2.getRotationMatrix2D((480, 270), -turn_deg, scale)
    matrix[:, 2] += np.array([dx, dy]) * 640
    after = cv2.warpAffine(place, matrix, (960, 540))
    return edges(place[90:450, 160:800]), edges(after[90:450, 160:800])


@pytest.mark.parametrize(
    "how", [(0.03, -0.02, 0, 1), (0.0, 0.0, 2.0, 1.0), (0, 0, 0, 1.05), (-0.02, 0.01, -1.5, 0.97)]
)
def test_near(how: tuple[float, float, float, float]) -> None:
    shift = near_shift(*moved(*how))
    assert shift is not None
    assert (shift.dx, shift.dy) == pytest.approx(how[:2], abs=0.004)
    assert shift.rotation_deg == pytest.approx(how[2], abs=0.4)
    assert shift.scale == pytest.approx(how[3], abs=0.01)


@pytest.mark.parametrize("how", [(0.15, -0.1, 0, 1), (0.03, 0, 12, 1), (0, 0.02, 0, 1.3)])
def test_far(how: tuple[float, float, float, float]) -> None:
    shift = far_shift(*moved(*how))
    assert shift is not None
    assert (shift.dx, shift.dy) == pytest.approx(how[:2], abs=0.02)
    assert shift.rotation_deg == pytest.approx(how[2], abs=1.6)
    assert shift.scale == pytest.approx(how[3], abs=0.05)


def test_nothing_has_moved() -> None:
    shift = near_shift(*moved(0, 0, 0, 1))
    assert shift is not None
    assert shift.displacement < 0.001
    assert shift.confidence == 1


def test_two_places_have_no_shift() -> None:
    one, other = edges(street(1)), edges(street(2))
    assert near_shift(one, other) is None
    assert far_shift(one, other) is None


@pytest.mark.parametrize("size", [(160, 90), (90, 160), (160, 120), (40, 30)])
def test_any_shape_of_picture(size: tuple[int, int]) -> None:
    grey = cv2.cvtColor(street(4, size[0] * 4, size[1] * 4), cv2.COLOR_BGR2GRAY)
    plane = structure_of(cv2.resize(grey, size, interpolation=cv2.INTER_AREA)).edges
    shift = near_shift(plane, plane)
    assert shift is None or shift.displacement < 0.001
