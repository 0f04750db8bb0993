import numpy as np
import pytest

from wayside.analyze.bridging import Sight, Succession, heirs, present_until
from wayside.analyze.histories import TrackHistories
from wayside.domain.classes import ClassGroup

ASPECT = 16 / 9


def _sight(track, t_s, x=0.5, group=ClassGroup.PERSON, width=0.05, height=0.2):
    box = np.array([x - width / 2, 0.5 - height / 2, x + width / 2, 0.5 + height / 2], np.float32)
    return Sight(track, t_s, box, group)


@pytest.mark.parametrize(
    ("born", "found"),
    [
        (_sight(2, 11.0), True),
        (_sight(2, 11.5), True),
        (_sight(2, 11.6), False),
        (_sight(2, 10.0), False),
        (_sight(2, 11.0, x=0.57), True),
        (_sight(2, 11.0, x=0.58), False),
        (_sight(2, 11.0, group=ClassGroup.VEHICLE), False),
        (_sight(2, 11.0, group=ClassGroup.UNKNOWN), True),
        (_sight(2, 11.0, width=0.0, height=0.0), True),
    ],
)
def test_an_heir_is_near_soon_and_of_a_kind(born, found):
    assert heirs([_sight(1, 10.0)], [born], ASPECT) == ([(0, 0)] if found else [])


def test_points_have_no_size_and_no_heir():
    point = _sight(1, 10.0, width=0.0, height=0.0)
    assert heirs([point], [_sight(2, 11.0, width=0.0, height=0.0)], ASPECT) == []


def test_the_nearest_pairs_win_and_nobody_inherits_twice():
    lost = [_sight(1, 10.0, x=0.50), _sight(2, 10.0, x=0.53)]
    born = [_sight(3, 10.5, x=0.535), _sight(4, 10.5, x=0.51)]
    assert sorted(heirs(lost, born, ASPECT)) == [(0, 1), (1, 0)]
    assert heirs(lost, born[:1], ASPECT) == [(1, 0)]


def test_a_held_track_was_there_until_it_ended():
    assert present_until(10.0, 11.5) == 10.0
    assert present_until(10.0, 60.0) == 60.0


def test_the_lost_wait_for_an_heir_and_no_longer(stage):
    histories = TrackHistories()
    succession = Succession(histories, stage.aspect)
    actor = stage.Actor(1, ((0.0, 0.5, 0.5), (1.0, 0.5, 0.5)))
    histories.update(stage.tracks_at(1.0, [actor]))
    succession.lose(1, 1.4)
    histories.release(1)
    assert succession.lost_since() == {1: 1.0}
    assert succession.without_heir(2.9) == []
    assert succession.without_heir(3.0) == [(1, 1.0)]
    assert succession.lost_before(9.0) == []


def test_a_live_track_out_of_sight_may_be_succeeded(stage):
    histories = TrackHistories()
    succession = Succession(histories, stage.aspect)
    old = stage.Actor(1, ((0.0, 0.5, 0.5), (9.0, 0.5, 0.5)), hidden=((1.0, 9.0),))
    new = stage.Actor(2, ((1.5, 0.5, 0.51), (9.0, 0.5, 0.51)))
    for t_s in (0.0, 0.9, 1.5):
        histories.update(stage.tracks_at(t_s, [old, new]))
    assert succession.inherit([], [1]) == []
    assert succession.inherit([2], [1, 2, 77]) == [(1, 2)]


def test_what_ends_with_the_stream_is_cut_off_not_lost(stage):
    histories = TrackHistories()
    succession = Succession(histories, stage.aspect)
    actors = [stage.Actor(i, ((0.0, 0.5, 0.5), (5.0, 0.5, 0.5))) for i in (1, 2)]
    histories.update(stage.tracks_at(4.0, actors))
    succession.lose(1, 4.5)
    succession.lose(2, 5.0)
    assert succession.lost_before(5.0) == [(1, 4.0)]
