"""Vehicles in a queue that are hidden from the camera: they have not left because they are lost.

A lorry that draws up beside a queue, or rain, takes the sight of a standing vehicle for longer
than the tracker waits. While those about it stand, it stands too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.moment import Values
from wayside.analyze.traffic.roadways import queue

_AHEAD_LEFT_S = 4.0
"""How long one stays once the one ahead has gone: queues start 1 to 2 s a vehicle."""
_ALONE_S = 3.0
_LONGEST_S = 180.0
_SAME_S = 2.0
_SAME_M = 1.5
_LANE_M = 2.0


@dataclass(slots=True)
class Unseen:
    """One vehicle that stood in a zone when its track was lost. Distances along and beside the
    zone's way; queued_s: seconds in the queue so far. kept_s: when something
    last spoke for its being there. had_ahead: one was seen standing ahead.
    """

    zone: int
    lost_s: float
    front: float
    rear: float
    aside: float
    queued_s: float
    kept_s: float
    had_ahead: bool = False

    @property
    def middle(self) -> float:
        return (self.front + self.rear) / 2


@dataclass(frozen=True, slots=True)
class Beside:
    """The vehicles now seen in one zone, (N,) each: along and beside its way, in the way's unit
    and that a second. born_s: when the track began.
    """

    fronts: Values
    rears: Values
    asides: Values
    speeds: Values
    standing: NDArray[np.bool_]
    born_s: Values


class UnseenVehicles:
    """Keeps them until they are found again or must have gone.

    One that had a neighbour standing ahead goes 4 s after that one; another 3 s after the one
    behind; at once where another vehicle stands or drives in its place; all after 180 s.
    """

    def __init__(self) -> None:
        self.each: list[Unseen] = []

    def in_zone(self, zone: int) -> list[Unseen]:
        return [one for one in self.each if one.zone == zone]

    def found(self, zone: int, now: Beside, scale: float) -> list[tuple[int, Unseen]]:
        """(index of a vehicle, the unseen one it is): new tracks where one was lost."""
        pairs: list[tuple[int, Unseen]] = []
        for one in self.in_zone(zone):
            there = _in_place(one, now, scale)
            same = np.flatnonzero(there & (now.born_s >= one.lost_s - _SAME_S))
            if len(same):
                pairs.append((int(same[0]), one))
                self.each.remove(one)
            elif there.any():
                self.each.remove(one)
        return pairs

    def gone(self, zone: int, t_s: float, now: Beside, scale: float) -> list[Unseen]:
        """Those of a zone that must have left by ``t_s``; they are forgotten."""
        mine = self.in_zone(zone)
        if not mine:
            return []
        for one in _supported(mine, now, scale):
            one.kept_s = t_s
        left = [one for one in mine if _has_gone(one, t_s, now, scale)]
        self.each = [one for one in self.each if one not in left]
        return left


def _supported(mine: list[Unseen], now: Beside, scale: float) -> list[Unseen]:
    """Those next to a standing vehicle, or to one that is itself supported so."""
    sure: list[Unseen] = []
    seen_rears, seen_fronts = now.rears[now.standing], now.fronts[now.standing]
    for one in mine:
        one.had_ahead |= _is_ahead(one, seen_rears, scale)
    waiting = True
    while waiting:
        rears = np.append(seen_rears, [other.rear for other in sure])
        fronts = np.append(seen_fronts, [other.front for other in sure])
        new = [
            one
            for one in mine
            if one not in sure
            and (
                _is_ahead(one, rears, scale)
                or (not one.had_ahead and _is_behind(one, fronts, scale))
            )
        ]
        sure += new
        waiting = bool(new)
    return sure


def _is_ahead(one: Unseen, rears: Values, scale: float) -> bool:
    return bool(((rears >= one.middle) & (rears - one.front <= queue.GAP_M * scale)).any())


def _is_behind(one: Unseen, fronts: Values, scale: float) -> bool:
    return bool(((fronts <= one.middle) & (one.rear - fronts <= queue.GAP_M * scale)).any())


def _has_gone(one: Unseen, t_s: float, now: Beside, scale: float) -> bool:
    with np.errstate(invalid="ignore"):
        through = ~now.standing & (now.speeds > 2 * queue.STANDING_MPS * scale)
    through &= (now.rears < one.front) & (now.fronts > one.rear)
    through &= np.abs(now.asides - one.aside) <= _LANE_M * scale
    patience = _AHEAD_LEFT_S if one.had_ahead else _ALONE_S
    is_late = t_s - one.kept_s > patience or t_s - one.lost_s > _LONGEST_S
    return bool(through.any() or is_late)


def _in_place(one: Unseen, now: Beside, scale: float) -> NDArray[np.bool_]:
    """(N,) True for those that overlap the place by half of the shorter of the two."""
    shared = np.minimum(now.fronts, one.front) - np.maximum(now.rears, one.rear)
    shorter = np.minimum(now.fronts - now.rears, one.front - one.rear)
    near = np.abs(now.asides - one.aside) <= _SAME_M * scale
    return np.asarray((shared > 0.5 * shorter) & near)
