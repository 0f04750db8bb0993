import json

import numpy as np
import pytest

from wayside.analyze.traffic.crossing import LineCrossings
from wayside.analyze.traffic.passages import CrossingSettings
from wayside.domain.classes import ObjectClass
from wayside.domain.records import Phase
from wayside.domain.scene import Anchor, ControlPoint, Line

CAR, PERSON = ObjectClass.CAR, ObjectClass.PERSON
DOWN = ((0.0, 0.5, 0.2), (6.0, 0.5, 0.8))
"""Crosses y = 0.5 at 3.0 s."""
UP = ((0.0, 0.5, 0.8), (6.0, 0.5, 0.2))


@pytest.fixture
def crossings(stage):
    return stage.part(stage.scene(lines=(stage.across(),)), LineCrossings)


def test_a_crossing_says_what_crossed_where_when_and_which_way(stage, crossings):
    actors = [stage.Actor(77, DOWN)]
    (found,) = stage.play(crossings, actors, stage.every(0.1, 6))
    assert found.kind == "traffic.line_crossing"
    assert found.phase is Phase.INSTANT
    assert found.place == "L"
    assert found.start_s == found.end_s == pytest.approx(3.0, abs=1e-3)
    assert found.data["line"] == "L"
    assert found.data["direction"] == "forward"
    assert found.data["class"] == "car"
    assert found.data["group"] == "vehicle"
    assert found.data["t_s"] == pytest.approx(3.0, abs=1e-3)
    assert found.data["score"] == pytest.approx(0.8)
    assert found.data["track"] == 77
    assert "speed_mps" not in found.data
    json.dumps(dict(found.data))


def test_the_other_way_is_backward(stage, crossings):
    (found,) = stage.play(crossings, [stage.Actor(1, UP)], stage.every(0.1, 6))
    assert found.data["direction"] == "backward"


def test_forward_is_from_the_left_of_the_line_to_its_right(stage):
    """Standing at the lower end and looking up the picture, left is left."""
    upright = stage.part(stage.scene(lines=(Line("V", (0.5, 0.9), (0.5, 0.1)),)), LineCrossings)
    rightwards = stage.Actor(1, ((0.0, 0.2, 0.6), (3.0, 0.8, 0.6)))
    (found,) = stage.play(upright, [rightwards], stage.every(0.1, 3))
    assert found.data["direction"] == "forward"


def test_time_is_interpolated_under_irregular_sampling(stage, crossings):
    rng = np.random.default_rng(4)
    times = np.cumsum(rng.uniform(0.05, 0.7, 20)).tolist()
    (found,) = stage.play(crossings, [stage.Actor(1, DOWN)], times)
    assert found.start_s == pytest.approx(3.0, abs=1e-3)


def test_a_gap_over_the_line_is_one_crossing_in_its_middle(stage, crossings):
    actor = stage.Actor(1, DOWN, hidden=((2.05, 3.95),))
    (found,) = stage.play(crossings, [actor], stage.every(0.1, 6))
    assert found.start_s == pytest.approx(3.0, abs=1e-3)


def test_predicted_positions_make_no_crossing(stage, crossings):
    actor = stage.Actor(1, DOWN, hidden=((2.5, 9.0),))
    assert stage.play(crossings, [actor], stage.every(0.1, 6)) == []


def test_passing_the_end_of_the_line_is_none(stage, crossings):
    beside = ((0.0, 0.95, 0.2), (6.0, 0.95, 0.8))
    assert stage.play(crossings, [stage.Actor(1, beside)], stage.every(0.1, 6)) == []


def test_coming_back_round_the_end_and_swinging_over_counts_nothing(stage, crossings):
    """Out past the end of the line, then to rest just beneath its last part."""
    path = ((0.0, 0.95, 0.3), (2.0, 0.95, 0.505), (3.0, 0.88, 0.505), (4.0, 0.88, 0.495))
    path += ((5.0, 0.88, 0.3), (8.0, 0.88, 0.1))
    assert stage.play(crossings, [stage.Actor(1, path)], stage.every(0.1, 8)) == []


