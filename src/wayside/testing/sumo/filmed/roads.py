"""What lies on the ground of a scenario: netconvert's network as outlines in metres."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from shapely.geometry import LineString, Polygon
from shapely.ops import unary_union

from wayside.testing.sumo.network import Network, build

LANE_M = 3.2
"""SUMO's, where the network says nothing."""
MARK_M = 0.14
STOP_M = 0.45
VERGE_M = 0.35
"""Asphalt beyond the outer lanes' borders."""
SHOULDER_M = 2.2
"""The same where no footway runs beside the road."""


@dataclass(frozen=True, slots=True)
class Strip:
    """One lane: its middle line in the way of traffic, and its width."""

    edge: str
    index: int
    middle: LineString
    width_m: float
    for_people: bool

    def outline(self, more_m: float = 0.0) -> Polygon:
        return self.middle.buffer(self.width_m / 2 + more_m, cap_style="flat", join_style="mitre")


@dataclass(frozen=True, slots=True)
class Roads:
    """asphalt, pavement, crosswalks: outlines. dashed, solid: lines of paint. stops: bars.

    zebras: middle lines of crosswalks, with their widths.
    """

    asphalt: Polygon
    pavement: Polygon
    crosswalks: Polygon
    dashed: tuple[LineString, ...]
    solid: tuple[LineString, ...]
    stops: tuple[LineString, ...]
    zebras: tuple[tuple[LineString, float], ...]


def roads_of(network: Network) -> Roads:
    """Runs netconvert. Raises OutputError where that fails."""
    with tempfile.TemporaryDirectory() as folder:
        tree = ET.parse(build(network, Path(folder)))  # noqa: S314 (our own file)
    root = tree.getroot()
    kinds: dict[str, list[Strip]] = {"normal": [], "crossing": [], "walkingarea": []}
    corners: list[Polygon] = []
    for edge in root.iter("edge"):
        kind = edge.get("function", "normal")
        if kind == "walkingarea":
            corners += [Polygon(_points(lane)) for lane in edge.iter("lane")]
        elif kind in kinds:
            kinds[kind] += [_strip(str(edge.get("id")), lane) for lane in edge.iter("lane")]
    driven = [strip for strip in kinds["normal"] if not strip.for_people]
    walked = [strip for strip in kinds["normal"] if strip.for_people]
    insides = [
        Polygon(_points(node)).buffer(0)
        for node in root.iter("junction")
        if len(_points(node)) > 2 and node.get("type") not in ("internal", "dead_end")
    ]
    zebras = tuple((strip.middle, strip.width_m) for strip in kinds["crossing"])
    crosswalks = unary_union([strip.outline() for strip in kinds["crossing"]])
    verge = VERGE_M if walked else SHOULDER_M
    asphalt = unary_union([*(s.outline(verge) for s in driven), *insides])
    footways = [strip.outline() for strip in walked]
    pavement = unary_union([*footways, *(corner.buffer(0) for corner in corners)])
    signals = {str(n.get("id")) for n in root.iter("junction") if n.get("type") == "traffic_light"}
    ends = {str(edge.get("id")): str(edge.get("to")) for edge in root.iter("edge")}
    borders = [_borders(strip, driven) for strip in driven]
    return Roads(
        asphalt,
        pavement,
        crosswalks,
        tuple(line for dashed, _ in borders for line in dashed),
        tuple(line for _, solid in borders for line in solid),
        tuple(_stop(strip) for strip in driven if ends[strip.edge] in signals),
        zebras,
    )


def _strip(edge: str, lane: ET.Element) -> Strip:
    people = lane.get("allow") == "pedestrian"
    width_m = float(lane.get("width", LANE_M))
    return Strip(edge, int(lane.get("index", 0)), LineString(_points(lane)), width_m, people)


def _points(element: ET.Element) -> list[tuple[float, float]]:
    rows = [text.split(",")[:2] for text in str(element.get("shape", "")).split()]
    return [(float(x), float(y)) for x, y in rows]


def _borders(strip: Strip, driven: list[Strip]) -> tuple[list[LineString], list[LineString]]:
    """Dashed and solid lines at the borders of one lane; a lane's left border is drawn by it."""
    same = {other.index for other in driven if other.edge == strip.edge}
    half = strip.width_m / 2
    left = strip.middle.offset_curve(half)
    between = strip.index + 1 in same
    dashed, solid = ([left], []) if between else ([], [left])
    if strip.index == min(same):
        solid = [*solid, strip.middle.offset_curve(-half)]
    return dashed, solid


def _stop(strip: Strip) -> LineString:
    """Across the lane at its end."""
    (x0, y0), (x1, y1) = strip.middle.coords[-2], strip.middle.coords[-1]
    length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-6)
    ux, uy, half = (x1 - x0) / length, (y1 - y0) / length, strip.width_m / 2
    x, y = x1 - ux * STOP_M, y1 - uy * STOP_M
    return LineString([(x - uy * half, y + ux * half), (x + uy * half, y - ux * half)])
