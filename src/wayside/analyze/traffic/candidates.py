"""Which two of all objects may come close: a coarse look at every pair, every update."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.contact import Footprints, separations
from wayside.analyze.traffic.moment import Moment
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.geometry import Points

Array = NDArray[np.float64]

LEAST_MPS = 3.0
"""Of the faster one, and of how fast they come closer: under it nobody is in danger."""

_HORIZON_S = 2.5
_STEP_S = 0.25
_MARGIN_M = 0.6
_AFTER_S = 2.0
_PASSED_S = 1.5
_MOST_SIGMAS_M: Final = np.array([3.0, 1.0])
"""Along and across the heading. An error along it makes a time to collision wrong by error over
closing speed; one across it makes neighbours meet."""
_MOST_SIGMA_MPS = 2.5
_BESIDE = np.sin(np.radians(20.0))
_AHEAD: Final = np.arange(0.0, _HORIZON_S + _STEP_S / 2, _STEP_S)
IS_MOTORED: Final = np.array([kind.group is ClassGroup.VEHICLE for kind in ObjectClass])
_IS_SOFT: Final = np.array(
    [kind.group in (ClassGroup.PERSON, ClassGroup.UNKNOWN) for kind in ObjectClass]
)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs by rows of a moment: first (P,) < second (P,). contact_s: (P,) seconds until their
    footprints touch if both go straight on at their speeds, inf where they do not.
    """

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    contact_s: Array


def candidates(moment: Moment) -> Candidates:
    """Pairs that touch within 2.5 s if both go straight on, with 0.6 m to spare, or whose ways
    cross within that time and at most 2 s apart.

    Of two who move at 3 m/s relative to each other at least, one of whom is a vehicle or a
    two-wheeler. Where the ground is not known there are none.
    """
    rows = _fit(moment)
    if len(rows) < 2:
        return Candidates(rows[:0], rows[:0], np.empty(0))
    place, velocity = moment.centres[rows], moment.velocities[rows]
    half = moment.lengths_m[rows] / 2
    i, j = _within_reach(place, np.hypot(velocity[:, 0], velocity[:, 1]), half)
    # Both axes by themselves: of thousands of pairs a sum over two columns takes far longer.
    dx, dy = (values[j] - values[i] for values in place.T)
    u, v = (values[j] - values[i] for values in velocity.T)
    relative = u * u + v * v
    with np.errstate(divide="ignore", invalid="ignore"):
        at_s = np.clip(-(dx * u + dy * v) / relative, 0.0, _HORIZON_S + 0.5)
    miss_x, miss_y = dx + u * at_s, dy + v * at_s
    reach = half[i] + half[j] + _MARGIN_M + 0.5
    may = (miss_x * miss_x + miss_y * miss_y < reach * reach) & (relative > LEAST_MPS**2)
    crossing = _crossing(dx, dy, velocity, (i, j), half)
    soft = _IS_SOFT[moment.tracks.class_ids[rows]]
    kept = np.flatnonzero((may | crossing) & ~(soft[i] & soft[j]))
    if not len(kept):
        return Candidates(rows[:0], rows[:0], np.empty(0))
    first, second = rows[i[kept]], rows[j[kept]]
    contact = _contact_s(moment, first, second)
    near = np.isfinite(contact) | crossing[kept]
    return Candidates(first[near], second[near], contact[near])


def _within_reach(
    place: Points, speed: Array, half: Array
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs who can meet within the horizon, one of whom at least is fast enough to matter."""
    i, j = _pairs(len(place))
    x, y, far = place[:, 0], place[:, 1], half + _MARGIN_M + speed * (_HORIZON_S + 0.5)
    dx, dy = x[j] - x[i], y[j] - y[i]
    reach = far[i] + far[j]
    fast = speed > LEAST_MPS
    near = np.flatnonzero((dx * dx + dy * dy < reach * reach) & (fast[i] | fast[j]))
    return i[near], j[near]


def _fit(moment: Moment) -> NDArray[np.intp]:
    """(R,) rows of which enough is known, and well enough."""
    tracks = moment.tracks
    known = tracks.confirmed & tracks.observed & moment.whole
    with np.errstate(invalid="ignore"):
        known &= (moment.centre_sigmas_m <= _MOST_SIGMAS_M).all(1)
        known &= moment.speed_sigmas_mps <= _MOST_SIGMA_MPS
    return np.flatnonzero(known & np.isfinite(moment.headings[:, 0]))


@lru_cache(maxsize=8)
def _pairs(count: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    i, j = np.triu_indices(count, 1)
    return i, j


def _crossing(
    dx: Array,
    dy: Array,
    velocity: Points,
    pairs: tuple[NDArray[np.intp], NDArray[np.intp]],
    half: Array,
) -> NDArray[np.bool_]:
    """(P,) whether their straight ways cross soon, and at about the same time.

    Most pairs go along together or away from each other: only those at an angle are looked into.
    """
    i, j = pairs
    u, v = velocity[:, 0], velocity[:, 1]
    speed = np.hypot(u, v)
    turns = np.abs(u[i] * v[j] - v[i] * u[j])
    found: NDArray[np.bool_] = turns > _BESIDE * speed[i] * speed[j]
    at = np.flatnonzero(found)
    if not len(at):
        return found
    i, j, dx, dy = i[at], j[at], dx[at], dy[at]
    body_s = half / np.maximum(speed, 0.5)
    turn = u[i] * v[j] - v[i] * u[j]
    a_s = (dx * v[j] - dy * u[j]) / turn
    b_s = (dx * v[i] - dy * u[i]) / turn
    later = np.abs(a_s - b_s) - body_s[i] - body_s[j]
    first, last = np.minimum(a_s, b_s), np.maximum(a_s, b_s)
    found[at] = (last < _HORIZON_S) & (last > 0) & (first > -_PASSED_S) & (later < _AFTER_S)
    return found


def _contact_s(moment: Moment, first: NDArray[np.intp], second: NDArray[np.intp]) -> Array:
    """(P,) seconds to contact, going straight on; inf for none within the horizon."""
    a, b = _footprints(moment, first), _footprints(moment, second)
    between = (moment.velocities[second] - moment.velocities[first])[:, None] * _AHEAD[:, None]
    moved = Footprints(
        b.centres[:, None] + between,
        b.headings[:, None],
        b.half_lengths[:, None],
        b.half_widths[:, None],
    )
    still = Footprints(
        a.centres[:, None], a.headings[:, None], a.half_lengths[:, None], a.half_widths[:, None]
    )
    touch = separations(still, moved) <= _MARGIN_M
    return np.where(touch.any(1), _AHEAD[touch.argmax(1)], np.inf)


def _footprints(moment: Moment, rows: NDArray[np.intp]) -> Footprints:
    return Footprints(
        moment.centres[rows],
        moment.headings[rows],
        moment.lengths_m[rows] / 2,
        moment.widths_m[rows] / 2,
    )
