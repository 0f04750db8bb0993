"""Which lanes lie under which lines, and what is counted at a line and at each lane of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points, crossings, inside, sides
from wayside.domain.scene import Direction, Zone, ZoneUse
from wayside.scene.scene import Scene

Place: TypeAlias = tuple[str, str, Direction]
"""place_kind, place, direction, as in a Reading."""

_SAMPLES: Final = 401
_BESIDE: Final = 0.25
_LONGER: Final = 0.2


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane zone under a line, from ``first`` to ``last``, shares of the line's length.

    direction: in which its traffic goes over the line.
    """

    zone: str
    first: float
    last: float
    direction: Direction

    def distance(self, share: float) -> float:
        """How far ``share`` is outside it, in its own widths; 0 inside."""
        outside = max(self.first - share, share - self.last, 0.0)
        return outside / max(self.last - self.first, 1e-9)


class LineLanes:
    """The lanes under each line of a scene: zones of use ``lane`` that its segment goes through."""

    def __init__(self, scene: Scene) -> None:
        self._line_ids = scene.line_ids
        zones = [
            zone for zone in scene.geometry.zones if zone.use is ZoneUse.LANE
        ]  # each has a heading
        self._lanes = {
            line: _lanes_under(scene.line_starts[row], scene.line_ends[row], zones)
            for row, line in enumerate(scene.line_ids)
        }

    def of(self, line: str, direction: Direction) -> tuple[Lane, ...]:
        """Those whose traffic goes over the line in that direction."""
        return tuple(lane for lane in self._lanes[line] if lane.direction is direction)

    def at(self, line: str, direction: Direction, share: float) -> str:
        """The lane at a share of the line's length; "" where there is none.

        Who straddles or misses the edge of the outermost lane by a quarter of its width is in it.
        Who goes against a lane's heading is in none.
        """
        lanes = self.of(line, direction)
        if not lanes:
            return ""
        nearest = min(lanes, key=lambda lane: lane.distance(share))
        return nearest.zone if nearest.distance(share) <= _BESIDE else ""

    def places(self) -> list[Place]:
        """All that is counted: each line and each of its lanes, in both directions as they are."""
        return [
            place
            for line in self._line_ids
            for direction in Direction
            for place in (
                ("line", line, direction),
                *(("lane", lane_place(line, x.zone), direction) for x in self.of(line, direction)),
            )
        ]


def lane_place(line: str, lane: str) -> str:
    """As in ``Reading.place`` of place_kind ``lane``."""
    return f"{line}:{lane}"


def places_of(line: str, direction: Direction, lane: str) -> tuple[Place, ...]:
    """Where one crossing counts: at its line, and at its lane where it has one."""
    if not lane:
        return (("line", line, direction),)
    return ("line", line, direction), ("lane", lane_place(line, lane), direction)


def _lanes_under(start: Points, end: Points, zones: list[Zone]) -> tuple[Lane, ...]:
    shares = np.linspace(0.0, 1.0, _SAMPLES)
    points = start + shares[:, None] * (end - start)
    found: list[Lane] = []
    for zone in zones:
        held = shares[inside(np.array(zone.polygon), points)]
        if not len(held):
            continue
        first, last = float(held[0]), float(held[-1])
        if _goes_over(start, end, (first, last), zone):
            middle = start + (first + last) / 2 * (end - start)
            found.append(Lane(zone.id, first, last, _direction(start, end, middle, zone)))
    return tuple(found)


def _goes_over(start: Points, end: Points, span: tuple[float, float], zone: Zone) -> bool:
    """Whether the lane's heading, longer by a fifth at both ends, meets its part of the line.

    A line that only cuts a corner of the zone is no line over the lane.
    """
    way = np.array(zone.heading)
    way[0] -= _LONGER * (way[1] - way[0])
    way[-1] += _LONGER * (way[-1] - way[-2])
    along = end - start
    first, last = start + span[0] * along, start + span[1] * along
    met, _ = crossings(first, last, way[:-1], way[1:])
    return bool(met.any())


def _direction(start: Points, end: Points, middle: Points, zone: Zone) -> Direction:
    """By the stretch of the lane's heading that is nearest to the middle of lane and line."""
    way = np.array(zone.heading)
    begins, along = way[:-1], np.diff(way, axis=0)
    length = np.maximum((along**2).sum(1), 1e-18)
    share = (((middle - begins) * along).sum(1) / length).clip(0, 1)
    distance = np.hypot(*(begins + share[:, None] * along - middle).T)
    side: NDArray[np.float64] = sides(start, end, middle + along[distance.argmin()][None])
    return Direction.FORWARD if side[0] >= 0 else Direction.BACKWARD
