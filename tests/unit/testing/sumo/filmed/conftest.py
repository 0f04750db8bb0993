"""A recording of one object, made by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from wayside.domain.scene import Line, SceneGeometry
from wayside.testing.sumo.kinds import NAMES
from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.truth import Incident, Passage, Truth
from wayside.testing.town.camera import Camera

STEP_S = 0.1


@pytest.fixture
def recording() -> Callable[..., Recording]:
    return _recording


def _recording(
    xy: np.ndarray,
    kind: str = "car",
    absent: slice = slice(0, 0),
    passages: tuple[Passage, ...] = (),
    incidents: tuple[Incident, ...] = (),
) -> Recording:
    """One object ``a`` at ``xy``, (T, 2), a step each, driving east; not in reach in ``absent``."""
    count = len(xy)
    here = np.ones(count, bool)
    here[absent] = False
    zeros = np.zeros(int(here.sum()), np.float32)
    return Recording(
        name="made",
        seed=1,
        step_s=STEP_S,
        seconds=count * STEP_S,
        camera=Camera(),
        scene=SceneGeometry(lines=(Line("m", (0.5, 0.9), (0.5, 0.1)),)),
        object_ids=("a",),
        kinds=np.array([NAMES.index(kind)], np.int8),
        sizes=np.array([[4.5, 1.8, 1.5]], np.float32),
        starts=np.concatenate([[0], np.cumsum(here)]),
        objects=zeros.astype(np.int32),
        xy=xy[here].astype(np.float32),
        headings=zeros,
        speeds=zeros + 10,
        accelerations=zeros,
        signals={},
        truth=_truth(passages, incidents),
    )


def _truth(passages: tuple[Passage, ...], incidents: tuple[Incident, ...]) -> Truth:
    names = ("loops", "passages", "areas", "area_samples", "sections")
    rows: dict[str, object] = {name: [] for name in (*names, "encounters", "crossings")}
    truth = Truth.of_json({"window_s": 60.0, "lane_zones": {}, "incidents": [], **rows})
    return replace(truth, passages=passages, incidents=incidents)
