"""The town as its site.yaml: lines, zone, movements, calibration, exact by construction."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from wayside.domain.geometry import Points
from wayside.domain.scene import ControlPoint, Line, Movement, Zone
from wayside.testing.town.layout import ARMS, Layout
from wayside.testing.town.paths import rotated
from wayside.testing.town.scenario import Scenario

DIGITS = 5
START = "2026-05-04T07:00:00Z"
WEST = 3
PAVEMENT_LINES = (0, 1)
"""Arms whose right-hand pavement has a line."""
CONTROL_GROUND = ((-4.6, -7.5), (4.6, -7.5), (4.6, 10.1), (-4.6, 10.1), (10.1, 4.6), (-10.1, -4.6))
"""Corners of zebra crossings, metres: what one would measure on the spot."""
ARM_LINE_OVERHANG_M = 0.7
"""How far an arm's line reaches onto the pavements."""


def lines_of(scenario: Scenario) -> tuple[Line, ...]:
    """All counting lines, normalised.

    One across each arm, named after it: forward is into the junction. One at a
    kerb of each zebra (``south-zebra``): forward is off the kerb. One across
    two pavements (``south-walk``): forward is towards the junction.
    """
    return tuple(
        _line(scenario, name, ends) for name, ends in ground_lines(scenario.layout).items()
    )


def ground_lines(layout: Layout) -> dict[str, Points]:
    """By name, both ends (2, 2) in metres."""
    half, at = layout.kerb + ARM_LINE_OVERHANG_M, layout.count_line
    kerb = layout.kerb + 0.3
    near, far = layout.zebra_from - 0.4, layout.zebra_to + 0.4
    walk_near, walk_far = layout.kerb + 0.7, layout.kerb + layout.pavement
    walk_at = layout.zebra_to + 1.2
    found = {
        name: rotated(np.array([[half, -at], [-half, -at]]), arm) for arm, name in enumerate(ARMS)
    }
    for arm, name in enumerate(ARMS):
        ends = np.array([[kerb, -near], [kerb, -far]])
        if arm == WEST:  # the far kerb, which turning vehicles do not hide
            ends = np.array([[-kerb, -far], [-kerb, -near]])
        found[f"{name}-zebra"] = rotated(ends, arm)
    for arm in PAVEMENT_LINES:
        ends = np.array([[walk_far, -walk_at], [walk_near, -walk_at]])
        found[f"{ARMS[arm]}-walk"] = rotated(ends, arm)
    return found


def _line(scenario: Scenario, name: str, ground: Points) -> Line:
    a, b = _image(scenario, ground)
    return Line(name, a, b)


def _image(scenario: Scenario, ground: Points) -> list[tuple[float, float]]:
    image = scenario.camera.ground_to_image(ground)
    return [(round(float(x), DIGITS), round(float(y), DIGITS)) for x, y in image]


def zones_of(scenario: Scenario) -> tuple[Zone, ...]:
    """``box``: the middle of the junction, where nobody should stand."""
    half = scenario.layout.kerb
    square = np.array([[-half, -half], [half, -half], [half, half], [-half, half]])
    return (Zone("box", tuple(_image(scenario, square))),)


def movements_of() -> tuple[Movement, ...]:
    """From every arm to every other one."""
    return tuple(
        Movement(f"{origin}-to-{destination}", origin, destination)
        for origin in ARMS
        for destination in ARMS
        if origin != destination
    )


def control_points_of(scenario: Scenario) -> tuple[ControlPoint, ...]:
    """Six places whose position in the picture and on the ground is known."""
    image = _image(scenario, np.array(CONTROL_GROUND))
    return tuple(
        ControlPoint(spot, ground) for spot, ground in zip(image, CONTROL_GROUND, strict=True)
    )


def site_text(scenario: Scenario, source: str = "junction.mp4") -> str:
    """site.yaml for the town's video, which lies at ``source``."""
    rows = [
        "# A synthetic junction: geometry and calibration are exact.",
        "site: demo-junction",
        "feeds:",
        "  - id: junction",
        f"    source: {source}",
        f"    start: {START}",
        "    scene:",
        "      anchor: ground",
        "      lines:",
    ]
    rows += [
        f"        - {{id: {line.id}, a: {_pair(line.start)}, b: {_pair(line.end)}}}"
        for line in lines_of(scenario)
    ]
    rows.append("      zones:")
    rows += [
        f"        - {{id: {zone.id}, polygon: [{', '.join(map(_pair, zone.polygon))}]}}"
        for zone in zones_of(scenario)
    ]
    rows.append("      movements:")
    rows += [
        f"        - {{id: {one.id}, from: {one.origin}, to: {one.destination}}}"
        for one in movements_of()
    ]
    rows += ["      calibration:", "        points:"]
    rows += [
        f"          - {{image: {_pair(point.image)}, ground: {_pair(point.ground)}}}"
        for point in control_points_of(scenario)
    ]
    rows += ["    rules:", "      - {kind: stopped, zone: box, min_stop_s: 60}", ""]
    return "\n".join(rows)


def _pair(point: tuple[float, float]) -> str:
    return f"[{point[0]:g}, {point[1]:g}]"


def write_site(scenario: Scenario, path: Path, source: str = "junction.mp4") -> None:
    """Write site.yaml to ``path``."""
    path.write_text(site_text(scenario, source), encoding="utf-8")
