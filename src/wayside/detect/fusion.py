"""One list of objects from what a network names and what moves.

The two fail differently. A network misses objects from unusual angles and
sees cars in patches of asphalt; movement knows no classes, merges neighbours
and drags shadows along. So each speaks for the other: a faint detection that
lies on moving pixels is believed, and something that clearly moves but has no
name is handed on as `unknown`, for the tracker to decide whether it travels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.detect.motion import Motion
from wayside.detect.suppress import GROUP_OF
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes, Detections
from wayside.domain.geometry import covered, iou

PERSON = int(ObjectClass.PERSON)
TWO_WHEELERS = (int(ObjectClass.BICYCLE), int(ObjectClass.MOTORCYCLE))


@dataclass(frozen=True, slots=True)
class FusionSettings:
    """echo_overlap, echo_inside: IoU with a better box of the same group, or share of the smaller
    inside the larger, from which the weaker is a second opinion on the same object.
    support_overlap: IoU of a detection with a moving blob from which the blob speaks for it.
    support_fill: or the share of the detection's box that is foreground. support_gain: how far
    a supported score rises towards 1. explained: share of a blob (or of a detection inside the
    blob) that must be shared for the blob to count as named already. company: how far around a
    named object, in its own sizes (root of its area), a blob is taken for its shadow, its
    reflection or a limb. blob_score: of a blob that
    nothing named.
    """

    echo_overlap: float = 0.3
    echo_inside: float = 0.7
    support_overlap: float = 0.4
    support_fill: float = 0.45
    support_gain: float = 0.4
    explained: float = 0.5
    company: float = 0.4
    blob_score: float = 0.3
    still: float = 0.05


def fuse(named: Detections, motion: Motion, known: Boxes, settings: FusionSettings) -> Detections:
    """Named objects first, riders joined, supported scores raised; then unnamed moving blobs.

    known: (K, 4) where objects with a name were a moment ago; what moves there
    is not a new object either.
    """
    objects = supported(join_riders(without_echoes(named, settings)), motion, settings)
    explaining = np.concatenate([objects.boxes, known]) if len(objects) else known
    blobs = unnamed(unexplained(explaining, motion, settings), settings.blob_score)
    if not len(objects):
        return blobs
    return objects.joined(blobs) if len(blobs) else objects


def unnamed(boxes: Boxes, score: float) -> Detections:
    """Boxes of things that only move; they come from a mask, so they are boxes already."""
    count = len(boxes)
    return Detections(
        boxes,
        np.full(count, ObjectClass.UNKNOWN, np.int8),
        np.full(count, score, np.float32),
        np.ones(count, np.bool_),
    )


def without_echoes(found: Detections, settings: FusionSettings) -> Detections:
    """The rows that are not a weaker reading of a better row.

    Networks that are sure of an object still report parts of it, or it and its
    neighbour as one, with low scores and IoU too small for suppression. Taken
    for objects, those are the doubles that counts suffer from. Rows of nearly
    the same score stay: two people can stand that close.
    """
    if len(found) < 2:
        return found
    found = found.where(np.argsort(-found.scores, kind="stable"))
    groups = GROUP_OF[found.class_ids]
    shared = covered(found.boxes, found.boxes)
    inside = np.maximum(shared, shared.T) > settings.echo_inside
    close = iou(found.boxes, found.boxes) > settings.echo_overlap
    weaker = found.scores[None, :] < 0.75 * found.scores[:, None]
    echoes = (close | inside) & weaker & (groups[:, None] == groups[None, :])
    keep = np.ones(len(found), bool)
    for row in range(len(found) - 1):
        if keep[row]:
            keep &= ~echoes[row]
    return found.where(keep)


def join_riders(found: Detections) -> Detections:
    """A person on a two-wheeler becomes one two-wheeler with the box of both.

    Two detections that fit are stronger than either (noisy or), and they say
    "rider" in pictures between others in which only the person was seen.

    The person's feet must be within the wheels' height, the person's middle
    between the wheels, and a quarter of the person behind the frame: somebody
    who walks past a parked bicycle seldom meets all three.
    """
    if len(found) < 2:
        return found
    ids = found.class_ids
    persons = (ids == PERSON).nonzero()[0]
    cycles = ((ids == TWO_WHEELERS[0]) | (ids == TWO_WHEELERS[1])).nonzero()[0]
    if not len(persons) or not len(cycles):
        return found
    boxes, scores = found.boxes.copy(), found.scores.copy()
    gone = np.zeros(len(found), bool)
    for cycle in cycles[np.argsort(-found.scores[cycles], kind="stable")]:
        fits = _rides(found.boxes[persons], found.boxes[cycle]) & ~gone[persons]
        if not fits.any():
            continue
        rider = persons[np.argmax(np.where(fits, found.scores[persons], -1))]
        boxes[cycle, :2] = np.minimum(found.boxes[cycle, :2], found.boxes[rider, :2])
        boxes[cycle, 2:] = np.maximum(found.boxes[cycle, 2:], found.boxes[rider, 2:])
        scores[cycle] = 1 - (1 - found.scores[cycle]) * (1 - found.scores[rider])
        gone[persons] |= covered(found.boxes[persons], boxes[cycle : cycle + 1])[:, 0] > 0.7
    joined = Detections(boxes, found.class_ids, scores, found.from_motion)
    return joined.where(~gone)


def _rides(persons: Boxes, cycle: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(P,) True where a person's box sits on the cycle's."""
    width, height = cycle[2] - cycle[0], cycle[3] - cycle[1]
    middle = (persons[:, 0] + persons[:, 2]) / 2
    centred = (middle > cycle[0] - 0.1 * width) & (middle < cycle[2] + 0.1 * width)
    feet = persons[:, 3]
    on_pedals = (feet > cycle[1] + 0.2 * height) & (feet < cycle[3] + 0.25 * height)
    taller = persons[:, 1] < cycle[1] + 0.3 * height
    overlap = covered(persons, cycle[None])[:, 0] > 0.2
    return np.asarray(centred & on_pedals & taller & overlap)


