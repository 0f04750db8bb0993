"""Proposals from stored paths: what an answer holds, and what it never holds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from wayside.config.scene import Scene
from wayside.domain.classes import ObjectClass
from wayside.domain.scene import SceneGeometry
from wayside.domain.tracks import Trajectory
from wayside.serve.proposing import (
    ground_grid,
    moved_scene,
    proposed_calibration,
    proposed_scene,
)
from wayside.serve.records import TimedPath
from wayside.testing.views import paths, views

V1 = "/api/v1"
ASPECT = 16 / 9
START = datetime(2026, 5, 4, 7, tzinfo=UTC)
POINTS = [
    {"image": [0.05, 0.95], "ground": [0.0, 0.0]},
    {"image": [0.95, 0.95], "ground": [14.0, 0.0]},
    {"image": [0.65, 0.30], "ground": [14.0, 30.0]},
    {"image": [0.35, 0.30], "ground": [0.0, 30.0]},
]


def timed(path: Trajectory) -> TimedPath:
    assert path.sizes is not None
    return TimedPath(
        class_label=ObjectClass(path.class_id).label,
        start=START,
        end=START + timedelta(seconds=float(path.t_s[-1] - path.t_s[0])),
        offsets_s=tuple((path.t_s - path.t_s[0]).tolist()),
        points=tuple((float(x), float(y)) for x, y in path.image),
        sizes=tuple((float(w), float(h)) for w, h in path.sizes),
    )


@pytest.fixture(scope="module")
def street() -> list[TimedPath]:
    return [timed(path) for path in paths(views(2)[3], 7, vehicles=80)]


def test_a_proposed_camera_is_what_the_site_file_takes(street: list[TimedPath]) -> None:
    found = proposed_calibration(street, ASPECT)
    assert found.camera is not None
    assert found.scale_error is not None
    assert 0.02 < found.scale_error < 0.2
    scene = Scene.model_validate({"calibration": {"camera": found.camera}})
    assert scene.geometry().camera is not None
    assert found.grid is not None
    assert len(found.grid.lines) > 5


def test_a_proposed_scene_is_what_the_site_file_takes(street: list[TimedPath]) -> None:
    found = proposed_scene(street, SceneGeometry(), ASPECT)
    assert found.why == ""
    assert found.ground == "traffic"
    tree = {
        "zones": tuple(found.zones),
        "lines": tuple(found.lines),
        "movements": tuple(found.movements),
    }
    scene = Scene.model_validate(tree)
    assert [zone.use.value for zone in scene.zones][:2] == ["lane", "lane"]
    assert set(found.support) == {each["id"] for part in tree.values() for each in part}


def test_paths_that_do_not_tell_give_a_reason() -> None:
    assert "are needed" in proposed_calibration([], ASPECT).why
    refused = proposed_scene([], SceneGeometry(), ASPECT)
    assert refused.why
    assert refused.remedy
    assert refused.zones == []


def test_the_grid_of_a_draft_lies_on_its_ground() -> None:
    scene = Scene.model_validate({"calibration": {"points": tuple(POINTS)}})
    grid = ground_grid(scene.geometry(), ASPECT, 5.0)
    assert grid is not None
    assert grid.step_m == 5.0
    near = [line for line in grid.lines if abs(line[0][1] - 0.95) < 1e-3 > abs(line[1][1] - 0.95)]
    assert len(near) == 1
    assert ground_grid(SceneGeometry(), ASPECT, None) is None


def test_a_grid_is_answered_for_a_draft(operator: httpx.Client) -> None:
    path = f"{V1}/feeds/junction/scene/grid"
    drawn = operator.post(path, json={"scene": {"calibration": {"points": POINTS}}}).json()
    assert drawn["grid"]["step_m"] >= 5
    assert operator.post(path, json={"scene": {}}).json() == {"grid": None}
    assert operator.post("/api/v1/feeds/none/scene/grid", json={"scene": {}}).status_code == 404


@pytest.mark.parametrize("what", ["calibration", "scene"])
def test_a_proposal_changes_nothing(operator: httpx.Client, what: str) -> None:
    before = operator.get(f"{V1}/feeds/junction/scene")
    answer = operator.post(f"{V1}/feeds/junction/{what}/propose", json={"minutes": 10})
    assert answer.status_code == 200
    # The made feed keeps no sizes, so its paths do not tell.
    assert answer.json()["why"]
    after = operator.get(f"{V1}/feeds/junction/scene")
    assert (before.json(), before.headers["ETag"]) == (after.json(), after.headers["ETag"])


def test_a_moved_scene_is_what_the_site_file_takes() -> None:
    drawn = Scene.model_validate_json(
        '{"lines": [{"id": "a", "a": [0.2, 0.4], "b": [0.2, 0.8]}],'
        ' "zones": [{"id": "z", "polygon": [[0.3, 0.3], [0.7, 0.3], [0.7, 0.7]]}]}'
    ).geometry()
    measured = {"dx": 0.1, "dy": 0.0, "rotation_deg": 0, "scale": 1.0, "match": 0.4}
    found = moved_scene(drawn, measured, ASPECT)
    assert found is not None
    scene = Scene.model_validate_json(json.dumps(found.scene))
    assert scene.lines[0].a == (0.3, 0.4)
    assert moved_scene(drawn, {"match": 0.1}, ASPECT) is None


def test_a_view_that_has_not_moved_moves_no_scene(operator: httpx.Client) -> None:
    assert operator.post(f"{V1}/feeds/junction/view/propose").status_code == 409
