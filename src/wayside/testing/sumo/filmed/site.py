"""site.yaml of a filmed recording: its scene, and every rule that is asked there."""

from __future__ import annotations

import json
from typing import Any

from wayside.analyze.rules import KINDS
from wayside.domain.scene import SceneGeometry
from wayside.testing.sumo.recording import Recording

DIGITS = 5
START = "2026-05-04T07:00:00Z"


def site_text(recording: Recording, source: str) -> str:
    """YAML, as JSON, which it contains."""
    feed = {
        "id": recording.name.replace("_", "-"),
        "source": source,
        "start": START,
        "scene": _scene(recording.scene),
        "rules": rules_for(recording.scene, motorway="motorway" in recording.name),
    }
    return json.dumps({"site": "reference", "feeds": [feed]}, indent=1) + "\n"


def rules_for(scene: SceneGeometry, *, motorway: bool) -> list[dict[str, Any]]:
    """Whoever stands, drives or walks where that must not be; defaults otherwise.

    motorway: nobody rides a bicycle there, and no signal holds anybody up.
    """
    classes = ["person", "bicycle"] if motorway else ["person"]
    rules: list[dict[str, Any]] = [
        {"kind": "stopped", **({"longest_red_s": 0} if motorway else {})},
        {"kind": "wrong_way"},
        {"kind": "on_carriageway", "classes": classes},
        *({"kind": kind} for kind in ("collision",) if kind in KINDS),
    ]
    return rules if any(zone.use.is_road for zone in scene.zones) else rules[:1]


def _scene(scene: SceneGeometry) -> dict[str, Any]:
    return {
        "anchor": str(scene.anchor),
        "lines": [{"id": v.id, "a": _pair(v.start), "b": _pair(v.end)} for v in scene.lines],
        "zones": [
            {
                "id": v.id,
                "polygon": [_pair(corner) for corner in v.polygon],
                "use": str(v.use),
                "heading": [_pair(point) for point in v.heading],
            }
            for v in scene.zones
        ],
        "movements": [{"id": v.id, "from": v.origin, "to": v.destination} for v in scene.movements],
        "calibration": {
            "points": [
                {"image": _pair(v.image), "ground": [round(x, 4) for x in v.ground]}
                for v in scene.control_points
            ]
        },
    }


def _pair(point: tuple[float, float]) -> list[float]:
    return [round(float(v), DIGITS) for v in point]
