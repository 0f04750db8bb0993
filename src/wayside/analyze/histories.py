"""The recent past of live tracks, in columns, so that analyzers need no loop over objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.detections import Boxes
from wayside.domain.tracks import Tracks

_FIRST_CAPACITY = 64


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """Where one track was observed of late: t_s (K,) float64 rising, boxes (K, 4) float32."""

    t_s: NDArray[np.float64]
    boxes: Boxes

    def at(self, t_s: NDArray[np.float64]) -> Boxes:
        """(K, 4) boxes at (K,) seconds, interpolated; held still outside the trace."""
        boxes: Boxes = boxes_at([self], t_s[None])[0]
        return boxes


def boxes_at(traces: Sequence[Trace], t_s: NDArray[np.float64]) -> Boxes:
    """(P, K, 4) of P traces at the (P, K) seconds of each, interpolated; held still outside it."""
    ends = np.cumsum([len(trace.t_s) for trace in traces])
    places = np.array(
        [
            np.interp(own_s, trace.t_s, np.arange(end - len(trace.t_s), end, dtype=np.float64))
            for own_s, trace, end in zip(t_s, traces, ends.tolist(), strict=True)
        ]
    )
    boxes = np.concatenate([trace.boxes for trace in traces])
    before = places.astype(np.intp)
    after = np.minimum(before + 1, ends[:, None] - 1)
    share = (places - before)[..., None]
    return np.asarray(boxes[before] * (1 - share) + boxes[after] * share, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """What one instant's update found, row by row.

    slots: (N,) of all rows of the tracks. rows, step_slots: (M,) of the rows
    that are observed now and were before; before_s (M,) and before_boxes (M, 4)
    are that earlier observation. born: (B,) rows of tracks never seen before.
    confirmed: (C,) rows of tracks that are confirmed for the first time.
    """

    slots: NDArray[np.intp]
    rows: NDArray[np.intp]
    step_slots: NDArray[np.intp]
    before_s: NDArray[np.float64]
    before_boxes: Boxes
    born: NDArray[np.intp]
    confirmed: NDArray[np.intp]
    kept: NDArray[np.intp]
    kept_at: NDArray[np.intp]


class TrackHistories:
    """One slot for each live track, freed by ``release``.

    depth, spacing_s: a ring of that many observations at least so far apart is
    kept for each track; every observation refreshes ``last_s`` and ``last_box``.
    Columns are indexed by slot. Only observed positions enter: a prediction is
    the tracker's opinion, not something that was seen.
    """

    def __init__(self, *, depth: int = 48, spacing_s: float = 0.09) -> None:
        self._depth = depth
        self._spacing_s = spacing_s
        self._slots: dict[int, int] = {}
        self._free: list[int] = []
        self._capacity = 0
        self.ids = np.empty(0, np.int64)
        self.birth_s = np.empty(0)
        self.birth_box: Boxes = np.empty((0, 4), np.float32)
        self.last_s = np.empty(0)
        self.last_box: Boxes = np.empty((0, 4), np.float32)
        self.seen = np.empty(0, bool)
        self.confirmed = np.empty(0, bool)
        self.class_id = np.empty(0, np.int8)
        self.class_share = np.empty(0, np.float32)
        self.score = np.empty(0, np.float32)
        self.age_s = np.empty(0, np.float32)
        self._head = np.empty(0, np.intp)
        self._ring_s = np.empty((0, depth))
        self._ring_boxes = np.empty((0, depth, 4), np.float32)

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, track: int) -> bool:
        return track in self._slots

    def slot(self, track: int) -> int:
        """Raises KeyError for a track that is not live."""
        return self._slots[track]

    @property
    def depth(self) -> int:
        return self._depth

    @property
    def capacity(self) -> int:
        """Slots there are at present; it grows."""
        return self._capacity

    def live(self) -> list[int]:
        """Ids of all tracks not yet released."""
        return list(self._slots)

    def group(self, slot: int) -> ClassGroup:
        return ObjectClass(int(self.class_id[slot])).group

    def update(self, tracks: Tracks) -> Steps:
        """Take in one instant and say which steps between observations it made."""
        slots, born = self._slots_of(tracks)
        was_seen = self.seen[slots]
        rows = np.flatnonzero(tracks.observed & was_seen)
        step_slots = slots[rows]
        before_s, before_boxes = self.last_s[step_slots], self.last_box[step_slots]
        newly = np.flatnonzero(tracks.confirmed & ~self.confirmed[slots])
        self.confirmed[slots] |= tracks.confirmed
        self.class_id[slots] = tracks.class_ids
        self.class_share[slots] = tracks.class_shares
        self.score[slots] = tracks.scores
        self.age_s[slots] = tracks.ages_s
        kept, kept_at = self._observe(tracks, slots, was_seen)
        return Steps(slots, rows, step_slots, before_s, before_boxes, born, newly, kept, kept_at)

    def trace(self, track: int) -> Trace:
        """The kept observations and the last one, in order."""
        slot = self._slots[track]
        order = self.order(slot)
        t_s, boxes = self._ring_s[slot, order], self._ring_boxes[slot, order]
        if self.seen[slot] and (not len(t_s) or self.last_s[slot] > t_s[-1]):
            t_s = np.append(t_s, self.last_s[slot])
            boxes = np.concatenate([boxes, self.last_box[slot : slot + 1]])
        return Trace(t_s, boxes)

    def order(self, slot: int) -> NDArray[np.intp]:
        """(K,) positions in the ring of what is kept for a slot, oldest first."""
        order = (self._head[slot] + np.arange(self._depth)) % self._depth
        return np.asarray(order[np.isfinite(self._ring_s[slot, order])], np.intp)

    def rings(self, slots: NDArray[np.intp], lately_s: float) -> tuple[NDArray[np.float64], Boxes]:
        """((M, K) seconds, (M, K, 4) boxes) of the newest that are kept, newest first.

        K is as large as they may be in ``lately_s``; seconds are NaN where there are fewer.
        """
        count = min(self._depth, int(lately_s / self._spacing_s) + 2)
        at = (self._head[slots, None] - 1 - np.arange(count)) % self._depth
        return self._ring_s[slots[:, None], at], self._ring_boxes[slots[:, None], at]

    def release(self, track: int) -> None:
        """Forget a track for good; one that is not live is no error."""
        slot = self._slots.pop(track, None)
        if slot is not None:
            self._free.append(slot)

    def _slots_of(self, tracks: Tracks) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        known = self._slots
        slots = np.empty(len(tracks), np.intp)
        born: list[int] = []
        for row, track in enumerate(tracks.ids.tolist()):
            slot = known.get(track)
            if slot is None:
                slot = self._taken(track, tracks, row)
                born.append(row)
            slots[row] = slot
        return slots, np.array(born, np.intp)

    def _taken(self, track: int, tracks: Tracks, row: int) -> int:
        if not self._free:
            self._grow()
        slot = self._free.pop()
        self._slots[track] = slot
        self.ids[slot] = track
        self.birth_s[slot] = tracks.t_s
        self.birth_box[slot] = tracks.boxes[row]
        self.seen[slot] = self.confirmed[slot] = False
        self._head[slot] = 0
        self._ring_s[slot] = np.nan
        return slot

    def _observe(
        self, tracks: Tracks, slots: NDArray[np.intp], was_seen: NDArray[np.bool_]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows that entered the rings, and where."""
        observed = tracks.observed
        now, boxes = slots[observed], tracks.boxes[observed]
        newest = self._ring_s[now, self._head[now] - 1]
        due = ~(tracks.t_s - newest < self._spacing_s)  # NaN, an empty ring, is due
        ring = now[due]
        heads = self._head[ring]
        self._ring_s[ring, heads] = tracks.t_s
        self._ring_boxes[ring, heads] = boxes[due]
        self._head[ring] = (heads + 1) % self._depth
        first = now[~was_seen[observed]]
        self.birth_s[first] = tracks.t_s
        self.birth_box[first] = boxes[~was_seen[observed]]
        self.last_s[now] = tracks.t_s
        self.last_box[now] = boxes
        self.seen[now] = True
        return np.flatnonzero(observed)[due], heads

    def _grow(self) -> None:
        added = max(self._capacity, _FIRST_CAPACITY)
        columns: Any
        for name, columns in vars(self).items():
            if isinstance(columns, np.ndarray):
                more = np.zeros((added, *columns.shape[1:]), columns.dtype)
                setattr(self, name, np.concatenate([columns, more]))
        self._free.extend(range(self._capacity + added - 1, self._capacity - 1, -1))
        self._capacity += added
