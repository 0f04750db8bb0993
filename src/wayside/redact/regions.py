"""Which parts of a picture to cover, from boxes, and how generously.

A person's face is in the upper part of his box and a plate is in the lower
part of a vehicle's, so boxes cover what no face or plate detector finds: the
back of a head that turns round in the next frame, a plate of six pixels. The
shares below are set so that the wrong guess is too large, not too small.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes

Rects: TypeAlias = NDArray[np.int32]
"""(N, 4) int32, x0 y0 x1 y1 in pixels, the last column and row excluded."""

HEAD_SHARE: Final = 0.30
"""Least part of a person's box, from the top, that is head. Standing, a head is 1/7."""

HEAD_PER_WIDTH: Final = 0.9
"""Depth of the head region in box widths. A box is about as wide as the
shoulders, and head and neck are shorter than shoulders are wide; so a
close-up, a seated or a bent person and one seen from above are covered deeper
without asking which of them it is."""

CUT_HEAD_SHARE: Final = 0.5
"""The same for a box that leaves the picture below: what is missing is legs."""

RIDER_SHARE: Final = 0.35
"""A rider's head and neck in the box of rider and bicycle."""

PLATE_SHARE: Final = 0.55
"""Part of a vehicle's box, from the bottom, that can hold a plate. The highest
common place, the tailgate of a small car, is at 0.9 m of 1.5 m; seen from
above the box gains roof and bonnet at its top and the plate moves down in it."""

CUT_PLATE_SHARE: Final = 0.75
"""The same for a box that leaves the picture below: the missing part was bumper."""

SMALL_PX: Final = 24
"""A box lower than this is covered whole: bands of a few pixels hit nothing surely."""

MARGIN: Final = 0.10
"""Added on every side, in box widths and heights: a detector's boxes are that loose."""

FACE_MARGIN: Final = 0.35
"""The same for a face: detectors box brow to chin, and hair and ears identify too."""

UNSURE_SHARE: Final = 0.5
"""A track whose class won less of the vote than this is covered whole."""

CHROMA_PX: Final = 2
"""Video halves its colour planes, so a covered pixel's colour reaches the next
pair: regions are rounded outward to even pixels after growing by this much."""


class Kind(IntEnum):
    """What a region hides. It decides the shape that a style draws, never whether to cover."""

    HEAD = 0
    PLATE = 1
    WHOLE = 2


@dataclass(frozen=True, slots=True)
class Subjects:
    """N boxes that may hold a face or a plate.

    boxes: (N, 4) float32, xyxy, normalised. class_ids: (N,) int8, UNKNOWN where
    it is in doubt. growth: (N,) float32, how far the object may have moved
    since it was seen, in its own longer side.
    """

    boxes: Boxes
    class_ids: NDArray[np.int8]
    growth: NDArray[np.float32]

    @classmethod
    def none(cls) -> Self:
        return cls(np.empty((0, 4), np.float32), np.empty(0, np.int8), np.empty(0, np.float32))

    def __len__(self) -> int:
        return len(self.boxes)

    def joined(self, *others: Subjects) -> Subjects:
        """These rows, then the others'."""
        every = (self, *others)
        return Subjects(
            np.concatenate([one.boxes for one in every]),
            np.concatenate([one.class_ids for one in every]),
            np.concatenate([one.growth for one in every]),
        )


@dataclass(frozen=True, slots=True)
class Regions:
    """What to cover. rects: (R, 4) int32 pixels. kinds: (R,) int8, Kind."""

    rects: Rects
    kinds: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.rects)

    def joined(self, other: Regions) -> Regions:
        """These rows, then the other's."""
        return Regions(
            np.concatenate([self.rects, other.rects]), np.concatenate([self.kinds, other.kinds])
        )


