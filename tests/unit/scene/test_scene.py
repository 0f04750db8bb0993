import numpy as np
import pytest

from wayside.domain.errors import ConfigError
from wayside.domain.scene import Anchor, Line, SceneGeometry, Zone
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene

TRIANGLE = ((0.1, 0.1), (0.4, 0.1), (0.4, 0.4))


def _tracks(boxes):
    count = len(boxes)
    ones = np.ones(count, np.float32)
    flags = np.ones(count, bool)
    return Tracks(
        0.0,
        np.arange(count),
        np.array(boxes, np.float32),
        ones.astype(np.int8),
        ones,
        ones,
        np.zeros((count, 2), np.float32),
        flags,
        flags,
        ones,
        np.empty(0, np.int64),
    )


def test_geometry_is_compiled_into_columns():
    geometry = SceneGeometry(
        lines=(Line("a", (0.1, 0.2), (0.3, 0.4)), Line("b", (0.5, 0.6), (0.7, 0.8))),
        zones=(Zone("z", TRIANGLE),),
    )
    scene = Scene(geometry, 1.5)
    assert scene.line_ids == ("a", "b")
    assert scene.line_starts.tolist() == [[0.1, 0.2], [0.5, 0.6]]
    assert scene.line_ends.tolist() == [[0.3, 0.4], [0.7, 0.8]]
    assert scene.zone_ids == ("z",)
    assert scene.polygons[0].tolist() == [list(corner) for corner in TRIANGLE]


def test_an_empty_scene_has_shapes_too():
    scene = Scene(SceneGeometry(), 1.5)
    assert scene.line_starts.shape == (0, 2)
    assert scene.polygons == ()
    assert scene.ground_plane is None
    assert scene.ground(np.zeros((2, 2))) is None


@pytest.mark.parametrize(("anchor", "y"), [(Anchor.GROUND, 0.6), (Anchor.CENTRE, 0.4)])
def test_anchors_are_those_of_the_geometry(anchor, y):
    scene = Scene(SceneGeometry(anchor=anchor), 1.5)
    assert scene.anchors(_tracks([[0.2, 0.2, 0.4, 0.6]])) == pytest.approx(np.array([[0.3, y]]))


def test_ground_is_that_of_the_calibration(camera, corners):
    geometry = SceneGeometry(control_points=tuple(_inside(camera.points(corners))))
    scene = Scene(geometry, 16 / 9)
    assert scene.ground(camera.image(corners)) == pytest.approx(corners)


def _inside(points):
    assert all(0 <= x <= 1 and 0 <= y <= 1 for p in points for x, y in (p.image,))
    return points


def test_sizes_are_in_picture_heights():
    scene = Scene(SceneGeometry(), 2.0)
    boxes = np.array([[0.0, 0.0, 0.1, 0.2], [0.5, 0.5, 0.5, 0.6]], np.float32)
    assert scene.sizes(boxes) == pytest.approx([0.2, 0.0])


def test_a_faulty_scene_is_refused():
    with pytest.raises(ConfigError):
        Scene(SceneGeometry(lines=(Line("a", (0.5, 0.5), (0.5, 0.5)),)), 1.5)
