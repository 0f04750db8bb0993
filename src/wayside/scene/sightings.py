"""Finished paths as a calibration reads them: a few averaged looks at each object on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.geometry import Points
from wayside.domain.tracks import Trajectory
from wayside.scene.bodies import BODIES

MOST_TRACKS = 240
"""More do not sharpen what the priors of size leave open, and cost time in proportion."""

_LOOKS = 5
_SMALLEST = 0.018
_LARGEST = 0.7
_LEAST_WAY = 2.0
_STRAIGHT = 0.15
_LONG = 6.0
_JITTER = 0.03
_SHARED = 0.015


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """Looks in columns, ordered by track.

    track: (N,) index 0..tracks-1. feet: (N, 2) middle of the box's lower edge, normalised. ahead:
    (N, 2) the way it moves, unit, isotropic. log_size: (N, 2) logarithms of width and height,
    normalised. sigma: (N,) standard deviation of these. classes: (N,) ObjectClass. straight:
    (tracks,) bool, long and straight in the picture.
    """

    track: NDArray[np.int64]
    feet: Points
    log_size: Points
    sigma: Points
    classes: NDArray[np.int64]
    straight: NDArray[np.bool_]

    @property
    def tracks(self) -> int:
        return len(self.straight)

    def classes_of_tracks(self) -> NDArray[np.int64]:
        """(tracks,) ObjectClass."""
        first = np.searchsorted(self.track, np.arange(self.tracks))
        return np.asarray(self.classes[first])


def sightings(paths: Sequence[Trajectory], aspect: float, most: int = MOST_TRACKS) -> Sightings:
    """Of paths whose class is known, that moved, with whole boxes. May be empty."""
    looks = [found for path in paths if (found := _looks(path, aspect)) is not None]
    if len(looks) > most:
        # Evenly over the hour, so that morning and noon count alike.
        chosen = np.linspace(0, len(looks) - 1, most).round().astype(int)
        looks = [looks[index] for index in chosen]
    if not looks:
        none = np.empty((0, 2))
        flat = np.empty(0, np.int64)
        return Sightings(flat, none, none, none, flat, np.empty(0, np.bool_))
    counts = [len(each.feet) for each in looks]
    return Sightings(
        track=np.repeat(np.arange(len(looks)), counts),
        feet=np.concatenate([each.feet for each in looks]),
        log_size=np.concatenate([each.log_size for each in looks]),
        sigma=np.concatenate([each.sigma for each in looks]),
        classes=np.repeat([each.kind for each in looks], counts).astype(np.int64),
        straight=np.array([each.straight for each in looks], np.bool_),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Looks:
    kind: int
    feet: Points
    log_size: Points
    sigma: Points
    straight: bool


def _looks(path: Trajectory, aspect: float) -> _Looks | None:
    """None for what stood, is too small, or is of no known body."""
    if path.sizes is None or ObjectClass(path.class_id) not in BODIES:
        return None
    sizes = path.sizes.astype(np.float64)
    whole = np.isfinite(sizes).all(1) & (sizes > 0).all(1)
    whole &= (sizes[:, 1] > _SMALLEST) & (sizes.max(1, initial=0) < _LARGEST)
    feet, sizes = path.image.astype(np.float64)[whole], sizes[whole]
    if len(feet) < 4:
        return None
    flat = feet / (1.0, aspect)
    own = float(np.median(np.sqrt(sizes[:, 0] * sizes[:, 1] / aspect)))
    steps = np.hypot(*np.diff(flat, axis=0).T)
    # A jitter of the box is no way: only steps beyond it count.
    arc = np.concatenate([[0.0], np.cumsum(np.where(steps > 0.05 * own, steps, 0.0))])
    chord = float(np.hypot(*(flat[-1] - flat[0])))
    if chord < _LEAST_WAY * own:
        return None
    bins = np.minimum((arc / arc[-1] * _LOOKS).astype(int), _LOOKS - 1)
    used = np.unique(bins)
    middle = np.array([feet[bins == b].mean(0) for b in used])
    count = np.array([(bins == b).sum() for b in used], np.float64)
    log_size = np.array([np.median(np.log(sizes[bins == b]), axis=0) for b in used])
    if len(used) < 2:
        return None
    across = np.abs(_across(middle / (1.0, aspect)))
    noise = np.hypot(_JITTER * 1.25 / np.sqrt(count), _SHARED)
    return _Looks(
        path.class_id,
        middle,
        log_size,
        np.column_stack([noise, noise]) * BODIES[ObjectClass(path.class_id)].looseness,
        bool(chord > _LONG * own and across.max() < _STRAIGHT * own),
    )


def _across(places: Points) -> NDArray[np.float64]:
    """(N,) distance from the straight line through the first and the last."""
    along = places[-1] - places[0]
    to = places - places[0]
    return np.asarray((along[0] * to[:, 1] - along[1] * to[:, 0]) / np.hypot(*along))
