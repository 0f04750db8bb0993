"""The scene that a user would have drawn: lines and zones of a running simulation's roads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon, box
from shapely.ops import unary_union

from wayside.domain.geometry import Points
from wayside.domain.scene import (
    XY,
    ControlPoint,
    Line,
    Movement,
    SceneGeometry,
    Zone,
    ZoneUse,
)
from wayside.testing.sumo.demand import position_m
from wayside.testing.sumo.lanes import beside, even, section
from wayside.testing.sumo.network import Edge
from wayside.testing.sumo.scenario import Scenario
from wayside.testing.sumo.simulation import crosswalk_zone, inner_edges, lane_lengths, sumo
from wayside.testing.town.camera import Camera

_PICTURE = box(0.002, 0.002, 0.998, 0.998)
_SMALLEST = 2e-4  # of the picture's area
_CONTROL = ((0.08, 0.95), (0.92, 0.95), (0.5, 0.7), (0.1, 0.55), (0.9, 0.55), (0.5, 0.45))
_FARTHEST_M = 150.0


def outlines(scenario: Scenario) -> SceneGeometry:
    """Needs the simulation to run. What the picture cuts is drawn as far as it shows."""
    lengths = lane_lengths()
    camera = scenario.camera
    lines = [
        _line(
            camera,
            line.id,
            scenario.network.edge(line.edge),
            position_m(line.at_m, lengths[line.edge]),
        )
        for line in scenario.lines
    ]
    zones = [
        *_roads(scenario, lengths),
        *_insides(scenario),
        *_crosswalks(camera),
        *_footways(scenario),
        *_parking(scenario),
    ]
    return SceneGeometry(
        lines=tuple(lines),
        zones=tuple(zone for zone in zones if zone is not None),
        movements=tuple(Movement(f"{a}-{b}", a, b) for a, b in scenario.movements),
        control_points=control_points(camera),
    )


def control_points(camera: Camera) -> tuple[ControlPoint, ...]:
    """Six places of the picture whose place on the ground the camera tells exactly."""
    points: list[ControlPoint] = []
    for image in _CONTROL:
        x, y = image
        while True:
            ground = camera.image_to_ground(np.array([[x, y]]))[0]
            away = float(np.hypot(*(ground - camera.centre[:2])))
            ahead = camera.depth_m(np.array([*ground, 0.0])) > 0
            if (ahead and away < _FARTHEST_M) or y > 0.9:
                break
            y += 0.02
        points.append(ControlPoint((x, y), (float(ground[0]), float(ground[1]))))
    return tuple(points)


def _line(camera: Camera, name: str, edge: Edge, at_m: float) -> Line:
    """From the right kerb to the left, so that the edge's traffic goes forward."""
    right, left = edge.lane_id(0), edge.lane_id(edge.lanes - 1)
    start = beside(right, at_m, -sumo.lane.getWidth(right) / 2 - 0.3)
    end = beside(left, at_m, sumo.lane.getWidth(left) / 2 + 0.3)
    image = camera.ground_to_image(np.array([start, end]))
    if not (image > 0).all() or not (image < 1).all():
        raise ValueError(f"line {name} is not in the picture: {image.round(2).tolist()}")
    return Line(name, _pair(image[0]), _pair(image[1]))


def _roads(scenario: Scenario, lengths: dict[str, float]) -> list[Zone | None]:
    zones: list[Zone | None] = []
    for area in scenario.areas:
        edge = scenario.network.edge(area.edge)
        end_m = lengths[edge.id] - area.before_end_m
        start_m = max(end_m - area.length_m, 0.0)
        lanes = [section(edge.lane_id(lane), start_m, end_m) for lane in range(edge.lanes)]
        for number, (middle, width) in enumerate(lanes):
            name = f"{area.id}_{number}"
            zones.append(_strip(scenario.camera, name, middle, width, ZoneUse.LANE))
        width = sum(width for _, width in lanes)
        centre = np.mean([even(middle) for middle, _ in lanes], axis=0)
        zones.append(_strip(scenario.camera, area.id, centre, width, ZoneUse.CARRIAGEWAY))
    return zones


def _insides(scenario: Scenario) -> list[Zone | None]:
    return [
        _zone(
            scenario.camera,
            f"inside_{node}",
            _road_of(node),
            ZoneUse.CARRIAGEWAY,
        )
        for node in scenario.inside_nodes
    ]


