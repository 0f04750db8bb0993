"""Paths of finished tracks, thinned to what a drawing, a heat map or a calibration needs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wayside.domain.detections import Boxes
from wayside.domain.tracks import Tracks, Trajectory
from wayside.scene.scene import Scene

MAX_POINTS = 120
_EDGE = 0.004


@dataclass(slots=True)
class _Path:
    class_id: int = 0
    is_object: bool = False
    t_s: list[float] = field(default_factory=list)
    points: list[tuple[float, float]] = field(default_factory=list)
    sizes: list[tuple[float, float]] = field(default_factory=list)


class TrajectoryRecorder:
    """Collects observed anchors of one session's tracks; forgets a track when it ends."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._paths: dict[int, _Path] = {}

    def trails(self, seconds: float, now_s: float) -> dict[int, list[tuple[float, float]]]:
        """Recent points of each live track, for drawing."""
        recent = {}
        for track, path in self._paths.items():
            kept = [
                point
                for t_s, point in zip(path.t_s[-60:], path.points[-60:], strict=True)
                if t_s >= now_s - seconds
            ]
            if path.is_object and len(kept) > 1:
                recent[track] = kept
        return recent

    def update(self, tracks: Tracks) -> list[Trajectory]:
        """Adds this instant; returns the trajectories that ended, objects only."""
        anchors = self._scene.anchors(tracks).tolist()
        sizes = _whole_sizes(tracks.boxes).tolist()
        for row in range(len(tracks)):
            path = self._paths.setdefault(int(tracks.ids[row]), _Path())
            path.class_id = int(tracks.class_ids[row])
            path.is_object = path.is_object or bool(tracks.confirmed[row])
            if tracks.observed[row]:
                path.t_s.append(tracks.t_s)
                path.points.append((anchors[row][0], anchors[row][1]))
                path.sizes.append((sizes[row][0], sizes[row][1]))
                if len(path.t_s) > 4 * MAX_POINTS:
                    path.t_s = path.t_s[::2]
                    path.points = path.points[::2]
                    path.sizes = path.sizes[::2]
        return self._close(int(track) for track in tracks.ended)

    def _close(self, ended: Iterable[int]) -> list[Trajectory]:
        finished = []
        for track in ended:
            path = self._paths.pop(track, None)
            if path is not None and path.is_object and len(path.t_s) > 1:
                finished.append(self._trajectory(track, path))
        return finished

    def _trajectory(self, track: int, path: _Path) -> Trajectory:
        step = math.ceil(len(path.t_s) / MAX_POINTS)
        image = np.array(path.points[::step], np.float64)
        ground = self._scene.ground(image)
        return Trajectory(
            track=track,
            class_id=path.class_id,
            t_s=np.array(path.t_s[::step], np.float64),
            image=image.astype(np.float32),
            ground=None if ground is None else ground.astype(np.float32),
            sizes=np.array(path.sizes[::step], np.float32),
        )


def _whole_sizes(boxes: Boxes) -> NDArray[np.float32]:
    """(N, 2) width and height, normalised; NaN where the picture's edge cuts a box."""
    is_cut = np.asarray((boxes[:, :2] < _EDGE).any(1) | (boxes[:, 2:] > 1 - _EDGE).any(1))
    return np.where(is_cut[:, None], np.float32(np.nan), boxes[:, 2:] - boxes[:, :2])