@pytest.mark.parametrize("seed", range(8))
def test_jitter_of_an_object_that_stands_on_the_line_counts_once_at_most(stage, seed):
    crossings = stage.part(stage.scene(lines=(stage.across(),)), LineCrossings)
    stands = ((0.0, 0.5, 0.2), (3.0, 0.5, 0.5), (33.0, 0.5, 0.5), (36.0, 0.5, 0.8))
    actor = stage.Actor(1, stands, jitter=0.03, seed=seed)
    (found,) = stage.play(crossings, [actor], stage.every(0.1, 36))
    assert found.data["direction"] == "forward"
    assert 2.8 <= found.start_s <= 33.3


@pytest.mark.parametrize("seed", range(8))
def test_turning_back_on_the_line_counts_nothing(stage, seed):
    crossings = stage.part(stage.scene(lines=(stage.across(),)), LineCrossings)
    turns = ((0.0, 0.5, 0.2), (3.0, 0.5, 0.505), (9.0, 0.5, 0.505), (12.0, 0.5, 0.2))
    actor = stage.Actor(1, turns, jitter=0.03, seed=seed)
    assert stage.play(crossings, [actor], stage.every(0.1, 12)) == []


def test_going_and_coming_back_counts_each_way(stage, crossings):
    path = ((0.0, 0.5, 0.2), (3.0, 0.5, 0.8), (6.0, 0.5, 0.2))
    found = stage.play(crossings, [stage.Actor(1, path)], stage.every(0.1, 6))
    assert [f.data["direction"] for f in found] == ["forward", "backward"]
    assert len({f.key for f in found}) == 2


def test_a_track_that_ends_just_beyond_the_line_has_crossed(stage):
    """A line near the border: the object leaves before it is clear of the line."""
    crossings = stage.part(stage.scene(lines=(stage.across(0.97),)), LineCrossings)
    leaves = stage.Actor(1, ((0.0, 0.5, 0.5), (2.0, 0.5, 0.985)))
    (found,) = stage.play(crossings, [leaves], stage.every(0.1, 4), finish=False)
    assert found.start_s == pytest.approx(1.94, abs=0.02)


def test_a_track_that_ends_on_the_line_has_not(stage, crossings):
    stops = stage.Actor(1, ((0.0, 0.5, 0.2), (3.0, 0.5, 0.501)))
    assert stage.play(crossings, [stops], stage.every(0.1, 5)) == []


def test_the_end_of_the_stream_settles_what_is_beyond_the_line(stage, crossings):
    (found,) = stage.play(crossings, [stage.Actor(1, DOWN)], stage.every(0.1, 3.2))
    assert found.start_s == pytest.approx(3.0, abs=1e-3)


def test_a_tentative_track_is_told_once_confirmed_with_its_true_time(stage, crossings):
    late = stage.Actor(1, DOWN, confirmed_s=4.5)
    ((told_s, found),) = stage.told(crossings, [late], stage.every(0.1, 6))
    assert told_s == pytest.approx(4.5)
    assert found.start_s == pytest.approx(3.0, abs=1e-3)


@pytest.mark.parametrize("last_s", [4.0, 9.0])
def test_a_track_never_confirmed_is_dropped(stage, crossings, last_s):
    ghost = stage.Actor(1, ((0.0, 0.5, 0.2), (last_s, 0.5, 0.2 + 0.1 * last_s)), confirmed_s=99)
    assert stage.play(crossings, [ghost], stage.every(0.1, 12)) == []


def test_a_sure_class_is_told_early_and_an_unsure_one_when_settled(stage):
    for share, expected in ((0.95, 3.6), (0.6, 5.0)):
        crossings = stage.part(stage.scene(lines=(stage.across(),)), LineCrossings)
        actor = stage.Actor(1, DOWN, votes=((-1.0, CAR, share),))
        ((told_s, _),) = stage.told(crossings, [actor], stage.every(0.1, 6))
        assert told_s == pytest.approx(expected, abs=0.11)


def test_the_class_is_the_vote_when_it_settles(stage, crossings):
    votes = ((-1.0, ObjectClass.UNKNOWN, 1.0), (3.3, ObjectClass.TRUCK, 0.5), (4.4, CAR, 0.7))
    (found,) = stage.play(crossings, [stage.Actor(1, DOWN, votes=votes)], stage.every(0.1, 6))
    assert found.data["class"] == "car"


