"""What is drawn over the still: paths, lines with their direction, zones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.scene import Line, SceneGeometry, Zone
from wayside.domain.tracks import Trajectory
from wayside.report.palette import DISPLAY_ORDER

WIDTH: Final = 1000
"""Units across the drawing, whatever the picture's size: one unit is far below a screen pixel."""

MOST_PATHS: Final = 1500
MOST_POINTS: Final = 32
ARROW: Final = 34.0
LABEL_GAP: Final = 26.0


@dataclass(frozen=True, slots=True)
class Label:
    """Words pinned to the picture. x, y: percent from its left and top. style: CSS classes."""

    x: float
    y: float
    name: str
    detail: str
    style: str


def drawn_height(width: int, height: int) -> int:
    """Units down the drawing; 16:9 where the size is not known."""
    return round(WIDTH * height / width) if width > 0 and height > 0 else round(WIDTH * 9 / 16)


def paths(trajectories: Sequence[Trajectory], height: int) -> Markup:
    """One ``<path>`` a trajectory, grouped by class.

    At most MOST_PATHS, spread evenly over the run: of ten thousand a reader
    sees a smear and a browser chokes on it.
    """
    groups: dict[ObjectClass, list[Markup]] = {}
    for trajectory in evenly(trajectories, MOST_PATHS):
        points = corners(trajectory.image, height)
        if len(points) > 1:
            mark = Markup('<path d="{}"/>').format(_path(points))
            groups.setdefault(_known(trajectory.class_id), []).append(mark)
    drawn = [
        Markup('<g class="path-{}">{}</g>').format(c.label, Markup("").join(groups[c]))
        for c in DISPLAY_ORDER
        if c in groups
    ]
    return Markup("").join(drawn)


def evenly(items: Sequence[Trajectory], most: int) -> list[Trajectory]:
    """All of them, or ``most`` at even distances, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[i] for i in np.linspace(0, len(items) - 1, most).round().astype(int)]


def corners(image: NDArray[np.float32], height: int) -> NDArray[np.int64]:
    """(P, 2) whole units: at most MOST_POINTS of the path's finite points, no point twice running.

    Both ends stay. Points beyond the picture are moved to its edge.
    """
    finite = image[np.isfinite(image).all(1)]
    if len(finite) > MOST_POINTS:
        finite = finite[np.linspace(0, len(finite) - 1, MOST_POINTS).round().astype(int)]
    units = np.clip(finite, 0, 1).astype(np.float64) * (WIDTH, height)
    whole = units.round().astype(np.int64)
    moved = np.ones(len(whole), bool)
    moved[1:] = (np.diff(whole, axis=0) != 0).any(1)
    return whole[moved]


def lines(geometry: SceneGeometry, height: int) -> Markup:
    """Each line with an arrow from its middle: the way that counts as forward."""
    return Markup("").join(_line(line, height) for line in geometry.lines)


def zones(geometry: SceneGeometry, height: int) -> Markup:
    return Markup("").join(
        Markup('<polygon points="{}"/>').format(
            " ".join(f"{x * WIDTH:.0f},{y * height:.0f}" for x, y in zone.polygon)
        )
        for zone in geometry.zones
    )


def labels(geometry: SceneGeometry, details: Mapping[str, str], height: int) -> list[Label]:
    """A name and a detail (by id) beside each line, out of its arrow's way, and in each zone."""
    beside = [(line.id, *_beside(line, height), "at-line") for line in geometry.lines]
    within = [(zone.id, *_middle(zone), "at-zone") for zone in geometry.zones]
    return [
        _label(name, x, y, details.get(name, ""), style) for name, x, y, style in beside + within
    ]


def forward(line: Line, height: int) -> tuple[float, float]:
    """Unit vector in drawing units, to the right of start→end as seen from its start.

    With y down, right of (1, 0) is (0, 1): the same sense as ``geometry.sides``.
    (0, 0) for a line without length.
    """
    along = np.array(line.end) - np.array(line.start)
    along = along * (WIDTH, height)
    length = float(np.hypot(*along))
    if not length > 0:
        return 0.0, 0.0
    return float(-along[1] / length), float(along[0] / length)


def _line(line: Line, height: int) -> Markup:
    (x1, y1), (x2, y2) = (
        (line.start[0] * WIDTH, line.start[1] * height),
        (line.end[0] * WIDTH, line.end[1] * height),
    )
    dx, dy = forward(line, height)
    x, y = (x1 + x2) / 2, (y1 + y2) / 2
    tip_x, tip_y = x + dx * ARROW, y + dy * ARROW
    # The head: back from the tip by 13 units and 9 to either side.
    back_x, back_y = tip_x - dx * 13, tip_y - dy * 13
    stroke = f"M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}M{x:.0f} {y:.0f}L{back_x:.0f} {back_y:.0f}"
    head = (
        f"M{tip_x:.0f} {tip_y:.0f}L{back_x - dy * 9:.0f} {back_y + dx * 9:.0f}"
        f"L{back_x + dy * 9:.0f} {back_y - dx * 9:.0f}Z"
    )
    return Markup(
        '<g><path class="casing" d="{0}"/><path class="casing" d="{1}"/>'
        '<path class="stroke" d="{0}"/><path class="head" d="{1}"/></g>'
    ).format(stroke, head)


def _beside(line: Line, height: int) -> tuple[float, float]:
    """Above the upper end of a steep line; behind the middle of a flat one."""
    dx, dy = forward(line, height)
    if abs(dx) > abs(dy):
        x, y = min(line.start, line.end, key=lambda end: end[1])
        return x, y - LABEL_GAP / height
    x, y = (line.start[0] + line.end[0]) / 2, (line.start[1] + line.end[1]) / 2
    return x, y - (LABEL_GAP if dy >= 0 else -LABEL_GAP) / height


def _middle(zone: Zone) -> tuple[float, float]:
    x, y = np.array(zone.polygon).mean(axis=0)
    return float(x), float(y)


def _label(name: str, x: float, y: float, detail: str, style: str) -> Label:
    # Kept off the edges, where the words would be cut.
    side = " to-left" if x > 0.82 else " to-right" if x < 0.18 else ""
    x, y = min(max(x, 0.04), 0.96), min(max(y, 0.05), 0.95)
    return Label(round(x * 100, 1), round(y * 100, 1), name, detail, style + side)


def _path(points: NDArray[np.int64]) -> str:
    first = f"M{points[0, 0]} {points[0, 1]}l"
    return first + " ".join(f"{dx} {dy}" for dx, dy in np.diff(points, axis=0))


def _known(class_id: int) -> ObjectClass:
    return ObjectClass(class_id) if class_id in set(ObjectClass) else ObjectClass.UNKNOWN
