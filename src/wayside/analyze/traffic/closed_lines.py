"""Vehicles that go over a line which nobody may cross, as numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.motion import Motion
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.errors import ConfigError
from wayside.domain.geometry import crossings, sides
from wayside.domain.records import Finding, Reading
from wayside.domain.scene import Direction

_CLEAR_SIZES = 0.25
_DRIVES: Final = np.array(
    [kind.group in (ClassGroup.VEHICLE, ClassGroup.TWO_WHEELER) for kind in ObjectClass]
)


@dataclass(frozen=True, slots=True)
class ClosedLineRule:
    """Which line is closed. direction: the one that is, None for both."""

    least_rate: ClassVar[float] = 0.0

    line: str
    direction: Direction | None = None


class ClosedLines:
    """Counts vehicles that went from one side of a closed line to the other.

    On a side is an observed anchor a quarter of its own size (square root of the box's area)
    away from the line; between the two nothing changes, so whoever drives along the line, or on
    it, crosses nothing. It counts where the way from the last place on one side to the first on
    the other goes through the segment. Confirmed vehicles and two-wheelers. Readings:
    ``closed_line_crossings`` (objects) of the window, per line and closed direction, by the time
    of getting clear of the line; never undefined. No event tells of one of them.
    """

    settling_s = 0.0

    def __init__(self, motion: Motion, rules: tuple[ClosedLineRule, ...]) -> None:
        """Raises ConfigError for a line that is not drawn."""
        scene = motion.scene
        for rule in rules:
            if rule.line not in scene.line_ids:
                raise ConfigError(
                    f"a rule of kind closed_line names the line {rule.line!r}, which is not drawn",
                    where="rules",
                    remedy=f"Lines of this scene: {', '.join(scene.line_ids) or 'none'}",
                )
        self._scene = scene
        self._closed = {
            (rule.line, direction)
            for rule in rules
            for direction in ([rule.direction] if rule.direction else list(Direction))
        }
        self._lines = [scene.line_ids.index(line) for line in {rule.line: None for rule in rules}]
        self._last: dict[tuple[int, int], tuple[int, np.ndarray]] = {}
        self._crossed: list[tuple[float, str, Direction]] = []

    def update(self, moment: Moment) -> list[Finding]:
        tracks = moment.tracks
        rows = np.flatnonzero(tracks.observed & tracks.confirmed & _DRIVES[tracks.class_ids])
        if len(rows):
            sizes = self._scene.sizes(tracks.boxes[rows])
            for line in self._lines:
                self._see(moment, rows, sizes, line)
        for track in tracks.ended.tolist():
            for line in self._lines:
                self._last.pop((line, track), None)
        return []

    def readings(self, start_s: float, end_s: float) -> list[Reading]:  # noqa: ARG002
        told = [(line, way) for t_s, line, way in self._crossed if t_s < end_s]
        self._crossed = [row for row in self._crossed if row[0] >= end_s]
        return [
            Reading(
                "closed_line_crossings",
                float(told.count((line, way))),
                "objects",
                "line",
                line,
                direction=way.value,
            )
            for line, way in sorted(self._closed)
        ]

    def finish(self, t_s: float) -> list[Finding]:  # noqa: ARG002
        self._last.clear()
        return []

    def _see(self, moment: Moment, rows: np.ndarray, sizes: np.ndarray, line: int) -> None:
        start, end = self._scene.line_starts[line], self._scene.line_ends[line]
        anchors = moment.anchors[rows]
        along = (end - start) * (self._scene.aspect, 1.0)
        # From sides (doubled area, normalised) to picture heights.
        away = sides(start, end, anchors) * self._scene.aspect / max(np.hypot(*along), 1e-12)
        side = np.where(abs(away) >= _CLEAR_SIZES * sizes, np.sign(away), 0).astype(int)
        for position in np.flatnonzero(side).tolist():
            key = line, int(moment.tracks.ids[rows[position]])
            before, place = self._last.get(key, (0, anchors[position]))
            now = int(side[position])
            if before == -now:
                steps = place[None], anchors[position : position + 1]
                if crossings(start, end, *steps)[0][0]:
                    self._count(moment.t_s, self._scene.line_ids[line], now)
            self._last[key] = now, anchors[position]

    def _count(self, t_s: float, line: str, side: int) -> None:
        direction = Direction.FORWARD if side > 0 else Direction.BACKWARD
        if (line, direction) in self._closed:
            self._crossed.append((t_s, line, direction))