def test_the_class_of_a_track_that_ends_is_its_last(stage, crossings):
    votes = ((-1.0, CAR, 0.5), (3.5, ObjectClass.BUS, 0.6))
    gone = stage.Actor(1, ((0.0, 0.5, 0.2), (4.0, 0.5, 0.6)), votes=votes)
    ((told_s, found),) = stage.told(crossings, [gone], stage.every(0.1, 6))
    assert told_s == pytest.approx(4.1)
    assert found.data["class"] == "bus"


def test_what_nobody_named_is_unknown(stage, crossings):
    blob = stage.Actor(1, DOWN, votes=((-1.0, ObjectClass.UNKNOWN, 1.0),))
    (found,) = stage.play(crossings, [blob], stage.every(0.1, 6))
    assert found.data["class"] == found.data["group"] == "unknown"


def test_two_side_by_side_are_two(stage, crossings):
    left = stage.Actor(1, ((0.0, 0.46, 0.2), (6.0, 0.46, 0.8)))
    right = stage.Actor(2, ((0.0, 0.49, 0.2), (6.0, 0.49, 0.8)))
    found = stage.play(crossings, [left, right], stage.every(0.1, 6))
    assert sorted(f.data["track"] for f in found) == [1, 2]
    assert crossings.part.duplicates == 0


def test_one_after_the_other_on_the_same_path_are_two(stage, crossings):
    first = stage.Actor(1, DOWN)
    second = stage.Actor(2, ((0.5, 0.5, 0.2), (6.5, 0.5, 0.8)))
    assert len(stage.play(crossings, [first, second], stage.every(0.1, 7))) == 2


def test_two_who_pass_each_other_are_two(stage, crossings):
    found = stage.play(crossings, [stage.Actor(1, DOWN), stage.Actor(2, UP)], stage.every(0.1, 6))
    assert {f.data["direction"] for f in found} == {"forward", "backward"}


@pytest.mark.parametrize("named_track", [1, 2])
def test_one_object_seen_twice_counts_once_and_keeps_its_name(stage, crossings, named_track):
    blob = ((-1.0, ObjectClass.UNKNOWN, 1.0),)
    named = ((-1.0, CAR, 0.9),)
    actors = [
        stage.Actor(1, DOWN, votes=named if named_track == 1 else blob),
        stage.Actor(
            2,
            ((1.0, 0.505, 0.31), (6.0, 0.505, 0.81)),
            size=(0.07, 0.11),
            votes=named if named_track == 2 else blob,
        ),
    ]
    (found,) = stage.play(crossings, actors, stage.every(0.1, 6))
    assert found.data["class"] == "car"
    assert found.data["track"] == named_track
    assert crossings.part.duplicates == 1


def test_a_part_inside_the_whole_counts_once(stage, crossings):
    whole = stage.Actor(1, DOWN, size=(0.12, 0.2))
    part = stage.Actor(2, ((0.0, 0.5, 0.19), (6.0, 0.5, 0.79)), size=(0.06, 0.08))
    (found,) = stage.play(crossings, [whole, part], stage.every(0.1, 6))
    assert found.data["track"] == 1


@pytest.mark.parametrize("order", [(1, 2), (2, 1)])
@pytest.mark.parametrize("bicycle_y", [0.01, -0.03, -0.045])
def test_a_rider_and_his_bicycle_are_one_two_wheeler(stage, crossings, order, bicycle_y):
    """Whichever crosses first: the bicycle before, just after, or not yet clear of the line."""
    rider = stage.Actor(order[0], DOWN, size=(0.04, 0.12), votes=((-1.0, PERSON, 0.95),))
    bicycle = stage.Actor(
        order[1],
        ((0.4, 0.5, 0.24 + bicycle_y), (6.0, 0.5, 0.8 + bicycle_y)),
        size=(0.06, 0.07),
        votes=((-1.0, ObjectClass.BICYCLE, 0.9),),
    )
    (found,) = stage.play(crossings, [rider, bicycle], stage.every(0.1, 6))
    assert found.data["class"] == "bicycle"
    assert found.data["group"] == "two_wheeler"
    assert crossings.part.duplicates == 1


def test_a_cyclist_in_front_of_a_lorry_is_his_own_object(stage, crossings):
    lorry = stage.Actor(1, DOWN, size=(0.2, 0.3), votes=((-1.0, ObjectClass.TRUCK, 0.9),))
    cyclist = stage.Actor(2, DOWN, size=(0.03, 0.1), votes=((-1.0, ObjectClass.BICYCLE, 0.9),))
    assert len(stage.play(crossings, [lorry, cyclist], stage.every(0.1, 6))) == 2


