"""What a scene would have counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from wayside.domain.scene import XY, Direction, Line, Movement, SceneGeometry, Zone
from wayside.serve.preview import preview
from wayside.serve.records import TimedPath

START = datetime(2026, 5, 4, 7, tzinfo=UTC)
LEFT_TO_RIGHT = ((0.1, 0.5), (0.4, 0.5), (0.6, 0.5), (0.9, 0.5))
SCENE = SceneGeometry(
    lines=(
        Line("west", (0.3, 0.9), (0.3, 0.1)),
        Line("east", (0.7, 0.9), (0.7, 0.1)),
    ),
    zones=(Zone("box", ((0.35, 0.4), (0.65, 0.4), (0.65, 0.6), (0.35, 0.6))),),
    movements=(Movement("through", "west", "east"), Movement("back", "east", "west")),
)


def path(*points: XY, label: str = "car", step_s: float = 1.0) -> TimedPath:
    offsets = tuple(step_s * number for number in range(len(points)))
    return TimedPath(label, START, START + timedelta(seconds=offsets[-1]), offsets, points)


def test_a_path_crosses_stays_and_turns() -> None:
    found = preview(SCENE, [path(*LEFT_TO_RIGHT)])
    assert found.lines["west"][Direction.FORWARD] == {"car": 1}
    assert not found.lines["west"][Direction.BACKWARD]
    assert found.movements == {"through": 1, "back": 0}
    assert found.dwells_s["box"] == [2.0]
    assert found.median_dwell_s("box") == 2.0


def test_the_other_way_is_backward() -> None:
    found = preview(SCENE, [path(*reversed(LEFT_TO_RIGHT), label="bus")])
    assert found.lines["east"][Direction.BACKWARD] == {"bus": 1}
    assert found.movements == {"through": 0, "back": 1}


def test_a_path_counts_once_a_way() -> None:
    swinging = path((0.2, 0.5), (0.4, 0.5), (0.2, 0.5), (0.4, 0.5))
    found = preview(SCENE, [swinging])
    assert found.lines["west"][Direction.FORWARD] == {"car": 1}
    assert found.lines["west"][Direction.BACKWARD] == {"car": 1}


def test_what_is_beside_the_line_does_not_count() -> None:
    found = preview(SCENE, [path((0.1, 0.95), (0.9, 0.95))])
    assert not found.lines["west"][Direction.FORWARD]
    assert found.dwells_s["box"] == []
    assert found.median_dwell_s("box") is None


def test_a_flicker_is_no_visit_and_two_stays_are_two() -> None:
    inside, outside = (0.5, 0.5), (0.1, 0.1)
    assert preview(SCENE, [path(outside, inside, outside, step_s=0.1)]).dwells_s["box"] == []
    twice = path(inside, outside, inside, inside)
    assert preview(SCENE, [twice]).dwells_s["box"] == [1.0, 1.0]


def test_nothing_makes_nothing() -> None:
    found = preview(SceneGeometry(), [])
    assert (found.paths, found.lines, found.dwells_s) == (0, {}, {})
    assert preview(SCENE, [path((0.5, 0.5))]).movements == {"through": 0, "back": 0}
