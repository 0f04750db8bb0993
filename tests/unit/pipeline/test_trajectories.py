"""Trajectories: what objects' anchors did, thinned, and forgotten when the track ends."""

from __future__ import annotations

import numpy as np
import pytest

from made_pictures import tracks_of
from wayside.domain.classes import ObjectClass
from wayside.domain.scene import Anchor, ControlPoint, SceneGeometry
from wayside.domain.tracks import Tracks
from wayside.pipeline.trajectories import MAX_POINTS, TrajectoryRecorder
from wayside.scene.scene import Scene

CAR, BUS = ObjectClass.CAR, ObjectClass.BUS


def recorder(**geometry: object) -> TrajectoryRecorder:
    return TrajectoryRecorder(Scene(SceneGeometry(**geometry), 4 / 3))  # type: ignore[arg-type]


def at(t_s: float, x: float = 0.5, **columns: object) -> Tracks:
    """Track 1, of 0.2 x 0.1 around (x, 0.5), confirmed and observed unless told otherwise."""
    class_id = columns.pop("class_id", CAR)
    return tracks_of([x - 0.1, 0.45, x + 0.1, 0.55], [class_id], t_s, **columns)


def ended(t_s: float) -> Tracks:
    return Tracks.none(t_s, np.array([1], np.int64))


def test_a_finished_track_leaves_its_anchors_and_times() -> None:
    paths = recorder()
    for n in range(3):
        assert paths.update(at(n, 0.2 + 0.1 * n)) == []
    [trajectory] = paths.update(ended(3.0))
    assert trajectory.track == 1
    assert trajectory.class_id == CAR
    assert trajectory.t_s.tolist() == [0.0, 1.0, 2.0]
    np.testing.assert_allclose(trajectory.image, [[0.2, 0.55], [0.3, 0.55], [0.4, 0.55]], atol=1e-6)
    assert trajectory.ground is None
    assert paths.update(ended(4.0)) == []


def test_sizes_are_kept_where_the_picture_shows_the_whole_box() -> None:
    paths = recorder()
    for n, x in enumerate((0.101, 0.3, 0.5)):
        paths.update(at(n, x))
    [trajectory] = paths.update(ended(3.0))
    assert trajectory.sizes is not None
    assert np.isnan(trajectory.sizes[0]).all()
    np.testing.assert_allclose(trajectory.sizes[1:], [[0.2, 0.1]] * 2, atol=1e-6)


def test_the_anchor_is_the_scenes() -> None:
    paths = recorder(anchor=Anchor.CENTRE)
    for n in range(2):
        paths.update(at(n))
    [trajectory] = paths.update(ended(2.0))
    np.testing.assert_allclose(trajectory.image[:, 1], 0.5, atol=1e-6)


def test_the_last_vote_is_its_class() -> None:
    paths = recorder()
    paths.update(at(0.0))
    paths.update(at(1.0, class_id=BUS))
    [trajectory] = paths.update(ended(2.0))
    assert trajectory.class_id == BUS


def test_predicted_positions_are_not_recorded() -> None:
    paths = recorder()
    paths.update(at(0.0))
    paths.update(at(1.0, 0.9, observed=[False]))
    paths.update(at(2.0))
    [trajectory] = paths.update(ended(3.0))
    assert trajectory.t_s.tolist() == [0.0, 2.0]


def test_what_was_never_an_object_or_seen_once_leaves_nothing() -> None:
    never, once = recorder(), recorder()
    for n in range(3):
        never.update(at(n, confirmed=[False]))
    once.update(at(0.0))
    assert never.update(ended(3.0)) == once.update(ended(3.0)) == []


def test_a_calibrated_scene_gives_metres() -> None:
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    points = tuple(ControlPoint((x, y), (40 * x, 30 * y)) for x, y in corners)
    paths = recorder(control_points=points)
    for n in range(2):
        paths.update(at(n, 0.2 + 0.1 * n))
    [trajectory] = paths.update(ended(2.0))
    np.testing.assert_allclose(trajectory.ground, [[8.0, 16.5], [12.0, 16.5]], atol=1e-3)


@pytest.mark.parametrize("seconds", [MAX_POINTS, 3 * MAX_POINTS, 20 * MAX_POINTS])
def test_however_long_it_was_a_path_stays_small_and_in_order(seconds: int) -> None:
    paths = recorder()
    for n in range(seconds):
        paths.update(at(n, 0.1 + 0.8 * n / seconds))
    [trajectory] = paths.update(ended(seconds))
    count = len(trajectory.t_s)
    assert MAX_POINTS / 3 < count <= MAX_POINTS
    assert (np.diff(trajectory.t_s) > 0).all()
    assert (np.diff(trajectory.image[:, 0]) > 0).all()
    assert trajectory.t_s[0] == 0
    assert trajectory.t_s[-1] > 0.9 * seconds


def test_trails_show_the_last_seconds_of_live_objects() -> None:
    paths = recorder()
    for n in range(5):
        paths.update(at(n, 0.2 + 0.1 * n))
    [(track, trail)] = paths.trails(2.5, 4.0).items()
    assert track == 1
    assert [round(x, 3) for x, _ in trail] == [0.4, 0.5, 0.6]
    assert paths.trails(0.5, 4.0) == {}  # one point makes no trail
    paths.update(ended(5.0))
    assert paths.trails(9.0, 5.0) == {}


def test_what_is_no_object_yet_has_no_trail() -> None:
    paths = recorder()
    for n in range(3):
        paths.update(at(n, confirmed=[False]))
    assert paths.trails(9.0, 3.0) == {}
