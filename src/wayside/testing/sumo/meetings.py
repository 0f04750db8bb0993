"""How near two objects of a recording really came, by their exact footprints.

SUMO scripts say which accidents were meant. But SUMO also drives vehicles through each other's
corners where lanes meet, and through people who wait at a kerb, and its drivers brake late for
who crosses; its SSM device reports vehicles alone. Who tells of that is right. Shapes and
distances are shapely's: nothing here is the product's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from shapely.affinity import translate
from shapely.geometry import Polygon

from wayside.testing.sumo.boxes import footprints
from wayside.testing.sumo.recording import Recording, Step

_EVERY_S = 0.1
_AHEAD_S = np.arange(0.0, 2.01, 0.1)
_BESIDE = np.cos(np.radians(30.0))
"""Whose headings differ by less goes behind the other, or past him."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """Of the two that came nearest to a crash. overlap_mps: how fast they went into each other,
    0 where they did not. ttc_s: least time to collision if both had gone straight on at their
    speeds, inf for none in 2 s; pet_s: least time between one leaving a place and the other
    coming there.
    """

    overlap_mps: float
    ttc_s: float
    pet_s: float


def meeting_near(
    recording: Recording, t_s: float, place: NDArray[np.float64], *, within_m: float, for_s: float
) -> Meeting:
    """The worst of all pairs within so many metres of a place, so many seconds before and after."""
    first = max(0, round((t_s - for_s) / recording.step_s))
    last = min(len(recording) - 1, round((t_s + for_s) / recording.step_s))
    stride = max(1, round(_EVERY_S / recording.step_s))
    steps = [recording.step(number) for number in range(first, last + 1, stride)]
    shapes = [_shapes(recording, step, place, within_m) for step in steps]
    overlap, ttc = 0.0, np.inf
    for step, bodies in zip(steps, shapes, strict=True):
        for a, b in combinations(bodies, 2):
            meets = _meets(step, bodies, a, b)
            if meets is None:
                continue
            after_s, closing = meets
            ttc = min(ttc, after_s)
            if after_s == 0.0:
                overlap = max(overlap, closing)
    return Meeting(overlap, float(ttc), _encroachment_s(steps, shapes))


def _shapes(
    recording: Recording, step: Step, place: NDArray[np.float64], within_m: float
) -> dict[int, Polygon]:
    """Footprints by row of the step."""
    rows = np.flatnonzero(np.hypot(*(step.xy - place).T) <= within_m)
    sizes = recording.sizes[step.objects[rows]]
    shapes = footprints(step.xy[rows], step.headings[rows], sizes)
    return dict(zip(rows.tolist(), shapes, strict=True))


def _meets(step: Step, bodies: dict[int, Polygon], a: int, b: int) -> tuple[float, float] | None:
    """Seconds until two rows touch, going straight on, and how fast they come closer."""
    between = _velocity(step, b) - _velocity(step, a)
    closing = float(np.hypot(*between))
    if closing < 1.0 or bodies[a].distance(bodies[b]) > closing * _AHEAD_S[-1]:
        return None
    for after_s in _AHEAD_S.tolist():
        if translate(bodies[b], *(between * after_s)).intersects(bodies[a]):
            return after_s, closing
    return None


def _velocity(step: Step, row: int) -> NDArray[np.float64]:
    heading = float(step.headings[row])
    return float(step.speeds[row]) * np.array([np.cos(heading), np.sin(heading)])


def _encroachment_s(steps: list[Step], shapes: list[dict[int, Polygon]]) -> float:
    """Least time between two objects' being in one place, of those one of whom drives on."""
    least = np.inf
    for i, early in enumerate(steps):
        for step, bodies in zip(steps[i + 1 :], shapes[i + 1 :], strict=True):
            later_s = step.t_s - early.t_s
            if later_s >= least or later_s > 2.0:
                break
            if any(
                early.objects[a] != step.objects[b]
                and step.speeds[b] > 1.0
                and early.speeds[a] > 1.0
                and abs(np.cos(float(early.headings[a]) - float(step.headings[b]))) < _BESIDE
                and shapes[i][a].intersects(bodies[b])
                for a in shapes[i]
                for b in bodies
            ):
                least = later_s
    return float(least)
