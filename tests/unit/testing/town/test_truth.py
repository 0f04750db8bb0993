"""The truth is true: of the geometry, of the pictures, and of what physically happened."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from wayside.domain.geometry import crossings
from wayside.domain.scene import Direction
from wayside.testing.town import Town, Truth, truth_of
from wayside.testing.town.layout import ARMS
from wayside.testing.town.paths import rotated
from wayside.testing.town.truth import _Course


def test_the_anchor_and_the_footprint_cross_the_same_lines(busy: Town) -> None:
    truth = truth_of(busy)
    by_anchor = sorted((c.track, c.line, c.direction) for c in truth.crossings)
    assert len(by_anchor) > 150
    assert len(set(by_anchor)) == len(by_anchor), "somebody crossed the same line twice"
    camera, fps = busy.scenario.camera, truth.fps
    physical = []
    for one in busy.travellers:
        instants = np.arange(truth.frame_count) / fps
        instants = instants[(instants >= one.t_s[0]) & (instants <= one.t_s[-1])]
        ground = one.poses(instants)[:, :2]
        seen = ground[camera.depth_m(np.column_stack([ground, np.zeros(len(ground))])) > 3.0]
        image = camera.ground_to_image(seen)
        for line in truth.lines:
            way, _ = crossings(np.array(line.start), np.array(line.end), image[:-1], image[1:])
            physical += [
                (one.track, line.id, Direction.FORWARD if d > 0 else Direction.BACKWARD)
                for d in way[way != 0]
            ]
    differing = set(by_anchor) ^ set(physical)
    # Only who is between anchor and centre at the first or last picture may differ.
    assert len(differing) <= 2


def test_vehicles_cross_arms_and_people_cross_zebras(busy: Town) -> None:
    for crossing in truth_of(busy).crossings:
        assert (crossing.line in ARMS) == (crossing.object_class.group != "person")


def test_forward_is_into_the_junction(busy: Town) -> None:
    truth = truth_of(busy)
    inward = dict.fromkeys(ARMS, 0)
    for crossing in truth.crossings:
        if crossing.line not in ARMS:
            continue
        one = busy.travellers[crossing.track]
        before, after = one.poses(np.array([crossing.t_s - 0.1, crossing.t_s + 0.1]))[:, :2]
        outward = rotated(np.array([[0.0, -1.0]]), ARMS.index(crossing.line))[0]
        approaches = bool((after - before) @ outward < 0)
        assert approaches == (crossing.direction is Direction.FORWARD)
        inward[crossing.line] += approaches
    assert min(inward.values()) > 3


def test_boxes_are_inside_the_picture_and_follow_the_ground(town: Town, truth: Truth) -> None:
    camera = town.scenario.camera
    assert truth.tracks
    for track in truth.tracks:
        assert (track.boxes >= 0).all()
        assert (track.boxes <= 1).all()
        assert (track.boxes[:, 2:] > track.boxes[:, :2]).all()
        assert (np.diff(track.frames) >= 1).all()
        whole = ((track.boxes > 0.001) & (track.boxes < 0.999)).all(1)
        spots = camera.ground_to_image(track.ground[whole])
        boxes = track.boxes[whole]
        assert (spots[:, 0] > boxes[:, 0]).all()
        assert (spots[:, 0] < boxes[:, 2]).all()
        assert (spots[:, 1] < boxes[:, 3] + 0.012).all()


def test_a_picture_lists_exactly_who_is_in_it(truth: Truth) -> None:
    frame = truth.frame(100)
    assert frame.t_s == pytest.approx(8.0)
    expected = [track.track for track in truth.tracks if 100 in track.frames]
    assert frame.tracks.tolist() == expected
    assert frame.boxes.shape == (len(expected), 4)
    assert frame.ground.shape == (len(expected), 2)
    assert len(frame.class_ids) == len(frame.speed_mps) == len(expected) > 0
    with pytest.raises(IndexError):
        truth.frame(truth.frame_count)


def test_totals_add_up(busy: Town) -> None:
    truth = truth_of(busy)
    assert set(truth.totals()) == {"vehicle", "two_wheeler", "person"}
    assert sum(truth.totals().values()) == len(truth.crossings)
    times = [crossing.t_s for crossing in truth.crossings]
    assert times == sorted(times)


def test_speeds_at_the_lines_are_those_of_the_objects(busy: Town) -> None:
    for crossing in truth_of(busy).crossings:
        pose = busy.travellers[crossing.track].poses(np.array([crossing.t_s]))[0]
        assert crossing.speed_mps == pytest.approx(pose[3], abs=0.1)


def test_the_file_says_the_same(truth: Truth, tmp_path: Path) -> None:
    path = tmp_path / "truth.json"
    truth.write(path)
    read = json.loads(path.read_text())
    assert read["fps"] == 12.5
    assert read["frames"] == 250
    assert read["totals"] == truth.totals()
    assert len(read["crossings"]) == len(truth.crossings)
    assert {line["id"] for line in read["lines"]} >= set(ARMS)
    first, own = read["tracks"][0], truth.tracks[0]
    assert first["class"] == own.object_class.label
    assert first["frames"] == own.frames.tolist()
    assert np.array(first["boxes"]) == pytest.approx(own.boxes, abs=1e-4)


def test_a_swinging_leg_does_not_cross_twice(town: Town) -> None:
    """Somebody who walks to a line and sways over it is counted when it stays beyond."""
    course = _Course.of(town.travellers[0], town.scenario.camera, 12.5, 250)
    assert course is not None
    steps = np.zeros(len(course.frames) - 1, np.int8)
    steps[[5, 7, 8]] = (1, -1, 1)
    assert course._settled(steps) == [8]
    steps[:] = 0
    steps[[5, 9]] = (1, -1)
    assert course._settled(steps) == []
    steps[[5, 9]] = 0
    steps[[5, 25]] = (1, -1)
    assert course._settled(steps) == [5, 25]
