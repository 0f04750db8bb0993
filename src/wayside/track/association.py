"""Which detection belongs to which track: similarity, class penalty, assignment.

Boxes here are corners (4, N) float64: x1, y1, x2, y2 in picture heights.
"""

from __future__ import annotations

from typing import Protocol

import lap
import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.geometry import Points
from wayside.track.kalman import Columns

Indices = NDArray[np.intp]

_OTHER_TYPE = 0.05
_RIDER = 0.25
_OTHER_GROUP = 0.6


class GroundGate(Protocol):
    """Knows from the ground plane what can have got where. Made by whoever has the calibration."""

    def reachable(
        self, before: Points, now: Points, elapsed_s: NDArray[np.float64]
    ) -> NDArray[np.bool_]:
        """(M, N) bool: could the object at ``before`` (M, 2) be at ``now`` (N, 2)?

        Both are ground anchors (middle of the lower edge) in normalised picture
        coordinates; ``elapsed_s`` (M,) is the time since each was last seen.
        """
        ...


def class_penalties() -> NDArray[np.float64]:
    """(7, 7) cost added to a match of a track's class with a detection's.

    Detectors confuse vehicle types, so those cost little. A rider may be
    called a person. A person who becomes a car is another object.
    """
    penalties = np.zeros((len(ObjectClass), len(ObjectClass)))
    for a in ObjectClass:
        for b in ObjectClass:
            groups = {a.group, b.group}
            if a is b:
                cost = 0.0
            elif ClassGroup.UNKNOWN in groups or len(groups) == 1:
                cost = _OTHER_TYPE
            elif groups == {ClassGroup.PERSON, ClassGroup.TWO_WHEELER}:
                cost = _RIDER
            else:
                cost = _OTHER_GROUP
            penalties[a, b] = cost
    return penalties


def buffered_iou(tracks: Columns, found: Columns, margins: NDArray[np.float64]) -> Columns:
    """(M, N) IoU of boxes that both grew by the track's margin (M,) on each side.

    With no margin this is IoU. A margin of the predicted position's
    uncertainty keeps an object that moved further than its own size between
    two samples comparable (buffered IoU: Yang et al., WACV 2023; there the
    buffer is a fixed share of the box).
    """
    twice = (margins + margins)[:, None]
    shared = np.minimum(tracks[2:, :, None], found[2:, None, :])
    shared -= np.maximum(tracks[:2, :, None], found[:2, None, :])
    shared += twice
    np.maximum(shared, 0.0, out=shared)
    both: Columns = shared[0] * shared[1]
    own = tracks[2:] - tracks[:2]
    own += twice[:, 0]
    grown = (found[2:] - found[:2])[:, None, :] + twice
    union: Columns = grown[0] * grown[1]
    union += (own[0] * own[1])[:, None]
    union -= both
    np.divide(both, union, out=both)
    return both


def overlaps(a: Columns, b: Columns) -> tuple[Columns, Columns]:
    """Of boxes (4, M) and (4, N): (M, N) IoU, and shared area ÷ the smaller box's area."""
    return paired_overlaps(a[:, :, None], b[:, None, :])


def paired_overlaps(a: Columns, b: Columns) -> tuple[Columns, Columns]:
    """As ``overlaps``, box by box: (4, P) and (4, P) give (P,) and (P,). Broadcasts."""
    sides = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    np.maximum(sides, 0.0, out=sides)
    shared = sides[0] * sides[1]
    area_a = (a[2] - a[0]) * (a[3] - a[1])
    area_b = (b[2] - b[0]) * (b[3] - b[1])
    return shared / (area_a + area_b - shared), shared / np.minimum(area_a, area_b)


def assign(cost: Columns, limit: float) -> tuple[Indices, Indices]:
    """Rows and columns of the cheapest pairing under ``limit``.

    Minimises the sum of (cost - limit) over the pairs made, each below the
    limit. If every row's best column is its own alone, or every column's best
    row, that is the optimum and no solver is needed; so it is in nine updates
    out of ten. Otherwise the solver gets only the rows and columns in
    conflict: on a whole 100 × 100 matrix it takes longer than all the rest of
    an update.
    """
    best = cost.argmin(1)
    rows: Indices = (np.minimum.reduce(cost, 1) < limit).nonzero()[0]
    columns = best.take(rows)
    if len(set(columns.tolist())) == len(rows):
        return rows, columns
    best = cost.argmin(0)
    columns = (np.minimum.reduce(cost, 0) < limit).nonzero()[0]
    rows = best.take(columns)
    if len(set(rows.tolist())) == len(columns):
        return rows, columns
    return _solved(cost, limit)


def _solved(cost: Columns, limit: float) -> tuple[Indices, Indices]:
    """As ``assign``, for a matrix in which some rows and columns compete."""
    rows, columns = (cost < limit).nonzero()
    contested = np.bincount(rows)[rows] + np.bincount(columns)[columns] > 2
    free = ~contested
    # A pair without rivals shares neither row nor column with a contested one.
    hard_rows = np.unique(rows[contested])
    hard_columns = np.unique(columns[contested])
    # The solver's sums must not drown in the cost of what is out of reach.
    part = np.minimum(cost[hard_rows[:, None], hard_columns], limit + 1.0)
    _, chosen, _ = lap.lapjv(part, extend_cost=True, cost_limit=limit)
    solved = (chosen >= 0).nonzero()[0]
    return (
        np.concatenate((rows[free], hard_rows[solved])),
        np.concatenate((columns[free], hard_columns[chosen[solved]])),
    )
