"""Footprints and their motion, from exact and noisy boxes of cuboids that drive over the ground."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest

from wayside.analyze.traffic.motion import Motion
from wayside.domain.classes import ObjectClass
from wayside.domain.scene import ControlPoint, SceneGeometry
from wayside.domain.tracks import Tracks
from wayside.scene.pinhole import Pinhole
from wayside.scene.scene import Scene

ASPECT = 16 / 9
CAMERAS = {
    "mast": Pinhole.posed(ASPECT, focal=0.9, height_m=8, pitch_deg=20, yaw_deg=90),
    "high": Pinhole.posed(ASPECT, focal=1.2, height_m=15, pitch_deg=30, yaw_deg=90),
    "low": Pinhole.posed(ASPECT, focal=0.8, height_m=5, pitch_deg=14, yaw_deg=90),
}
WAYS = {
    "approaching": (2.0, 55.0, -np.pi / 2),
    "receding": (2.0, 16.0, np.pi / 2),
    "crossing": (-14.0, 25.0, 0.0),
    "slanting": (-14.0, 40.0, -np.pi / 4),
}
CAR, BUS = (4.8, 1.75, 1.55), (11.5, 2.55, 3.2)


@dataclass
class Seen:
    """What was true and what was found, at each instant from 1.5 s on."""

    places: np.ndarray
    moments: list


def scene_of(camera):
    inverse = np.linalg.inv(camera.to_image())
    points = []
    for u, v in product((0.1, 0.5, 0.9), (0.4, 0.65, 0.95)):
        x, y, depth = inverse @ [u, v, 1.0]
        points.append(ControlPoint((u, v), (x / depth, y / depth)))
    return Scene(SceneGeometry(control_points=tuple(points)), ASPECT)


def box_of(camera, centre, angle, size):
    along = np.array([np.cos(angle), np.sin(angle)])
    left = np.array([-along[1], along[0]])
    corners = [
        [*(centre + x * size[0] * along + y * size[1] * left), z * size[2]]
        for x, y, z in product((-0.5, 0.5), (-0.5, 0.5), (0.0, 1.0))
    ]
    flat = camera.project(np.array(corners))
    return np.concatenate([flat.min(0), flat.max(0)])


def tracks_of(t_s, box, kind, *, observed=True, ended=()):
    one = np.ones(1, np.float32)
    return Tracks(
        t_s,
        np.array([7], np.int64),
        np.array([box], np.float32),
        np.array([kind], np.int8),
        one,
        one,
        np.zeros((1, 2), np.float32),
        np.ones(1, bool),
        np.array([observed]),
        np.array([t_s], np.float32),
        np.array(ended, np.int64),
    )


def drive(camera, way, size, kind, *, speed=10.0, rate=5.0, noise=0.0, miss=0.0, seed=0):
    """Until it leaves the picture or 4 s have passed."""
    chance = np.random.default_rng(seed)
    motion = Motion(scene_of(camera))
    x, y, angle = way
    along = np.array([np.cos(angle), np.sin(angle)])
    seen = Seen(np.empty((0, 2)), [])
    for number in range(int(4 * rate) + 1):
        t_s = number / rate
        centre = np.array([x, y]) + speed * t_s * along
        box = box_of(camera, centre, angle, size)
        if not np.isfinite(box).all() or box.min() <= 0.004 or box.max() >= 0.996:
            if seen.moments:
                break
            continue
        box += noise * chance.normal(size=4) * np.tile(box[2:] - box[:2], 2)
        observed = chance.random() >= miss
        moment = motion.update(tracks_of(t_s, box, kind, observed=observed))
        if t_s >= 1.5:
            seen.places = np.vstack([seen.places, centre])
            seen.moments.append(moment)
    return motion, seen


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("camera", "size", "kind"),
    [
        ("mast", CAR, ObjectClass.CAR),
        ("high", CAR, ObjectClass.CAR),
        ("low", CAR, ObjectClass.CAR),
        ("mast", BUS, ObjectClass.BUS),  # through the high one it passes in under 2 s
        ("low", BUS, ObjectClass.BUS),
    ],
)
def test_exact_boxes_give_the_footprint(camera, way, size, kind):
    _, seen = drive(CAMERAS[camera], WAYS[way], size, kind)
    bound = 0.3 if kind is ObjectClass.CAR else 0.6
    found = np.concatenate([moment.centres for moment in seen.moments])
    assert np.abs((found - seen.places).mean(0)).max() < bound
    last = seen.moments[-1]
    assert last.lengths_m[0] == pytest.approx(size[0], rel=0.1)
    assert last.widths_m[0] == pytest.approx(size[1], rel=0.1)
    assert last.speeds_mps[0] == pytest.approx(10.0, abs=0.7)
    angle = WAYS[way][2]
    assert last.headings[0] == pytest.approx([np.cos(angle), np.sin(angle)], abs=0.05)


def test_the_stated_errors_hold_under_noise_and_misses():
    """3 pictures a second, 10 % missed, 3 % jitter: errors over their sigma stay about 1."""
    ratios = []
    for seed in range(12):
        way = list(WAYS.values())[seed % 4]
        _, seen = drive(
            CAMERAS["mast"],
            way,
            CAR,
            ObjectClass.CAR,
            rate=3.0,
            noise=0.03,
            miss=0.1,
            seed=seed,
        )
        for moment, place in zip(seen.moments, seen.places, strict=True):
            along = moment.headings[0]
            off = (moment.centres[0] - place) @ along
            ratios.append(off / moment.centre_sigmas_m[0, 0])
    assert len(ratios) > 60
    assert 0.2 < np.sqrt(np.mean(np.square(ratios))) < 1.3


def test_who_brakes_has_a_negative_acceleration():
    camera, motion = CAMERAS["mast"], Motion(scene_of(CAMERAS["mast"]))
    for number in range(13):
        t_s = number / 5
        way = 12 * t_s - 2.0 * t_s**2
        moment = motion.update(
            tracks_of(t_s, box_of(camera, (2.0, 50.0 - way), -np.pi / 2, CAR), ObjectClass.CAR)
        )
    assert -5 < moment.accelerations_mps2[0] < -1.5
    off = moment.accelerations_mps2[0] + 4.0
    assert off < 2 * moment.acceleration_sigmas_mps2[0] < 6


def test_a_heading_is_held_while_it_stands():
    camera, motion = CAMERAS["mast"], Motion(scene_of(CAMERAS["mast"]))
    chance = np.random.default_rng(1)
    for number in range(100):
        t_s = number / 5
        y = 45.0 - min(10 * t_s, 20.0)
        box = box_of(camera, (2.0, y), -np.pi / 2, CAR) + chance.normal(scale=0.0008, size=4)
        moment = motion.update(tracks_of(t_s, box, ObjectClass.CAR))
    assert moment.headings[0] == pytest.approx([0.0, -1.0], abs=0.1)
    assert moment.speeds_mps[0] < 0.7


def test_who_is_held_unseen_stays_where_it_was():
    camera, motion = CAMERAS["mast"], Motion(scene_of(CAMERAS["mast"]))
    box = box_of(camera, (2.0, 25.0), -np.pi / 2, CAR)
    for number in range(200):
        t_s = number / 5
        moment = motion.update(tracks_of(t_s, box, ObjectClass.CAR, observed=t_s < 4))
    assert moment.centres[0] == pytest.approx([2.0, 25.0], abs=1.0)
    assert moment.centre_sigmas_m[0].max() < 15


def test_boxes_that_the_border_cuts_teach_no_size():
    camera, motion = CAMERAS["mast"], Motion(scene_of(CAMERAS["mast"]))
    lengths = []
    for number in range(30):
        t_s = number / 5
        box = box_of(camera, (2.0, 40.0 - 6 * t_s), -np.pi / 2, CAR)
        if not np.isfinite(box).all() or box[1] >= 1:
            break
        moment = motion.update(tracks_of(t_s, np.clip(box, 0, 1), ObjectClass.CAR))
        if not moment.whole[0]:
            lengths.append(moment.lengths_m[0])
    assert len(lengths) >= 2
    assert len(set(np.round(lengths, 6))) == 1


def test_without_calibration_there_is_no_ground_and_paces_are_known():
    motion = Motion(Scene(SceneGeometry(), ASPECT))
    for number in range(10):
        box = [0.4, 0.3 + 0.02 * number, 0.5, 0.5 + 0.02 * number]
        moment = motion.update(tracks_of(number / 5, box, ObjectClass.CAR))
    for column in (moment.places, moment.centres, moment.velocities, moment.headings):
        assert np.isnan(column).all()
    assert np.isnan(moment.lengths_m).all()
    size = np.sqrt(0.1 * ASPECT * 0.2)
    assert moment.paces[0] == pytest.approx([0.0, 0.1 / size], abs=1e-6)
    path = motion.path(7)
    assert len(path.t_s) == 10
    assert np.isnan(path.centres).all()
    assert len(motion.smoothed(7)) == 0
    assert np.isnan(motion.size(7).length_m)


def test_a_path_in_retrospect_is_nearer_the_truth_than_as_measured():
    motion, _ = drive(
        CAMERAS["mast"], WAYS["approaching"], CAR, ObjectClass.CAR, noise=0.03, seed=3
    )
    path, smooth = motion.path(7), motion.smoothed(7)
    true_y = 55.0 - 10 * path.t_s
    raw = np.sqrt(np.mean((path.centres[:, 1] - true_y) ** 2))
    found = np.sqrt(np.mean((smooth.centres[:, 1] - true_y) ** 2))
    assert found < 0.8 * raw
    assert np.hypot(*smooth.velocities.T).mean() == pytest.approx(10.0, abs=0.4)
    between = (smooth.t_s[3] + smooth.t_s[4]) / 2
    assert smooth.at(np.array([between]))[0, 1] == pytest.approx(55 - 10 * between, abs=1.0)
    assert np.isnan(smooth.at(np.array([-1.0]))).all()
    part = motion.smoothed(7, 1.0, 2.0)
    assert 1.0 <= part.t_s[0] < part.t_s[-1] <= 2.0


def test_ended_tracks_are_forgotten_one_update_later():
    motion, seen = drive(CAMERAS["mast"], WAYS["approaching"], CAR, ObjectClass.CAR)
    t_s = seen.moments[-1].t_s
    motion.update(Tracks.none(t_s + 0.2, np.array([7])))
    assert len(motion.path(7).t_s) > 5
    motion.update(Tracks.none(t_s + 0.4))
    with pytest.raises(KeyError):
        motion.path(7)


def test_another_class_brings_its_own_size():
    camera, motion = CAMERAS["mast"], Motion(scene_of(CAMERAS["mast"]))
    box = box_of(camera, (2.0, 30.0), -np.pi / 2, CAR)
    motion.update(tracks_of(0.0, box, ObjectClass.PERSON))
    assert motion.size(7).length_m < 1
    motion.update(tracks_of(0.2, box, ObjectClass.CAR))
    assert motion.size(7).length_m == pytest.approx(4.5, abs=0.5)


def test_footprints_are_rectangles_about_the_centre():
    _, seen = drive(CAMERAS["mast"], WAYS["slanting"], CAR, ObjectClass.CAR)
    moment = seen.moments[-1]
    corners = moment.footprints()[0]
    assert corners.mean(0) == pytest.approx(moment.centres[0])
    assert np.hypot(*(corners[0] - corners[3])) == pytest.approx(moment.lengths_m[0])
    assert np.hypot(*(corners[0] - corners[1])) == pytest.approx(moment.widths_m[0])
    assert (corners[0] + corners[1]) / 2 == pytest.approx(moment.fronts[0])
    assert (corners[2] + corners[3]) / 2 == pytest.approx(moment.rears[0])


def test_what_stands_for_long_stays_as_sure_as_it_is():
    """Rounding must not add up: a covariance that is not symmetric ends in negative variances."""
    camera, chance = CAMERAS["mast"], np.random.default_rng(5)
    motion = Motion(scene_of(camera))
    for number in range(1500):
        t_s = number / 12.5
        x = -8.0 + 4.0 * min(t_s, 2.0)  # drives up, and waits for two minutes
        box = box_of(camera, np.array([x, 22.0]), 0.0, CAR)
        size = box[[2, 3, 2, 3]] - box[[0, 1, 0, 1]]
        box += 0.01 * size * chance.standard_normal(4)
        moment = motion.update(tracks_of(t_s, box, ObjectClass.CAR))
        assert (moment.centre_sigmas_m > 0).all()
    covariance = motion._filter.covariance[motion.histories.slot(7)]
    assert np.abs(covariance - covariance.T).max() < 1e-12
    assert np.linalg.eigvalsh(covariance).min() > 0
