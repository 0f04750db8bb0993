"""Objects whose place is a function of time alone: pictures, counts and truth always agree."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

LINE_X = 0.5
"""Where every fake feed's line ``across`` stands."""

_LAP = 1.5  # of the way: the picture's width, and a quarter of it out of sight on both sides
_CLASSES = ("car", "car", "car", "truck", "bus", "bicycle", "person")
_SIZES = {
    "car": (0.12, 0.10),
    "truck": (0.18, 0.15),
    "bus": (0.22, 0.16),
    "bicycle": (0.05, 0.10),
    "person": (0.03, 0.11),
}


@dataclass(frozen=True, slots=True)
class Mover:
    """One object that runs the same way for ever.

    speed: widths a second, negative to the left. phase: its place at time 0.
    """

    number: int
    label: str
    y: float
    speed: float
    phase: float

    @property
    def size(self) -> tuple[float, float]:
        return _SIZES[self.label]

    @property
    def direction(self) -> str:
        """Over the line, which points down: from its left (east) to its right (west)."""
        return "forward" if self.speed < 0 else "backward"

    def x(self, at_s: float) -> float:
        return (self.phase + self.speed * at_s) % _LAP - (_LAP - 1) / 2

    def lap(self, at_s: float) -> int:
        """Counts up each time it comes into sight; with its number, it names a track."""
        return math.floor((self.phase + self.speed * at_s) / _LAP)

    def crossings(self, since_s: float, until_s: float) -> Iterator[float]:
        """Seconds at which it goes over the line."""
        offset = (LINE_X + (_LAP - 1) / 2 - self.phase) / self.speed
        period = _LAP / abs(self.speed)
        number = math.ceil((since_s - offset) / period)
        while (at_s := offset + number * period) < until_s:
            yield at_s
            number += 1

    def count(self, since_s: float, until_s: float) -> int:
        offset = (LINE_X + (_LAP - 1) / 2 - self.phase) / self.speed
        period = _LAP / abs(self.speed)
        return math.ceil((until_s - offset) / period) - math.ceil((since_s - offset) / period)


def movers_of(feed: str) -> tuple[Mover, ...]:
    """The same for the same feed, always."""
    chance = Random(feed)  # noqa: S311 - a drawing, no secret
    movers = []
    for number in range(chance.randint(3, 7)):
        label = chance.choice(_CLASSES)
        speed = chance.uniform(0.03, 0.06) if label == "person" else chance.uniform(0.08, 0.25)
        movers.append(
            Mover(
                number,
                label,
                y=0.35 + 0.09 * number % 0.55,
                speed=speed * chance.choice((1, -1)),
                phase=chance.uniform(0, _LAP),
            )
        )
    return tuple(movers)


def seconds(moment: datetime) -> float:
    return moment.timestamp()


def moment(at_s: float) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)
