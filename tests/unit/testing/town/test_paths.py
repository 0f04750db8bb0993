"""Paths are measured by length and know where they meet."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.testing.town.paths import STEP_M, Path, arc, conflicts, rotated, rounded

EAST = Path.through(np.array([[-20.0, 0.0], [20.0, 0.0]]))
NORTH = Path.through(np.array([[3.0, -20.0], [3.0, 20.0]]))


def test_places_by_arc_length_and_beyond_the_ends() -> None:
    assert EAST.length == pytest.approx(40.0)
    places = EAST.at(np.array([-2.0, 0.0, 25.0, 43.0]))
    assert places == pytest.approx(np.array([[-22.0, 0], [-20, 0], [5, 0], [23, 0]]))
    assert EAST.nearest_s(np.array([1.1, 4.0])) == pytest.approx(21.1, abs=STEP_M)


def test_an_arc_has_its_length() -> None:
    path = Path.through(arc((0.0, 0.0), 8.0, 0.0, 90.0))
    assert path.length == pytest.approx(4 * np.pi, rel=1e-3)
    assert path.at(np.array([path.length]))[0] == pytest.approx([0.0, 8.0], abs=1e-9)


def test_quarter_turns_are_counter_clockwise() -> None:
    point = np.array([[2.0, 1.0]])
    assert rotated(point, 1).tolist() == [[-1.0, 2.0]]
    assert rotated(point, 4).tolist() == rotated(point, 0).tolist() == [[2.0, 1.0]]


def test_rounding_keeps_the_ends_and_cuts_the_corner() -> None:
    bent = rounded(np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]))
    assert bent[0].tolist() == [0.0, 0.0]
    assert bent[-1].tolist() == [10.0, 10.0]
    assert np.hypot(*(bent - [10.0, 0.0]).T).min() > 1.0


def test_crossing_paths_meet_where_they_are_close() -> None:
    (meeting,) = conflicts(EAST, NORTH, 2.0)
    assert meeting.own_in == pytest.approx(21.0, abs=0.5)
    assert meeting.own_out == pytest.approx(25.0, abs=0.5)
    assert (meeting.other_in + meeting.other_out) / 2 == pytest.approx(20.0, abs=0.3)


def test_a_path_that_comes_back_is_met_twice() -> None:
    there_and_back = Path.through(np.array([[-5.0, -9.0], [-5.0, 5.0], [5.0, 5.0], [5.0, -9.0]]))
    first, second = conflicts(EAST, there_and_back, 1.0)
    assert first.own_out < second.own_in
    assert first.other_out < second.other_in


def test_paths_far_apart_do_not_meet() -> None:
    beside = Path.through(np.array([[-20.0, 6.0], [20.0, 6.0]]))
    outside = Path.through(np.array([[30.0, 40.0], [60.0, 40.0]]))
    assert conflicts(EAST, beside, 2.0) == ()
    assert conflicts(EAST, outside, 2.0) == ()
