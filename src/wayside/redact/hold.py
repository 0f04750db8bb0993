"""What was seen a moment ago and is still covered.

A detector misses an object for a frame now and then, and a track ends while
its object is still in the picture. One uncovered frame is one frame too many,
so whatever was seen stays covered for ``hold_s`` media seconds, in a region
that grows as its object may have moved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes, Detections
from wayside.domain.geometry import iou
from wayside.domain.tracks import Tracks
from wayside.redact.regions import UNSURE_SHARE, Subjects

GROWTH_PER_S: Final = 0.5
"""In the object's longer side per second. A walker covers 0.8 of his height; with
the margin of his region, 0.5 keeps up with him for half a second, which is
longer than a detector usually misses him, and leaves the street visible."""

PREDICTED_GROWTH_PER_S: Final = 0.25
"""The same for a predicted track: only what its velocity does not explain."""

SAME_OBJECT_IOU: Final = 0.1
"""Two boxes of successive frames that share this much are taken for one object."""

EXPLAINED_IOU: Final = 0.5
"""A detection that shares this much with an observed track is that track's."""

SURE_SCORE: Final = 0.5
"""A detection below this is held for a share of the time: noise that appears for
one frame at a score of 0.1 would else cover most of a night picture for good.
What is really there is seen again before that time is over."""


@dataclass(slots=True)
class _Seen:
    """One track's last observation, and where it was last reported, observed or not."""

    box: NDArray[np.float32]
    at_s: float
    class_id: int
    live_box: NDArray[np.float32]
    live_s: float


class TrackHold:
    """Covers every track, predicted ones wider, and ended ones for a while longer."""

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self._seen: dict[int, _Seen] = {}

    def update(self, tracks: Tracks, now_s: float) -> Subjects:
        """All live tracks moved to ``now_s``, and the places where others were last seen.

        ``now_s`` may be later than ``tracks.t_s``: pictures come more often
        than tracks.
        """
        doubted = tracks.class_shares < UNSURE_SHARE
        class_ids = np.where(doubted, ObjectClass.UNKNOWN, tracks.class_ids).astype(np.int8)
        self._remember(tracks, class_ids, now_s)
        ids = tracks.ids.tolist()
        moved = np.tile(tracks.velocities, 2) * np.float32(now_s - tracks.t_s)
        ages_s = np.array([now_s - self._seen[track].at_s for track in ids], np.float32)
        live = Subjects(tracks.boxes + moved, class_ids, PREDICTED_GROWTH_PER_S * ages_s)
        return live.joined(self._last_seen(set(ids), now_s))

    def _remember(self, tracks: Tracks, class_ids: NDArray[np.int8], now_s: float) -> None:
        live = set(tracks.ids.tolist())
        for row, track in enumerate(tracks.ids.tolist()):
            box, class_id = tracks.boxes[row], int(class_ids[row])
            seen = self._seen.get(track)
            # A track that was never seen as observed counts from its first update.
            if seen is None or tracks.observed[row]:
                self._seen[track] = _Seen(box, tracks.t_s, class_id, box, tracks.t_s)
            else:
                seen.live_box, seen.live_s, seen.class_id = box, tracks.t_s, class_id
        for track, seen in list(self._seen.items()):
            # Media time may jump back: then everything is held anew.
            seen.at_s, seen.live_s = min(seen.at_s, now_s), min(seen.live_s, now_s)
            if track not in live and now_s - seen.live_s > self._hold_s:
                del self._seen[track]

    def _last_seen(self, live: set[int], now_s: float) -> Subjects:
        """Where ended tracks were, and where predicted ones would be had they stopped."""
        boxes, class_ids, growth = [], [], []
        for track, seen in self._seen.items():
            predicted_s = PREDICTED_GROWTH_PER_S * (seen.live_s - seen.at_s)
            if track not in live:
                boxes.append(seen.live_box)
                growth.append(predicted_s + GROWTH_PER_S * (now_s - seen.live_s))
            elif 0 < now_s - seen.at_s <= self._hold_s:
                boxes.append(seen.box)
                growth.append(PREDICTED_GROWTH_PER_S * (now_s - seen.at_s))
            else:
                continue
            class_ids.append(seen.class_id)
        if not boxes:
            return Subjects.none()
        return Subjects(np.stack(boxes), np.array(class_ids, np.int8), np.array(growth, np.float32))


