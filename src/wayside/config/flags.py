"""Lines and zones on the command line: ``--line L=0.0,0.5,1.0,0.5``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from typing import TypeVar

from wayside.domain.errors import UsageError
from wayside.domain.scene import XY, Line, SceneGeometry, Zone
from wayside.scene.checks import geometry_problems

LINE_EXAMPLE = "L=0.0,0.5,1.0,0.5"
ZONE_EXAMPLE = "Z=0.1,0.1,0.5,0.1,0.5,0.5"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")

_Drawn = TypeVar("_Drawn", Line, Zone)


def parse_line(text: str) -> Line:
    """``ID=x1,y1,x2,y2`` in shares of the picture. Raises UsageError."""
    name, points = _named_points(text, LINE_EXAMPLE)
    if len(points) != 2:
        what = f"a line takes 4 numbers, this has {2 * len(points)}"
        raise _wrong(text, what, LINE_EXAMPLE)
    line = Line(name, points[0], points[1])
    _require_sound(text, SceneGeometry(lines=(line,)), LINE_EXAMPLE)
    return line


def parse_zone(text: str) -> Zone:
    """``ID=x1,y1,x2,y2,x3,y3,...`` with at least three corners. Raises UsageError."""
    name, points = _named_points(text, ZONE_EXAMPLE)
    if len(points) < 3:
        what = f"a zone takes at least 6 numbers, this has {2 * len(points)}"
        raise _wrong(text, what, ZONE_EXAMPLE)
    zone = Zone(name, tuple(points))
    _require_sound(text, SceneGeometry(zones=(zone,)), ZONE_EXAMPLE)
    return zone


def parse_lines(texts: Iterable[str]) -> tuple[Line, ...]:
    """All ``--line`` flags of a command. Raises UsageError, also for an id given twice."""
    return _distinct(texts, parse_line)


def parse_zones(texts: Iterable[str]) -> tuple[Zone, ...]:
    """All ``--zone`` flags of a command. Raises UsageError, also for an id given twice."""
    return _distinct(texts, parse_zone)


def _distinct(texts: Iterable[str], parse: Callable[[str], _Drawn]) -> tuple[_Drawn, ...]:
    drawn: dict[str, _Drawn] = {}
    for text in texts:
        thing = parse(text)
        if thing.id in drawn:
            raise UsageError(
                f"the id `{thing.id}` is given twice",
                where=repr(text),
                remedy="Give each its own name",
            )
        drawn[thing.id] = thing
    return tuple(drawn.values())


def _named_points(text: str, example: str) -> tuple[str, list[XY]]:
    name, equals, rest = text.partition("=")
    if not equals:
        raise _wrong(text, "there is no `=` between the name and the numbers", example)
    if not _ID.fullmatch(name):
        what = (
            f"`{name}` is not a name of letters, digits, _ and -" if name else "the name is missing"
        )
        raise _wrong(text, what, example)
    numbers = []
    at = len(name) + 2
    for piece in rest.split(","):
        numbers.append(_share(text, piece, at, example))
        at += len(piece) + 1
    if len(numbers) % 2:
        raise _wrong(text, f"{len(numbers)} numbers do not make x, y pairs", example)
    return name, list(zip(numbers[::2], numbers[1::2], strict=True))


def _share(text: str, piece: str, at: int, example: str) -> float:
    """``at``: the piece's first character in the flag, from 1."""
    try:
        number = float(piece)
    except ValueError:
        what = (
            f"`{piece}` at character {at} is not a number"
            if piece
            else f"a number is missing at character {at}"
        )
        raise _wrong(text, what, example) from None
    if not math.isfinite(number):
        raise _wrong(text, f"`{piece}` at character {at} is not a finite number", example)
    if not 0 <= number <= 1:
        what = f"`{piece}` at character {at} is outside the picture, which reaches from 0 to 1"
        raise _wrong(text, what, example)
    return number


def _require_sound(text: str, geometry: SceneGeometry, example: str) -> None:
    for problem in geometry_problems(geometry):
        raise UsageError(
            problem.what, where=repr(text), remedy=f"{problem.remedy}, as in {example}"
        )


def _wrong(text: str, what: str, example: str) -> UsageError:
    return UsageError(what, where=repr(text), remedy=f"Write it as {example}")
