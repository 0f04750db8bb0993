"""Names from size and speed, where the ground is known and no network is.

On a calibrated feed a moving box has a size in metres and a speed in metres a
second, and that says person, two-wheeler, car, truck or bus often enough to
count by. The size is taken where the object stands: the box's width and
height, both scaled by the ground's metres per picture width at its foot, and
their geometric mean. It is a rough measure (the height of a box mixes how
tall and how deep an object is), so each class is a broad log-normal, and the
typical speed does what size cannot: a person and a bicycle are of a size, but
not of a speed.

Typical values: lengths and widths of design vehicles from AASHTO, A Policy on
Geometric Design of Highways and Streets (2018), table 2-4; walking speed from
Bohannon, Age and Ageing 26 (1997); cycling speed from FHWA-HRT-04-103.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene

MEMORY = 60
"""Sightings that a track's size and speed are the medians of."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """size_m, speed_mps: typical; spreads: of their logarithms; prior: share among road users."""

    object_class: ObjectClass
    size_m: float
    size_spread: float
    speed_mps: float
    speed_spread: float
    prior: float


KINDS = (
    _Kind(ObjectClass.PERSON, 0.95, 0.28, 1.35, 0.28, 0.2),
    _Kind(ObjectClass.BICYCLE, 1.5, 0.22, 4.8, 0.32, 0.15),
    _Kind(ObjectClass.CAR, 3.3, 0.22, 8.0, 0.6, 0.5),
    _Kind(ObjectClass.TRUCK, 5.2, 0.18, 8.0, 0.6, 0.1),
    _Kind(ObjectClass.BUS, 7.2, 0.18, 8.0, 0.6, 0.05),
)


@dataclass(slots=True)
class _Sightings:
    sizes: deque[float] = field(default_factory=lambda: deque(maxlen=MEMORY))
    top_speed: float = 0.0
    speeds: deque[float] = field(default_factory=lambda: deque(maxlen=MEMORY))


class SizeNamer:
    """Gives tracks of unknown class the class that fits their size and speed. One a session."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._sightings: dict[int, _Sightings] = {}

    def named(self, tracks: Tracks) -> Tracks:
        """The tracks with UNKNOWN replaced where the ground is known; unchanged where not."""
        plane = self._scene.ground_plane
        if plane is None or not len(tracks):
            self._sightings = {} if not len(tracks) else self._sightings
            return tracks
        self._observe(tracks)
        class_ids, shares = tracks.class_ids.copy(), tracks.class_shares.copy()
        for row in np.flatnonzero(tracks.class_ids == ObjectClass.UNKNOWN):
            seen = self._sightings.get(int(tracks.ids[row]))
            if seen is not None and len(seen.sizes) >= 3:
                class_ids[row], shares[row] = _best(seen)
        return replace(tracks, class_ids=class_ids, class_shares=shares)

    def _observe(self, tracks: Tracks) -> None:
        sizes, speeds = self._sizes(tracks), self._speeds(tracks)
        live: dict[int, _Sightings] = {}
        inner = (tracks.boxes[:, :2] > 0.01) & (tracks.boxes[:, 2:] < 0.99)
        whole = np.asarray(inner.all(axis=1))
        for row, track in enumerate(tracks.ids.tolist()):
            seen = live[track] = self._sightings.get(track) or _Sightings()
            if not (tracks.observed[row] and whole[row] and np.isfinite(sizes[row])):
                continue
            seen.sizes.append(float(sizes[row]))
            # Standing still says nothing about what can move how fast.
            if np.isfinite(speeds[row]) and speeds[row] > 0.4 and tracks.ages_s[row] > 0.4:
                seen.speeds.append(float(speeds[row]))
        self._sightings = live

    def _sizes(self, tracks: Tracks) -> NDArray[np.float64]:
        """(N,) metres: geometric mean of width and height, scaled at the foot of the box."""
        plane = self._scene.ground_plane
        assert plane is not None
        feet = np.stack(
            [(tracks.boxes[:, 0] + tracks.boxes[:, 2]) / 2, tracks.boxes[:, 3]], axis=1
        ).astype(np.float64)
        step = np.array([[0.005, 0.0]])
        left, right = plane.to_ground(feet - step), plane.to_ground(feet + step)
        metres = np.hypot(*(right - left).T) / 0.01
        width = (tracks.boxes[:, 2] - tracks.boxes[:, 0]) * metres
        height = (tracks.boxes[:, 3] - tracks.boxes[:, 1]) * metres / self._scene.aspect
        return np.asarray(np.sqrt(width * height))

    def _speeds(self, tracks: Tracks) -> NDArray[np.float64]:
        """(N,) metres a second, from the tracker's velocities."""
        plane = self._scene.ground_plane
        assert plane is not None
        here = self._scene.anchors(tracks)
        ahead = plane.to_ground(here + 0.1 * tracks.velocities)
        return np.asarray(np.hypot(*(ahead - plane.to_ground(here)).T) / 0.1)


def _best(seen: _Sightings) -> tuple[int, float]:
    """Class id and its posterior share."""
    size = np.log(np.median(seen.sizes))
    speed = np.log(np.percentile(list(seen.speeds), 75)) if len(seen.speeds) >= 3 else None
    logs = []
    for kind in KINDS:
        fit = np.log(kind.prior / kind.size_spread)
        fit -= 0.5 * ((size - np.log(kind.size_m)) / kind.size_spread) ** 2
        if speed is not None:
            fit -= np.log(kind.speed_spread)
            fit -= 0.5 * ((speed - np.log(kind.speed_mps)) / kind.speed_spread) ** 2
        logs.append(fit)
    weights = np.exp(np.array(logs) - max(logs))
    best = int(weights.argmax())
    return int(KINDS[best].object_class), float(weights[best] / weights.sum())
