"""Lanes, lines, movements and crossings, as an hour of paths shows them. A person accepts or edits.

Ways on the ground that run together are bundles; a bundle without the places where others cross it
is a lane, up to where vehicles wait. Lanes side by side share a line; a movement is what was seen
to pass two lines. People who go across lanes make a crossing. Each comes with its support: by how
many paths it was seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from shapely import Polygon, box

from wayside.domain.classes import ClassGroup
from wayside.domain.geometry import Points, crossings
from wayside.domain.scene import XY, Line, Movement, Zone, ZoneUse
from wayside.domain.tracks import Trajectory
from wayside.scene.automatic import Undetermined
from wayside.scene.calibration import GroundPlane
from wayside.scene.ways import Bundle, Way, beside, bundles_of, heads_of, ways_of

FEWEST_WAYS = 10
_BUNDLED = 0.04
_MOVED = 0.02
_LEAST = 3
_NEAR_M = 1.6
_CROSSED_M = 1.5
_ALIKE = np.radians(35)
_SHORTEST_M = 8.0
_HALF_WIDTH_M = 1.6
_TURNING = np.radians(40)
_ABREAST_M = 5.0
_WALKED_M = 4.0
_TOGETHER_M = 4.5
"""More than lanes are apart: one crossing leads over all lanes of a road."""
_PEOPLE = 4


@dataclass(frozen=True, slots=True)
class SceneProposal:
    """support: by id of zone, line or movement, the number of paths that showed it."""

    zones: tuple[Zone, ...]
    lines: tuple[Line, ...]
    movements: tuple[Movement, ...]
    support: dict[str, int]
    paths: int


@dataclass(frozen=True, slots=True, eq=False)
class _Lane:
    spine: Points
    half_width_m: float
    support: int

    @property
    def heads(self) -> Points:
        return heads_of(self.spine)


def propose(paths: Sequence[Trajectory], plane: GroundPlane) -> SceneProposal | Undetermined:
    """What could be drawn on this feed's picture."""
    ways = ways_of(paths, plane, ClassGroup.VEHICLE)
    if len(ways) < FEWEST_WAYS:
        return Undetermined(
            f"only {len(ways)} vehicles were seen on a way of 8 m or more, of {FEWEST_WAYS} needed",
            "Wait for more traffic",
        )
    bundles = bundles_of(ways, max(_LEAST, round(_BUNDLED * len(ways))))
    lanes = _lanes(bundles, ways)
    if not lanes:
        return Undetermined("vehicles keep to no common ways here", "Draw the zones by hand")
    zones, support = [], {}
    for number, lane in enumerate(lanes, 1):
        zone = _lane_zone(f"lane-{number}", lane, plane)
        if zone is not None:
            zones.append(zone)
            support[zone.id] = lane.support
    lines = _lines(lanes, ways, plane, support)
    movements = _movements(lines, ways, plane, support)
    walks = ways_of(paths, plane, ClassGroup.PERSON, _WALKED_M)
    zones += _crossing_zones(walks, bundles, plane, support)
    return SceneProposal(tuple(zones), tuple(lines), tuple(movements), support, len(ways))


def _lanes(bundles: Sequence[Bundle], ways: Sequence[Way]) -> list[_Lane]:
    """The fullest bundles first; a later one keeps only what runs beside none before it."""
    lanes: list[_Lane] = []
    for bundle in bundles:
        free = np.ones(len(bundle.spine), np.bool_)
        for other in bundles:
            if other is bundle:
                continue
            _, distance, angle = beside(bundle.spine, bundle.heads, other.spine, other.heads)
            free &= ~((distance < _CROSSED_M) & (angle > _ALIKE) & (angle < np.pi - _ALIKE))
        for lane in lanes:
            _, distance, angle = beside(bundle.spine, bundle.heads, lane.spine, lane.heads)
            free &= ~((distance < _NEAR_M) & (angle < _ALIKE))
        for first, last in _runs(free):
            spine = _to_stop_line(bundle.spine[first:last], [ways[m] for m in bundle.members])
            if len(spine) < _SHORTEST_M or _turn(spine) > _TURNING:
                continue
            lanes.append(_Lane(spine, _HALF_WIDTH_M, len(bundle.members)))
    return [_Lane(lane.spine, _half_width(lane, lanes), lane.support) for lane in lanes]


