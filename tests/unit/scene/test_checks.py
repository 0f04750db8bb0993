import math

import pytest

from wayside.domain.errors import ConfigError
from wayside.domain.scene import ControlPoint, Line, Movement, SceneGeometry, Zone
from wayside.scene.checks import check_geometry, geometry_problems

LINE = Line("in", (0.1, 0.5), (0.9, 0.5))
OUT = Line("out", (0.1, 0.7), (0.9, 0.7))
SQUARE = ((0.1, 0.1), (0.4, 0.1), (0.4, 0.4), (0.1, 0.4))
SOUND = SceneGeometry(
    lines=(LINE, OUT),
    zones=(Zone("box", SQUARE),),
    movements=(Movement("through", "in", "out"),),
    control_points=(
        ControlPoint((0.1, 0.2), (0.0, 30.0)),
        ControlPoint((0.9, 0.2), (20.0, 30.0)),
        ControlPoint((0.8, 0.9), (15.0, 0.0)),
        ControlPoint((0.2, 0.9), (5.0, 0.0)),
    ),
    private_zones=(Zone("window", SQUARE),),
)


def test_a_sound_scene_passes():
    assert geometry_problems(SOUND) == []
    check_geometry(SOUND)
    check_geometry(SceneGeometry())


def test_the_edge_of_the_picture_is_inside_it():
    whole = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    check_geometry(SceneGeometry(zones=(Zone("all", whole),)))


@pytest.mark.parametrize(
    ("geometry", "place", "says"),
    [
        (SceneGeometry(lines=(Line("a", (0.5, 0.5), (0.5, 0.5)),)), "lines[0]", "no length"),
        (SceneGeometry(lines=(LINE, Line("b", (0.5, 0.5), (1.5, 0.5)))), "lines[1]", "outside"),
        (
            SceneGeometry(lines=(Line("b", (0.5, math.nan), (0.5, 0.5)),)),
            "lines[0]",
            "not a number",
        ),
        (SceneGeometry(lines=(LINE, LINE)), "lines[1]", "'in' is already used by lines[0]"),
        (SceneGeometry(lines=(Line("", (0.1, 0.1), (0.5, 0.5)),)), "lines[0]", "empty id"),
        (SceneGeometry(zones=(Zone("z", SQUARE[:2]),)), "zones[0]", "2 different corners"),
        (
            SceneGeometry(zones=(Zone("z", (SQUARE[0], SQUARE[1], SQUARE[0])),)),
            "zones[0]",
            "2 different corners",
        ),
        (
            SceneGeometry(zones=(Zone("z", (SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3])),)),
            "zones[0]",
            "crosses itself",
        ),
        (
            SceneGeometry(zones=(Zone("z", ((0.1, 0.1), (0.5, 0.5), (0.9, 0.9))),)),
            "zones[0]",
            "zone 'z'",
        ),
        (
            SceneGeometry(zones=(Zone("z", ((0.1, 0.1), (0.101, 0.1), (0.1, 0.101))),)),
            "zones[0]",
            "no area",
        ),
        (
            SceneGeometry(private_zones=(Zone("p", ((-1.0, 0.0), *SQUARE)),)),
            "private_zones[0]",
            "outside the picture",
        ),
        (
            SceneGeometry(lines=(LINE,), movements=(Movement("m", "in", "gone"),)),
            "movements[0]",
            "'gone', which is not drawn",
        ),
        (
            SceneGeometry(lines=(LINE,), movements=(Movement("m", "in", "in"),)),
            "movements[0]",
            "begins and ends",
        ),
        (
            SceneGeometry(control_points=(ControlPoint((0.1, 1.2), (0.0, 0.0)),)),
            "control_points[0]",
            "outside",
        ),
        (
            SceneGeometry(control_points=(ControlPoint((0.1, 0.2), (math.inf, 0.0)),)),
            "control_points[0]",
            "not a number on the ground",
        ),
        (
            SceneGeometry(control_points=SOUND.control_points[:3]),
            "control_points",
            "at least 4",
        ),
    ],
)
def test_each_fault_is_named_with_its_place_and_a_remedy(geometry, place, says):
    problems = geometry_problems(geometry)
    assert [problem.place for problem in problems] == [place]
    assert says in problems[0].what
    assert problems[0].remedy
    with pytest.raises(ConfigError) as caught:
        check_geometry(geometry)
    assert caught.value.where == place
    assert says in str(caught.value)


def test_all_faults_are_found_at_once():
    geometry = SceneGeometry(
        lines=(Line("a", (0.5, 0.5), (0.5, 0.5)), Line("a", (0.1, 0.1), (2.0, 2.0))),
        zones=(Zone("z", SQUARE[:2]),),
    )
    assert len(geometry_problems(geometry)) == 4
    with pytest.raises(ConfigError, match="3 more") as caught:
        check_geometry(geometry, where="mast-1")
    assert caught.value.where is not None
    assert caught.value.where.startswith("mast-1.")
