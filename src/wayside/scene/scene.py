"""The geometry of a feed, compiled once for analyzers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points
from wayside.domain.scene import SceneGeometry
from wayside.domain.tracks import Tracks
from wayside.scene.calibration import GroundPlane
from wayside.scene.checks import check_geometry
from wayside.scene.posed import plane_of


class Scene:
    """Lines, zones and ground of one feed, in columns.

    geometry: as drawn. aspect: width over height of the displayed picture.
    line_starts, line_ends: (L, 2) float64, normalised. polygons: one (V, 2)
    float64 per zone. ground_plane: None where the feed is not calibrated.
    Raises ConfigError for a scene that check_geometry refuses.
    """

    def __init__(self, geometry: SceneGeometry, aspect: float) -> None:
        check_geometry(geometry)
        self.geometry = geometry
        self.aspect = aspect
        self.line_ids = tuple(line.id for line in geometry.lines)
        self.line_starts: Points = _points([line.start for line in geometry.lines])
        self.line_ends: Points = _points([line.end for line in geometry.lines])
        self.zone_ids = tuple(zone.id for zone in geometry.zones)
        self.polygons: tuple[Points, ...] = tuple(_points(z.polygon) for z in geometry.zones)
        self.ground_plane: GroundPlane | None = plane_of(geometry, aspect)

    def anchors(self, tracks: Tracks) -> Points:
        """(N, 2) float64, the point of each track's box that stands for the object."""
        return self.geometry.anchor.points(tracks.boxes)

    def ground(self, points: Points) -> Points | None:
        """(N, 2) metres of picture points, NaN beyond the horizon; None without calibration."""
        return None if self.ground_plane is None else self.ground_plane.to_ground(points)

    def sizes(self, boxes: NDArray[np.float32]) -> NDArray[np.float64]:
        """(N,) square root of each box's area, in picture heights: one length for one object."""
        width = (boxes[:, 2] - boxes[:, 0]).astype(np.float64) * self.aspect
        height = (boxes[:, 3] - boxes[:, 1]).astype(np.float64)
        return np.asarray(np.sqrt(np.maximum(width * height, 0)))


def _points(pairs: object) -> Points:
    return np.asarray(pairs, np.float64).reshape(-1, 2)
