"""What moves in a recording, as what can be drawn."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from wayside.testing.sumo.filmed.journeys import CHANGE_S, JUMP_M, travellers
from wayside.testing.sumo.recording import Recording
from wayside.testing.town.agents import Kind

STEP_S = 0.1

Make = Callable[..., Recording]


def east(count: int, y: float = 0.0) -> np.ndarray:
    return np.column_stack([np.arange(count) * 1.0, np.full(count, y)])


def test_times_begin_with_the_stretch(recording: Make) -> None:
    (one,) = travellers(recording(east(60)), 2.0, 4.0)
    assert one.kind is Kind.CAR
    assert (one.t_s[0], one.t_s[-1]) == pytest.approx((0.0, 2.0))
    assert one.xy[0] == pytest.approx((20.0, 0.0))


def test_who_leaves_and_comes_back_makes_two_journeys(recording: Make) -> None:
    first, second = travellers(recording(east(60), absent=slice(20, 30)), 0.0, 6.0)
    assert first.t_s[-1] == pytest.approx(1.9)
    assert second.t_s[0] == pytest.approx(3.0)


def test_a_change_of_lanes_takes_its_time(recording: Make) -> None:
    xy = east(100)
    xy[50:, 1] = 3.2  # at once, as SUMO does it
    (one,) = travellers(recording(xy), 0.0, 9.9)
    sideways = np.diff(one.xy[:, 1])
    assert sideways.max() < JUMP_M / 2
    assert one.xy[0, 1] == pytest.approx(0.0, abs=1e-6)
    assert one.xy[-1, 1] == pytest.approx(3.2, abs=1e-5)
    assert one.xy[:, 0] == pytest.approx(xy[:, 0], abs=1e-4)
    moving = np.flatnonzero(sideways > 1e-3)
    assert (moving[-1] - moving[0]) * STEP_S == pytest.approx(CHANGE_S, abs=0.3)
    assert np.abs(one.heading).max() > 0.1  # the nose turns
    assert one.heading[[0, -1]] == pytest.approx((0.0, 0.0), abs=1e-6)


def test_people_are_not_eased(recording: Make) -> None:
    xy = east(40)
    xy[20:, 1] = 1.0
    (one,) = travellers(recording(xy, "person"), 0.0, 3.9)
    assert one.kind is Kind.PERSON
    assert one.xy[:, 1] == pytest.approx(xy[:, 1])