def test_an_unconfirmed_double_does_not_take_the_count_away(stage, crossings):
    real = stage.Actor(1, ((2.0, 0.5, 0.4), (6.0, 0.5, 0.8)))
    ghost = stage.Actor(2, DOWN, confirmed_s=99)
    (found,) = stage.play(crossings, [real, ghost], stage.every(0.1, 6))
    assert found.data["track"] == 1


def test_many_lines_and_tracks_in_one_update(stage):
    lines = tuple(stage.across(y, f"L{i}") for i, y in enumerate((0.3, 0.5, 0.7)))
    crossings = stage.part(stage.scene(lines=lines), LineCrossings)
    actors = [
        stage.Actor(i, ((0.0, 0.15 + 0.07 * i, 0.15), (4.0, 0.15 + 0.07 * i, 0.95)))
        for i in range(10)
    ]
    found = stage.play(crossings, actors, stage.every(0.2, 4))
    assert len(found) == 30
    counts = crossings.readings(0, 4)
    for index in range(3):
        place = {"place": f"L{index}", "class_label": "", "direction": "forward"}
        assert stage.value(counts, "count", **place) == 10


def test_readings_count_by_line_direction_and_class(stage, crossings):
    actors = [
        stage.Actor(1, DOWN),
        stage.Actor(2, tuple((t + 2, 0.3, y) for t, _, y in DOWN), votes=((-1.0, PERSON, 0.9),)),
        stage.Actor(3, tuple((t, 0.7, y) for t, _, y in UP)),
    ]
    stage.play(crossings, actors, stage.every(0.1, 8))
    first = crossings.readings(0, 4)
    second = crossings.readings(4, 8)
    forward = {"place": "L", "direction": "forward"}
    assert stage.value(first, "count", class_label="", **forward) == 1
    assert stage.value(first, "count", class_label="car", **forward) == 1
    assert stage.value(first, "flow", class_label="", **forward) == 900
    assert stage.value(second, "count", class_label="", **forward) == 1
    assert stage.value(second, "count", class_label="car", **forward) == 0
    assert stage.value(second, "count", class_label="person", **forward) == 1
    backward = {"place": "L", "direction": "backward"}
    assert stage.value(first, "count", class_label="", **backward) == 1
    assert {row.unit for row in first} == {"objects", "objects/h", "m/s", "%", "s"}
    assert {row.place_kind for row in first} == {"line"}


def test_windows_are_final_after_settling(stage, crossings):
    """Read each window as soon as the contract allows: nothing is lost, nothing twice."""
    actors = [
        stage.Actor(
            i,
            tuple((t + 0.9 * i, 0.2 + 0.03 * i, y) for t, _, y in DOWN),
            votes=((-1.0, CAR, 0.5),),
        )
        for i in range(20)
    ]
    counted, window = [], 0
    for t_s in stage.every(0.1, 26):
        crossings.update(stage.tracks_at(t_s, actors))
        while t_s >= (window + 1) * 2.0 + crossings.settling_s:
            rows = crossings.readings(window * 2.0, (window + 1) * 2.0)
            counted.append(stage.value(rows, "count", class_label="", direction="forward"))
            window += 1
    true = [3.0 + 0.9 * i for i in range(20)]
    expected = [sum(w * 2 <= t < w * 2 + 2 for t in true) for w in range(window)]
    assert counted == expected
    assert sum(counted) == 20


def test_what_settles_late_is_counted_in_a_later_window(stage, crossings):
    stands = ((0.0, 0.5, 0.2), (3.0, 0.5, 0.503), (20.0, 0.5, 0.503), (22.0, 0.5, 0.8))
    stage.play(crossings, [stage.Actor(1, stands)], stage.every(0.1, 10), finish=False)
    which = {"class_label": "", "direction": "forward"}
    assert stage.value(crossings.readings(0, 8), "count", **which) == 0
    (found,) = stage.play(crossings, [stage.Actor(1, stands)], stage.every(0.1, 22, 10.1))
    assert found.start_s < 8
    assert stage.value(crossings.readings(8, 22), "count", **which) == 1


