import pytest

from wayside.analyze.traffic.crossing import LineCrossings
from wayside.analyze.traffic.movements import Movements
from wayside.analyze.traffic.readers import Crossing
from wayside.domain.classes import ObjectClass
from wayside.domain.records import Phase
from wayside.domain.scene import Direction, Movement

THROUGH = Movement("through", "A", "B")
BACK = Movement("back", "B", "A")


def _crossing(line, t_s, track=1, kind=ObjectClass.CAR):
    return Crossing(line, Direction.FORWARD, track, kind, t_s, 0.9)


@pytest.fixture
def movements():
    return Movements((THROUGH, BACK))


def test_origin_then_destination_is_a_movement_with_its_travel_time(movements):
    assert movements.crossed(_crossing("A", 2.0)) == []
    (found,) = movements.crossed(_crossing("B", 5.5))
    assert found.kind == "traffic.movement"
    assert found.phase is Phase.INSTANT
    assert found.place == "through"
    assert found.start_s == found.end_s == 5.5
    assert found.data["travel_time_s"] == pytest.approx(3.5)
    assert found.data["class"] == "car"
    assert (found.data["origin"], found.data["destination"]) == ("A", "B")


def test_another_track_or_another_line_makes_none(movements):
    movements.crossed(_crossing("A", 2.0, track=1))
    assert movements.crossed(_crossing("B", 5.0, track=2)) == []
    assert movements.crossed(_crossing("elsewhere", 6.0, track=1)) == []


def test_crossings_may_be_told_out_of_order(movements):
    assert movements.crossed(_crossing("B", 5.0)) == []
    (found,) = movements.crossed(_crossing("A", 2.0))
    assert found.data["travel_time_s"] == pytest.approx(3.0)


def test_the_latest_origin_counts_and_each_crossing_once(movements):
    movements.crossed(_crossing("A", 1.0))
    movements.crossed(_crossing("A", 3.0))
    (found,) = movements.crossed(_crossing("B", 4.0))
    assert found.data["travel_time_s"] == pytest.approx(1.0)
    (again,) = movements.crossed(_crossing("B", 6.0))
    assert again.data["travel_time_s"] == pytest.approx(5.0)
    assert movements.crossed(_crossing("B", 8.0)) == []


def test_a_shuttle_makes_each_movement_of_its_way(movements):
    places = [
        f.place
        for line, t_s in (("A", 1.0), ("B", 2.0), ("A", 3.0))
        for f in movements.crossed(_crossing(line, t_s))
    ]
    assert places == ["through", "back"]


def test_a_track_that_is_gone_is_forgotten(movements):
    movements.crossed(_crossing("A", 1.0))
    movements.forget(1)
    assert movements.crossed(_crossing("B", 2.0)) == []


def test_readings_count_by_movement_and_class(stage, movements):
    for track, kind in ((1, ObjectClass.CAR), (2, ObjectClass.CAR), (3, ObjectClass.BUS)):
        movements.crossed(_crossing("A", 1.0, track, kind))
        movements.crossed(_crossing("B", 1.0 + track, track, kind))
    rows = movements.readings(0, 3.5)
    assert stage.value(rows, "count", place="through", class_label="") == 2
    assert stage.value(rows, "travel_time_mean", place="through", class_label="car") == 1.5
    assert stage.value(rows, "count", place="through", class_label="bus") == 0
    assert stage.value(rows, "travel_time_mean", place="through", class_label="bus") is None
    assert stage.value(rows, "count", place="back", class_label="") == 0
    later = movements.readings(3.5, 7)
    assert stage.value(later, "count", place="through", class_label="bus") == 1
    assert {row.place_kind for row in rows} == {"movement"}


def test_movements_come_from_tracks_over_lines(stage):
    scene = stage.scene(
        lines=(stage.across(0.3, "A"), stage.across(0.7, "B")), movements=(THROUGH, BACK)
    )
    movements = Movements(scene.geometry.movements)
    crossings = stage.part(scene, lambda m: LineCrossings(m, readers=(movements,)))
    down = stage.Actor(1, ((0.0, 0.5, 0.1), (8.0, 0.5, 0.9)))
    up = stage.Actor(2, ((0.0, 0.3, 0.9), (8.0, 0.3, 0.1)))
    half = stage.Actor(3, ((0.0, 0.7, 0.1), (8.0, 0.7, 0.5)))
    found = stage.play(crossings, [down, up, half], stage.every(0.2, 9))
    made = [f for f in found if f.kind == "traffic.movement"]
    assert sorted((f.place, f.data["track"]) for f in made) == [("back", 2), ("through", 1)]
    assert [f.data["travel_time_s"] for f in made] == pytest.approx([4.0, 4.0], abs=0.01)
    rows = crossings.readings(0, 9)
    assert stage.value(rows, "count", place="through", class_label="") == 1
