"""Distances between rectangles on the ground."""

import numpy as np
import pytest

from wayside.analyze.traffic.contact import Footprints, separations


def footprint(x, y, degrees=0.0, length=4.0, width=2.0):
    angle = np.radians(degrees)
    return Footprints(
        np.array([[x, y]]),
        np.array([[np.cos(angle), np.sin(angle)]]),
        np.array([length / 2]),
        np.array([width / 2]),
    )


@pytest.mark.parametrize(
    ("other", "metres"),
    [
        (footprint(7.0, 0.0), 3.0),
        (footprint(0.0, 3.5), 1.5),
        (footprint(4.0, 0.0), 0.0),
        (footprint(3.5, 0.0), -0.5),
        (footprint(5.0, 0.0, degrees=90), 2.0),
        (footprint(-7.0, 0.0, degrees=180), 3.0),
        (footprint(2.0 + 2 * np.sqrt(2), 0.0, degrees=45, length=4.0, width=0.0), np.sqrt(2)),
    ],
)
def test_between_edges_it_is_the_distance_and_inside_the_depth(other, metres):
    here = footprint(0.0, 0.0)
    assert separations(here, other)[0] == pytest.approx(metres)
    assert separations(other, here)[0] == pytest.approx(metres)


def test_where_corners_face_each_other_it_never_exceeds_the_distance():
    apart = separations(footprint(0.0, 0.0), footprint(7.0, 5.0))[0]
    assert 0 < apart <= np.hypot(3.0, 3.0)