def supported(found: Detections, motion: Motion, settings: FusionSettings) -> Detections:
    """Scores raised where the picture moves under the box: s + gain x (1 - s)."""
    if not len(found) or not len(motion):
        return found
    moving = motion.changing > settings.still
    if not moving.any():
        return found
    overlap = iou(found.boxes, motion.boxes[moving]).max(axis=1)
    filled = foreground_share(motion.mask, found.boxes) > settings.support_fill
    backed = (overlap > settings.support_overlap) | (filled & (overlap > 0.1))
    raised = found.scores + settings.support_gain * (1 - found.scores)
    scores = np.where(backed, raised, found.scores).astype(np.float32)
    return Detections(found.boxes, found.class_ids, scores, found.from_motion)


def unexplained(objects: Boxes, motion: Motion, settings: FusionSettings) -> Boxes:
    """(M, 4) blobs that no named object (N, 4) accounts for.

    A blob is accounted for when half of it lies in or close to an object's box,
    or when an object of some size lies mostly in it (the blob is that object
    and its shadow).
    """
    if not len(motion) or not len(objects):
        return motion.boxes
    sides = objects[:, 2:] - objects[:, :2]
    margin = settings.company * np.sqrt(sides[:, :1] * sides[:, 1:])
    around = np.concatenate([objects[:, :2] - margin, objects[:, 2:] + margin], axis=1)
    near = covered(motion.boxes, around).max(axis=1)
    within = covered(objects, motion.boxes) > settings.explained
    holds = (within & (iou(objects, motion.boxes) > 0.15)).any(axis=0)
    return np.asarray(motion.boxes[(near < settings.explained) & ~holds])


def foreground_share(mask: NDArray[np.uint8], boxes: Boxes) -> NDArray[np.float32]:
    """(N,) share of each box's pixels that are foreground."""
    height, width = mask.shape
    corners = np.round(boxes * [width, height, width, height]).astype(int)
    shares = np.zeros(len(boxes), np.float32)
    for row, (x1, y1, x2, y2) in enumerate(corners):
        patch = mask[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)]
        if patch.size:
            shares[row] = np.count_nonzero(patch) / patch.size
    return shares
