"""Calibration from traffic on ten made views that it was not built on."""

import numpy as np

from wayside.domain.classes import ObjectClass
from wayside.scene.automatic import AutomaticCalibration, calibrate
from wayside.scene.posed import PoseEstimate, ground_of
from wayside.testing.views import paths, views

ASPECT = 16 / 9
SEED = 77


def scale_error(view, traffic, found):
    """Of the mean logarithm of the lengths of cars' ways on the ground."""
    camera = PoseEstimate.of(found.pose).camera(ASPECT)
    ways = [path.image[[0, -1]] for path in traffic if path.class_id == ObjectClass.CAR]
    starts, ends = (np.array([way[end] for way in ways], np.float64) for end in (0, 1))
    true, told = (
        np.hypot(*(ground_of(of, ends) - ground_of(of, starts)).T) for of in (view.camera, camera)
    )
    long = true > 5
    return np.exp(np.nanmean(np.log(told[long] / true[long]))) - 1


def test_the_scale_is_within_a_tenth_and_its_band_holds_in_nine_of_ten():
    near = held = 0
    for index, view in enumerate(views(SEED)):
        traffic = paths(view, 1000 * SEED + index)
        found = calibrate(traffic, ASPECT)
        assert isinstance(found, AutomaticCalibration), found
        error = abs(scale_error(view, traffic, found))
        near += error <= 0.10
        held += error <= found.scale_error
        assert found.scale_error < 0.2
    assert near >= 9
    assert held >= 9
