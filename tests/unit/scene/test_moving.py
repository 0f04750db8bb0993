"""A drawing follows its view."""

import numpy as np
import pytest

from wayside.domain.health import ViewShift
from wayside.domain.scene import (
    CameraPose,
    ControlPoint,
    Line,
    Movement,
    SceneGeometry,
    Zone,
    ZoneUse,
)
from wayside.scene.checks import geometry_problems
from wayside.scene.moving import moved

ASPECT = 2.0
SCENE = SceneGeometry(
    lines=(Line("a", (0.2, 0.4), (0.2, 0.8)), Line("b", (0.8, 0.4), (0.8, 0.8))),
    zones=(
        Zone("lane", ((0.3, 0.3), (0.7, 0.3), (0.7, 0.7)), ZoneUse.LANE, ((0.4, 0.4), (0.6, 0.4))),
    ),
    movements=(Movement("a-b", "a", "b"),),
    control_points=tuple(
        ControlPoint(at, (10 * at[0], 20 * at[1]))
        for at in ((0.3, 0.9), (0.7, 0.9), (0.6, 0.5), (0.4, 0.45))
    ),
)


def shift(dx=0.0, dy=0.0, rotation_deg=0.0, scale=1.0):
    return ViewShift(dx, dy, rotation_deg, scale, 1.0, 0.1)


def test_a_shift_is_in_picture_widths():
    found = moved(SCENE, shift(dx=0.1, dy=-0.1), ASPECT)
    assert found.geometry.lines[0].start == pytest.approx((0.3, 0.2))
    assert found.geometry.zones[0].heading[1] == pytest.approx((0.7, 0.2))
    assert found.lost == ()
    assert geometry_problems(found.geometry) == []


def test_a_turn_is_clockwise_about_the_centre_and_a_zoom_leads_away_from_it():
    (line,) = moved(
        SceneGeometry(lines=(Line("a", (0.6, 0.5), (0.7, 0.5)),)), shift(rotation_deg=90), ASPECT
    ).geometry.lines
    assert line.start == pytest.approx((0.5, 0.7))
    (line,) = moved(
        SceneGeometry(lines=(Line("a", (0.6, 0.5), (0.7, 0.5)),)), shift(scale=2.0), ASPECT
    ).geometry.lines
    assert (line.start, line.end) == (pytest.approx((0.7, 0.5)), pytest.approx((0.9, 0.5)))


def test_what_leaves_the_picture_is_told_and_takes_its_movements_along():
    found = moved(SCENE, shift(dx=0.3), ASPECT)
    assert found.lost == ("b", "a-b")
    assert [line.id for line in found.geometry.lines] == ["a"]
    assert np.array(found.geometry.zones[0].polygon).max() <= 1.0


def test_a_line_cut_at_the_edge_keeps_its_direction():
    drawn = SceneGeometry(lines=(Line("a", (0.9, 0.5), (0.1, 0.5)),))
    (line,) = moved(drawn, shift(dx=0.2), ASPECT).geometry.lines
    assert line.start == pytest.approx((1.0, 0.5))
    assert line.end == pytest.approx((0.3, 0.5))


def test_a_camera_from_traffic_is_to_be_found_anew():
    drawn = SceneGeometry(camera=CameraPose(1.0, 20.0, 0.0, 8.0, 0.1, 1.0, 0.3, 0.4))
    found = moved(drawn, shift(dx=0.05), ASPECT)
    assert found.lost == ("calibration",)
    assert not found.geometry.is_calibrated
