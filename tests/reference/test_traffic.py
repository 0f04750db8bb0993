"""Traffic on short simulations, against SUMO's own detectors and what was made to happen.

A small part of ``benchmarks/traffic.py``, with room for short recordings: its seeds are not held
out, its floors are what holds today and may only rise.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

if importlib.util.find_spec("libsumo") is None:
    if os.environ.get("WAYSIDE_REQUIRE_DATA") == "1":
        pytest.fail("SUMO is not installed in spite of WAYSIDE_REQUIRE_DATA=1", pytrace=False)
    pytest.skip("SUMO is not installed: pip install eclipse-sumo", allow_module_level=True)

from wayside.scene.scene import Scene
from wayside.testing.sumo.incidents import KINDS, score
from wayside.testing.sumo.judging import lane_volumes, queues, speeds, volumes
from wayside.testing.sumo.noise import Noise, named_sightings
from wayside.testing.sumo.record import record
from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.watching import Watched, watch


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recordings")


@pytest.fixture(scope="module")
def dense(kept: Path) -> Recording:
    return record("motorway_dense", 1, 120.0, folder=kept)


@pytest.fixture(scope="module")
def exact(dense: Recording) -> Watched:
    return watch(dense, Noise.none())


def test_every_vehicle_that_an_exact_detector_sees_is_counted(
    dense: Recording, exact: Watched
) -> None:
    (line,) = volumes(dense, exact)
    assert line.true > 90
    assert abs(line.error) <= max(0.02 * line.true, 1)


def test_lanes_add_up_to_their_line(dense: Recording, exact: Watched) -> None:
    lanes = lane_volumes(dense, exact)
    (line,) = volumes(dense, exact)
    assert len(lanes) == 3
    assert sum(lane.found for lane in lanes) == pytest.approx(line.found, abs=1)


def test_speeds_are_those_of_the_loops(dense: Recording, exact: Watched) -> None:
    (line,) = speeds(dense, exact)
    assert line.found == pytest.approx(line.true, rel=0.02)


def test_queues_before_a_signal_are_those_of_the_lane_areas(kept: Path) -> None:
    recording = record("junction_queue", 1, 180.0, folder=kept)
    compared = queues(recording, watch(recording, Noise.none()))
    assert any(row.true >= 3 for row in compared)
    assert np.mean([row.holds for row in compared]) >= 0.6


@pytest.mark.parametrize("noise", [Noise.none(), Noise()], ids=["exact", "noisy"])
def test_a_wrong_way_driver_is_told_and_nobody_else(kept: Path, noise: Noise) -> None:
    recording = record("motorway_wrong_way", 1, 180.0, folder=kept)
    found = score(recording, watch(recording, noise), "traffic.wrong_way")
    assert (found.true, found.hit, found.false) == (1, 1, [])
    assert max(found.delays_s) < 6.0


def test_a_breakdown_is_told_and_a_signal_is_none(kept: Path) -> None:
    broken = record("motorway_breakdown", 1, 270.0, folder=kept)
    found = score(broken, watch(broken), "traffic.stopped_object")
    assert (found.true, found.hit) == (1, 1)
    assert max(found.delays_s) < 30.0


def test_normal_traffic_raises_no_alarm(dense: Recording) -> None:
    watched = watch(dense)
    for kind in KINDS:
        if kind not in ("traffic.queue", "traffic.congestion"):
            assert score(dense, watched, kind).false == []


def test_the_noise_is_what_it_says(dense: Recording) -> None:
    exact = {t: (d, ids) for t, d, ids in named_sightings(dense, Noise.none())}
    seen = missed = 0
    shifts: list[float] = []
    for t_s, detections, ids in named_sightings(dense, Noise(confusion=0.0, false=0.0)):
        true, true_ids = exact[t_s]
        seen += len(true_ids)
        missed += len(set(true_ids.tolist()) - set(ids.tolist()))
        rows = {name: row for row, name in enumerate(true_ids.tolist())}
        for box, name in zip(detections.boxes, ids.tolist(), strict=True):
            whole = true.boxes[rows[name]]
            if whole.min() > 0.01 and whole.max() < 0.99:
                size = float(np.sqrt((whole[2] - whole[0]) * (whole[3] - whole[1]) * dense.aspect))
                shifts.append(float(box[3] - whole[3]) / size)
    assert missed / seen == pytest.approx(0.1, abs=0.02)
    assert np.std(shifts) == pytest.approx(0.03, abs=0.004)


def test_a_recording_reads_as_it_was_written(dense: Recording, tmp_path: Path) -> None:
    file = tmp_path / "again.npz"
    dense.write(file)
    again = Recording.read(file)
    assert again.truth == dense.truth
    assert again.scene == dense.scene
    assert again.camera == dense.camera
    np.testing.assert_array_equal(again.xy, dense.xy)


def test_the_scene_is_one_that_the_product_takes(dense: Recording) -> None:
    scene = Scene(dense.scene, dense.aspect)
    assert scene.ground_plane is not None
    ground = dense.camera.image_to_ground(scene.line_starts)
    np.testing.assert_allclose(scene.ground_plane.to_ground(scene.line_starts), ground, atol=0.01)
