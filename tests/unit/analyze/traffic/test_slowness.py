import numpy as np
import pytest

from wayside.analyze.histories import TrackHistories
from wayside.analyze.traffic.slowness import Slowness, left_s, rest_s


def _watched(stage, actor, times):
    histories = TrackHistories(depth=24, spacing_s=0.15)
    for t_s in times:
        histories.update(stage.tracks_at(t_s, [actor]))
    return histories


@pytest.mark.parametrize("times", [np.arange(0, 3, 0.1), np.cumsum([0.3, 0.5, 0.2, 0.6, 0.7])])
def test_speed_is_that_of_the_path_in_own_sizes(stage, times):
    scene = stage.scene()
    actor = stage.Actor(1, ((0.0, 0.5, 0.2), (10.0, 0.5, 0.7)), size=(0.05625, 0.1))
    histories = _watched(stage, actor, times.tolist())
    slots = np.array([histories.slot(1)])
    anchors = np.array([[0.5, 0.2]])
    speeds = Slowness(scene, histories).speeds(float(times[-1]), slots, anchors)
    assert speeds.values == pytest.approx([0.5], rel=1e-3)
    assert not speeds.is_physical.any()


def test_unknown_before_a_second_of_sight(stage):
    actor = stage.Actor(1, ((0.0, 0.5, 0.2), (10.0, 0.5, 0.7)))
    histories = _watched(stage, actor, [0.0, 0.3, 0.6, 0.9])
    slots = np.array([histories.slot(1)])
    speeds = Slowness(stage.scene(), histories).speeds(0.9, slots, np.zeros((1, 2)))
    assert np.isnan(speeds.values).all()


def test_swinging_boxes_are_slow(stage):
    actor = stage.Actor(1, ((0.0, 0.5, 0.5), (9.0, 0.5, 0.5)), jitter=0.03)
    histories = _watched(stage, actor, stage.every(0.1, 9))
    slots = np.array([histories.slot(1)])
    speeds = Slowness(stage.scene(), histories).speeds(9.0, slots, np.zeros((1, 2)))
    assert speeds.values[0] < 0.08


def test_rest_and_departure_are_dated_by_the_path(stage):
    scene = stage.scene()
    actor = stage.Actor(1, ((0.0, 0.5, 0.2), (5.0, 0.5, 0.6), (7.0, 0.5, 0.6), (9.0, 0.5, 0.8)))
    arriving = _watched(stage, actor, stage.every(0.1, 6.5))
    assert rest_s(arriving.trace(1), scene) == pytest.approx(5.0, abs=0.5)
    leaving = _watched(stage, actor, stage.every(0.1, 8.5, 5.2))
    place = np.array([actor.box(6.0)], np.float32)
    assert left_s(leaving.trace(1), place, scene) == pytest.approx(7.0, abs=0.5)


def test_departure_longer_ago_than_the_trace_is_its_oldest_second(stage):
    actor = stage.Actor(1, ((0.0, 0.5, 0.2), (5.0, 0.5, 0.6)))
    trace = _watched(stage, actor, [3.0, 4.0]).trace(1)
    place = np.array([actor.box(0.0)], np.float32)
    assert left_s(trace, place, stage.scene()) == 3.0


def test_arrival_is_one_own_size_from_the_beginning(stage):
    actor = stage.Actor(1, ((0.0, 0.5, 0.2), (10.0, 0.5, 0.7)), size=(0.05625, 0.1))
    scene = stage.scene()
    near = _watched(stage, actor, [0.0, 1.9])
    far = _watched(stage, actor, [0.0, 2.1])
    assert not Slowness(scene, near).has_arrived(1)
    assert Slowness(scene, far).has_arrived(1)
