"""Two tracks on one object: notice, and say which goes.

Twice: a detector that boxes one object twice, or a blob around an object that
a model names as well, gives two tracks that move as one. People who pass each
other overlap as strongly, but differ in velocity and soon part.

Relay: an object that comes out from behind another is first seen in part, too
small to be its own lost track, and a new track starts. Once the two agree, and
they were never seen at the same time, the lost one goes on.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

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
        lasting: dict[tuple[int, int], tuple[int, float]] = {}
        goes: list[int] = []
        stays: list[int] = []
        for a, b, iou, inside in self._close(table, corners):
            if not self._compatible[class_ids[a], class_ids[b]]:
                continue
            ripe = iou > self._settings.relay_iou and self._relays(t_s, table, a, b)
            if self._alike(table, a, b, iou, inside):
                key = (int(table.ids[a]), int(table.ids[b]))
                count, since_s = self._pairs.get(key, (0, t_s))
                lasting[key] = (count + 1, since_s)
                ripe = ripe or self._lasts(count + 1, t_s - since_s)
            if ripe and not {a, b} & {*goes, *stays}:
                weaker = self._weaker_of(table, a, b)
                goes.append(weaker)
                stays.append(a + b - weaker)
        self._pairs = lasting
        if not goes:
            return NOTHING, NOTHING
        return np.array(goes, np.intp), np.array(stays, np.intp)

    def _close(
        self, table: TrackTable, corners: Columns
    ) -> Iterator[tuple[int, int, float, float]]:
        """Pairs a < b that share enough to matter, with IoU and share of the smaller box.

        Such a pair shares most of the narrower width and of the lower height.
        That is quick to ask of all at once; what it leaves is a handful, which
        plain floats finish sooner than a dozen calls on tiny arrays.
        """
        settings = self._settings
        least = min(settings.duplicate_iou, settings.duplicate_inside, settings.relay_iou)
        sizes = table.state[0, 2:]
        sides = np.minimum(corners[2:, :, None], corners[2:, None, :])
        sides -= np.maximum(corners[:2, :, None], corners[:2, None, :])
        near = sides >= least * np.minimum(sizes[:, :, None], sizes[:, None, :])
        one, other = (near[0] & near[1]).nonzero()
        if len(one) <= len(table):  # each with itself only
            return
        below = one < other
        for a, b in zip(one[below].tolist(), other[below].tolist(), strict=True):
            wide, high = sides[:, a, b].tolist()
            (w_a, h_a), (w_b, h_b) = sizes[:, a].tolist(), sizes[:, b].tolist()
            shared = wide * high
            yield (
                a,
                b,
                shared / (w_a * h_a + w_b * h_b - shared),
                shared / min(w_a * h_a, w_b * h_b),
            )

    def _alike(self, table: TrackTable, a: int, b: int, iou: float, inside: float) -> bool:
        """Overlap strongly and move as one."""
        settings = self._settings
        if iou <= settings.duplicate_iou and inside <= settings.duplicate_inside:
            return False
        (vx_a, vy_a), (vx_b, vy_b) = table.state[1, :2, a].tolist(), table.state[1, :2, b].tolist()
        (w_a, h_a), (w_b, h_b) = table.state[0, 2:, a].tolist(), table.state[0, 2:, b].tolist()
        drift_squared = (vx_a - vx_b) ** 2 + (vy_a - vy_b) ** 2
        return bool(drift_squared < _SIMILAR_SPEED**2 * max(w_a * h_a, w_b * h_b))

    def _lasts(self, count: int, lasted_s: float) -> bool:
        settings = self._settings
        if count < settings.duplicate_updates:
            return False
        return lasted_s >= settings.duplicate_s - _ROUNDING_S

    def _relays(self, t_s: float, table: TrackTable, a: int, b: int) -> bool:
        """Never seen at once, and the younger is new and seen now."""
        first_a, seen_a = table.ledger[: Row.SEEN_S + 1, a].tolist()
        first_b, seen_b = table.ledger[: Row.SEEN_S + 1, b].tolist()
        born: float = max(first_a, first_b)
        if born <= min(seen_a, seen_b) or max(seen_a, seen_b) != t_s:
            return False
        return t_s - born <= self._settings.relay_s

    @staticmethod
    def _weaker_of(table: TrackTable, a: int, b: int) -> int:
        """Fewer named sightings goes, then the younger, then the later id."""
        named = table.ledger[Row.NAMED]
        first = table.ledger[Row.FIRST_S]
        strength_a = (named[a], -first[a], -int(table.ids[a]))
        strength_b = (named[b], -first[b], -int(table.ids[b]))
        return b if strength_a > strength_b else a
