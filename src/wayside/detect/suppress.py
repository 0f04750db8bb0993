"""One object, one box: greedy non-maximum suppression within class groups."""

from __future__ import annotations

import numpy as np

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.geometry import iou

GROUP_OF = np.zeros(len(ObjectClass), np.int8)
"""Class id to group index, so that a car and a truck on one spot are one vehicle."""
for _member in ObjectClass:
    GROUP_OF[_member] = sorted({c.group for c in ObjectClass}).index(_member.group)


def suppress(found: Detections, overlap: float) -> Detections:
    """The rows that no better row of the same group overlaps by more than ``overlap`` (IoU).

    Best first. Person and bicycle may share a place (a rider), car and truck may not.
    """
    if len(found) < 2:
        return found
    order = np.argsort(-found.scores, kind="stable")
    found = found.where(order)
    groups = GROUP_OF[found.class_ids]
    clash = (iou(found.boxes, found.boxes) > overlap) & (groups[:, None] == groups[None, :])
    keep = np.ones(len(found), bool)
    for row in range(len(found) - 1):
        if keep[row]:
            keep[row + 1 :] &= ~clash[row, row + 1 :]
    return found.where(keep)
