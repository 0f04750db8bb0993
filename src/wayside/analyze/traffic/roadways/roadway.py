"""A lane or carriageway as it lies on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from wayside.analyze.traffic.way import Way, through
from wayside.domain.geometry import Points
from wayside.domain.scene import Zone, ZoneUse
from wayside.scene.scene import Scene

LANE_WIDTH_M = 3.5
"""By which the lanes of a carriageway are counted: HCM's base lane is 12 ft (3.66 m), lanes in
towns are 2.75 to 3.5 m."""

_MOST_OF_IT = 0.6
_FINE = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Roadway:
    """One zone in which vehicles drive.

    way: along it, from where traffic enters the zone to where it leaves; None without a heading.
    length_m: None where not calibrated; the way is in picture heights then. stop: distance along
    the way of the stop line: where the heading ends, or where it leaves the zone if it is a mere
    arrow that spans under 60 % of it. lanes: number side by side.
    """

    zone: Zone
    way: Way | None
    length_m: float | None
    stop: float
    lanes: int

    @property
    def id(self) -> str:
        return self.zone.id

    @property
    def is_metric(self) -> bool:
        """The way is in metres."""
        return self.way is not None and self.length_m is not None


def roadways(scene: Scene) -> tuple[Roadway, ...]:
    """The lanes and carriageways of a scene."""
    zones = zip(scene.geometry.zones, scene.polygons, strict=True)
    return tuple(_roadway(scene, zone, polygon) for zone, polygon in zones if zone.use.is_road)


def _roadway(scene: Scene, zone: Zone, polygon: Points) -> Roadway:
    ground = _on_ground(scene, polygon)
    if len(zone.heading) < 2:
        length_m = None if ground is None else _longer_side(ground)
        return Roadway(zone, None, length_m, 0.0, _lanes(zone, ground, length_m))
    heading = np.asarray(zone.heading, np.float64)
    picture = through(polygon, heading)
    known = _known_part(scene, picture)
    units = np.array([scene.aspect, 1.0])
    way = Way(picture * units) if known is None else Way(known)
    length_m = None if known is None else way.length
    end = heading[-1:] if known is None else scene.ground(heading[-1:])
    drawn = heading * units if known is None else scene.ground(heading)
    stop = way.length
    if end is not None and drawn is not None and np.isfinite(drawn).all():
        spans = float(np.hypot(*np.diff(drawn, axis=0).T).sum())
        if spans >= _MOST_OF_IT * way.length:
            place = end * units if known is None else end
            stop = float(np.clip(way.along(place)[0][0], 0, way.length))
    return Roadway(zone, way, length_m, stop, _lanes(zone, ground, length_m))


def _known_part(scene: Scene, picture: Points) -> Points | None:
    """(K, 2) metres of a way in the picture, without what is out of the calibration's reach."""
    plane = scene.ground_plane
    if plane is None:
        return None
    if not plane.covers(picture).all():
        picture = _densely(picture)
        picture = picture[plane.covers(picture)]
    if len(picture) < 2:
        return None
    return plane.to_ground(picture)


def _densely(points: Points) -> Points:
    parts = [
        np.linspace(a, b, max(2, int(np.hypot(*(b - a)) / _FINE)), endpoint=False)
        for a, b in pairwise(points)
    ]
    return np.concatenate([*parts, points[-1:]])


def _on_ground(scene: Scene, polygon: Points) -> Points | None:
    """(V, 2) metres of an outline, None where part of it has none."""
    if scene.ground_plane is None or not scene.ground_plane.covers(polygon).all():
        return None
    return scene.ground_plane.to_ground(polygon)


def _longer_side(polygon: Points) -> float:
    """Of the smallest rectangle about it that is parallel to one of its edges, metres."""
    edges = np.roll(polygon, -1, axis=0) - polygon
    edges = edges[np.hypot(edges[:, 0], edges[:, 1]) > 0]
    unit = edges / np.hypot(edges[:, 0], edges[:, 1])[:, None]
    along = polygon @ unit.T
    across = polygon @ np.stack([-unit[:, 1], unit[:, 0]])
    sides = np.stack([np.ptp(along, axis=0), np.ptp(across, axis=0)])
    return float(sides.max(0)[sides.prod(0).argmin()])


def _lanes(zone: Zone, ground: Points | None, length_m: float | None) -> int:
    if zone.use is ZoneUse.LANE or ground is None or not length_m:
        return 1
    x, y = ground.T
    area = abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2
    return max(1, round(area / length_m / LANE_WIDTH_M))
