"""A drawing that follows its view: after the camera was turned, zoomed or knocked.

The similarity between the learned view and that of now moves everything that is drawn. It holds
for what is far, or for a camera that only turned about its lens by little; near things may be off,
so a person looks at it before it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from shapely import LineString, Polygon, box

from wayside.domain.geometry import Points
from wayside.domain.health import ViewShift
from wayside.domain.scene import XY, SceneGeometry, Zone

Mover: TypeAlias = Callable[[Iterable[XY]], tuple[XY, ...]]

_PICTURE = box(0, 0, 1, 1)
_SHORTEST = 0.02
_SMALLEST = 1e-4
_FEWEST_POINTS = 4
_FEWEST_LENGTHS = 3


@dataclass(frozen=True, slots=True)
class MovedScene:
    """lost: ids of what has left the picture; ``calibration`` where the ground is to be found anew.

    A camera found from traffic is lost always: its tilt is that of the old view.
    """

    geometry: SceneGeometry
    lost: tuple[str, ...]


def moved(geometry: SceneGeometry, shift: ViewShift, aspect: float) -> MovedScene:
    """Everything that is drawn, where the view of now has it; cut at the edges of the picture."""

    def to(points: Iterable[XY]) -> tuple[XY, ...]:
        places = np.array(list(points), np.float64).reshape(-1, 2)
        return tuple(
            (round(x, 4), round(y, 4)) for x, y in _shifted(places, shift, aspect).tolist()
        )

    lost: list[str] = []
    lines = []
    for line in geometry.lines:
        ends = _cut_line(to((line.start, line.end)))
        if ends is None:
            lost.append(line.id)
        else:
            lines.append(replace(line, start=ends[0], end=ends[1]))
    zones = _zones(geometry.zones, to, lost)
    kept = {line.id for line in lines}
    movements = []
    for movement in geometry.movements:
        if {movement.origin, movement.destination} <= kept:
            movements.append(movement)
        else:
            lost.append(movement.id)
    points = tuple(
        replace(point, image=at)
        for point in geometry.control_points
        if _is_inside(at := to([point.image])[0])
    )
    lengths = tuple(
        replace(length, start=both[0], end=both[1])
        for length in geometry.lengths
        if all(map(_is_inside, both := to((length.start, length.end))))
    )
    points = points if len(points) >= _FEWEST_POINTS else ()
    lengths = lengths if len(lengths) >= _FEWEST_LENGTHS else ()
    if geometry.is_calibrated and not (points or lengths):
        lost.append("calibration")
    made = replace(
        geometry,
        lines=tuple(lines),
        zones=zones,
        movements=tuple(movements),
        control_points=points,
        lengths=lengths,
        camera=None,
        private_zones=_zones(geometry.private_zones, to, lost),
    )
    return MovedScene(made, tuple(lost))


def _shifted(points: Points, shift: ViewShift, aspect: float) -> Points:
    """About the picture's centre, in picture widths, as ViewShift has it."""
    x, y = (points - 0.5).T / np.array([[1.0], [aspect]])
    turn = np.radians(shift.rotation_deg)
    c, s = shift.scale * np.cos(turn), shift.scale * np.sin(turn)
    flat = np.column_stack([c * x - s * y + shift.dx, s * x + c * y + shift.dy])
    return np.asarray(flat * (1.0, aspect) + 0.5)


def _is_inside(point: XY) -> bool:
    return 0 <= point[0] <= 1 and 0 <= point[1] <= 1


def _cut_line(ends: tuple[XY, ...]) -> tuple[XY, XY] | None:
    shown = LineString(ends).intersection(_PICTURE)
    if shown.geom_type != "LineString" or shown.length < _SHORTEST:
        return None
    first, last = (_clean(point) for point in (shown.coords[0], shown.coords[-1]))
    # The cut may come back the other way round; which side is forward hangs on the order.
    along = (ends[1][0] - ends[0][0]) * (last[0] - first[0])
    along += (ends[1][1] - ends[0][1]) * (last[1] - first[1])
    return (first, last) if along > 0 else (last, first)


def _zones(zones: Iterable[Zone], to: Mover, lost: list[str]) -> tuple[Zone, ...]:
    kept = []
    for zone in zones:
        shown = Polygon(to(zone.polygon)).intersection(_PICTURE)
        if shown.geom_type != "Polygon" or shown.area < _SMALLEST:
            lost.append(zone.id)
            continue
        corners = tuple(dict.fromkeys(_clean(point) for point in shown.exterior.coords[:-1]))
        heading = tuple(point for point in to(zone.heading) if _is_inside(point))
        if zone.heading and len(set(heading)) < 2:
            lost.append(zone.id)
            continue
        kept.append(replace(zone, polygon=corners, heading=heading))
    return tuple(kept)


def _clean(point: Iterable[float]) -> XY:
    x, y, *_ = (min(1.0, max(0.0, round(float(value), 4))) for value in point)
    return x, y
