"""What each object does on the ground: kept once a feed, for all that is measured of traffic."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.histories import TrackHistories
from wayside.domain.geometry import Points
from wayside.domain.records import Finding, Reading
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene

_WINDOW_S = 1.5
_SHORTEST_S = 0.5
_BORDER = 0.004


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One instant of a feed: the tracks, and what is known of each on the ground, row by row.

    tracks: as the tracker told them. slots: (N,) rows of the histories. anchors: (N, 2) places in
    the picture. places: (N, 2) metres of the anchor, velocities: (N, 2) m/s; NaN where the feed
    is not calibrated, where the object is out of reach of the calibration, and for velocities
    where it was seen for less than half a second. paces: (N, 2) velocity in the picture, in own
    sizes (square root of the box's area) a second; NaN as velocities. whole: (N,) False where the
    picture's edge cuts the box, so that its anchor is not the object's.
    """

    tracks: Tracks
    slots: NDArray[np.intp]
    anchors: Points
    places: Points
    velocities: Points
    paces: Points
    whole: NDArray[np.bool_]

    @property
    def t_s(self) -> float:
        return self.tracks.t_s

    @property
    def speeds_mps(self) -> NDArray[np.float64]:
        """(N,) m/s, NaN as velocities."""
        return np.asarray(np.hypot(self.velocities[:, 0], self.velocities[:, 1]))

    def __len__(self) -> int:
        return len(self.tracks)


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """Where one track was seen of late: t_s (K,) rising; anchors (K, 2) in the picture; places
    (K, 2) metres, NaN where not known.
    """

    t_s: NDArray[np.float64]
    anchors: Points
    places: Points


class TrafficPart(Protocol):
    """Measures or tells one thing of traffic; see Analyzer for what the methods promise."""

    @property
    def settling_s(self) -> float: ...

    def update(self, moment: Moment) -> list[Finding]: ...

    def readings(self, start_s: float, end_s: float) -> list[Reading]: ...

    def finish(self, t_s: float) -> list[Finding]: ...


class Motion:
    """Turns each instant's tracks into a Moment, and remembers each live track's way.

    Velocity: v = Σ (t - t̄)(x - x̄) / Σ (t - t̄)² over the observed places of the last 1.5 s.
    Tracks that ended are told in ``moment.tracks.ended`` and forgotten at the next update, so
    that parts can still ask for their path.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.histories = TrackHistories(depth=64, spacing_s=0.09)
        self._units = np.array([scene.aspect, 1.0])
        self._ended: list[int] = []

    def update(self, tracks: Tracks) -> Moment:
        for track in self._ended:
            self.histories.release(track)
        steps = self.histories.update(tracks)
        self._ended = tracks.ended.tolist()
        anchors = self.scene.anchors(tracks)
        plane = self.scene.ground_plane
        nowhere = np.full((len(tracks), 2), np.nan)
        velocity = self._velocity(tracks.t_s, steps.slots)
        size = np.maximum(self.scene.sizes(tracks.boxes), 1e-6)
        places, velocities = nowhere, nowhere
        if plane is not None and len(tracks):
            reach = plane.covers(anchors)[:, None]
            places = np.where(reach, plane.to_ground(anchors), np.nan)
            ground = np.einsum("nij,nj->ni", plane.jacobian(anchors), velocity)
            velocities = np.where(reach, ground, np.nan)
        boxes = tracks.boxes
        whole = (boxes[:, :2] > _BORDER).all(1) & (boxes[:, 2:] < 1 - _BORDER).all(1)
        paces = velocity * self._units / size[:, None]
        return Moment(tracks, steps.slots, anchors, places, velocities, paces, np.asarray(whole))

    def path(self, track: int) -> Path:
        """The kept way of a live track, or of one that ended just now. Raises KeyError."""
        trace = self.histories.trace(track)
        anchors = self.scene.geometry.anchor.points(trace.boxes)
        ground = self.scene.ground(anchors)
        return Path(trace.t_s, anchors, np.full_like(anchors, np.nan) if ground is None else ground)

    def _velocity(self, t_s: float, slots: NDArray[np.intp]) -> Points:
        """(N, 2) picture widths and heights a second, NaN where seen too shortly."""
        times, boxes = self.histories.rings(slots)
        count, depth = times.shape
        places = self.scene.geometry.anchor.points(boxes.reshape(-1, 4)).reshape(count, depth, 2)
        with np.errstate(invalid="ignore"):
            used = times >= t_s - _WINDOW_S
        number = np.maximum(used.sum(1), 1)
        since = np.where(used, times - t_s, 0.0)
        centred = np.where(used, since - (since.sum(1) / number)[:, None], 0.0)
        spread = (centred**2).sum(1)
        known = (-since.min(1, initial=0.0) >= _SHORTEST_S) & (number >= 3)
        velocity = np.full((count, 2), np.nan)
        slope = np.einsum("nk,nkd->nd", centred, places)
        velocity[known] = slope[known] / spread[known, None]
        return velocity
