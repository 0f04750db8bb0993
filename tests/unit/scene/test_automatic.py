"""Calibration from traffic alone, against cameras that are known exactly."""

import dataclasses

import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.scene.automatic import AutomaticCalibration, Undetermined, calibrate
from wayside.scene.posed import PoseEstimate, ground_of
from wayside.scene.sightings import sightings
from wayside.testing.views import paths, views

ASPECT = 16 / 9
VIEW = views(2)[3]


@pytest.fixture(scope="module")
def traffic():
    return paths(VIEW, 7, vehicles=90)


@pytest.fixture(scope="module")
def found(traffic):
    return calibrate(traffic, ASPECT)


def test_lengths_on_the_ground_come_out_within_the_stated_band(traffic, found):
    assert isinstance(found, AutomaticCalibration)
    camera = PoseEstimate.of(found.pose).camera(ASPECT)
    cars = [path for path in traffic if path.class_id == ObjectClass.CAR]
    ends = [np.array([p.image[end] for p in cars], np.float64) for end in (0, -1)]
    true, told = (
        np.hypot(*(ground_of(of, ends[1]) - ground_of(of, ends[0])).T)
        for of in (VIEW.camera, camera)
    )
    error = np.exp(np.nanmean(np.log(told / true))) - 1
    assert abs(error) < found.scale_error < 0.2
    assert abs(error) < 0.1


def test_it_says_what_it_rests_on(found):
    assert found.tracks["car"] > 50
    assert found.directions == 1
    assert 0 < found.pose.pitch_sigma_deg < 5


def test_the_same_paths_give_the_same_answer(traffic, found):
    assert calibrate(traffic, ASPECT) == found


def test_too_few_tracks_are_refused_with_a_reason(traffic):
    refused = calibrate(traffic[:20], ASPECT)
    assert isinstance(refused, Undetermined)
    assert "are needed" in refused.why
    assert calibrate([], ASPECT) == dataclasses.replace(
        refused, why=refused.why.replace(refused.why.split()[1], "0")
    )


def test_what_has_no_name_or_no_size_tells_nothing(traffic):
    unnamed = [dataclasses.replace(path, class_id=int(ObjectClass.UNKNOWN)) for path in traffic]
    assert isinstance(calibrate(unnamed, ASPECT), Undetermined)
    unsized = [dataclasses.replace(path, sizes=None) for path in traffic]
    assert isinstance(calibrate(unsized, ASPECT), Undetermined)


def test_what_stands_is_no_sighting(traffic):
    parked = [
        dataclasses.replace(path, image=np.repeat(path.image[:1], len(path.t_s), axis=0))
        for path in traffic
    ]
    assert sightings(parked, ASPECT).tracks == 0
