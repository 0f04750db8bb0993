"""Who is on which road, who stands there, and for how long: columns by slot and zone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.roadways import queue
from wayside.domain.classes import ObjectClass

_HOLD_S = 0.3
_SMOOTH_S = 1.0
_VEHICLE = np.array([c is not ObjectClass.PERSON for c in ObjectClass])


class Residents:
    """Membership with hysteresis, and rest, of each track's slot in the histories.

    member: (S, Z) True from the second sight inside a zone to the second outside it (0.3 s); at
    once for a track that begins there. changed_s: (S, Z) when that last began to change.
    standing: (S,) slower than 5 km/h in the mean of about the last second (velocities, smoothed
    exponentially, so that what swings about a place stands there), until that mean is over it and
    the speed now over 8 km/h, or over 11 km/h at once; what is not seen keeps its state.
    slow: (S,) that mean is under 9 km/h. queued_s: (S, Z) seconds spent in the zone's queue so far.
    """

    def __init__(self, zones: int) -> None:
        self._zones = zones
        self.member = np.zeros((0, zones), bool)
        self._inside = np.zeros((0, zones), bool)
        self.changed_s = np.zeros((0, zones))
        self.queued_s = np.zeros((0, zones))
        self.standing = np.zeros(0, bool)
        self.slow = np.zeros(0, bool)
        # Smoothed velocity, m/s or own sizes a second, and when it was last renewed.
        self._smooth = np.zeros((0, 2))
        self._seen_s = np.zeros(0)

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
        self.standing[born] = self.slow[born] = False
        self._smooth[born] = np.nan
        self._seen_s[born] = -np.inf
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
        seen = moment.tracks.observed[rows]
        rows, slots = rows[seen], slots[seen]
        now = moment.velocities[rows]
        physical = np.isfinite(now[:, 0])
        now = np.where(physical[:, None], now, moment.paces[rows])
        known = np.isfinite(now[:, 0])
        rows, slots, now, physical = rows[known], slots[known], now[known], physical[known]
        since_s = moment.t_s - self._seen_s[slots]
        self._seen_s[slots] = moment.t_s
        share = -np.expm1(-since_s / _SMOOTH_S)[:, None]
        before = self._smooth[slots]
        smooth = np.where(np.isnan(before), now, before + share * (now - before))
        self._smooth[slots] = smooth
        limit = np.where(physical, queue.STANDING_MPS, queue.STANDING_SIZES)
        mean, speed = np.hypot(smooth[:, 0], smooth[:, 1]), np.hypot(now[:, 0], now[:, 1])
        going = ((mean > limit) & (speed > queue.GOING * limit)) | (speed > queue.OFF * limit)
        self.slow[slots] = mean < queue.SLOW * limit
        self.standing[slots] = (self.standing[slots] | (mean < limit)) & ~going

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
        self.slow = np.pad(self.slow, (0, added))
        self._smooth = np.pad(self._smooth, both)
        self._seen_s = np.pad(self._seen_s, (0, added))


def counted(moment: Moment) -> NDArray[np.intp]:
    """(M,) rows of confirmed tracks of anything that drives or may: all but people."""
    tracks = moment.tracks
    return np.flatnonzero(tracks.confirmed & _VEHICLE[tracks.class_ids])
