"""When a known object has to be looked at again, and where it is meanwhile.

An object whose class is settled and whose moving blob is its alone is told by the blob: its
box is where the blob has carried it. Only what shares a blob, is young, or was not found
where it should be, needs the network often; what rests, and has nothing moving near it,
does not need it at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes
from wayside.domain.geometry import covered, iou
from wayside.domain.tracks import Tracks

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class AcquaintanceSettings:
    """often_s: media seconds between looks at what is entangled or young. seldom_s: at an object
    that its own blob explains, once its class has a share of the vote of settled_share at an age
    of settled_s. moved: or sooner, when an entangled one has moved by so much of its own size.
    near: how far around an object, in own sizes, what moves may disturb it. company: how far
    around it a blob mostly lies that belongs to it. steady: factor by which
    a blob may grow or shrink against its object before it is another blob. rest: own sizes a
    second, and still: picture sides a second, below which an object rests. soon: share of its
    time after which an object is looked at together with one that is due.
    """

    often_s: float = 0.25
    seldom_s: float = 1.0
    settled_s: float = 1.0
    settled_share: float = 0.8
    moved: float = 0.3
    near: float = 0.4
    company: float = 0.25
    steady: float = 1.25
    rest: float = 0.15
    still: float = 0.02
    soon: float = 0.5


@dataclass(frozen=True, slots=True)
class _Last:
    """The last look at a track. relation: (4,) its box in its blob, as shares of the blob; None
    where it had none of its own. was_found: the network named it then.
    """

    t_s: float
    was_found: bool
    relation: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Meeting:
    """Known tracks and moving blobs of one sample.

    due: (N,) tracks to be looked at. near: (N, B) which blobs are close to which track. own:
    (N, 4) around the blobs of a track, where is_alone: (N,) they are no other's. carried:
    (N, 4) boxes where these have carried them; is_carried: (N,) which of these rows count.
    """

    due: Mask
    near: Mask
    own: Boxes
    is_alone: Mask
    carried: Boxes
    is_carried: Mask


class Acquaintances:
    """One feed's. State is the last look at each live track."""

    def __init__(self, settings: AcquaintanceSettings | None = None) -> None:
        self.settings = settings or AcquaintanceSettings()
        self._last: dict[int, _Last] = {}

    def meet(self, t_s: float, tracks: Tracks, predicted: Boxes, blobs: Boxes) -> Meeting:
        """How the tracks of the sample before stand to what moves at ``t_s``.

        predicted: (N, 4) where they should be now. blobs: (B, 4).
        """
        near = self._near(predicted, blobs)
        own, is_alone = self._own(predicted, blobs)
        carried, is_carried = self._carried(tracks, predicted, own, is_alone)
        due = self._due(t_s, tracks, near, is_carried)
        return Meeting(due, near, own, is_alone, carried, is_carried)

    def looked(
        self,
        meeting: Meeting,
        before: Tracks,
        tracks: Tracks,
        named: Boxes,
        examined: Boxes | None,
    ) -> None:
        """What the looks of this sample showed. before: the tracks that ``meeting`` was about.

        named: (K, 4) boxes that the network named. examined: (L, 4) regions looked at, None for
        the whole picture.
        """
        own = dict(
            zip(before.ids[meeting.is_alone].tolist(), meeting.own[meeting.is_alone], strict=True)
        )
        seen = _inside(tracks.boxes, examined)
        found = (
            iou(tracks.boxes, named).max(axis=1) > 0.4 if len(named) else np.zeros(len(seen), bool)
        )
        last = {}
        for row, track in enumerate(tracks.ids.tolist()):
            if seen[row]:
                blob = own.get(track) if found[row] else None
                relation = None if blob is None else _relation(tracks.boxes[row], blob)
                last[track] = _Last(tracks.t_s, bool(found[row]), relation)
            elif track in self._last:
                last[track] = self._last[track]
        self._last = last

    def _near(self, boxes: Boxes, blobs: Boxes) -> Mask:
        """(N, B) which blobs lie within or around which box."""
        if not len(blobs) or not len(boxes):
            return np.zeros((len(boxes), len(blobs)), bool)
        margin = self.settings.near * _sides(boxes)[:, None]
        around = np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1)
        return np.asarray(
            (around[:, None, :2] < blobs[None, :, 2:]).all(axis=2)
            & (around[:, None, 2:] > blobs[None, :, :2]).all(axis=2)
        )

    def _own(self, boxes: Boxes, blobs: Boxes) -> tuple[Boxes, Mask]:
        """(N, 4) around the blobs that belong to each track, and (N,) where these are its alone.

        A body of few pixels or little contrast falls into several blobs: they are one. Where
        one reaches the border of the picture, it says where the object is cut, not where it is.
        """
        around, alone = boxes.copy(), np.zeros(len(boxes), bool)
        if not len(boxes) or not len(blobs):
            return around, alone
        margin = self.settings.company * _sides(boxes)[:, None]
        wide = np.concatenate([boxes[:, :2] - margin, boxes[:, 2:] + margin], axis=1)
        belongs = (covered(boxes, blobs) > 0.2) | (covered(blobs, wide).T > 0.5)
        shared = belongs.sum(axis=0) > 1
        cut = (blobs < 0.005).any(axis=1) | (blobs > 0.995).any(axis=1)
        crossing = covered(boxes, boxes) > 0.15
        np.fill_diagonal(crossing, val=False)
        alone = belongs.any(axis=1) & ~(belongs & (shared | cut)).any(axis=1)
        alone &= ~(crossing | crossing.T).any(axis=1)
        for row in np.flatnonzero(alone):
            mine = blobs[belongs[row]]
            around[row] = np.concatenate([mine[:, :2].min(axis=0), mine[:, 2:].max(axis=0)])
        return around, alone

    def _carried(
        self, tracks: Tracks, predicted: Boxes, own: Boxes, is_alone: Mask
    ) -> tuple[Boxes, Mask]:
        carried, good = predicted.copy(), np.zeros(len(predicted), bool)
        for row in np.flatnonzero(is_alone):
            last = self._last.get(int(tracks.ids[row]))
            if last is None or last.relation is None or not tracks.confirmed[row]:
                continue
            box = _apply(last.relation, own[row])
            grown = _sides(box[None])[0] / _sides(predicted[row][None])[0]
            if not 1 / self.settings.steady < grown**2 < self.settings.steady:
                continue
            half = (predicted[row, 2:] - predicted[row, :2]) / 2 * np.sqrt(grown)
            middle = (box[:2] + box[2:]) / 2
            carried[row] = np.concatenate([middle - half, middle + half])
            good[row] = iou(carried[row][None], predicted[row][None]).max() > 0.4
        return carried, good

    def _due(self, t_s: float, tracks: Tracks, near: Mask, is_carried: Mask) -> Mask:
        settings = self.settings
        lasts = [self._last.get(int(track)) for track in tracks.ids]
        since_s = np.array([t_s - last.t_s if last else 1e9 for last in lasts])
        found = np.array([last.was_found if last else False for last in lasts], bool)
        pace = _speeds(tracks) / _sides(tracks.boxes)
        settled = (tracks.ages_s >= settings.settled_s) & found
        settled &= tracks.class_ids != ObjectClass.UNKNOWN
        settled &= tracks.class_shares >= settings.settled_share
        slow = (pace < settings.rest) | (_speeds(tracks) < settings.still)
        resting = settled & slow & ~near.any(axis=1)
        alone = settled & is_carried
        often = (since_s >= settings.often_s - 1e-3) | (since_s * pace > settings.moved)
        seldom = since_s >= settings.seldom_s - 1e-3
        due = tracks.confirmed & ~resting & np.where(alone, seldom, often)
        if due.any():  # those whose turn comes soon are looked at in the same picture
            soon = since_s >= settings.soon * np.where(alone, settings.seldom_s, settings.often_s)
            due |= tracks.confirmed & ~resting & soon
        return np.asarray(due)


def _inside(boxes: Boxes, examined: Boxes | None) -> Mask:
    """(N,) which boxes were looked at."""
    if examined is None:
        return np.ones(len(boxes), bool)
    if not len(examined) or not len(boxes):
        return np.zeros(len(boxes), bool)
    return np.asarray(covered(boxes, examined).max(axis=1) >= 0.8)


def _relation(box: NDArray[np.float32], blob: NDArray[np.float32]) -> NDArray[np.float32]:
    size = np.maximum(blob[2:] - blob[:2], 1e-4)
    return np.asarray((box - np.tile(blob[:2], 2)) / np.tile(size, 2), np.float32)


def _apply(relation: NDArray[np.float32], blob: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(relation * np.tile(blob[2:] - blob[:2], 2) + np.tile(blob[:2], 2))


def _speeds(tracks: Tracks) -> NDArray[np.float32]:
    return np.asarray(np.hypot(tracks.velocities[:, 0], tracks.velocities[:, 1]))


def _sides(boxes: Boxes) -> NDArray[np.float32]:
    """(N,) root of each box's area."""
    return np.asarray(np.sqrt(np.maximum((boxes[:, 2:] - boxes[:, :2]).prod(axis=1), 1e-6)))
