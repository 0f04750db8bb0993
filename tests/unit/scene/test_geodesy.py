import numpy as np
import pytest

from wayside.scene.geodesy import LatLon, local_plane


def test_a_minute_of_latitude_is_a_nautical_mile_at_45_degrees():
    ground = local_plane([LatLon(45.0, 9.0), LatLon(45.0 + 1 / 60, 9.0)])
    assert ground[1] - ground[0] == pytest.approx([0.0, 1852.0], abs=1.0)


def test_distances_agree_with_the_geodesic():
    # Degrees of 45 north after NGA: 78 847 m of longitude, 111 132 m of latitude.
    ground = local_plane([LatLon(45.0, 9.0), LatLon(45.0, 9.001), LatLon(45.001, 9.0)])
    assert ground[1] - ground[0] == pytest.approx([78.85, 0.0], abs=0.02)
    assert ground[2] - ground[0] == pytest.approx([0.0, 111.13], abs=0.02)


def test_both_sides_of_the_date_line_are_neighbours():
    ground = local_plane([LatLon(-17.0, 179.9995), LatLon(-17.0, -179.9995)])
    assert np.hypot(*(ground[1] - ground[0])) == pytest.approx(106.5, abs=0.5)
