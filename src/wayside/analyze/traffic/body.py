"""How large things of each class are, before anything of one of them is known."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ClassGroup, ObjectClass

_CLASSES: Final[dict[ObjectClass, tuple[tuple[float, float], ...]]] = {
    # length, width, height over all, each with the standard deviation between such things, metres
    ObjectClass.UNKNOWN: ((3.0, 1.8), (1.5, 0.6), (1.6, 0.5)),
    ObjectClass.PERSON: ((0.4, 0.1), (0.5, 0.1), (1.7, 0.15)),
    ObjectClass.BICYCLE: ((1.75, 0.15), (0.6, 0.1), (1.7, 0.15)),
    ObjectClass.MOTORCYCLE: ((2.1, 0.25), (0.8, 0.1), (1.5, 0.15)),
    ObjectClass.CAR: ((4.5, 0.5), (1.8, 0.1), (1.5, 0.15)),
    ObjectClass.BUS: ((12.0, 2.0), (2.5, 0.1), (3.0, 0.3)),
    ObjectClass.TRUCK: ((9.0, 3.5), (2.4, 0.25), (3.2, 0.6)),
}

BODIES: Final[NDArray[np.float64]] = np.array([[v[0] for v in _CLASSES[c]] for c in ObjectClass])
"""(classes, 3) length, width, height in metres, by class id."""

BODY_SIGMAS: Final[NDArray[np.float64]] = np.array(
    [[v[1] for v in _CLASSES[c]] for c in ObjectClass]
)
"""(classes, 3) their standard deviations in metres."""

OWN_SIZE_M: Final[NDArray[np.float64]] = np.array(
    [1.0 if kind.group is ClassGroup.PERSON else 4.0 for kind in ObjectClass]
)
"""Metres that an object's own size, the square root of its box's area, stands for where nothing
is calibrated, by class id."""
