"""Where vehicles drive: the roads of a scene, measured in metres or in what stands for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.body import OWN_SIZE_M
from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.way import Way
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.errors import ConfigError
from wayside.domain.geometry import Points
from wayside.domain.outlines import Outlines
from wayside.domain.scene import ZoneUse
from wayside.scene.scene import Scene

_MOST_M: Final = {ClassGroup.UNKNOWN: 1.6, ClassGroup.VEHICLE: 1.3}
THING_M: Final = np.array([_MOST_M.get(kind.group, 0.0) for kind in ObjectClass])
"""Metres across the view up to which something is no vehicle, by class id."""

_ANGLES: Final = np.arange(8) * np.pi / 4
_RING: Final = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """The objects of a moment as they stand in a yard.

    picture: (N, 2) where they touch the ground, in the picture. places: (N, 2) the same in the
    yard's frame, NaN where not known. metres: (N,) length of a metre in that frame.
    """

    picture: Points
    places: Points
    metres: NDArray[np.float64]


class Yard:
    """The frame in which a scene's distances are measured.

    Metres where it is calibrated. Elsewhere picture heights, where an object's own size is taken
    for so many metres as OWN_SIZE_M says: wrong by the camera's tilt, right in its order.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._units = np.array([scene.aspect, 1.0])
        self.is_calibrated = scene.ground_plane is not None

    def spots(self, moment: Moment) -> Spots:
        """Of all objects, row by row."""
        if not self.is_calibrated or not len(moment):
            sizes = np.maximum(self._scene.sizes(moment.tracks.boxes), 1e-6)
            metres = sizes / OWN_SIZE_M[moment.tracks.class_ids]
            return Spots(moment.pictured, moment.pictured * self._units, metres)
        return Spots(moment.pictured, moment.centres, np.ones(len(moment)))

    def sizes_m(self, moment: Moment) -> NDArray[np.float64]:
        """(N,) metres that the square root of each box's area is across the view; NaN where not
        calibrated. About 2 for a car, 1 for a person.
        """
        plane = self._scene.ground_plane
        if plane is None or not len(moment):
            return np.full(len(moment), np.nan)
        # One picture width along a row of it: towards the horizon the ground is far longer.
        across = plane.jacobian(moment.anchors)[:, :, 0]
        scale = np.hypot(across[:, 0], across[:, 1])
        sizes = self._scene.sizes(moment.tracks.boxes) / self._scene.aspect
        return sizes * np.where(plane.covers(moment.anchors), scale, np.nan)

    def are_things(self, moment: Moment) -> NDArray[np.bool_]:
        """(N,) True for what is too small for a vehicle and is no person and no two-wheeler.

        1.6 m across the view where nothing has named it, 1.3 m where something has called it a
        vehicle: what falls from a lorry keeps the lorry's track. False where not calibrated.
        """
        most = THING_M[moment.tracks.class_ids]
        with np.errstate(invalid="ignore"):
            return np.asarray(self.sizes_m(moment) <= most)

    def around(self, spots: Spots, row: int, metres: float) -> Points:
        """(9, 2) in the picture: where an object stands, and places in a ring around it."""
        reach = metres * float(spots.metres[row])
        return np.concatenate(
            [spots.picture[row : row + 1], self.picture(spots.places[row] + reach * _RING)]
        )

    def places(self, picture: Points) -> Points:
        """(K, 2) in the frame, of (K, 2) places in the picture; NaN where not known."""
        ground = self._scene.ground(picture)
        return picture * self._units if ground is None else ground

    def picture(self, places: Points) -> Points:
        """(K, 2) in the picture, of (K, 2) in the frame."""
        plane = self._scene.ground_plane
        return places / self._units if plane is None else plane.to_image(places)


@dataclass(frozen=True, slots=True, eq=False)
class Road:
    """A lane or carriageway.

    polygon: (V, 2) in the picture. way: along which traffic goes, in the yard's frame; None where
    not drawn.
    """

    id: str
    polygon: Points
    is_lane: bool
    way: Way | None


def roads_of(scene: Scene, yard: Yard) -> list[Road]:
    """Lanes first: what is in a lane is in its carriageway too, and the lane knows more."""
    found: list[Road] = []
    for zone, polygon in zip(scene.geometry.zones, scene.polygons, strict=True):
        if not zone.use.is_road:
            continue
        corners = yard.places(np.asarray(zone.heading, np.float64).reshape(-1, 2))
        corners = corners[np.isfinite(corners).all(1)]
        way = Way(corners) if len(np.unique(corners, axis=0)) > 1 else None
        found.append(Road(zone.id, polygon, zone.use is ZoneUse.LANE, way))
    return sorted(found, key=lambda road: not road.is_lane)


def polygons_of(scene: Scene, *uses: ZoneUse) -> list[Points]:
    """(V, 2) in the picture, of the zones of these uses."""
    zones = zip(scene.geometry.zones, scene.polygons, strict=True)
    return [polygon for zone, polygon in zones if zone.use in uses]


def require_road(scene: Scene, zone: str | None, rule: str) -> None:
    """Raises ConfigError where a rule of this kind names a zone that is no road of the scene."""
    zones = {each.id: each.use for each in scene.geometry.zones}
    if zone is None or (zone in zones and zones[zone].is_road):
        return
    roads = [name for name, use in zones.items() if use.is_road]
    why = "is neither a lane nor a carriageway" if zone in zones else "is not drawn"
    raise ConfigError(
        f"a rule of kind {rule} names the zone {zone!r}, which {why}",
        where="rules",
        remedy=f"Give the zone a use; roads of this scene: {', '.join(roads) or 'none'}",
    )


class Surface:
    """Where on a scene's roads nobody should be who does not drive.

    zone: of one road, None for all. Crossings, footways and parking bays over a road are not part
    of it.
    """

    def __init__(self, scene: Scene, yard: Yard, zone: str | None) -> None:
        self._yard = yard
        roads = roads_of(scene, yard)
        self._ids = [road.id for road in roads]
        self._watched = np.array([zone in (None, road.id) for road in roads], bool)
        self._roads = Outlines([road.polygon for road in roads])
        self._off = Outlines(polygons_of(scene, ZoneUse.FOOTWAY, ZoneUse.PARKING))
        self._crossings = Outlines(polygons_of(scene, ZoneUse.CROSSING))

    def zone_at(self, point: Points) -> str | None:
        """The watched road at a (1, 2) place in the picture; None where there is none."""
        on = np.flatnonzero(self._roads.inside(point)[0] & self._watched)
        return self._ids[on[0]] if len(on) else None

    def holds(self, spots: Spots, row: int, margin_m: float, crossing_m: float) -> bool:
        """Whether an object is on it, ``margin_m`` from its edge and ``crossing_m`` from crossings.

        Edges between lanes are none: what is beside a lane may be another.
        """
        ring = self._yard.around(spots, row, margin_m)
        on = self._roads.inside(ring)
        if not on[0, self._watched].any() or not on.any(1).all() or self._off.inside(ring).any():
            return False
        return not self._crossings.inside(self._yard.around(spots, row, crossing_m)).any()