def _road_of(node: str) -> Polygon:
    """A junction without its corners, on which people wait and turn: SUMO counts them as part of
    it, somebody who draws a carriageway would not.
    """
    corners = [
        Polygon(sumo.lane.getShape(f"{edge}_0")).buffer(0) for edge in inner_edges("w", node)
    ]
    road = Polygon(sumo.junction.getShape(node)).buffer(0).difference(unary_union(corners))
    parts = [road] if road.geom_type == "Polygon" else list(road.geoms)
    return max(parts, key=lambda part: part.area)


def _crosswalks(camera: Camera) -> list[Zone | None]:
    zones: list[Zone | None] = []
    for edge in inner_edges("c"):
        lane = f"{edge}_0"
        shape = LineString(sumo.lane.getShape(lane))
        strip = shape.buffer(sumo.lane.getWidth(lane) / 2, cap_style="flat")
        zones.append(_zone(camera, crosswalk_zone(edge), strip, ZoneUse.CROSSING))
    return zones


def _footways(scenario: Scenario) -> list[Zone | None]:
    zones: list[Zone | None] = []
    for edge in scenario.network.edges:
        if not edge.footway_m:
            continue
        lane = f"{edge.id}_0"
        middle, width = section(lane, 0.0, sumo.lane.getLength(lane))
        zone = _strip(scenario.camera, f"foot_{edge.id}", middle, width, ZoneUse.FOOTWAY)
        zones.append(zone)
    return zones


def _parking(scenario: Scenario) -> list[Zone | None]:
    zones: list[Zone | None] = []
    for place in scenario.parking:
        lane = scenario.network.edge(place.edge).lane_id(0)
        offset = -(sumo.lane.getWidth(lane) + 2.6) / 2
        corners = [beside(lane, at, offset) for at in (place.from_m, place.to_m)]
        strip = LineString(corners).buffer(1.5, cap_style="flat")
        zones.append(_zone(scenario.camera, place.id, strip, ZoneUse.PARKING))
    return zones


def _strip(camera: Camera, name: str, middle: Points, width: float, use: ZoneUse) -> Zone | None:
    shape = LineString(middle).buffer(width / 2, cap_style="flat", join_style="mitre")
    heading = () if use is ZoneUse.FOOTWAY else tuple(map(tuple, middle))
    return _zone(camera, name, shape, use, heading)


def _zone(
    camera: Camera, name: str, shape: Polygon, use: ZoneUse, heading: tuple[XY, ...] = ()
) -> Zone | None:
    """None where the picture shows nothing of it."""
    shape = shape.intersection(_view(camera))
    if shape.is_empty or shape.geom_type != "Polygon":
        return None
    image = camera.ground_to_image(np.asarray(shape.exterior.coords)[:-1])
    shown = Polygon(image).intersection(_PICTURE)
    if shown.geom_type != "Polygon" or shown.area < _SMALLEST:
        return None
    way: tuple[XY, ...] = ()
    if heading:
        seen = LineString(heading).intersection(_view(camera))
        if seen.geom_type != "LineString" or seen.is_empty:
            return None
        line = LineString(camera.ground_to_image(np.asarray(seen.coords))).intersection(_PICTURE)
        if line.geom_type != "LineString" or line.is_empty:
            return None
        way = tuple(_pair(point) for point in np.asarray(line.coords))
    corners = np.asarray(shown.simplify(1e-5).exterior.coords)[:-1]
    return Zone(name, tuple(_pair(corner) for corner in corners), use, way)


def _view(camera: Camera) -> Polygon:
    """The ground ahead of the lens, up to where things are dots."""
    yaw = np.radians(camera.yaw_deg)
    ahead = np.array([np.cos(yaw), np.sin(yaw)])
    side = np.array([-ahead[1], ahead[0]])
    # Straight below a steep camera the ground is ahead of the lens too.
    near = camera.centre[:2] + ahead * max(
        0.5, 2.0 - camera.height_m * np.tan(np.radians(camera.pitch_deg))
    )
    far = near + ahead * _FARTHEST_M
    return Polygon([near + side * 300, near - side * 300, far - side * 300, far + side * 300])


def _pair(point: NDArray[np.float64]) -> XY:
    return float(point[0]), float(point[1])
