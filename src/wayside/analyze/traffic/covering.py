"""Which footprints lie over lines, from one instant to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.lanes import LineLanes
from wayside.analyze.traffic.line_ground import GroundLines
from wayside.analyze.traffic.moment import Moment
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.scene import Direction
from wayside.scene.scene import Scene

_COUNTS: Final = np.array([kind.group is not ClassGroup.PERSON for kind in ObjectClass])
_LONGEST_STEP_S: Final = 3.0
_BEYOND_ENDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class Cover:
    """A vehicle lay over a line from start_s to end_s, in one step between two instants.

    lane: zone id or "".
    """

    track: int
    line: str
    direction: Direction
    lane: str
    start_s: float
    end_s: float


class Covering:
    """Compares the distances of fronts and rears to each line from one instant to the next.

    Both are taken to move evenly between two instants. A vehicle lies over a line from its front's
    arrival to its rear's departure at the axis of its footprint, as over a loop detector without
    extent. People are no vehicles.
    """

    def __init__(self, scene: Scene, lanes: LineLanes) -> None:
        self._line_ids = scene.line_ids
        self._lanes = lanes
        self._lines = GroundLines(scene)
        self._t_s = np.empty(0)
        self._ahead_m = np.empty((0, len(scene.line_ids)))
        self._half_m = np.empty(0)

    def advance(self, moment: Moment) -> list[Cover]:
        """What of covering happened since the instant before, of confirmed vehicles."""
        tracks, slots = moment.tracks, moment.slots
        if not len(slots):
            return []
        self._grow(int(slots.max()) + 1)
        self._t_s[slots[moment.steps.born]] = np.nan
        found = self._lines.approach(moment.centres, moment.headings)
        half = moment.lengths_m / 2
        before_s, t_s = self._t_s[slots], tracks.t_s
        was, was_half = self._ahead_m[slots], self._half_m[slots]
        self._t_s[slots], self._ahead_m[slots], self._half_m[slots] = t_s, found.ahead_m, half
        usable = tracks.confirmed & _COUNTS[tracks.class_ids]
        usable &= (t_s - before_s <= _LONGEST_STEP_S) & (t_s > before_s)
        near = np.minimum(np.abs(was) - was_half[:, None], np.abs(found.ahead_m) - half[:, None])
        crossed = np.sign(was) != np.sign(found.ahead_m)
        with np.errstate(invalid="ignore"):
            hits = usable[:, None] & np.isfinite(near) & ((near < 0) | crossed)
            hits &= (found.shares > -_BEYOND_ENDS) & (found.shares < 1 + _BEYOND_ENDS)
        covers: list[Cover] = []
        for row, line in np.argwhere(hits).tolist():
            span = _span(
                (was[row, line] - was_half[row], found.ahead_m[row, line] - half[row]),
                (was[row, line] + was_half[row], found.ahead_m[row, line] + half[row]),
            )
            if span is None:
                continue
            first, last = span
            name = self._line_ids[line]
            direction = Direction.FORWARD if found.signs[row, line] > 0 else Direction.BACKWARD
            step = t_s - before_s[row]
            covers.append(
                Cover(
                    track=int(tracks.ids[row]),
                    line=name,
                    direction=direction,
                    lane=self._lanes.at(name, direction, float(found.shares[row, line])),
                    start_s=float(before_s[row] + first * step),
                    end_s=float(before_s[row] + last * step),
                )
            )
        return covers

    def _grow(self, capacity: int) -> None:
        more = max(capacity, 2 * len(self._t_s), 64) - len(self._t_s)
        if capacity <= len(self._t_s):
            return
        self._t_s = np.concatenate([self._t_s, np.full(more, np.nan)])
        self._half_m = np.concatenate([self._half_m, np.full(more, np.nan)])
        blank = np.full((more, self._ahead_m.shape[1]), np.nan)
        self._ahead_m = np.concatenate([self._ahead_m, blank])


def _span(front: tuple[float, float], rear: tuple[float, float]) -> tuple[float, float] | None:
    """Shares of a step in which the front is past the line and the rear is not; None for never.

    front, rear: how far each has to go to the line at the step's two ends, negative beyond it.
    """
    past = _below(*front)
    held = _below(-rear[0], -rear[1])
    if past is None or held is None:
        return None
    first, last = max(past[0], held[0]), min(past[1], held[1])
    return (first, last) if last > first else None


def _below(before: float, after: float) -> tuple[float, float] | None:
    """Shares of a step from ``before`` to ``after`` in which the value is not above 0."""
    if before <= 0 and after <= 0:
        return 0.0, 1.0
    if before > 0 and after > 0:
        return None
    when = before / (before - after)
    return (when, 1.0) if before > 0 else (0.0, when)


class Intervals:
    """A set of seconds, as the union of what is added."""

    def __init__(self) -> None:
        self._spans: list[tuple[float, float]] = []

    def add(self, start_s: float, end_s: float) -> None:
        self._spans.append((start_s, end_s))

    def within(
        self, start_s: float, end_s: float, more: Sequence[tuple[float, float]] = ()
    ) -> float:
        """How long the union, with ``more`` added, lasts inside [start_s, end_s)."""
        spans = sorted((max(a, start_s), min(b, end_s)) for a, b in (*self._spans, *more))
        total, until = 0.0, -np.inf
        for first, last in spans:
            total += max(last - max(first, until), 0.0)
            until = max(until, last)
        return float(total)

    def forget(self, end_s: float) -> None:
        """Drop what lies before ``end_s``."""
        self._spans = [span for span in self._spans if span[1] > end_s]


def quadratic(sigmas: list[float]) -> float:
    """Half-width of the 95 % band of a sum of independent errors."""
    values: NDArray[np.float64] = np.array(sigmas)
    return float(1.96 * np.sqrt((values**2).sum()))
