"""What each object does on the ground: kept once a feed, for all that is measured of traffic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.histories import Steps, TrackHistories
from wayside.analyze.traffic.box_update import SIZE
from wayside.analyze.traffic.ground_filter import (
    ACCELERATION,
    PLACE,
    VELOCITY,
    GroundFilter,
)
from wayside.analyze.traffic.moment import Moment, Path, Size, SmoothPath
from wayside.domain.geometry import Points
from wayside.domain.records import Finding, Reading
from wayside.domain.tracks import Tracks
from wayside.scene.calibration import GroundPlane
from wayside.scene.scene import Scene

__all__ = ["Moment", "Motion", "Path", "Size", "SmoothPath", "TrafficPart"]

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

    On the ground a GroundFilter does the work; in the picture paces are the least-squares slope
    v = Σ (t - t̄)(x - x̄) / Σ (t - t̄)² over the observed places of the last 1.5 s. Tracks that
    ended are told in ``moment.tracks.ended`` and forgotten at the next update, so that parts can
    still ask for their path.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.histories = TrackHistories(depth=64, spacing_s=0.09)
        plane = scene.ground_plane
        self._filter = None if plane is None else GroundFilter(plane, scene.geometry.anchor)
        self._headings = np.empty((0, self.histories.depth, 2))
        self._units = np.array([scene.aspect, 1.0])
        self._ended: list[int] = []

    def update(self, tracks: Tracks) -> Moment:
        for track in self._ended:
            self.histories.release(track)
        steps = self.histories.update(tracks)
        self._ended = tracks.ended.tolist()
        anchors = self.scene.anchors(tracks)
        boxes = tracks.boxes
        whole = (boxes[:, :2] > _BORDER).all(1) & (boxes[:, 2:] < 1 - _BORDER).all(1)
        seen = _Seen(
            tracks, steps, anchors, lambda: self._paces(tracks, steps.slots), np.asarray(whole)
        )
        plane = self.scene.ground_plane
        if plane is None or self._filter is None or not len(tracks):
            return _without_ground(seen)
        reach = plane.covers(anchors)
        places = np.where(reach[:, None], plane.to_ground(anchors), np.nan)
        self._filter.update(tracks, steps.slots, steps.born, places)
        self._keep_headings(steps)
        return self._on_ground(plane, self._filter, seen, places, reach)

    def path(self, track: int) -> Path:
        """The kept way of a live track, or of one that ended just now. Raises KeyError."""
        return self.paths([track])[0]

    def paths(self, tracks: Sequence[int]) -> list[Path]:
        """The kept ways of several tracks; together they take little longer than one of them."""
        if not tracks:
            return []
        slots = [self.histories.slot(track) for track in tracks]
        traces = [self.histories.trace(track) for track in tracks]
        counts = [len(trace.t_s) for trace in traces]
        anchors = self.scene.geometry.anchor.points(np.concatenate([t.boxes for t in traces]))
        ground = self.scene.ground(anchors)
        nowhere = np.full_like(anchors, np.nan)
        if self._filter is None or ground is None:
            columns = [anchors, nowhere, nowhere, nowhere]
        else:
            of = np.repeat(slots, counts)
            headings = np.concatenate(
                [self._kept_headings(*each) for each in zip(slots, counts, strict=True)]
            )
            known = self._filter.is_known[of]
            standing = np.where(known[:, None], ground, np.nan)
            centres = self._filter.centres(standing, headings, self._filter.state[of, SIZE])
            columns = [anchors, ground, centres, headings]
        ends = np.cumsum(counts)[:-1]
        parts = zip(*(np.split(column, ends) for column in columns), strict=True)
        return [Path(t.t_s, t.boxes, *own) for t, own in zip(traces, parts, strict=True)]

    def smoothed(self, track: int, start_s: float = -np.inf, end_s: float = np.inf) -> SmoothPath:
        """The way of a track within [start_s, end_s], as told by all its places there.

        Of a live track or one that ended just now; raises KeyError. Empty where nothing is known.
        Costs about 0.5 ms for 15 places and 1.3 ms for all 64 that are kept: ask for what you need.
        """
        path = self.path(track)
        used = np.isfinite(path.centres).all(1) & (path.t_s >= start_s) & (path.t_s <= end_s)
        if self._filter is None or not used.any():
            return _nowhere()
        slot = self.histories.slot(track)
        boxes = path.boxes[used].astype(np.float64)
        return self._filter.smooth_path(
            slot, path.t_s[used], path.centres[used], boxes, path.headings[used]
        )

    def size(self, track: int) -> Size:
        """Of a live track or one that ended just now; NaN where nothing is known of the ground.

        Raises KeyError.
        """
        slot = self.histories.slot(track)
        if self._filter is None or not self._filter.is_known[slot]:
            return Size(np.nan, np.nan, np.nan, np.nan)
        variance = self._filter.covariance[slot].diagonal()[SIZE]
        length, width, _ = self._filter.state[slot, SIZE].tolist()
        return Size(length, width, float(variance[0]) ** 0.5, float(variance[1]) ** 0.5)

    def _on_ground(
        self,
        plane: GroundPlane,
        ground: GroundFilter,
        seen: _Seen,
        places: Points,
        reach: NDArray[np.bool_],
    ) -> Moment:
        slots = seen.steps.slots
        blank = np.where(reach & ground.is_known[slots], 0.0, np.nan)
        moving = blank + np.where(ground.is_moving_known(slots, _SHORTEST_S), 0.0, np.nan)
        state = ground.state[slots]
        centres = state[:, PLACE] + blank[:, None]
        pictured = plane.to_image(centres)
        headings = ground.headings.vectors(slots) + blank[:, None]
        velocities = state[:, VELOCITY] + moving[:, None]
        sigmas = ground.sigmas(slots, velocities, headings)
        return Moment(
            tracks=seen.tracks,
            steps=seen.steps,
            anchors=seen.anchors,
            pictured=np.where(np.isfinite(pictured), pictured, seen.anchors),
            pacing=seen.pacing,
            whole=seen.whole,
            places=places,
            centres=centres,
            velocities=velocities,
            headings=headings,
            accelerations_mps2=(state[:, ACCELERATION] * headings).sum(1) + moving,
            lengths_m=state[:, 6] + blank,
            widths_m=state[:, 7] + blank,
            heights_m=state[:, 8] + blank,
            centre_sigmas_m=sigmas.centre + blank[:, None],
            speed_sigmas_mps=sigmas.speed + moving,
            acceleration_sigmas_mps2=sigmas.acceleration + moving,
            length_sigmas_m=sigmas.length + blank,
            width_sigmas_m=sigmas.width + blank,
        )

    def _keep_headings(self, steps: Steps) -> None:
        if self._filter is None:
            return
        missing = self.histories.capacity - len(self._headings)
        if missing > 0:
            more = np.full((missing, *self._headings.shape[1:]), np.nan)
            self._headings = np.concatenate([self._headings, more])
        slots = steps.slots[steps.kept]
        self._headings[slots, steps.kept_at] = self._filter.headings.vectors(slots)

    def _kept_headings(self, slot: int, count: int) -> Points:
        """(count, 2) of a slot's kept way; the first that is known holds for what was before it."""
        headings = np.full((count, 2), np.nan)
        if self._filter is None or not self._filter.is_known[slot]:
            return headings
        kept = self._headings[slot, self.histories.order(slot)]
        headings[: len(kept)] = kept
        headings[len(kept) :] = self._filter.headings.vectors(np.array([slot]))
        known = np.isfinite(headings[:, 0])
        first = int(known.argmax())
        if known[first]:
            headings[:first] = headings[first]
        return headings

    def _paces(self, tracks: Tracks, slots: NDArray[np.intp]) -> Points:
        size = np.maximum(self.scene.sizes(tracks.boxes), 1e-6)
        return np.asarray(self._velocity(tracks.t_s, slots) * self._units / size[:, None])

    def _velocity(self, t_s: float, slots: NDArray[np.intp]) -> Points:
        """(N, 2) picture widths and heights a second, NaN where seen too shortly."""
        times, boxes = self.histories.rings(slots, _WINDOW_S)
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


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """What of a Moment is in the picture."""

    tracks: Tracks
    steps: Steps
    anchors: Points
    pacing: Callable[[], Points]
    whole: NDArray[np.bool_]


def _without_ground(seen: _Seen) -> Moment:
    pairs, values = np.full((len(seen.tracks), 2), np.nan), np.full(len(seen.tracks), np.nan)
    return Moment(
        seen.tracks,
        seen.steps,
        seen.anchors,
        seen.anchors,
        seen.pacing,
        seen.whole,
        places=pairs,
        centres=pairs,
        velocities=pairs,
        headings=pairs,
        accelerations_mps2=values,
        lengths_m=values,
        widths_m=values,
        heights_m=values,
        centre_sigmas_m=pairs,
        speed_sigmas_mps=values,
        acceleration_sigmas_mps2=values,
        length_sigmas_m=values,
        width_sigmas_m=values,
    )


def _nowhere() -> SmoothPath:
    pairs, values = np.empty((0, 2)), np.empty(0)
    return SmoothPath(values, pairs, pairs, pairs, pairs, values, values, np.nan, np.nan)