def test_readings_of_nobody_are_zero_where_something_was_counted_and_else_nothing(stage, crossings):
    rows = crossings.readings(0, 60)
    assert {(row.metric, row.value) for row in rows} == {
        ("count", 0),
        ("flow", 0),
        ("speed_n", 0),
        ("speed_mean", None),
        ("speed_space_mean", None),
        ("speed_p85", None),
        ("time_occupancy", None),
        ("gap_mean", None),
    }
    assert len(rows) == 16  # both directions


def test_a_scene_without_lines_tells_nothing(stage):
    nothing = stage.part(stage.scene(), LineCrossings)
    assert stage.play(nothing, [stage.Actor(1, DOWN)], stage.every(0.1, 6)) == []
    assert nothing.readings(0, 6) == []


def test_an_id_that_ends_unseen_is_no_error(stage, crossings):
    assert crossings.update(stage.tracks_at(0.0, [], ended=[5])) == []


PLAIN = (
    ControlPoint((0.1, 0.2), (0.0, 40.0)),
    ControlPoint((0.9, 0.2), (20.0, 40.0)),
    ControlPoint((0.9, 0.9), (20.0, 0.0)),
    ControlPoint((0.1, 0.9), (0.0, 0.0)),
    ControlPoint((0.5, 0.55), (10.0, 20.0)),
)
"""One picture height is 57.14 m, seen from straight above."""


def test_speed_is_told_where_calibrated(stage):
    crossings = stage.part(
        stage.scene(lines=(stage.across(),), control_points=PLAIN), LineCrossings
    )
    (found,) = stage.play(crossings, [stage.Actor(1, DOWN)], stage.every(0.1, 6))
    assert found.data["speed_mps"] == pytest.approx(0.1 * 40 / 0.7, rel=1e-3)
    assert 0 < found.data["speed_error_mps"] < 0.5


def test_speed_leaves_out_boxes_that_the_border_cuts(stage):
    """The lower edge of a box cut by the border stands still while the object moves."""
    scene = stage.scene(lines=(stage.across(0.9),), control_points=PLAIN)
    crossings = stage.part(scene, LineCrossings)
    leaves = ((0.0, 0.5, 0.4), (4.0, 0.5, 0.8), (6.0, 0.5, 1.0), (8.0, 0.5, 1.0))
    (found,) = stage.play(crossings, [stage.Actor(1, leaves)], stage.every(0.1, 8))
    assert found.data["speed_mps"] == pytest.approx(0.1 * 40 / 0.7, rel=0.01)


def test_no_speed_where_it_was_seen_too_shortly(stage):
    crossings = stage.part(
        stage.scene(lines=(stage.across(),), control_points=PLAIN), LineCrossings
    )
    shortly = ((0.0, 0.5, 0.4), (0.1, 0.5, 0.6))
    (found,) = stage.play(crossings, [stage.Actor(1, shortly)], [0.0, 0.1])
    assert "speed_mps" not in found.data


def test_the_anchor_of_the_scene_is_what_crosses(stage):
    scene = stage.scene(lines=(stage.across(),), anchor=Anchor.CENTRE)
    (found,) = stage.play(
        stage.part(scene, LineCrossings), [stage.Actor(1, DOWN)], stage.every(0.1, 6)
    )
    assert found.start_s == pytest.approx(3.5, abs=1e-3)


def test_settings_are_obeyed(stage):
    scene = stage.scene(lines=(stage.across(),))
    patient = stage.part(
        scene, lambda m: LineCrossings(m, CrossingSettings(settling_s=0.8, strong_share=1.1))
    )
    assert patient.settling_s == 0.8
    ((told_s, _),) = stage.told(patient, [stage.Actor(1, DOWN)], stage.every(0.1, 6))
    assert told_s == pytest.approx(3.8, abs=0.11)


def test_slots_are_reused_without_memory_of_the_former_track(stage, crossings):
    """A new object on the far side must not look like a step of the one before it."""
    first = stage.Actor(1, ((0.0, 0.5, 0.2), (1.0, 0.5, 0.3)))
    second = stage.Actor(2, ((1.2, 0.5, 0.7), (2.0, 0.5, 0.8)))
    assert stage.play(crossings, [first, second], stage.every(0.1, 3)) == []
