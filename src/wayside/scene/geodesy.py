"""Places on the map to metres on a plane that touches the earth among them.

Source: the WGS 84 ellipsoid (NGA.STND.0036, 2014); local radii of curvature after W. Torge and
J. Müller, Geodesy, 4th ed. 2012, section 4.1. Over 2 km the plane differs from the ellipsoid by
less than 1 cm, which is less than any map tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from wayside.domain.geometry import Points

_RADIUS_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563


@dataclass(frozen=True, slots=True)
class LatLon:
    """Degrees, WGS 84. GeoJSON and MapLibre write lon first; this does not, it has names."""

    lat: float
    lon: float


def local_plane(places: Sequence[LatLon]) -> Points:
    """(N, 2) metres east and north of the places' middle."""
    lat = np.array([each.lat for each in places], np.float64)
    lon = np.array([each.lon for each in places], np.float64)
    # About the first, so that places on both sides of 180 degrees are neighbours.
    lon = lon[0] + (lon - lon[0] + 180.0) % 360.0 - 180.0
    middle = np.radians(lat.mean())
    squeeze = _FLATTENING * (2 - _FLATTENING)
    bend = 1 - squeeze * np.sin(middle) ** 2
    north = _RADIUS_M * (1 - squeeze) / bend**1.5
    east = _RADIUS_M / np.sqrt(bend) * np.cos(middle)
    return np.column_stack(
        [np.radians(lon - lon.mean()) * east, np.radians(lat - lat.mean()) * north]
    )
