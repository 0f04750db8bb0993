"""The forms that a calibration may take in site.yaml."""

import json

import numpy as np
import pytest

from wayside.config.load import parse_site
from wayside.config.problems import SiteInvalid
from wayside.domain.feeds import FeedSpec, SourceKind, SourceSpec
from wayside.domain.scene import CameraPose, KnownLength
from wayside.fleet.codec import feed_from_json, feed_to_json
from wayside.scene.posed import plane_of

HEAD = "site: s\nfeeds:\n  - id: f\n    source: f.mp4\n    scene:\n      calibration:\n"
CAMERA = """\
        camera: {focal: 1.1, pitch_deg: 18, height_m: 8, focal_sigma: 0.05, pitch_sigma_deg: 0.8,
                 roll_sigma_deg: 0.3, height_sigma_m: 0.3, correlation: [0.6, 0, 0, 0, 0.5, 0]}
"""
MAP = """\
        points:
          - {image: [0.05, 0.95], map: {lat: 45.0, lon: 9.0}}
          - {image: [0.95, 0.95], map: {lat: 45.0, lon: 9.000177}}
          - {image: [0.65, 0.30], map: {lat: 45.00027, lon: 9.000177}}
          - {image: [0.35, 0.30], map: {lat: 45.00027, lon: 9.0}}
"""
LENGTHS = """\
        lengths:
          - {a: [0.4, 0.6], b: [0.45, 0.7], metres: 3}
"""


def feed_of(calibration):
    return parse_site(HEAD + calibration, env={}).feeds[0]


def refusal(calibration):
    with pytest.raises(SiteInvalid) as caught:
        feed_of(calibration)
    return caught.value.problems[0]


def test_map_points_become_metres_east_and_north():
    points = feed_of(MAP).geometry().control_points
    ground = np.array([point.ground for point in points])
    assert ground[1] - ground[0] == pytest.approx([13.96, 0.0], abs=0.02)
    assert ground[3] - ground[0] == pytest.approx([0.0, 30.0], abs=0.02)


def test_a_camera_becomes_a_pose_and_a_plane():
    geometry = feed_of(CAMERA).geometry()
    assert geometry.camera == CameraPose(
        1.1, 18.0, 0.0, 8.0, 0.05, 0.8, 0.3, 0.3, (0.6, 0.0, 0.0, 0.0, 0.5, 0.0)
    )
    assert geometry.is_calibrated
    assert plane_of(geometry, 16 / 9).to_ground(np.array([[0.5, 0.5]])) == pytest.approx(
        np.array([[8 / np.tan(np.radians(18)), 0.0]])
    )


def test_a_camera_and_a_length_go_together():
    geometry = feed_of(CAMERA + LENGTHS).geometry()
    assert geometry.lengths == (KnownLength((0.4, 0.6), (0.45, 0.7), 3.0),)


@pytest.mark.parametrize("calibration", [CAMERA + LENGTHS, MAP])
def test_every_form_reaches_a_worker_whole(calibration):
    feed = FeedSpec("f", SourceSpec(SourceKind.FILE, "f.mp4"), feed_of(calibration).geometry())
    assert feed_from_json(json.loads(json.dumps(feed_to_json(feed)))) == feed


def test_one_length_alone_is_too_few():
    assert "do not say how the ground leans" in refusal(LENGTHS).what


def test_points_and_a_camera_are_one_too_many():
    assert "given twice" in refusal(MAP + CAMERA).what


def test_points_half_on_the_map_are_refused():
    mixed = MAP.replace("map: {lat: 45.0, lon: 9.0}", "ground: [0, 0]")
    assert "some points are on the map" in refusal(mixed).what


@pytest.mark.parametrize("place", ["", ", ground: [0, 0], map: {lat: 45, lon: 9}"])
def test_a_point_has_one_place(place):
    rows = MAP.replace(", map: {lat: 45.0, lon: 9.0}", place)
    assert "its place on the ground, once" in refusal(MAP + rows.partition("points:\n")[2]).what


def test_a_calibration_that_says_nothing_is_refused():
    assert "says nothing" in refusal("        {}\n").what
