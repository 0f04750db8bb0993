"""What stored paths say of a feed's ground and lanes, as an answer. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from wayside.domain.classes import ObjectClass
from wayside.domain.health import ViewShift
from wayside.domain.records import JsonValue
from wayside.domain.scene import CameraPose, Line, Movement, SceneGeometry, Zone
from wayside.domain.tracks import Trajectory
from wayside.scene.automatic import AutomaticCalibration, Undetermined, calibrate
from wayside.scene.grid import grid_of
from wayside.scene.moving import moved
from wayside.scene.posed import PoseEstimate, plane_of
from wayside.scene.proposals import propose
from wayside.serve import shapes
from wayside.serve.records import TimedPath


def trajectories(paths: Sequence[TimedPath]) -> list[Trajectory]:
    """Without any number that could tell two of them apart beyond their order."""
    return [
        Trajectory(
            track=0,
            class_id=int(ObjectClass.from_label(path.class_label)),
            t_s=np.asarray(path.offsets_s, np.float64),
            image=np.asarray(path.points, np.float32).reshape(-1, 2),
            ground=None,
            sizes=np.asarray(path.sizes, np.float32).reshape(-1, 2) if path.sizes else None,
        )
        for path in paths
        if len(path.points) > 1
    ]


def proposed_calibration(
    paths: Sequence[TimedPath], aspect: float
) -> shapes.CalibrationProposalShape:
    found = calibrate(trajectories(paths), aspect)
    if isinstance(found, Undetermined):
        return shapes.CalibrationProposalShape(paths=len(paths), why=found.why, remedy=found.remedy)
    return shapes.CalibrationProposalShape(
        paths=len(paths),
        camera=camera_tree(found.pose),
        scale_error=round(found.scale_error, 4),
        tracks=found.tracks,
        directions=found.directions,
        grid=_grid(SceneGeometry(camera=found.pose), aspect),
    )


def proposed_scene(
    paths: Sequence[TimedPath], geometry: SceneGeometry, aspect: float
) -> shapes.SceneProposalShape:
    """On the ground of the draft, or, where it has none, on one that the paths tell."""
    known = trajectories(paths)
    plane, by = plane_of(geometry, aspect), "calibration"
    found: AutomaticCalibration | Undetermined | None = None
    if plane is None:
        found, by = calibrate(known, aspect), "traffic"
        if isinstance(found, Undetermined):
            return shapes.SceneProposalShape(paths=len(paths), why=found.why, remedy=found.remedy)
        plane = PoseEstimate.of(found.pose).plane(aspect)
    made = propose(known, plane)
    if isinstance(made, Undetermined):
        return shapes.SceneProposalShape(paths=len(paths), why=made.why, remedy=made.remedy)
    return shapes.SceneProposalShape(
        paths=len(paths),
        ground=by,
        zones=[_zone_tree(zone) for zone in made.zones],
        lines=[_line_tree(line) for line in made.lines],
        movements=[_movement_tree(movement) for movement in made.movements],
        support=made.support,
    )


def moved_scene(
    geometry: SceneGeometry, data: Mapping[str, JsonValue], aspect: float
) -> shapes.MovedSceneShape | None:
    """The saved scene where the view of now has it; None where nothing was measured.

    data: of the event ``health.view_moved``, which holds a similarity where one was found.
    """
    keys = ("dx", "dy", "rotation_deg", "scale")
    values = [data.get(key) for key in keys]
    if not all(isinstance(value, int | float) for value in values):
        return None
    dx, dy, rotation_deg, scale = (float(str(value)) for value in values)
    found = moved(geometry, ViewShift(dx, dy, rotation_deg, scale, 1.0, 0.0), aspect)
    return shapes.MovedSceneShape(
        scene=scene_tree(found.geometry),
        lost=list(found.lost),
        shift=dict(zip(keys, (dx, dy, rotation_deg, scale), strict=True)),
    )


def scene_tree(geometry: SceneGeometry) -> dict[str, Any]:
    """As site.yaml takes it."""
    calibration: dict[str, Any] = {
        "points": [{"image": p.image, "ground": p.ground} for p in geometry.control_points],
        "lengths": [{"a": k.start, "b": k.end, "metres": k.metres} for k in geometry.lengths],
    }
    if geometry.camera:
        calibration["camera"] = camera_tree(geometry.camera)
    calibration = {key: value for key, value in calibration.items() if value}
    tree: dict[str, Any] = {
        "anchor": geometry.anchor.value,
        "lines": [_line_tree(line) for line in geometry.lines],
        "zones": [_zone_tree(zone) for zone in geometry.zones],
        "movements": [_movement_tree(movement) for movement in geometry.movements],
        "calibration": calibration,
        "private_zones": [_zone_tree(zone) for zone in geometry.private_zones],
    }
    return {key: value for key, value in tree.items() if value}


def ground_grid(
    geometry: SceneGeometry, aspect: float, step_m: float | None
) -> shapes.GridShape | None:
    """None for a draft that is not calibrated. Raises ConfigError where it fixes no ground."""
    return _grid(geometry, aspect, step_m)


def camera_tree(pose: CameraPose) -> dict[str, Any]:
    """As site.yaml has it."""
    return {
        "focal": round(pose.focal, 4),
        "pitch_deg": round(pose.pitch_deg, 3),
        "roll_deg": round(pose.roll_deg, 3),
        "height_m": round(pose.height_m, 3),
        "focal_sigma": round(pose.focal_sigma, 4),
        "pitch_sigma_deg": round(pose.pitch_sigma_deg, 3),
        "roll_sigma_deg": round(pose.roll_sigma_deg, 3),
        "height_sigma_m": round(pose.height_sigma_m, 3),
        "correlation": list(pose.correlation),
    }


def _grid(
    geometry: SceneGeometry, aspect: float, step_m: float | None = None
) -> shapes.GridShape | None:
    plane = plane_of(geometry, aspect)
    if plane is None:
        return None
    grid = grid_of(plane, step_m)
    known = np.isfinite(grid.scale_error)
    return shapes.GridShape(
        step_m=grid.step_m,
        lines=list(grid.lines),
        scale_error=round(grid.scale_error, 4) if known else None,
        rms_m=plane.rms_m,
    )


def _zone_tree(zone: Zone) -> dict[str, Any]:
    tree: dict[str, Any] = {"id": zone.id, "polygon": zone.polygon, "use": zone.use.value}
    return tree | ({"heading": zone.heading} if zone.heading else {})


def _line_tree(line: Line) -> dict[str, Any]:
    return {"id": line.id, "a": line.start, "b": line.end}


def _movement_tree(movement: Movement) -> dict[str, Any]:
    return {"id": movement.id, "from": movement.origin, "to": movement.destination}
