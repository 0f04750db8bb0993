from __future__ import annotations

import numpy as np
import pytest

from wayside.analyze.traffic.way import Way, Ways, through
from wayside.domain.geometry import inside
from wayside.domain.outlines import Outlines

BENT = Way(np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]))
SQUARE = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])


@pytest.mark.parametrize(
    ("place", "along", "beside"),
    [
        ((5.0, 1.0), 5.0, 1.0),
        ((9.0, 5.0), 15.0, 1.0),
        ((-3.0, 0.0), -3.0, 0.0),
        ((10.0, 14.0), 24.0, 0.0),
        ((11.0, 5.0), 15.0, -1.0),
    ],
)
def test_places_along_a_bend(place, along, beside):
    assert BENT.length == 20
    found_along, found_beside, _ = BENT.along(np.array([place]))
    assert [found_along[0], found_beside[0]] == pytest.approx([along, beside])


def test_ways_of_different_length_are_asked_at_once():
    ways = Ways([Way(np.array([[0.0, 0.0], [0.0, 5.0]])), BENT])
    points = np.array([[1.0, 2.0], [9.0, 5.0], [np.nan, 0.0]])
    along, beside, units = ways.along(points, np.array([0, 1, 1]))
    assert along[:2] == pytest.approx([2, 15])
    assert beside[:2] == pytest.approx([-1, 1])
    assert units[:2].tolist() == [[0, 1], [0, 1]]
    assert np.isnan(along[2])


def test_a_heading_is_drawn_out_to_the_outline():
    way = through(SQUARE, np.array([[0.5, 0.4], [0.5, 0.6]]))
    assert way == pytest.approx(np.array([[0.5, 0.0], [0.5, 0.4], [0.5, 0.6], [0.5, 1.0]]))


def test_what_leads_out_of_the_outline_is_cut_off():
    way = through(SQUARE, np.array([[0.5, -1.0], [0.5, 0.5], [2.0, 0.5]]))
    assert way == pytest.approx(np.array([[0.5, 0.0], [0.5, 0.5], [1.0, 0.5]]))


def test_a_heading_elsewhere_is_left_as_it_is():
    heading = np.array([[2.0, 0.0], [2.0, 1.0]])
    assert through(SQUARE, heading).tolist() == heading.tolist()


def test_outlines_agree_with_the_single_test():
    rng = np.random.default_rng(4)
    polygons = [rng.uniform(size=(corners, 2)) for corners in (3, 4, 7, 5)]
    points = rng.uniform(size=(500, 2))
    found = Outlines(polygons).inside(points)
    for index, polygon in enumerate(polygons):
        assert np.array_equal(found[:, index], inside(polygon, points))


def test_depths_are_distances_from_the_outline():
    points = np.array([[0.5, 0.9], [0.5, 1.5], [2.0, 2.0], [np.nan, 0.0]])
    depths = Outlines([SQUARE]).depths(points)[:, 0]
    assert depths.tolist() == pytest.approx([0.1, -0.5, -np.sqrt(2), -np.inf])


def test_no_outlines():
    assert Outlines([]).inside(np.zeros((3, 2))).shape == (3, 0)
