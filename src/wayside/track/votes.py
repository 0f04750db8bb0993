"""What an object is, by vote over its life.

Votes are (7, M) float64, a row per ObjectClass. A vote weighs its detection's
score. UNKNOWN is the lack of an opinion: it never outvotes a name.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass

CLASS_COUNT = len(ObjectClass)


def valid(class_ids: NDArray[np.int8]) -> NDArray[np.int8]:
    """The ids, with what is not in the taxonomy as UNKNOWN."""
    if len(class_ids) == 0 or np.maximum.reduce(class_ids.view(np.uint8)) < CLASS_COUNT:
        return class_ids
    known = (class_ids >= 0) & (class_ids < CLASS_COUNT)
    return np.where(known, class_ids, np.int8(ObjectClass.UNKNOWN))


def first_votes(class_ids: NDArray[np.int8], scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """(7, N) votes of newcomers."""
    votes = np.zeros((CLASS_COUNT, len(class_ids)))
    votes[class_ids, np.arange(len(class_ids))] = scores
    return votes


def winners(
    votes: NDArray[np.float64],
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """(class ids (M,) int8, shares (M,) float32): who leads, with which share of the named votes.

    A track without a named vote is UNKNOWN with share 1. Of a tie the lower id wins.
    """
    named = votes[1:]
    total = np.add.reduce(named, 0)
    ids = named.argmax(0)
    ids += 1
    best = np.maximum.reduce(named, 0)
    if np.count_nonzero(total) == len(total):
        return ids.astype(np.int8), (best / total).astype(np.float32)
    unnamed = total <= 0
    shares = np.divide(best, total, out=np.ones_like(total), where=~unnamed)
    ids[unnamed] = ObjectClass.UNKNOWN
    return ids.astype(np.int8), shares.astype(np.float32)
