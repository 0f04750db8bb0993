"""Who is on which road, who stands there, and for how long: columns by slot and zone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.roadways import queue
from wayside.domain.classes import ObjectClass

_HOLD_S = 0.3
_VEHICLE = np.array([c is not ObjectClass.PERSON for c in ObjectClass])


class Residents:
    """Membership with hysteresis, and rest, of each track's slot in the histories.

    member: (S, Z) True from the second sight inside a zone to the second outside it (0.3 s); at
    once for a track that begins there. changed_s: (S, Z) when that last began to change.
    standing: (S,) slower than 5 km/h for a second, until faster than 6.5 km/h; what is not seen
    keeps its state. queued_s: (S, Z) seconds spent in the zone's queue so far.
    """

    def __init__(self, zones: int) -> None:
        self._zones = zones
        self.member = np.zeros((0, zones), bool)
        self._inside = np.zeros((0, zones), bool)
        self.changed_s = np.zeros((0, zones))
        self.queued_s = np.zeros((0, zones))
        self.standing = np.zeros(0, bool)
        self._slow_s = np.zeros(0)

    def update(
        self, moment: Moment, rows: NDArray[np.intp], inside: NDArray[np.bool_], capacity: int
    ) -> list[tuple[int, int]]:
        """Take in one instant; returns the (slot, zone) pairs that have left a zone.

        rows: (M,) of the moment that count. inside: (M, Z). capacity: slots of the histories.
        """
        self._grow(capacity)
        born = moment.slots[moment.steps.born]
        self.member[born] = self._inside[born] = False
        self.queued_s[born] = 0.0
        self.standing[born] = False
        self._slow_s[born] = np.inf
        self.changed_s[born] = -np.inf
        slots = moment.slots[rows]
        t_s = moment.t_s
        self._rest(moment, rows, slots)
        changed = inside != self._inside[slots]
        since = np.where(changed, t_s, self.changed_s[slots])
        # A slot's first confirmed sight has no "since": it is inside or not from the beginning.
        since[changed & np.isinf(self.changed_s[slots])] = t_s - _HOLD_S
        self.changed_s[slots] = since
        self._inside[slots] = inside
        was = self.member[slots]
        due = t_s - since >= _HOLD_S - 1e-6
        now = np.where(due, inside, was)
        self.member[slots] = now
        left = np.argwhere(was & ~now)
        return [(int(slots[row]), int(zone)) for row, zone in left]

    def _rest(self, moment: Moment, rows: NDArray[np.intp], slots: NDArray[np.intp]) -> None:
        speeds = moment.speeds_mps[rows]
        in_sizes = np.hypot(moment.paces[rows, 0], moment.paces[rows, 1])
        physical = np.isfinite(speeds)
        slow = np.where(physical, speeds < queue.STANDING_MPS, in_sizes < queue.STANDING_SIZES)
        going = np.where(physical, speeds > queue.GOING_MPS, in_sizes > queue.GOING_SIZES)
        seen = moment.tracks.observed[rows]
        begun = np.where(slow, np.minimum(self._slow_s[slots], moment.t_s), np.inf)
        self._slow_s[slots] = np.where(seen, begun, self._slow_s[slots])
        long_enough = moment.t_s - self._slow_s[slots] >= queue.STANDING_S - 1e-6
        self.standing[slots] = np.where(
            seen, (self.standing[slots] | long_enough) & ~going, self.standing[slots]
        )

    def take_over(self, slot: int, zone: int, queued_s: float) -> None:
        """A new track is known to be a vehicle that stood there before."""
        self.standing[slot] = True
        self.queued_s[slot, zone] += queued_s

    def _grow(self, capacity: int) -> None:
        added = capacity - len(self.standing)
        if added <= 0:
            return
        both = ((0, added), (0, 0))
        self.member = np.pad(self.member, both)
        self._inside = np.pad(self._inside, both)
        self.changed_s = np.pad(self.changed_s, both, constant_values=-np.inf)
        self.queued_s = np.pad(self.queued_s, both)
        self.standing = np.pad(self.standing, (0, added))
        self._slow_s = np.pad(self._slow_s, (0, added), constant_values=np.inf)


def counted(moment: Moment) -> NDArray[np.intp]:
    """(M,) rows of confirmed tracks of anything that drives or may: all but people."""
    tracks = moment.tracks
    return np.flatnonzero(tracks.confirmed & _VEHICLE[tracks.class_ids])
