"""What a drawn scene would have counted on the paths that were kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points, crossings, inside
from wayside.domain.scene import Direction, SceneGeometry
from wayside.serve.records import TimedPath

_SHORTEST_VISIT_S = 0.5


@dataclass(frozen=True, slots=True)
class Preview:
    """lines: by id, direction and class. dwells_s: by zone, one for each visit."""

    paths: int
    lines: dict[str, dict[Direction, Counter[str]]]
    dwells_s: dict[str, list[float]]
    movements: Counter[str] = field(default_factory=Counter)

    def median_dwell_s(self, zone: str) -> float | None:
        return median(self.dwells_s[zone]) if self.dwells_s[zone] else None


def preview(geometry: SceneGeometry, paths: Sequence[TimedPath]) -> Preview:
    """Each path counts once per line and direction, as each object does.

    It is an estimate: the analyzers also see boxes, unfinished tracks and
    doubles, of which a kept path knows nothing.
    """
    found = Preview(
        paths=len(paths),
        lines={line.id: {way: Counter() for way in Direction} for line in geometry.lines},
        dwells_s={zone.id: [] for zone in geometry.zones},
        movements=Counter({movement.id: 0 for movement in geometry.movements}),
    )
    for path in paths:
        points = np.asarray(path.points, np.float64).reshape(-1, 2)
        if len(points) < 2:
            continue
        first = _count_lines(geometry, path, points, found)
        _count_movements(geometry, first, found)
        for zone in geometry.zones:
            polygon = np.asarray(zone.polygon, np.float64)
            found.dwells_s[zone.id].extend(_stays(inside(polygon, points), path.offsets_s))
    return found


def _count_lines(
    geometry: SceneGeometry, path: TimedPath, points: Points, found: Preview
) -> dict[str, list[int]]:
    """Steps at which the path crossed each line, in order."""
    steps: dict[str, list[int]] = {}
    for line in geometry.lines:
        start, end = np.asarray(line.start), np.asarray(line.end)
        ways, _ = crossings(start, end, points[:-1], points[1:])
        for way, direction in ((1, Direction.FORWARD), (-1, Direction.BACKWARD)):
            if np.any(ways == way):
                found.lines[line.id][direction][path.class_label] += 1
        steps[line.id] = np.flatnonzero(ways).tolist()
    return steps


def _count_movements(geometry: SceneGeometry, steps: dict[str, list[int]], found: Preview) -> None:
    for movement in geometry.movements:
        begun, ended = steps.get(movement.origin), steps.get(movement.destination)
        if begun and ended and begun[0] <= ended[-1] and movement.origin != movement.destination:
            found.movements[movement.id] += 1


def _stays(is_inside: NDArray[np.bool_], offsets_s: Sequence[float]) -> Iterable[float]:
    """Seconds of each unbroken run inside."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_inside, [False])).astype(np.int8)))
    last = len(offsets_s) - 1
    for start, end in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
        dwell = offsets_s[min(end, last)] - offsets_s[start]
        if dwell >= _SHORTEST_VISIT_S:
            yield dwell
