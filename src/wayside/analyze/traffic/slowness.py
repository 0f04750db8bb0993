"""How fast tracks move now, steadily enough to tell rest from swinging boxes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.histories import Trace, TrackHistories
from wayside.domain.detections import Boxes
from wayside.domain.geometry import Points
from wayside.scene.scene import Scene

_WINDOW_S = 2.0
_SHORTEST_S = 1.0
_REST_SIZES = 0.25
_ARRIVAL_SIZES = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Speeds:
    """values: (N,) m/s where is_physical (N,), else own sizes a second; NaN where unknown."""

    values: NDArray[np.float64]
    is_physical: NDArray[np.bool_]


class Slowness:
    """Speeds of tracks at this instant, over their recent observed places."""

    def __init__(self, scene: Scene, histories: TrackHistories) -> None:
        self._scene = scene
        self._histories = histories
        self._units = np.array([scene.aspect, 1.0])

    def speeds(self, t_s: float, slots: NDArray[np.intp], anchors: Points) -> Speeds:
        """Of the tracks in ``slots``, whose anchors (N, 2) were observed at ``t_s``.

        v = Σ (t - t̄)(x - x̄) / Σ (t - t̄)² over the last 2 s, times the ground
        plane's Jacobian at the anchor where calibrated. NaN where the places
        span less than 1 s.
        """
        velocity = self._velocity(t_s, slots)
        size = np.maximum(self._scene.sizes(self._histories.last_box[slots]), 1e-6)
        in_sizes = np.hypot(*(velocity * self._units).T) / size
        plane = self._scene.ground_plane
        if plane is None:
            return Speeds(in_sizes, np.zeros(len(slots), bool))
        ground = np.einsum("nij,nj->ni", plane.jacobian(anchors), velocity)
        is_physical = plane.covers(anchors)
        values = np.where(is_physical, np.hypot(ground[:, 0], ground[:, 1]), in_sizes)
        return Speeds(values, is_physical)

    def has_arrived(self, track: int) -> bool:
        """True where a track is at least one own size from where it began."""
        slot = self._histories.slot(track)
        boxes = np.stack([self._histories.birth_box[slot], self._histories.last_box[slot]])
        start, here = self._scene.geometry.anchor.points(boxes) * self._units
        size = float(self._scene.sizes(boxes[1:])[0])
        return bool(np.hypot(*(here - start)) >= _ARRIVAL_SIZES * size)

    def _velocity(self, t_s: float, slots: NDArray[np.intp]) -> NDArray[np.float64]:
        """(N, 2) picture widths and heights a second."""
        times, boxes = self._histories.rings(slots, _WINDOW_S)
        count, depth = times.shape
        places = self._scene.geometry.anchor.points(boxes.reshape(-1, 4)).reshape(count, depth, 2)
        with np.errstate(invalid="ignore"):
            used = times >= t_s - _WINDOW_S
        number = used.sum(1)
        since = np.where(used, times - t_s, 0.0)
        centred = np.where(used, since - (since.sum(1) / np.maximum(number, 1))[:, None], 0.0)
        spread = (centred**2).sum(1)
        slope = np.einsum("nk,nkd->nd", centred, places)
        span = -since.min(1, initial=0.0)
        known = (span >= _SHORTEST_S) & (number >= 3)
        velocity = np.full((count, 2), np.nan)
        velocity[known] = slope[known] / spread[known, None]
        return velocity


def rest_s(trace: Trace, scene: Scene) -> float:
    """Since when a track that rests now has kept to its present place, media seconds."""
    away = np.flatnonzero(~_near(trace, trace.boxes[-1:], scene))
    first = int(away[-1]) + 1 if len(away) else 0
    return float(trace.t_s[first])


def left_s(trace: Trace, place: Boxes, scene: Scene) -> float:
    """When a track that moves now was last near where it rested, media seconds.

    place: (1, 4) box in which it rested. The oldest kept second where it has
    been away for longer than the trace reaches back.
    """
    near = np.flatnonzero(_near(trace, place, scene))
    return float(trace.t_s[int(near[-1]) if len(near) else 0])


def _near(trace: Trace, place: Boxes, scene: Scene) -> NDArray[np.bool_]:
    """(K,) where the anchor is within a quarter of its size of the (1, 4) place's."""
    units = (scene.aspect, 1.0)
    anchors = scene.geometry.anchor.points(trace.boxes) * units
    rested = scene.geometry.anchor.points(place) * units
    size = max(float(scene.sizes(place)[0]), 1e-6)
    return np.asarray(np.hypot(*(anchors - rested).T) <= _REST_SIZES * size)
