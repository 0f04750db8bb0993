"""What is so: where everybody was in every picture, and who crossed which line when.

A crossing is counted by the ground anchor, as wayside itself does: the middle
of the lower edge of the tight box around the whole object, hidden parts
included. The instant is interpolated between two pictures. (The footprint's
centre crosses the same lines, a moment earlier or later for long vehicles.)
"""

from __future__ import annotations

import json
import math
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes
from wayside.domain.geometry import Points, crossings
from wayside.domain.records import JsonValue
from wayside.domain.scene import Anchor, Direction, Line
from wayside.testing.town.agents import Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.figures import strokes_of
from wayside.testing.town.paint import FIGURES
from wayside.testing.town.shapes import mesh_of
from wayside.testing.town.site import lines_of
from wayside.testing.town.town import Town

NEAREST_M = 2.0
"""Depth in front of the lens from which on an object is measured."""
LEAST_PX = 2.0
"""A clipped box narrower or lower than this is not in the picture."""
TO_AND_FRO_S = 1.0
"""Over a line and back within this time is no crossing."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """One object over one line. t_s: seconds of the video. speed_mps: over the ground."""

    track: int
    line: str
    direction: Direction
    object_class: ObjectClass
    t_s: float
    speed_mps: float


@dataclass(frozen=True, slots=True, eq=False)
class TrackTruth:
    """One object in the pictures that show it.

    frames: (K,) picture indices. boxes: (K, 4) normalised, tight, clipped to the
    picture. ground: (K, 2) metres, the footprint's centre. speed_mps: (K,).
    """

    track: int
    object_class: ObjectClass
    frames: NDArray[np.intp]
    boxes: Boxes
    ground: Points
    speed_mps: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FrameTruth:
    """One picture of N objects; the columns are those of TrackTruth, class_ids: (N,) int8."""

    t_s: float
    tracks: NDArray[np.intp]
    class_ids: NDArray[np.int8]
    boxes: Boxes
    ground: Points
    speed_mps: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Everything that is true of a town's video. crossings: in order of time."""

    fps: float
    frame_count: int
    lines: tuple[Line, ...]
    tracks: tuple[TrackTruth, ...]
    crossings: tuple[Crossing, ...]

    def frame(self, index: int) -> FrameTruth:
        """All objects in picture ``index``. Raises IndexError where there is no such picture."""
        if not 0 <= index < self.frame_count:
            raise IndexError(f"no picture {index}: there are {self.frame_count}")
        rows = []
        for one in self.tracks:
            row = int(np.searchsorted(one.frames, index))
            if row < len(one.frames) and one.frames[row] == index:
                rows.append((one, row))
        return FrameTruth(
            index / self.fps,
            np.array([one.track for one, _ in rows], np.intp),
            np.array([one.object_class for one, _ in rows], np.int8),
            np.array([one.boxes[row] for one, row in rows], np.float32).reshape(-1, 4),
            np.array([one.ground[row] for one, row in rows]).reshape(-1, 2),
            np.array([one.speed_mps[row] for one, row in rows]),
        )

    def totals(self) -> dict[str, int]:
        """Crossings by class group."""
        counted = Counter(str(crossing.object_class.group) for crossing in self.crossings)
        return dict(sorted(counted.items()))

    def as_json(self) -> dict[str, JsonValue]:
        """truth.json: columns per track, rounded to about a hundredth of a pixel."""
        return {
            "fps": self.fps,
            "frames": self.frame_count,
            "anchor": "ground: middle of the lower edge of the whole object's tight box",
            "lines": [
                {"id": line.id, "a": list(line.start), "b": list(line.end)} for line in self.lines
            ],
            "totals": dict(self.totals()),
            "crossings": [
                {
                    "track": one.track,
                    "line": one.line,
                    "direction": str(one.direction),
                    "class": one.object_class.label,
                    "group": str(one.object_class.group),
                    "t_s": round(one.t_s, 3),
                    "speed_mps": round(one.speed_mps, 3),
                }
                for one in self.crossings
            ],
            "tracks": [
                {
                    "id": one.track,
                    "class": one.object_class.label,
                    "frames": one.frames.tolist(),
                    "boxes": _rounded(one.boxes, 5),
                    "ground": _rounded(one.ground, 2),
                    "speed_mps": _rounded(one.speed_mps, 2),
                }
                for one in self.tracks
            ],
        }

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.as_json(), separators=(",", ":")), encoding="utf-8")


def _rounded(values: NDArray[np.floating], digits: int) -> JsonValue:
    rounded: JsonValue = np.round(values.astype(np.float64), digits).tolist()
    return rounded


