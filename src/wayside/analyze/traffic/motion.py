"""What each object does on the ground: kept once a feed, for all that is measured of traffic."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.histories import TrackHistories
from wayside.analyze.traffic.body import BODIES, BODY_SIGMAS
from wayside.analyze.traffic.moment import Moment, Path, SmoothPath
from wayside.domain.geometry import Points
from wayside.domain.records import Finding, Reading
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene

_WINDOW_S = 1.5
_SHORTEST_S = 0.5
_BORDER = 0.004


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
        self._headings: dict[int, NDArray[np.float64]] = {}

    def update(self, tracks: Tracks) -> Moment:
        for track in self._ended:
            self.histories.release(track)
            self._headings.pop(track, None)
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
        headings = self._held(tracks, velocities)
        boxes = tracks.boxes
        whole = (boxes[:, :2] > _BORDER).all(1) & (boxes[:, 2:] < 1 - _BORDER).all(1)
        known = np.where(np.isfinite(places[:, :1]), 1.0, np.nan)
        body = BODIES[tracks.class_ids] * known
        body_sigmas = BODY_SIGMAS[tracks.class_ids] * known
        return Moment(
            tracks=tracks,
            steps=steps,
            anchors=anchors,
            paces=velocity * self._units / size[:, None],
            whole=np.asarray(whole),
            places=places,
            centres=places,
            velocities=velocities,
            headings=headings,
            accelerations_mps2=0.0 * headings[:, 0] * velocities[:, 0],
            lengths_m=body[:, 0],
            widths_m=body[:, 1],
            heights_m=body[:, 2],
            centre_sigmas_m=0.5 * np.repeat(known, 2, axis=1),
            speed_sigmas_mps=0.5 + 0.0 * velocities[:, 0],
            acceleration_sigmas_mps2=2.0 + 0.0 * headings[:, 0] * velocities[:, 0],
            length_sigmas_m=body_sigmas[:, 0],
            width_sigmas_m=body_sigmas[:, 1],
        )

    def path(self, track: int) -> Path:
        """The kept way of a live track, or of one that ended just now. Raises KeyError."""
        trace = self.histories.trace(track)
        anchors = self.scene.geometry.anchor.points(trace.boxes)
        ground = self.scene.ground(anchors)
        places = np.full_like(anchors, np.nan) if ground is None else ground
        held = self._headings.get(track, np.full(2, np.nan))
        return Path(trace.t_s, anchors, places, places, np.tile(held, (len(anchors), 1)))

    def smoothed(self, track: int, start_s: float = -np.inf, end_s: float = np.inf) -> SmoothPath:
        """The way of a track within [start_s, end_s], as told by all its places there.

        Of a live track or one that ended just now; raises KeyError. Empty where nothing is known.
        """
        path = self.path(track)
        used = np.isfinite(path.places).all(1) & (path.t_s >= start_s) & (path.t_s <= end_s)
        t_s, places = path.t_s[used], path.places[used]
        moves = len(t_s) > 1
        velocities = np.gradient(places, t_s, axis=0) if moves else np.zeros_like(places)
        body = BODIES[int(self.histories.class_id[self.histories.slot(track)])]
        sigma = np.full(len(t_s), 0.5)
        still = np.zeros_like(places)
        return SmoothPath(
            t_s, places, velocities, still, path.headings[used], sigma, sigma, body[0], body[1]
        )

    def _held(self, tracks: Tracks, velocities: Points) -> Points:
        """(N, 2) directions of those that move, else where they went last."""
        speeds = np.hypot(velocities[:, 0], velocities[:, 1])
        headings = np.full((len(tracks), 2), np.nan)
        for row, (track, speed) in enumerate(zip(tracks.ids.tolist(), speeds, strict=True)):
            if speed > 1.0:
                self._headings[track] = velocities[row] / speed
            if track in self._headings:
                headings[row] = self._headings[track]
        return headings

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
