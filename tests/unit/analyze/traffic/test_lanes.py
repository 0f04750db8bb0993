import pytest

from wayside.analyze.traffic.lanes import LineLanes
from wayside.domain.scene import Direction, Zone, ZoneUse

FORWARD, BACKWARD = Direction.FORWARD, Direction.BACKWARD


def lane(name, left, right, *, heading=(0.2, 0.8)):
    """Down the picture from y = 0.2 to 0.8, across a line at 0.5."""
    polygon = ((left, 0.2), (right, 0.2), (right, 0.8), (left, 0.8))
    middle = (left + right) / 2
    way = tuple((middle, y) for y in heading)
    return Zone(name, polygon, ZoneUse.LANE, way)


@pytest.fixture
def lanes(stage):
    """Two lanes downwards on the line's left half, one upwards."""
    zones = (
        lane("a", 0.1, 0.3),
        lane("b", 0.3, 0.5),
        lane("up", 0.5, 0.7, heading=(0.8, 0.2)),
        Zone("area", ((0.1, 0.2), (0.9, 0.2), (0.9, 0.8), (0.1, 0.8))),
    )
    return LineLanes(stage.scene(lines=(stage.across(),), zones=zones))


def test_a_lane_counts_in_the_direction_of_its_heading(lanes):
    assert [x.zone for x in lanes.of("L", FORWARD)] == ["a", "b"]
    assert [x.zone for x in lanes.of("L", BACKWARD)] == ["up"]


@pytest.mark.parametrize(
    ("share", "forward", "backward"),
    [(0.1, "a", ""), (0.4, "b", ""), (0.6, "", "up"), (0.9, "", "")],
)
def test_who_crosses_is_in_the_lane_that_is_there(lanes, share, forward, backward):
    assert lanes.at("L", FORWARD, share) == forward
    assert lanes.at("L", BACKWARD, share) == backward


def test_a_quarter_of_a_lane_beside_the_outermost_is_still_in_it(lanes):
    assert lanes.at("L", FORWARD, -0.06) == "a"
    assert lanes.at("L", FORWARD, -0.07) == ""


def test_places_are_lines_and_their_lanes(lanes):
    assert lanes.places() == [
        ("line", "L", FORWARD),
        ("lane", "L:a", FORWARD),
        ("lane", "L:b", FORWARD),
        ("line", "L", BACKWARD),
        ("lane", "L:up", BACKWARD),
    ]


def test_a_line_that_cuts_a_corner_of_a_lane_is_not_over_it(stage):
    beside = Zone(
        "x",
        ((0.85, 0.2), (0.95, 0.2), (0.95, 0.8), (0.85, 0.8)),
        ZoneUse.LANE,
        ((0.95, 0.2), (0.95, 0.8)),
    )
    found = LineLanes(stage.scene(lines=(stage.across(),), zones=(beside,)))
    assert found.places() == [("line", "L", FORWARD), ("line", "L", BACKWARD)]


def test_a_line_just_beyond_the_stop_line_is_over_the_lane(stage):
    short = lane("s", 0.3, 0.5, heading=(0.2, 0.47))
    found = LineLanes(stage.scene(lines=(stage.across(),), zones=(short,)))
    assert [x.zone for x in found.of("L", FORWARD)] == ["s"]
