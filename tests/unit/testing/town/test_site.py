"""site.yaml describes the town that is filmed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from wayside.testing.town import Camera, Scenario, write_site
from wayside.testing.town.site import control_points_of, lines_of, movements_of, zones_of

SCENARIO = Scenario()


def test_lines_keep_clear_of_the_edge() -> None:
    lines = lines_of(SCENARIO)
    assert len({line.id for line in lines}) == len(lines) == 10
    for line in lines:
        for x, y in (line.start, line.end):
            assert 0.06 <= x <= 0.94
            assert 0.06 <= y <= 0.94


def test_control_points_are_exact_and_visible() -> None:
    points = control_points_of(SCENARIO)
    assert len(points) == 6
    image = np.array([point.image for point in points])
    ground = SCENARIO.camera.image_to_ground(image)
    assert ground == pytest.approx(np.array([point.ground for point in points]), abs=2e-3)
    assert ((image > 0) & (image < 1)).all()


def test_a_smaller_picture_has_the_same_site() -> None:
    small = Scenario(camera=Camera(width=320, height=180))
    assert lines_of(small) == lines_of(SCENARIO)


def test_the_file_is_yaml_of_the_agreed_shape(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    write_site(SCENARIO, path, "films/a.mp4")
    site = YAML(typ="safe").load(path)
    assert site["site"] == "demo-junction"
    (feed,) = site["feeds"]
    assert (feed["id"], feed["source"]) == ("junction", "films/a.mp4")
    scene = feed["scene"]
    assert scene["anchor"] == "ground"
    assert [line["id"] for line in scene["lines"]] == [line.id for line in lines_of(SCENARIO)]
    assert scene["lines"][0]["a"] == pytest.approx(lines_of(SCENARIO)[0].start)
    ids = {line["id"] for line in scene["lines"]}
    assert len(scene["movements"]) == len(movements_of()) == 12
    assert all({one["from"], one["to"]} <= ids for one in scene["movements"])
    assert scene["zones"][0]["id"] == zones_of(SCENARIO)[0].id == "box"
    assert len(scene["calibration"]["points"]) == 6
    assert feed["rules"] == [{"kind": "stopped", "zone": "box", "min_stop_s": 60}]
