"""What moves in a recording, as what can be drawn."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.domain.scene import SceneGeometry
from wayside.testing.sumo.filmed.journeys import CHANGE_S, JUMP_M, travellers
from wayside.testing.sumo.kinds import NAMES
from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.truth import Truth
from wayside.testing.town.agents import Kind
from wayside.testing.town.camera import Camera

STEP_S = 0.1


def recording(xy: np.ndarray, kind: str = "car", absent: slice = slice(0, 0)) -> Recording:
    """One object at ``xy``, (T, 2), a step each, driving east; not in reach in ``absent``."""
    count = len(xy)
    here = np.ones(count, bool)
    here[absent] = False
    speeds = np.full(count, 10.0, np.float32)
    return Recording(
        name="made",
        seed=1,
        step_s=STEP_S,
        seconds=count * STEP_S,
        camera=Camera(),
        scene=SceneGeometry(),
        object_ids=("a",),
        kinds=np.array([NAMES.index(kind)], np.int8),
        sizes=np.array([[4.5, 1.8, 1.5]], np.float32),
        starts=np.concatenate([[0], np.cumsum(here)]),
        objects=np.zeros(int(here.sum()), np.int32),
        xy=xy[here].astype(np.float32),
        headings=np.zeros(int(here.sum()), np.float32),
        speeds=speeds[here],
        accelerations=np.zeros(int(here.sum()), np.float32),
        signals={},
        truth=_no_truth(),
    )


def _no_truth() -> Truth:
    plain = Truth.of_json
    names = ("loops", "passages", "areas", "area_samples", "sections")
    rows = {name: [] for name in (*names, "encounters", "incidents", "crossings")}
    return plain({"window_s": 60.0, "lane_zones": {}, **rows})


def east(count: int, y: float = 0.0) -> np.ndarray:
    return np.column_stack([np.arange(count) * 1.0, np.full(count, y)])


def test_times_begin_with_the_stretch() -> None:
    (one,) = travellers(recording(east(60)), 2.0, 4.0)
    assert one.kind is Kind.CAR
    assert (one.t_s[0], one.t_s[-1]) == pytest.approx((0.0, 2.0))
    assert one.xy[0] == pytest.approx((20.0, 0.0))


def test_who_leaves_and_comes_back_makes_two_journeys() -> None:
    first, second = travellers(recording(east(60), absent=slice(20, 30)), 0.0, 6.0)
    assert first.t_s[-1] == pytest.approx(1.9)
    assert second.t_s[0] == pytest.approx(3.0)


def test_a_change_of_lanes_takes_its_time() -> None:
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


def test_people_are_not_eased() -> None:
    xy = east(40)
    xy[20:, 1] = 1.0
    (one,) = travellers(recording(xy, "person"), 0.0, 3.9)
    assert one.kind is Kind.PERSON
    assert one.xy[:, 1] == pytest.approx(xy[:, 1])
