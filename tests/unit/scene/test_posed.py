"""The ground from a camera's pose and from known lengths, against cameras known exactly."""

import dataclasses

import numpy as np
import pytest

from wayside.domain.scene import CameraPose, ControlPoint, KnownLength, SceneGeometry
from wayside.scene.checks import geometry_problems
from wayside.scene.pinhole import Pinhole
from wayside.scene.posed import PoseEstimate, estimate_of, ground_of, plane_of, pose_problem

ASPECT = 16 / 9
TRUE = {"focal": 1.1, "pitch_deg": 12.0, "roll_deg": 1.0, "height_m": 7.5}
POSE = CameraPose(
    **TRUE, focal_sigma=0.05, pitch_sigma_deg=0.8, roll_sigma_deg=0.3, height_sigma_m=0.4
)
PLACES = np.array([(0.3, 0.9), (0.7, 0.85), (0.45, 0.5), (0.55, 0.45), (0.2, 0.6)])


@pytest.fixture
def camera():
    return Pinhole.posed(ASPECT, **TRUE)


def lengths_of(camera, pairs, rng=None):
    """Known lengths between pairs of ground places; with ``rng`` clicked with a small error."""
    found = []
    for pair in pairs:
        ground = np.asarray(pair, float)
        ends = camera.project(np.column_stack([ground, np.zeros(2)]))
        if rng is not None:
            ends = ends + rng.normal(scale=0.001, size=(2, 2)) * (1, ASPECT)
        a, b = map(tuple, ends.tolist())
        found.append(KnownLength(a, b, float(np.hypot(*(ground[1] - ground[0])))))
    return tuple(found)


PAIRS = [
    ((17, -3), (17, 3)),
    ((17, 2), (24, 2)),
    ((25, -4), (25, 4)),
    ((25, -2), (34, -2)),
    ((40, -3), (40, 3)),
    ((38, 0), (50, 0)),
]


def test_a_pose_puts_the_ground_where_its_rays_meet_it(camera):
    plane = plane_of(SceneGeometry(camera=POSE), ASPECT)
    assert plane.to_ground(PLACES) == pytest.approx(ground_of(camera, PLACES))
    assert plane.to_image(plane.to_ground(PLACES)) == pytest.approx(PLACES)
    assert np.isnan(plane.to_ground(np.array([(0.5, 0.01)]))).all()
    assert plane.covers(PLACES).all()
    assert plane.pinhole().focal == pytest.approx(1.1)


def test_its_errors_are_those_of_poses_drawn_from_its_sigmas():
    estimate = PoseEstimate.of(
        dataclasses.replace(POSE, correlation=(0.6, 0.0, 0.3, 0.0, 0.5, 0.1))
    )
    plane = estimate.plane(ASPECT)
    drawn = np.random.default_rng(3).multivariate_normal(estimate.values, estimate.covariance, 800)
    planes = [PoseEstimate(values, estimate.covariance).plane(ASPECT) for values in drawn]
    start, end = PLACES[:1], PLACES[2:3]
    lengths = [np.hypot(*(p.to_ground(end) - p.to_ground(start))[0]) for p in planes]
    told = plane.distance_sigma_m(plane.to_ground(start), plane.to_ground(end))[0]
    assert told == pytest.approx(np.std(lengths), rel=0.15)
    places = np.array([p.to_ground(end)[0] for p in planes])
    worst = np.sqrt(np.linalg.eigvalsh(np.cov(places.T))[1])
    assert plane.position_sigma_m(end)[0] == pytest.approx(worst, rel=0.2)


def test_a_pose_comes_back_from_its_estimate():
    pose = dataclasses.replace(POSE, correlation=(0.6, 0.0, 0.3, -0.2, 0.5, 0.1))
    assert dataclasses.astuple(PoseEstimate.of(pose).pose())[:8] == pytest.approx(
        dataclasses.astuple(pose)[:8]
    )
    assert PoseEstimate.of(pose).pose().correlation == pytest.approx(pose.correlation)


def test_lengths_alone_fix_scale_and_tilt_within_what_they_say(camera):
    inside = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        geometry = SceneGeometry(lengths=lengths_of(camera, PAIRS, rng))
        assert pose_problem(geometry, ASPECT) is None
        plane = plane_of(geometry, ASPECT)
        (other,) = lengths_of(camera, [((15, -2), (30, 2))])
        ends = plane.to_ground(np.array([other.start, other.end]))
        measured = np.hypot(*(ends[1] - ends[0]))
        assert measured == pytest.approx(other.metres, rel=0.1)
        sigma = plane.distance_sigma_m(ends[:1], ends[1:])[0]
        inside += abs(measured - other.metres) < 1.96 * sigma
    assert inside >= 17


def test_one_length_sharpens_the_scale_of_a_camera(camera):
    loose = dataclasses.replace(POSE, height_m=8.4, height_sigma_m=0.9, pitch_sigma_deg=0.1)
    before = estimate_of(SceneGeometry(camera=loose), ASPECT)
    lengths = lengths_of(camera, PAIRS[2:3])
    after = estimate_of(SceneGeometry(camera=loose, lengths=lengths), ASPECT)
    assert np.exp(after.values[3]) == pytest.approx(7.5, rel=0.02)
    assert after.covariance[3, 3] < before.covariance[3, 3] / 4


def test_too_few_lengths_and_contradicting_ones_are_refused_with_a_reason(camera):
    two = SceneGeometry(lengths=lengths_of(camera, PAIRS[:2]))
    assert "2 known lengths alone" in geometry_problems(two)[0].what
    lengths = list(lengths_of(camera, PAIRS))
    lengths[2] = dataclasses.replace(lengths[2], metres=80.0)
    (problem,) = geometry_problems(SceneGeometry(lengths=tuple(lengths)))
    assert "contradicts" in problem.what
    assert problem.place == "lengths"


def test_points_and_a_camera_together_are_refused(camera):
    both = SceneGeometry(camera=POSE, lengths=lengths_of(camera, PAIRS))
    assert geometry_problems(both) == []
    point = ControlPoint((0.5, 0.5), (0.0, 0.0))
    (problem, *_) = geometry_problems(dataclasses.replace(both, control_points=(point,) * 4))
    assert problem.place in ("control_points", "control_points[0]")


def test_a_length_in_the_sky_is_no_crash(camera):
    sky = KnownLength((0.2, 0.02), (0.8, 0.02), 10.0)
    lengths = (*lengths_of(camera, PAIRS), sky)
    assert geometry_problems(SceneGeometry(lengths=lengths))
