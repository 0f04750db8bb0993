import numpy as np
import pytest

from wayside.analyze.histories import Trace, TrackHistories
from wayside.domain.classes import ClassGroup

PATH = ((0.0, 0.1, 0.3), (100.0, 0.9, 0.9))


def test_steps_join_observations_over_a_gap(stage):
    histories = TrackHistories()
    actor = stage.Actor(5, PATH, hidden=((0.5, 1.5),))
    for t_s in (0.0, 1.0):
        steps = histories.update(stage.tracks_at(t_s, [actor]))
        assert len(steps.rows) == 0
    steps = histories.update(stage.tracks_at(2.0, [actor]))
    assert steps.rows.tolist() == [0]
    assert steps.before_s.tolist() == [0.0]
    assert steps.before_boxes[0] == pytest.approx(actor.box(0.0))


def test_born_and_confirmed_are_said_once(stage):
    histories = TrackHistories()
    actor = stage.Actor(5, PATH, confirmed_s=1.0)
    said = []
    for t_s in (0.0, 0.5, 1.0, 1.5):
        steps = histories.update(stage.tracks_at(t_s, [actor]))
        said.append((steps.born.tolist(), steps.confirmed.tolist()))
    assert said == [([0], []), ([], []), ([], [0]), ([], [])]


def test_trace_is_thinned_bounded_in_order_and_ends_with_the_last_sight(stage):
    histories = TrackHistories(depth=5, spacing_s=0.5)
    actor = stage.Actor(5, PATH)
    for t_s in stage.every(0.1, 9.3):
        histories.update(stage.tracks_at(t_s, [actor]))
    trace = histories.trace(5)
    assert trace.t_s == pytest.approx([7.0, 7.5, 8.0, 8.5, 9.0, 9.3])
    assert trace.boxes[-1] == pytest.approx(actor.box(9.3))


def test_trace_is_interpolated_and_held_at_its_ends():
    trace = Trace(
        np.array([1.0, 2.0]), np.array([[0, 0, 0.1, 0.1], [0.1, 0, 0.2, 0.1]], np.float32)
    )
    boxes = trace.at(np.array([0.0, 1.5, 3.0]))
    assert boxes[:, 0] == pytest.approx([0.0, 0.05, 0.1])


def test_live_tracks_survive_growth_and_released_ones_leave_no_trace(stage):
    histories = TrackHistories()
    actors = [stage.Actor(i, PATH, size=(0.01 + i * 1e-4, 0.1)) for i in range(200)]
    histories.update(stage.tracks_at(0.0, actors[:50]))
    histories.update(stage.tracks_at(0.2, actors))
    assert len(histories) == 200
    assert histories.trace(7).t_s == pytest.approx([0.0, 0.2])
    assert histories.birth_s[histories.slot(7)] == 0.0
    assert histories.birth_box[histories.slot(150)] == pytest.approx(actors[150].box(0.2))
    histories.release(7)
    histories.release(7)
    assert 7 not in histories
    assert len(histories.live()) == 199
    steps = histories.update(stage.tracks_at(0.4, [stage.Actor(999, PATH)]))
    assert histories.trace(999).t_s.tolist() == [0.4]
    assert len(steps.rows) == 0


def test_the_votes_of_the_tracker_are_kept(stage):
    histories = TrackHistories()
    histories.update(stage.tracks_at(0.0, [stage.Actor(5, PATH)]))
    slot = histories.slot(5)
    assert histories.group(slot) is ClassGroup.VEHICLE
    assert histories.class_share[slot] == pytest.approx(0.95)
    assert histories.score[slot] == pytest.approx(0.8)
