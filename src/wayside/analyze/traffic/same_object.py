"""Whether two tracks that cross a line together are one object seen twice.

Detectors give a cyclist as a person and a bicycle, a lorry as a cab and a box,
a car as itself and its moving blob. Two tracks are taken for one object where
their boxes lie on each other, compared at the same instants, for most of the
time around the crossing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.histories import Trace, boxes_at
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.detections import Boxes

_SAME_IOU = 0.5
_SAME_COVERED = 0.8
_RIDER_COVERED = 0.4
_COVERED: Final = {
    frozenset((ClassGroup.PERSON, ClassGroup.TWO_WHEELER)): _RIDER_COVERED,
    frozenset((ClassGroup.VEHICLE, ClassGroup.TWO_WHEELER)): np.inf,
}
_SHARES: Final = np.linspace(0.0, 1.0, 5)
"""Of the time that is compared: the instants at which it is."""


@dataclass(frozen=True, slots=True, eq=False)
class Likeness:
    """Two tracks, of these class groups, that may be one object around ``t_s``."""

    traces: tuple[Trace, Trace]
    groups: tuple[ClassGroup, ClassGroup]
    t_s: float


def are_same(pairs: Sequence[Likeness], reach_s: float) -> NDArray[np.bool_]:
    """(P,) True for pairs of traces that are one object.

    Boxes lie on each other where their intersection over union exceeds 0.5 or
    80 % of one lies in the other. A rider covers less of his bicycle: 40 %. A
    two-wheeler in front of a lorry lies in its box too and is its own object,
    so there only the intersection over union decides. False where the traces
    share no instant within ``reach_s`` of ``t_s``.
    """
    if not pairs:
        return np.zeros(0, bool)
    first, second = zip(*(pair.traces for pair in pairs), strict=True)
    around = np.array([pair.t_s for pair in pairs])
    begun = [max(a.t_s[0], b.t_s[0]) for a, b in zip(first, second, strict=True)]
    ended = [min(a.t_s[-1], b.t_s[-1]) for a, b in zip(first, second, strict=True)]
    start, end = np.maximum(begun, around - reach_s), np.minimum(ended, around + reach_s)
    instants = start[:, None] + (end - start)[:, None] * _SHARES
    iou, covered = _overlaps(boxes_at(first, instants), boxes_at(second, instants))
    enough = np.array([_COVERED.get(frozenset(pair.groups), _SAME_COVERED) for pair in pairs])
    together = (iou > _SAME_IOU) | (covered > enough[:, None])
    return np.asarray((start <= end) & (together.sum(1) * 2 > len(_SHARES)))


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
    """(...) of (..., 4) boxes, one by one: intersection over union, and share of the smaller one in
    the larger.
    """
    low, high = np.maximum(a[..., :2], b[..., :2]), np.minimum(a[..., 2:], b[..., 2:])
    shared = np.maximum(high - low, 0).prod(-1)
    own_a, own_b = (a[..., 2:] - a[..., :2]).prod(-1), (b[..., 2:] - b[..., :2]).prod(-1)
    smaller = np.maximum(np.minimum(own_a, own_b), 1e-12)
    union = np.maximum(own_a + own_b - shared, 1e-12)
    return shared / union, shared / smaller
