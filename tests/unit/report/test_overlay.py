import re

import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.domain.geometry import sides
from wayside.domain.scene import Line, SceneGeometry, Zone
from wayside.report import overlay


@pytest.mark.parametrize(
    "line", [Line("a", (0.2, 0.3), (0.8, 0.5)), Line("b", (0.9, 0.9), (0.5, 0.1))]
)
def test_the_arrow_points_to_the_side_that_counts_as_forward(line):
    dx, dy = overlay.forward(line, 562)
    assert np.hypot(dx, dy) == pytest.approx(1)
    start, end = (np.array(p) * (1000, 562) for p in (line.start, line.end))
    beyond = (start + end) / 2 + np.array([dx, dy]) * 10
    assert sides(start, end, beyond[None])[0] > 0


def test_a_line_without_length_has_no_arrow_and_no_error():
    line = Line("a", (0.2, 0.3), (0.2, 0.3))
    assert overlay.forward(line, 500) == (0, 0)
    assert "<path" in overlay.lines(SceneGeometry(lines=(line,)), 500)


def test_the_drawing_has_the_shape_of_the_picture():
    assert overlay.drawn_height(768, 432) == 562
    assert overlay.drawn_height(1080, 1920) == 1778
    assert overlay.drawn_height(0, 0) == 562


def test_a_path_keeps_both_ends_and_drops_what_is_no_point():
    image = np.linspace((0.1, 0.1), (0.9, 0.8), 500).astype(np.float32)
    image[250] = np.nan
    points = overlay.corners(image, 500)
    assert len(points) <= overlay.MOST_POINTS
    assert list(points[0]) == [100, 50]
    assert list(points[-1]) == [900, 400]


def test_an_object_that_stands_still_is_no_path(sample):
    still = sample.trajectory(1, ObjectClass.CAR, [(0.5, 0.5)] * 9, list(range(9)))
    assert overlay.paths([still], 500) == ""


def test_a_path_written_in_steps_ends_where_it_should(sample):
    path = sample.trajectory(
        1, ObjectClass.BUS, [(0.1, 0.2), (0.5, 0.2), (0.4, 0.9)], [0.0, 1.0, 2.0]
    )
    svg = overlay.paths([path], 1000)
    assert 'class="path-bus"' in svg
    assert re.search(r'd="M100 200l400 0 -100 700"', svg)


def test_of_very_many_paths_some_are_drawn_evenly(sample, monkeypatch):
    monkeypatch.setattr(overlay, "MOST_PATHS", 3)
    paths = [
        sample.trajectory(n, ObjectClass.CAR, [(n / 10, 0.0), (n / 10, 1.0)], [0.0, 1.0])
        for n in range(10)
    ]
    assert re.findall(r"M(\d+) 0", overlay.paths(paths, 500)) == ["0", "400", "900"]


def test_a_class_id_outside_the_taxonomy_is_drawn_as_unknown(sample):
    path = sample.trajectory(1, ObjectClass.CAR, [(0.1, 0.2), (0.5, 0.2)], [0.0, 1.0])
    odd = type(path)(path.track, 99, path.t_s, path.image, None)
    assert "path-unknown" in overlay.paths([odd], 500)


def test_labels_stay_in_the_picture_and_clear_of_the_arrow():
    flat = Line("flat", (0.2, 0.5), (0.6, 0.5))  # forward is down
    steep = Line("steep", (0.99, 0.9), (0.99, 0.02))
    zone = Zone("zone", ((0.0, 0.0), (0.1, 0.0), (0.1, 0.1)))
    geometry = SceneGeometry(lines=(flat, steep), zones=(zone,))
    a, b, c = overlay.labels(geometry, {"flat": "3 forward"}, 562)
    assert (a.x, a.detail) == (40.0, "3 forward")
    assert a.y < 50
    assert b.x <= 96
    assert b.y >= 5
    assert "to-left" in b.style
    assert "to-right" in c.style
    upward = Line("up", (0.6, 0.5), (0.2, 0.5))
    assert overlay.labels(SceneGeometry(lines=(upward,)), {}, 562)[0].y > 50


def test_zones_are_drawn_in_drawing_units():
    zone = Zone("z", ((0.0, 0.0), (1.0, 0.0), (0.5, 1.0)))
    assert 'points="0,0 1000,0 500,562"' in overlay.zones(SceneGeometry(zones=(zone,)), 562)