def _runs(free: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _turn(spine: Points) -> float:
    first, last = spine[3] - spine[0], spine[-1] - spine[-4]
    cosine = first @ last / (np.hypot(*first) * np.hypot(*last))
    return float(np.arccos(np.clip(cosine, -1, 1)))


def _to_stop_line(spine: Points, ways: Sequence[Way]) -> Points:
    """Cut where the first of those that wait stand, if enough of them do."""
    stood = [place for way in ways for place in way.stood]
    if len(stood) < _LEAST:
        return spine
    apart = np.hypot(*(np.array(stood)[:, None, :] - spine).transpose(2, 0, 1))
    rows = apart.argmin(1)[apart.min(1) < 2 * _HALF_WIDTH_M]
    if len(rows) < _LEAST:
        return spine
    stop = int(np.percentile(rows, 90))
    return spine[: stop + 2] if stop >= _SHORTEST_M else spine


def _half_width(lane: _Lane, lanes: Sequence[_Lane]) -> float:
    """Half of the way to the nearest lane that runs along, at most half a usual lane."""
    nearest = 2 * _HALF_WIDTH_M
    for other in lanes:
        if other is lane:
            continue
        _, distance, angle = beside(lane.spine, lane.heads, other.spine, other.heads)
        along = (angle < _ALIKE) | (angle > np.pi - _ALIKE)
        if along.mean() > 0.5:
            nearest = min(nearest, float(np.median(distance[along])))
    return max(nearest / 2, 0.8)


def _lane_zone(name: str, lane: _Lane, plane: GroundPlane) -> Zone | None:
    heads = lane.heads
    normal = np.column_stack([-heads[:, 1], heads[:, 0]])
    rows = _corners(lane.spine)
    left, right = ((lane.spine + side * lane.half_width_m * normal)[rows] for side in (1.0, -1.0))
    polygon = _in_picture(np.vstack([left, right[::-1]]), plane)
    way = _clamped(plane.to_image(lane.spine[rows]))
    if polygon is None or len(set(way)) < 2:
        return None
    return Zone(name, polygon, ZoneUse.LANE, way)


def _corners(spine: Points) -> list[int]:
    """Rows at which a line through the spine stays within 0.2 m of it, ends included."""
    rows = [0]
    while rows[-1] < len(spine) - 1:
        last = len(spine) - 1
        while last > rows[-1] + 1 and _bow(spine[rows[-1] : last + 1]) > 0.2:
            last = rows[-1] + max(1, (last - rows[-1]) * 2 // 3)
        rows.append(last)
    return rows


def _bow(points: Points) -> float:
    along = points[-1] - points[0]
    length = float(np.hypot(*along))
    to = points - points[0]
    return float(np.abs(along[0] * to[:, 1] - along[1] * to[:, 0]).max()) / max(length, 1e-9)


def _in_picture(ground: Points, plane: GroundPlane) -> tuple[XY, ...] | None:
    """The part of a polygon that the picture shows; None where that is none or not one piece."""
    image = plane.to_image(ground)
    if not np.isfinite(image).all():
        return None
    shape = Polygon(image)
    shown = (shape if shape.is_valid else shape.buffer(0)).intersection(box(0, 0, 1, 1))
    if shown.geom_type != "Polygon" or shown.area < 1e-5:
        return None
    corners = tuple(dict.fromkeys(_clamped(np.array(shown.exterior.coords)[:-1])))
    return corners if len(corners) >= 3 and Polygon(corners).is_valid else None


def _clamped(image: Points) -> tuple[XY, ...]:
    return tuple((round(float(x), 4), round(float(y), 4)) for x, y in image.clip(0, 1))


def _lines(
    lanes: Sequence[_Lane], ways: Sequence[Way], plane: GroundPlane, support: dict[str, int]
) -> list[Line]:
    """One across each group of lanes that run side by side the same way."""
    lines: list[Line] = []
    left = list(range(len(lanes)))
    while left:
        group = [left.pop(0)]
        for index in list(left):
            if any(_abreast(lanes[index], lanes[member]) for member in group):
                group.append(index)
                left.remove(index)
        ends = _across([lanes[index] for index in group])
        image = plane.to_image(ends)
        if not np.isfinite(image).all():
            continue
        start, end = _clamped(image)
        if np.hypot(start[0] - end[0], start[1] - end[1]) < 0.01:
            continue
        line = _forward(Line(f"line-{len(lines) + 1}", start, end), ways, plane)
        seen = sum(bool(len(_passed(line, way, plane))) for way in ways)
        if seen >= _LEAST:
            lines.append(line)
            support[line.id] = seen
    return lines


def _abreast(one: _Lane, other: _Lane) -> bool:
    _, distance, angle = beside(one.spine, one.heads, other.spine, other.heads)
    return bool(((distance < _ABREAST_M) & (angle < _ALIKE)).mean() > 0.4)


def _across(group: Sequence[_Lane]) -> Points:
    """(2, 2) metres: the ends of a line across all lanes of a group.

    Where the longest of them has two thirds of its way behind it: seen well, before the queue.
    """
    longest = max(group, key=lambda lane: len(lane.spine))
    row = len(longest.spine) * 2 // 3
    middle, head = longest.spine[row], longest.heads[row]
    normal = np.array([-head[1], head[0]])
    reach = []
    for lane in group:
        offset = (lane.spine - middle) @ normal
        near = np.abs((lane.spine - middle) @ head) < 3.0
        if near.any():
            at = float(offset[near].mean())
            reach += [at - lane.half_width_m - 0.3, at + lane.half_width_m + 0.3]
    return np.array([middle + max(reach) * normal, middle + min(reach) * normal])


def _passed(line: Line, way: Way, plane: GroundPlane) -> NDArray[np.intp]:
    """Steps at which the way passes the line."""
    image = plane.to_image(way.points)
    start, end = np.array(line.start), np.array(line.end)
    ways, _ = crossings(start, end, image[:-1], image[1:])
    return np.flatnonzero(ways == 1)


def _movements(
    lines: Sequence[Line], ways: Sequence[Way], plane: GroundPlane, support: dict[str, int]
) -> list[Movement]:
    seen: dict[tuple[str, str], int] = {}
    for way in ways:
        at = {line.id: int(p[0]) for line in lines if len(p := _passed(line, way, plane))}
        for origin, first in at.items():
            for destination, last in at.items():
                if first < last:
                    seen[origin, destination] = seen.get((origin, destination), 0) + 1
    least = max(_LEAST, round(_MOVED * len(ways)))
    found = []
    for (origin, destination), count in sorted(seen.items()):
        if count >= least:
            name = f"{origin}-to-{destination}"
            found.append(Movement(name, origin, destination))
            support[name] = count
    return found


def _forward(line: Line, ways: Sequence[Way], plane: GroundPlane) -> Line:
    """With traffic crossing it forward."""
    turned = Line(line.id, line.end, line.start)
    counts = [sum(len(_passed(each, way, plane)) for way in ways) for each in (line, turned)]
    return line if counts[0] >= counts[1] else turned


def _crossing_zones(
    walks: Sequence[Way], bundles: Sequence[Bundle], plane: GroundPlane, support: dict[str, int]
) -> list[Zone]:
    """Where people's ways cut those of vehicles, gathered."""
    places, owners, heads = _cuts(walks, bundles)
    zones: list[Zone] = []
    free = np.ones(len(places), np.bool_)
    while free.any():
        seed = int(np.flatnonzero(free)[0])
        cluster = np.zeros(len(places), np.bool_)
        cluster[seed] = True
        while True:
            apart = np.hypot(*(places[:, None, :] - places[cluster]).transpose(2, 0, 1))
            grown = free & (apart.min(1) < _TOGETHER_M)
            if (grown == cluster).all():
                break
            cluster = grown
        free &= ~cluster
        people = len(set(owners[cluster].tolist()))
        if people < _PEOPLE:
            continue
        corners = _rectangle(places[cluster], heads[cluster])
        polygon = _in_picture(corners, plane)
        if polygon is not None:
            zone = Zone(f"crossing-{len(zones) + 1}", polygon, ZoneUse.CROSSING)
            zones.append(zone)
            support[zone.id] = people
    return zones


def _cuts(
    walks: Sequence[Way], bundles: Sequence[Bundle]
) -> tuple[Points, NDArray[np.int64], Points]:
    """((C, 2) where walks cut spines, (C,) whose walk, (C, 2) the way it went there)."""
    places, owners, heads = [], [], []
    for owner, walk in enumerate(walks):
        before, after = walk.points[:-1], walk.points[1:]
        for bundle in bundles:
            near = np.hypot(*(walk.points[:, None, :] - bundle.spine).transpose(2, 0, 1)).min(1)
            if near.min() > 1.0:
                continue
            for start, end in zip(bundle.spine[:-1:3], bundle.spine[3::3], strict=False):
                ways, when = crossings(start, end, before, after)
                for row in np.flatnonzero(ways):
                    places.append(before[row] + when[row] * (after[row] - before[row]))
                    owners.append(owner)
                    heads.append(walk.heads[row])
    return (
        np.array(places).reshape(-1, 2),
        np.array(owners, np.int64),
        np.array(heads).reshape(-1, 2),
    )


def _rectangle(places: Points, heads: Points) -> Points:
    """(4, 2) metres: along the way people walk, a lane further than the outermost cuts."""
    turn = np.angle(((heads[:, 0] + 1j * heads[:, 1]) ** 2).sum()) / 2
    along = np.array([np.cos(turn), np.sin(turn)])
    aside = np.array([-along[1], along[0]])
    middle = places.mean(0)
    far = (places - middle) @ along
    wide = np.percentile((places - middle) @ aside, [5, 95]) + np.array([-0.75, 0.75])
    long = (far.min() - _HALF_WIDTH_M, far.max() + _HALF_WIDTH_M)
    (near, far_end), (left, right) = long, wide
    corners = ((near, left), (far_end, left), (far_end, right), (near, right))
    return np.array([middle + a * along + b * aside for a, b in corners])
