"""Two tracks on one object: notice, and say which goes.

Twice: a detector that boxes one object twice, or a blob around an object that
a model names as well, gives two tracks that move as one. People who pass each
other overlap as strongly, but differ in velocity and soon part.

Relay: an object that comes out from behind another is first seen in part, too
small to be its own lost track, and a new track starts. Once the two agree, and
they were never seen at the same time, the lost one goes on.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.track.association import paired_overlaps
from wayside.track.kalman import Columns
from wayside.track.settings import TrackerSettings
from wayside.track.table import Row, TrackTable
from wayside.track.view import NOTHING, Indices

_SIMILAR_SPEED = 0.5  # own sizes a second; two walkers that meet differ by 2 or more
_SAME_CLASSES = 0.3  # class penalties up to here are compatible: rider and bicycle, car and truck
_ROUNDING_S = 1e-6  # a float's rounding must not cost a whole sampling interval


class DuplicateWatch:
    """Remembers how long which pairs have looked like one object."""

    def __init__(self, settings: TrackerSettings, penalties: Columns) -> None:
        self._settings = settings
        self._compatible = penalties < _SAME_CLASSES
        self._pairs: dict[tuple[int, int], tuple[int, float]] = {}

    def found(
        self, t_s: float, table: TrackTable, corners: Columns, class_ids: NDArray[np.int8]
    ) -> tuple[Indices, Indices]:
        """(goes, stays): tracks that should end now, and for each the one it doubles.

        corners: (4, M) and class_ids: (M,) of the tracks.
        """
        a, b, relay = self._suspects(t_s, table, corners, class_ids)
        if len(a) == 0:
            if self._pairs:
                self._pairs = {}
            return NOTHING, NOTHING
        lasting: dict[tuple[int, int], tuple[int, float]] = {}
        goes: list[int] = []
        stays: list[int] = []
        for one, other, relayed in zip(a.tolist(), b.tolist(), relay.tolist(), strict=True):
            key = (int(table.ids[one]), int(table.ids[other]))
            count, since_s = self._pairs.get(key, (0, t_s))
            lasting[key] = (count + 1, since_s)
            if not (relayed or self._lasts(count + 1, t_s - since_s)):
                continue
            if not {one, other} & {*goes, *stays}:
                weaker = self._weaker_of(table, one, other)
                goes.append(weaker)
                stays.append(one + other - weaker)
        self._pairs = lasting
        return np.array(goes, np.intp), np.array(stays, np.intp)

    def _lasts(self, count: int, lasted_s: float) -> bool:
        settings = self._settings
        if count < settings.duplicate_updates:
            return False
        return lasted_s >= settings.duplicate_s - _ROUNDING_S

    def _suspects(
        self, t_s: float, table: TrackTable, corners: Columns, class_ids: NDArray[np.int8]
    ) -> tuple[Indices, Indices, NDArray[np.bool_]]:
        """Pairs (a < b) that may be one object, and whether by relay."""
        settings = self._settings
        # Such overlap shares most of the narrower and of the lower box; that is
        # quicker to rule out, and mostly is.
        sizes = table.state[0, 2:]
        least = min(settings.duplicate_iou, settings.duplicate_inside, settings.relay_iou)
        shared = np.minimum(corners[2:, :, None], corners[2:, None, :])
        shared -= np.maximum(corners[:2, :, None], corners[:2, None, :])
        near = shared >= least * np.minimum(sizes[:, :, None], sizes[:, None, :])
        a, b = (near[0] & near[1]).nonzero()
        if len(a) <= len(table):  # each with itself only
            return NOTHING, NOTHING, np.empty(0, np.bool_)
        below = a < b
        a, b = a[below], b[below]
        iou, inside = paired_overlaps(corners.take(a, 1), corners.take(b, 1))
        strong = (iou > settings.duplicate_iou) | (inside > settings.duplicate_inside)
        drift = table.state[1, :2].take(a, 1) - table.state[1, :2].take(b, 1)
        areas = np.maximum((sizes[0] * sizes[1]).take(a), (sizes[0] * sizes[1]).take(b))
        strong &= drift[0] ** 2 + drift[1] ** 2 < _SIMILAR_SPEED**2 * areas
        relay = iou > settings.relay_iou
        if np.count_nonzero(relay):
            relay &= self._relays(t_s, table, a, b)
        suspect = (strong | relay) & self._compatible[class_ids[a], class_ids[b]]
        return a[suspect], b[suspect], relay[suspect]

    def _relays(self, t_s: float, table: TrackTable, a: Indices, b: Indices) -> NDArray[np.bool_]:
        """(P,) pairs never seen at once, of which the younger is new and seen now."""
        first, seen = table.ledger[Row.FIRST_S], table.ledger[Row.SEEN_S]
        born = np.maximum(first[a], first[b])
        apart = born > np.minimum(seen[a], seen[b])
        now = np.maximum(seen[a], seen[b]) == t_s
        return np.asarray(apart & now & (t_s - born <= self._settings.relay_s))

    @staticmethod
    def _weaker_of(table: TrackTable, a: int, b: int) -> int:
        """Fewer named sightings goes, then the younger, then the later id."""
        named = table.ledger[Row.NAMED]
        first = table.ledger[Row.FIRST_S]
        strength_a = (named[a], -first[a], -int(table.ids[a]))
        strength_b = (named[b], -first[b], -int(table.ids[b]))
        return b if strength_a > strength_b else a
