"""Which tracks went over which lines: observed steps, with hysteresis."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.histories import Steps, TrackHistories
from wayside.domain.geometry import crossings, sides
from wayside.domain.scene import Direction
from wayside.domain.tracks import Tracks
from wayside.scene.scene import Scene


@dataclass(frozen=True, slots=True)
class CrossingSettings:
    """How sure a crossing must be before it counts.

    A crossing stands once the object is clear of the line: ``clear_size`` of
    its own size (square root of its box's area) away, and ``clear_picture``
    picture heights, since the boxes of something that stands on a line swing by
    some per cent of its size. Where the track ends first, the ``_at_end``
    values suffice: there will be no more evidence. The class is told as soon as
    its vote has the share ``strong_share`` and the track the age
    ``strong_age_s``, at the latest ``settling_s`` after the crossing.
    ``same_object_s``: crossings of one line closer in time than this may be one
    object seen twice; nothing is told earlier than that. ``speed_window_s``:
    the path so long before and after the crossing gives the speed.
    """

    clear_size: float = 0.25
    clear_picture: float = 0.008
    clear_size_at_end: float = 0.08
    clear_picture_at_end: float = 0.002
    strong_share: float = 0.8
    strong_age_s: float = 1.0
    settling_s: float = 2.0
    same_object_s: float = 0.6
    speed_window_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A track went from one side of a line to the other at t_s.

    sign: +1 to the right of the line, -1 to the left. on_segment: False where it
    went round the end of the line; that counts for nothing, but a swing back
    over the line must not count either.
    """

    track: int
    line: int
    sign: int
    t_s: float
    on_segment: bool

    @property
    def direction(self) -> Direction:
        return Direction.FORWARD if self.sign > 0 else Direction.BACKWARD


class Passages:
    """Passages that wait for their object to get clear of the line."""

    def __init__(self, scene: Scene, settings: CrossingSettings) -> None:
        self._scene = scene
        self._settings = settings
        self._starts, self._ends = scene.line_starts, scene.line_ends
        along = (self._ends - self._starts) * (scene.aspect, 1.0)
        # From domain.sides (doubled area, normalised) to a distance in picture heights.
        self._to_distance = scene.aspect / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-12)
        self._waiting: dict[tuple[int, int], Passage] = {}

    def waiting(self) -> list[Passage]:
        """Passages on a line's segment whose object is not clear of it yet."""
        return [passage for passage in self._waiting.values() if passage.on_segment]

    def advance(self, tracks: Tracks, steps: Steps) -> list[Passage]:
        """Take in the steps of one instant; the passages that have become clear by it."""
        if not len(steps.rows) or not len(self._starts):
            return []
        anchor = self._scene.geometry.anchor
        boxes = tracks.boxes[steps.rows]
        before, after = anchor.points(steps.before_boxes), anchor.points(boxes)
        was = sides(self._starts, self._ends, before[:, None])
        now = sides(self._starts, self._ends, after[:, None])
        step, line = np.nonzero((was < 0) != (now < 0))
        crossed, shares = crossings(self._starts[line], self._ends[line], before[step], after[step])
        ids, began_s = tracks.ids[steps.rows[step]], steps.before_s[step]
        times = began_s + shares * (tracks.t_s - began_s)
        signs = np.where(now[step, line] >= 0, 1, -1)
        for each in zip(
            *(column.tolist() for column in (ids, line, signs, times, crossed != 0)), strict=True
        ):
            passage = Passage(*each)
            key = passage.track, passage.line
            # Back over the line before it was clear: it never left.
            if self._waiting.pop(key, None) is None:
                self._waiting[key] = passage
        return self._cleared(tracks, steps, now, self._scene.sizes(boxes))

    def end(self, track: int, histories: TrackHistories) -> list[Passage]:
        """The track is gone: those of its passages that stand by where it was seen last."""
        keys = [key for key in self._waiting if key[0] == track]
        if not keys:
            return []
        slot = histories.slot(track)
        box = histories.last_box[slot : slot + 1]
        size = float(self._scene.sizes(box)[0])
        anchor = self._scene.geometry.anchor.points(box)
        margin = max(self._settings.clear_size_at_end * size, self._settings.clear_picture_at_end)
        stands: list[Passage] = []
        for key in keys:
            passage = self._waiting.pop(key)
            side = sides(self._starts[passage.line], self._ends[passage.line], anchor)
            distance = passage.sign * float(side[0] * self._to_distance[passage.line])
            if passage.on_segment and distance >= margin:
                stands.append(passage)
        return stands

    def _cleared(
        self,
        tracks: Tracks,
        steps: Steps,
        now: NDArray[np.float64],
        sizes: NDArray[np.float64],
    ) -> list[Passage]:
        """Take out and return the waiting passages whose object is clear of the line."""
        if not self._waiting:
            return []
        step_of = {int(track): step for step, track in enumerate(tracks.ids[steps.rows])}
        cleared: list[Passage] = []
        for key, passage in list(self._waiting.items()):
            step = step_of.get(passage.track)
            if step is None:
                continue
            distance = passage.sign * now[step, passage.line] * self._to_distance[passage.line]
            margin = max(self._settings.clear_size * sizes[step], self._settings.clear_picture)
            if distance >= margin:
                del self._waiting[key]
                if passage.on_segment:
                    cleared.append(passage)
        return cleared
