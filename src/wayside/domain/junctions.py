"""A place in the road network that one or several feeds look at. Values only.

Numbers and events of its feeds stand side by side by place and time. Objects are never joined
across feeds: a movement is seen whole by one feed or it is not counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from wayside.domain.scene import XY, Direction, SceneGeometry


@dataclass(frozen=True, slots=True)
class LineRef:
    """One way over a line of a feed."""

    feed: str
    line: str
    direction: Direction


@dataclass(frozen=True, slots=True)
class Approach:
    """An arm of a junction.

    bearing_deg: the compass direction in which the arm lies, seen from the middle of the
    junction: 0 is north, 90 east; None where nobody said. entries, exits: lines over which
    traffic comes in from it and goes out to it.
    """

    id: str
    title: str = ""
    bearing_deg: float | None = None
    entries: tuple[LineRef, ...] = ()
    exits: tuple[LineRef, ...] = ()

    @property
    def name(self) -> str:
        return self.title or self.id


@dataclass(frozen=True, slots=True)
class JunctionMovement:
    """From the approach ``origin`` to ``destination``: the movement of that name of one feed."""

    id: str
    origin: str
    destination: str
    feed: str
    movement: str


@dataclass(frozen=True, slots=True)
class Junction:
    """is_compass: bearings are of the compass; else as the picture of its one feed shows it."""

    id: str
    title: str = ""
    approaches: tuple[Approach, ...] = ()
    movements: tuple[JunctionMovement, ...] = ()
    is_compass: bool = True

    @property
    def name(self) -> str:
        return self.title or self.id

    @property
    def feeds(self) -> tuple[str, ...]:
        """Each once: those that count movements, then those that only count at lines."""
        lines = [ref.feed for arm in self.approaches for ref in (*arm.entries, *arm.exits)]
        return tuple(dict.fromkeys([*(each.feed for each in self.movements), *lines]))


def junction_of_feed(feed: str, geometry: SceneGeometry) -> Junction:
    """The junction that a single feed's movements make.

    Lines named alike but for ``-in`` and ``-out`` are one approach. Where an approach lies is
    taken from the picture: up is 0, right is 90. Without movements it has no approaches.
    """
    used = {end for each in geometry.movements for end in (each.origin, each.destination)}
    middles = {
        line.id: ((line.start[0] + line.end[0]) / 2, (line.start[1] + line.end[1]) / 2)
        for line in geometry.lines
        if line.id in used
    }
    arms: dict[str, list[str]] = {}
    for line in middles:
        arms.setdefault(_arm_of(line), []).append(line)
    centre = _mean(middles.values())
    approaches = tuple(
        Approach(arm, bearing_deg=_bearing(centre, _mean(middles[line] for line in lines)))
        for arm, lines in arms.items()
    )
    movements = tuple(
        JunctionMovement(each.id, _arm_of(each.origin), _arm_of(each.destination), feed, each.id)
        for each in geometry.movements
    )
    return Junction(feed, "", approaches, movements, is_compass=False)


def _arm_of(line: str) -> str:
    for ending in ("-in", "-out", "_in", "_out"):
        if line.lower().endswith(ending) and len(line) > len(ending):
            return line[: -len(ending)]
    return line


def _mean(points: Iterable[XY]) -> XY:
    found = list(points)
    number = max(1, len(found))
    return sum(x for x, _ in found) / number, sum(y for _, y in found) / number


def _bearing(centre: XY, place: XY) -> float:
    """Degrees clockwise from the top of the picture, to a tenth."""
    east, south = place[0] - centre[0], place[1] - centre[1]
    return round(math.degrees(math.atan2(east, -south)) % 360, 1)
