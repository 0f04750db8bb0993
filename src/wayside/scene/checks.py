"""What can be wrong with a drawn scene, told before anything runs on it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from shapely import Polygon
from shapely.validation import explain_validity

from wayside.domain.errors import ConfigError
from wayside.domain.scene import XY, ControlPoint, Line, Movement, SceneGeometry, Zone, ZoneUse
from wayside.scene.calibration import GroundPlane
from wayside.scene.posed import pose_problem

_SHORTEST_LINE = 1e-3
_SHORTEST_LENGTH = 0.01
_ASPECTS = (16 / 9, 4 / 3, 1.0, 9 / 16)
_SMALLEST_ZONE = 1e-6


@dataclass(frozen=True, slots=True)
class GeometryProblem:
    """One fault of a scene.

    place: the part of the geometry as ``lines[1]`` (field and index), so that a
    caller who knows the file can point at its line. id: the drawn thing's id.
    """

    place: str
    id: str
    what: str
    remedy: str


def check_geometry(geometry: SceneGeometry, *, where: str | None = None) -> None:
    """Raises ConfigError for the first fault, with the number of further ones.

    where: what to put before the faulty part's place, e.g. the feed's id.
    """
    problems = geometry_problems(geometry)
    if not problems:
        return
    first, more = problems[0], len(problems) - 1
    place = f"{where}.{first.place}" if where else first.place
    what = f"{first.what} (and {more} more)" if more else first.what
    raise ConfigError(what, where=place, remedy=first.remedy)


def geometry_problems(geometry: SceneGeometry) -> list[GeometryProblem]:
    """Every fault found; empty for a sound scene."""
    problems = [
        *_duplicates("lines", geometry.lines),
        *_duplicates("zones", geometry.zones),
        *_duplicates("movements", geometry.movements),
        *_duplicates("private_zones", geometry.private_zones),
    ]
    for index, line in enumerate(geometry.lines):
        problems.extend(_line_problems(f"lines[{index}]", line))
    for field, zones in (("zones", geometry.zones), ("private_zones", geometry.private_zones)):
        for index, zone in enumerate(zones):
            problems.extend(_zone_problems(f"{field}[{index}]", zone))
    lines = {line.id for line in geometry.lines}
    for index, movement in enumerate(geometry.movements):
        problems.extend(_movement_problems(f"movements[{index}]", movement, lines))
    problems.extend(_calibration_problems(geometry.control_points))
    if geometry.lengths or geometry.camera:
        problems.extend(_pose_problems(geometry))
    return problems


def _duplicates(field: str, things: Sequence[Line | Zone | Movement]) -> Iterator[GeometryProblem]:
    seen: dict[str, int] = {}
    for index, thing in enumerate(things):
        if not thing.id:
            yield GeometryProblem(
                f"{field}[{index}]", "", "an empty id", "Give it a short word of its own"
            )
        elif thing.id in seen:
            yield GeometryProblem(
                f"{field}[{index}]",
                thing.id,
                f"the id {thing.id!r} is already used by {field}[{seen[thing.id]}]",
                "Give each one an id of its own",
            )
        seen.setdefault(thing.id, index)


def _point_problems(place: str, id: str, noun: str, points: Iterable[XY]) -> list[GeometryProblem]:  # noqa: A002
    problems = []
    for x, y in points:
        if not (math.isfinite(x) and math.isfinite(y)):
            what = f"{noun} {id!r} has a point ({x}, {y}) that is not a number"
        elif not (0 <= x <= 1 and 0 <= y <= 1):
            what = f"{noun} {id!r} has a point ({x}, {y}) outside the picture"
        else:
            continue
        problems.append(
            GeometryProblem(
                place,
                id,
                what,
                "Points are shares of the picture: x from 0 (left) to 1 (right), "
                "y from 0 (top) to 1 (bottom)",
            )
        )
    return problems


def _line_problems(place: str, line: Line) -> list[GeometryProblem]:
    problems = _point_problems(place, line.id, "line", (line.start, line.end))
    if problems:
        return problems
    if math.dist(line.start, line.end) < _SHORTEST_LINE:
        return [
            GeometryProblem(
                place,
                line.id,
                f"line {line.id!r} has no length",
                "Give it two different end points, across the path of what it counts",
            )
        ]
    return []


def _zone_problems(place: str, zone: Zone) -> list[GeometryProblem]:
    problems = _point_problems(place, zone.id, "zone", (*zone.polygon, *zone.heading))
    if problems:
        return problems
    if (zone.heading or zone.use is ZoneUse.LANE) and len(set(zone.heading)) < 2:
        what = f"the way traffic goes in zone {zone.id!r} is not drawn"
        remedy = "Give its `heading` two or more places, in the order in which traffic passes them"
        return [GeometryProblem(place, zone.id, what, remedy)]
    if len(set(zone.polygon)) < 3:
        what = f"zone {zone.id!r} has {len(set(zone.polygon))} different corners"
        return [GeometryProblem(place, zone.id, what, "A zone needs at least three")]
    polygon = Polygon(zone.polygon)
    if not polygon.is_valid:
        return [
            GeometryProblem(
                place,
                zone.id,
                f"the outline of zone {zone.id!r} crosses itself ({explain_validity(polygon)})",
                "List the corners in order along the outline",
            )
        ]
    if polygon.area < _SMALLEST_ZONE:
        what = f"zone {zone.id!r} has no area"
        return [GeometryProblem(place, zone.id, what, "Move its corners off one line")]
    return []


def _movement_problems(place: str, movement: Movement, lines: set[str]) -> list[GeometryProblem]:
    known = ", ".join(sorted(lines)) or "none"
    problems = [
        GeometryProblem(
            place,
            movement.id,
            f"movement {movement.id!r} names the line {line!r}, which is not drawn",
            f"Lines of this scene: {known}",
        )
        for line in (movement.origin, movement.destination)
        if line not in lines
    ]
    if not problems and movement.origin == movement.destination:
        problems.append(
            GeometryProblem(
                place,
                movement.id,
                f"movement {movement.id!r} begins and ends on the line {movement.origin!r}",
                "Name two different lines",
            )
        )
    return problems


def _calibration_problems(points: Sequence[ControlPoint]) -> list[GeometryProblem]:
    if not points:
        return []
    problems = []
    for index, point in enumerate(points):
        name = f"control point {index + 1}"
        place = f"control_points[{index}]"
        problems.extend(_point_problems(place, name, "calibration's", (point.image,)))
        if not all(map(math.isfinite, point.ground)):
            what = f"{name} is not a number on the ground"
            problems.append(GeometryProblem(place, name, what, "Give x and y in metres"))
    if problems:
        return problems
    try:
        # Whether points determine a plane does not depend on the picture's shape.
        GroundPlane.fit(points, aspect=16 / 9)
    except ConfigError as error:
        return [GeometryProblem("control_points", "", error.what, error.remedy or "")]
    return []


def _pose_problems(geometry: SceneGeometry) -> list[GeometryProblem]:
    if geometry.control_points:
        what = "the ground is given twice, by points and by a camera or lengths"
        return [GeometryProblem("control_points", "", what, "Keep one of the two")]
    for index, length in enumerate(geometry.lengths):
        name, place = f"known length {index + 1}", f"lengths[{index}]"
        problems = _point_problems(place, name, "calibration's", (length.start, length.end))
        if problems:
            return problems
        if math.dist(length.start, length.end) < _SHORTEST_LENGTH:
            what = f"{name} is shorter than {_SHORTEST_LENGTH:.0%} of the picture"
            return [GeometryProblem(place, name, what, "Take a longer one, or a nearer one")]
    # Whether they fit hangs on the picture's shape, which is not known here: refused is what
    # fits none of the usual ones.
    found = [pose_problem(geometry, aspect) for aspect in _ASPECTS]
    if found[0] is None or None in found:
        return []
    what, remedy = found[0]
    return [GeometryProblem("lengths" if geometry.lengths else "camera", "", what, remedy)]
