"""Outlines and paint of a network."""

from __future__ import annotations

import numpy as np
import pytest
from shapely.geometry import Point

from wayside.testing.sumo.filmed.paving import FARTHEST_M, paved, sheet_of
from wayside.testing.sumo.filmed.roads import LANE_M, roads_of
from wayside.testing.sumo.network import Edge, Network, Node
from wayside.testing.sumo.record import is_there
from wayside.testing.sumo.scenarios import EVERY
from wayside.testing.town.camera import Camera

pytestmark = pytest.mark.skipif(not is_there(), reason="SUMO is not installed")

ROAD = Network((Node("a", -50, 0), Node("b", 50, 0)), (Edge("road", "a", "b", 3),))


def test_lanes_are_told_apart_by_dashes_and_bordered_by_lines() -> None:
    roads = roads_of(ROAD)
    assert len(roads.dashed) == 2
    assert len(roads.solid) == 2
    assert not roads.stops
    assert roads.pavement.is_empty
    assert roads.asphalt.contains(Point(0, -1.5 * LANE_M))
    assert not roads.asphalt.contains(Point(0, 10))
    between = sorted(line.centroid.y for line in roads.dashed)
    assert between == pytest.approx([-2 * LANE_M, -LANE_M], abs=0.01)


def test_a_junction_has_pavement_stop_lines_and_zebras() -> None:
    roads = roads_of(EVERY["aloft_cross"].network)
    assert len(roads.stops) == 4 * 2
    assert all(stop.length == pytest.approx(LANE_M) for stop in roads.stops)
    assert len(roads.zebras) == 4
    assert roads.pavement.area > 4 * 2 * 200 * 2.0
    assert roads.asphalt.contains(Point(0, 0))


def test_paint_is_brighter_than_asphalt_and_grass_is_green() -> None:
    camera = Camera(0.0, -4.8, 40.0, 0.0, 80.0, 60.0, 64, 36)
    sheet = sheet_of(camera)
    roads = roads_of(ROAD)
    picture = paved(sheet, roads, (), seed=1).astype(float)

    def tone(x: float, y: float) -> np.ndarray:
        column, row = sheet.to_pixels(np.array([[x, y]]))[0].astype(int)
        return np.asarray(picture[row - 1 : row + 2, column - 1 : column + 2].mean(axis=(0, 1)))

    assert tone(0.0, 0.0).mean() > tone(0.0, -1.5 * LANE_M).mean() + 20
    blue, green, red = tone(0.0, 8.0)
    assert green > max(blue, red)


def test_a_low_camera_sees_ground_up_to_a_distance() -> None:
    sheet = sheet_of(Camera(0.0, 0.0, 8.0, 0.0, 10.0, 60.0, 64, 36))
    assert sheet.width_m < FARTHEST_M + 5
    assert sheet.shape[0] * sheet.shape[1] < 6e6
