"""Whether two tracks that cross a line together are one object seen twice.

Detectors give a cyclist as a person and a bicycle, a lorry as a cab and a box,
a car as itself and its moving blob. Two tracks are taken for one object where
their boxes lie on each other, compared at the same instants, for most of the
time around the crossing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.histories import Trace
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.detections import Boxes
from wayside.domain.geometry import areas

_SAME_IOU = 0.5
_SAME_COVERED = 0.8
_RIDER_COVERED = 0.4
_INSTANTS = 5

_RIDER = {ClassGroup.PERSON, ClassGroup.TWO_WHEELER}
_SIDE_BY_SIDE = {ClassGroup.VEHICLE, ClassGroup.TWO_WHEELER}


def are_same(
    a: Trace, b: Trace, groups: tuple[ClassGroup, ClassGroup], t_s: float, reach_s: float
) -> bool:
    """True where traces a and b, of these class groups, are one object around ``t_s``.

    Boxes lie on each other where their intersection over union exceeds 0.5 or
    80 % of one lies in the other. A rider covers less of his bicycle: 40 %. A
    two-wheeler in front of a lorry lies in its box too and is its own object,
    so there only the intersection over union decides. False where the traces
    share no instant within ``reach_s`` of ``t_s``.
    """
    start = max(a.t_s[0], b.t_s[0], t_s - reach_s)
    end = min(a.t_s[-1], b.t_s[-1], t_s + reach_s)
    if start > end:
        return False
    instants = np.linspace(start, end, _INSTANTS)
    boxes_a, boxes_b = a.at(instants), b.at(instants)
    iou, covered = _overlaps(boxes_a, boxes_b)
    together = iou > _SAME_IOU
    pair = set(groups)
    if pair == _RIDER:
        together |= covered > _RIDER_COVERED
    elif pair != _SIDE_BY_SIDE:
        together |= covered > _SAME_COVERED
    return int(together.sum()) * 2 > _INSTANTS


def precedence(
    object_class: ObjectClass, age_s: float, share: float
) -> tuple[bool, bool, float, float]:
    """Of tracks that are one object, the greatest is kept.

    A named one before an unknown one, a two-wheeler before its rider, then the
    longer-lived, then the surer.
    """
    return (
        object_class is not ObjectClass.UNKNOWN,
        object_class.group is ClassGroup.TWO_WHEELER,
        age_s,
        share,
    )


def _overlaps(a: Boxes, b: Boxes) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(K,) intersection over union, and share of the smaller box in the larger, row by row."""
    width = np.minimum(a[:, 2], b[:, 2]) - np.maximum(a[:, 0], b[:, 0])
    height = np.minimum(a[:, 3], b[:, 3]) - np.maximum(a[:, 1], b[:, 1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    smaller = np.maximum(np.minimum(areas(a), areas(b)), 1e-12)
    union = np.maximum(areas(a) + areas(b) - shared, 1e-12)
    return shared / union, shared / smaller