def truth_of(town: Town) -> Truth:
    """Work out the truth from the journeys alone; no picture is looked at."""
    scenario = town.scenario
    lines = lines_of(scenario)
    tracks, crossed = [], []
    for one in town.travellers:
        seen = _Course.of(one, scenario.camera, scenario.fps, scenario.frame_count)
        if seen is None:
            continue
        crossed.extend(seen.crossings(lines))
        track = seen.shown()
        if track is not None:
            tracks.append(track)
    crossed.sort(key=lambda crossing: crossing.t_s)
    return Truth(scenario.fps, scenario.frame_count, lines, tuple(tracks), tuple(crossed))


def crossings_of(
    who: Traveller, lines: tuple[Line, ...], camera: Camera, fps: float
) -> list[Crossing]:
    """Every crossing of one journey, in pictures taken at the multiples of 1 / fps from 0 on."""
    course = _Course.of(who, camera, fps, math.floor(who.t_s[-1] * fps) + 1)
    return [] if course is None else course.crossings(lines)


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """One traveller at the instants of the pictures, boxes not yet clipped."""

    who: Traveller
    fps: float
    least: NDArray[np.float32]
    frames: NDArray[np.intp]
    boxes: Boxes
    poses: NDArray[np.float64]

    @classmethod
    def of(cls, who: Traveller, camera: Camera, fps: float, frame_count: int) -> _Course | None:
        first = max(0, int(np.ceil(who.t_s[0] * fps)))
        last = min(frame_count - 1, int(np.floor(who.t_s[-1] * fps)))
        frames = np.arange(first, last + 1)
        if not len(frames):
            return None
        poses = who.poses(frames / fps)
        # Far outside there is nothing to measure, and behind the lens no box.
        reach = np.column_stack([poses[:, :2], np.zeros(len(poses))])
        near = camera.depth_m(reach) > NEAREST_M + who.size.length / 2
        frames, poses = frames[near], poses[near]
        if not len(frames):
            return None
        least = np.array([LEAST_PX / camera.width, LEAST_PX / camera.height], np.float32)
        return cls(who, fps, least, frames, tight_boxes(who, poses, camera), poses)

    def shown(self) -> TrackTruth | None:
        clipped = np.clip(self.boxes, 0.0, 1.0)
        seen = (clipped[:, 2:] - clipped[:, :2] > self.least).all(1)
        if not seen.any():
            return None
        return TrackTruth(
            self.who.track,
            self.who.kind.object_class,
            self.frames[seen],
            clipped[seen],
            self.poses[seen, :2],
            self.poses[seen, 3],
        )

    def crossings(self, lines: tuple[Line, ...]) -> list[Crossing]:
        anchors = Anchor.GROUND.points(self.boxes)
        found = []
        for line in lines:
            ends = np.array(line.start), np.array(line.end)
            direction, share = crossings(*ends, anchors[:-1], anchors[1:])
            for step in self._settled(direction):
                part = float(share[step])
                speed = self.poses[step, 3] * (1 - part) + self.poses[step + 1, 3] * part
                found.append(
                    Crossing(
                        self.who.track,
                        line.id,
                        Direction.FORWARD if direction[step] > 0 else Direction.BACKWARD,
                        self.who.kind.object_class,
                        float(self.frames[step] + part) / self.fps,
                        float(speed),
                    )
                )
        return found

    def _settled(self, direction: NDArray[np.int8]) -> list[int]:
        """Steps that cross, without those to and fro: a swinging leg moves the lower edge."""
        kept: list[int] = []
        for step in np.flatnonzero(direction).tolist():
            if kept and self.frames[step] - self.frames[kept[-1]] <= TO_AND_FRO_S * self.fps:
                kept.pop()
            else:
                kept.append(step)
        return kept


def tight_boxes(who: Traveller, poses: NDArray[np.float64], camera: Camera) -> Boxes:
    """(K, 4) normalised boxes around all that is painted of ``who`` at (K, 5) poses, unclipped."""
    if who.kind in FIGURES:
        strokes = strokes_of(who.kind, who.size, who.look, poses[:, 4], poses[:, 3])
        points = strokes.ends.reshape(len(poses), -1, 3)
        half_widths = strokes.widths.reshape(-1) / 2
    else:
        mesh = mesh_of(who.kind, who.size, who.look)
        points = np.broadcast_to(mesh.points, (len(poses), *mesh.points.shape))
        half_widths = np.zeros(len(mesh.points))
    c, s = np.cos(poses[:, 2])[:, None], np.sin(poses[:, 2])[:, None]
    world = np.stack(
        [
            poses[:, 0, None] + c * points[..., 0] - s * points[..., 1],
            poses[:, 1, None] + s * points[..., 0] + c * points[..., 1],
            points[..., 2],
        ],
        axis=2,
    )
    pixels = camera.project(world)
    spread = (half_widths * camera.focal_px / camera.depth_m(world))[..., None]
    low, high = (pixels - spread).min(1), (pixels + spread).max(1)
    size = np.array([camera.width, camera.height])
    return np.concatenate([low / size, high / size], axis=1).astype(np.float32)