class BoxHold:
    """Covers boxes without identity: faces, and detections that no track explains.

    A remembered box is let go when a new one takes its place, one for one by
    overlap, so that two people who cross are not taken for one.
    """

    def __init__(self, growth_per_s: float) -> None:
        self._growth_per_s = growth_per_s
        self._boxes: Boxes = np.empty((0, 4), np.float32)
        self._class_ids = np.empty(0, np.int8)
        self._at_s = np.empty(0, np.float64)
        self._hold_s = np.empty(0, np.float64)

    def see(
        self, boxes: Boxes, class_ids: NDArray[np.int8], at_s: float, hold_s: NDArray[np.float64]
    ) -> None:
        """Takes what is seen at ``at_s``. hold_s: (N,) how long each stays covered after it."""
        stays = np.ones(len(self._boxes), bool)
        stays[_replaced(self._boxes, boxes)] = False
        self._boxes = np.concatenate([self._boxes[stays], boxes])
        self._class_ids = np.concatenate([self._class_ids[stays], class_ids])
        self._at_s = np.concatenate([self._at_s[stays], np.full(len(boxes), at_s)])
        self._hold_s = np.concatenate([self._hold_s[stays], hold_s])

    def held(self, now_s: float) -> Subjects:
        """Everything whose time is not over, grown by its age; the rest is forgotten."""
        self._at_s = np.minimum(self._at_s, now_s)  # media time may jump back: hold anew
        fresh = now_s - self._at_s <= self._hold_s
        self._boxes, self._class_ids = self._boxes[fresh], self._class_ids[fresh]
        self._at_s, self._hold_s = self._at_s[fresh], self._hold_s[fresh]
        growth = (self._growth_per_s * (now_s - self._at_s)).astype(np.float32)
        return Subjects(self._boxes, self._class_ids, growth)


def seen_ahead(tracks: Tracks, detections: Detections, now_s: float) -> Subjects:
    """Where at ``now_s`` may have been what is seen a moment later, at ``tracks.t_s``.

    Tracks where their velocity came from and where they are, both grown; detections grown. The
    same shares of time as for what was seen a moment before, told backwards.
    """
    ahead_s = abs(tracks.t_s - now_s)
    doubted = tracks.class_shares < UNSURE_SHARE
    class_ids = np.where(doubted, ObjectClass.UNKNOWN, tracks.class_ids).astype(np.int8)
    named = np.where(detections.from_motion, ObjectClass.UNKNOWN, detections.class_ids)
    back = tracks.boxes + np.tile(tracks.velocities, 2) * np.float32(now_s - tracks.t_s)
    rows, loose = len(tracks), len(detections)
    return Subjects(
        np.concatenate([back, tracks.boxes, detections.boxes]).astype(np.float32),
        np.concatenate([class_ids, class_ids, named.astype(np.int8)]),
        np.concatenate(
            [
                np.full(2 * rows, PREDICTED_GROWTH_PER_S * ahead_s, np.float32),
                np.full(loose, GROWTH_PER_S * ahead_s, np.float32),
            ]
        ),
    )


def hold_times(
    detections: Detections, tracks: Tracks, hold_s: float, late_s: float
) -> NDArray[np.float64]:
    """(N,) how long to hold each detection: not at all where its track is held instead.

    ``late_s`` older than the picture, all are held at least that long, so that
    they are covered in it.
    """
    sure = np.where(detections.from_motion, 1.0, detections.scores / SURE_SCORE)
    # float64: rounded down to float32 a hold could end just before its own picture.
    times = hold_s * np.clip(np.nan_to_num(sure.astype(np.float64), nan=1.0), 0.0, 1.0)
    times[explained(detections, tracks)] = 0.0
    return np.asarray(np.maximum(times, late_s), np.float64)


def explained(detections: Detections, tracks: Tracks) -> NDArray[np.bool_]:
    """(N,) True where a detection belongs to a track observed at the same instant."""
    observed = tracks.boxes[tracks.observed]
    if not len(detections) or not len(observed):
        return np.zeros(len(detections), bool)
    return np.asarray(iou(detections.boxes, observed).max(1) >= EXPLAINED_IOU)


def _replaced(old: Boxes, new: Boxes) -> list[int]:
    """Rows of ``old`` that a row of ``new`` takes the place of, best overlap first."""
    if not len(old) or not len(new):
        return []
    overlap = iou(old, new)
    rows, columns = np.nonzero(overlap >= SAME_OBJECT_IOU)
    taken: set[int] = set()
    gone: dict[int, None] = {}
    for pair in np.argsort(-overlap[rows, columns], kind="stable"):
        row, column = int(rows[pair]), int(columns[pair])
        if row not in gone and column not in taken:
            gone[row] = None
            taken.add(column)
    return list(gone)
