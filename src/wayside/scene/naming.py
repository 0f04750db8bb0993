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

import math
from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene

MEMORY = 60
"""Sightings that a track's size and speed are the medians of."""

_STEP = 0.005
"""Of the picture's width, to both sides of a foot: what the ground's scale is taken from."""
_AHEAD_S = 0.1


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
class _Recent:
    """The last MEMORY values, in the order of their size."""

    _arrived: deque[float] = field(default_factory=deque)
    _ordered: list[float] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self._ordered)

    def add(self, value: float) -> None:
        if len(self._arrived) == MEMORY:
            del self._ordered[bisect_left(self._ordered, self._arrived.popleft())]
        self._arrived.append(value)
        insort(self._ordered, value)

    def quantile(self, share: float) -> float:
        """Between two values in proportion, as numpy does it. Of at least one value."""
        place = share * (len(self._ordered) - 1)
        below = int(place)
        value = self._ordered[below]
        if place > below:
            value += (place - below) * (self._ordered[below + 1] - value)
        return value


@dataclass(slots=True)
class _Sightings:
    sizes: _Recent = field(default_factory=_Recent)
    speeds: _Recent = field(default_factory=_Recent)


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
        sizes, speeds = self._on_ground(tracks)
        inner = (tracks.boxes[:, :2] > 0.01) & (tracks.boxes[:, 2:] < 0.99)
        is_whole = tracks.observed & inner.all(axis=1) & np.isfinite(sizes) & (sizes > 0)
        # Standing still says nothing about what can move how fast.
        is_moving = np.isfinite(speeds) & (speeds > 0.4) & (tracks.ages_s > 0.4)
        live: dict[int, _Sightings] = {}
        for track, size_m, speed_mps, counts, moves in zip(
            tracks.ids.tolist(),
            sizes.tolist(),
            speeds.tolist(),
            is_whole.tolist(),
            is_moving.tolist(),
            strict=True,
        ):
            seen = live[track] = self._sightings.get(track) or _Sightings()
            if counts:
                seen.sizes.add(size_m)
                if moves:
                    seen.speeds.add(speed_mps)
        self._sightings = live

    def _on_ground(self, tracks: Tracks) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(N,) metres: geometric mean of width and height, scaled at the foot of the box; and
        (N,) metres a second, from the tracker's velocities. One projection for both.
        """
        plane = self._scene.ground_plane
        assert plane is not None
        boxes = tracks.boxes.astype(np.float64)
        left, top, right, foot = boxes.T
        middle, here = (left + right) / 2, self._scene.anchors(tracks)
        points = np.empty((4, len(boxes), 2))
        points[0, :, 0], points[1, :, 0] = middle - _STEP, middle + _STEP
        points[:2, :, 1] = foot
        points[2], points[3] = here, here + _AHEAD_S * tracks.velocities
        one, other, began, ended = plane.to_ground(points.reshape(-1, 2)).reshape(points.shape)
        metres = np.hypot(*(other - one).T) / (2 * _STEP)
        area = (right - left) * (foot - top) * metres**2 / self._scene.aspect
        return np.sqrt(area), np.hypot(*(ended - began).T) / _AHEAD_S


def _best(seen: _Sightings) -> tuple[int, float]:
    """Class id and its posterior share. Of every track in every picture: no arrays."""
    size = math.log(seen.sizes.quantile(0.5))
    speed = math.log(seen.speeds.quantile(0.75)) if len(seen.speeds) >= 3 else None
    logs = []
    for kind in KINDS:
        fit = math.log(kind.prior / kind.size_spread)
        fit -= 0.5 * ((size - math.log(kind.size_m)) / kind.size_spread) ** 2
        if speed is not None:
            fit -= math.log(kind.speed_spread)
            fit -= 0.5 * ((speed - math.log(kind.speed_mps)) / kind.speed_spread) ** 2
        logs.append(fit)
    highest = max(logs)
    whole = sum(math.exp(fit - highest) for fit in logs)
    return int(KINDS[logs.index(highest)].object_class), 1.0 / whole