def cover(subjects: Subjects, width: int, height: int) -> Regions:
    """Head regions and plate bands of all subjects, in a picture of that many pixels.

    PERSON: the head. BICYCLE: the rider's head. CAR, BUS, TRUCK: the plate
    band. MOTORCYCLE: whole, because its plate sits at mid height right below
    the rider. UNKNOWN and small boxes: whole.
    """
    boxes = subjects.boxes.astype(np.float64) * (width, height, width, height)
    tall = boxes[:, 3] - boxes[:, 1]
    kinds = _kinds(subjects.class_ids, tall)
    parts = boxes.copy()
    is_head, is_plate = kinds == Kind.HEAD, kinds == Kind.PLATE
    heads = _head_bottoms(boxes, subjects.class_ids, height)
    parts[is_head, 3] = heads[is_head]
    plates = _plate_tops(boxes, height)
    parts[is_plate, 1] = plates[is_plate]
    return Regions(_outward(_grown(parts, boxes, subjects.growth, MARGIN), width, height), kinds)


def cover_faces(boxes: Boxes, growth: NDArray[np.float32], width: int, height: int) -> Regions:
    """Whole faces with their hair. growth: (N,) in the face's own longer side."""
    faces = boxes.astype(np.float64) * (width, height, width, height)
    rects = _outward(_grown(faces, faces, growth, FACE_MARGIN), width, height)
    return Regions(rects, np.full(len(rects), Kind.HEAD, np.int8))


def _kinds(class_ids: NDArray[np.int8], tall: NDArray[np.float64]) -> NDArray[np.int8]:
    kinds = np.full(len(class_ids), Kind.WHOLE, np.int8)
    kinds[np.isin(class_ids, (ObjectClass.PERSON, ObjectClass.BICYCLE))] = Kind.HEAD
    kinds[np.isin(class_ids, (ObjectClass.CAR, ObjectClass.BUS, ObjectClass.TRUCK))] = Kind.PLATE
    kinds[tall < SMALL_PX] = Kind.WHOLE
    return kinds


def _head_bottoms(
    boxes: NDArray[np.float64], class_ids: NDArray[np.int8], height: int
) -> NDArray[np.float64]:
    """(N,) y in pixels to which a person's or rider's head region reaches."""
    wide, tall = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    share = np.where(boxes[:, 3] >= height - CHROMA_PX, CUT_HEAD_SHARE, HEAD_SHARE)
    person = np.maximum(share * tall, HEAD_PER_WIDTH * wide)
    # The box of a rider is as wide as the bicycle is long, which says nothing of his head.
    rider = np.where(boxes[:, 3] >= height - CHROMA_PX, CUT_HEAD_SHARE * tall, RIDER_SHARE * tall)
    depth = np.where(class_ids == ObjectClass.BICYCLE, rider, person)
    return np.asarray(boxes[:, 1] + np.minimum(depth, tall))


def _plate_tops(boxes: NDArray[np.float64], height: int) -> NDArray[np.float64]:
    """(N,) y in pixels at which a vehicle's plate band begins."""
    tall = boxes[:, 3] - boxes[:, 1]
    share = np.where(boxes[:, 3] >= height - CHROMA_PX, CUT_PLATE_SHARE, PLATE_SHARE)
    return np.asarray(boxes[:, 3] - share * tall)


def _grown(
    parts: NDArray[np.float64],
    boxes: NDArray[np.float64],
    growth: NDArray[np.float32],
    margin: float,
) -> NDArray[np.float64]:
    """``parts`` of ``boxes``, larger by the margin of the box and by its growth, in pixels.

    Both are measured on the whole box: a thin band of a large object is as far
    off as the object is.
    """
    wide, tall = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    moved = growth * np.maximum(wide, tall)
    x, y = margin * wide + moved, margin * tall + moved
    return parts + np.stack([-x, -y, x, y], axis=1)


def _outward(boxes: NDArray[np.float64], width: int, height: int) -> Rects:
    """Whole even pixels around ``boxes``, inside the picture. Empty ones keep zero area."""
    low = np.floor((boxes[:, :2] - CHROMA_PX) / 2) * 2
    high = np.ceil((boxes[:, 2:] + CHROMA_PX) / 2) * 2
    size = np.array([width, height], np.float64)
    low, high = np.clip(low, 0, size), np.clip(high, 0, size)
    return np.concatenate([low, high], axis=1).astype(np.int32)
