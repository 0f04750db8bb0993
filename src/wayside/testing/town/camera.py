"""A pinhole camera on a mast: metres in, pixels out, exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points


@dataclass(frozen=True, slots=True)
class Camera:
    """World: x east, y north, z up, metres, z = 0 on the road.

    x_m, y_m, height_m: the lens. yaw_deg: where it looks, counter-clockwise
    from east. pitch_deg: how far below the horizon. hfov_deg: horizontal field
    of view. width, height: pixels. No distortion: a calibration can be exact.
    """

    x_m: float = 2.0
    y_m: float = -10.2
    height_m: float = 44.0
    yaw_deg: float = 92.0
    pitch_deg: float = 76.5
    hfov_deg: float = 66.0
    width: int = 640
    height: int = 360
    _matrix: NDArray[np.float64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_matrix", self._projection())

    @property
    def focal_px(self) -> float:
        return self.width / 2 / math.tan(math.radians(self.hfov_deg) / 2)

    @property
    def centre(self) -> NDArray[np.float64]:
        """(3,) the lens in metres."""
        return np.array([self.x_m, self.y_m, self.height_m])

    def matrix(self) -> NDArray[np.float64]:
        """(3, 4) projection: homogeneous metres to homogeneous pixels. Treat as read-only."""
        return self._matrix

    def _projection(self) -> NDArray[np.float64]:
        yaw, pitch = math.radians(self.yaw_deg), math.radians(self.pitch_deg)
        forward = np.array(
            [math.cos(yaw) * math.cos(pitch), math.sin(yaw) * math.cos(pitch), -math.sin(pitch)]
        )
        right = np.array([math.sin(yaw), -math.cos(yaw), 0.0])
        rotation = np.stack([right, np.cross(forward, right), forward])
        intrinsic = np.array(
            [
                [self.focal_px, 0.0, self.width / 2],
                [0.0, self.focal_px, self.height / 2],
                [0.0, 0.0, 1.0],
            ]
        )
        return np.asarray(intrinsic @ np.hstack([rotation, (-rotation @ self.centre)[:, None]]))

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 2) pixels of (..., 3) metres. Undefined behind the lens."""
        matrix = self._matrix
        homogeneous = points @ matrix[:, :3].T + matrix[:, 3]
        return np.asarray(homogeneous[..., :2] / homogeneous[..., 2:])

    def homography(self) -> NDArray[np.float64]:
        """(3, 3) ground metres (x, y, 1) to normalised picture coordinates (homogeneous)."""
        scale = np.diag([1 / self.width, 1 / self.height, 1.0])
        return np.asarray(scale @ self.matrix()[:, [0, 1, 3]])

    def ground_to_image(self, ground: Points) -> Points:
        """(N, 2) normalised picture coordinates of (N, 2) ground metres."""
        return _mapped(self.homography(), ground)

    def image_to_ground(self, image: Points) -> Points:
        """(N, 2) ground metres of (N, 2) normalised coordinates below the horizon."""
        return _mapped(np.asarray(np.linalg.inv(self.homography()), np.float64), image)

    def depth_m(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(...,) distance of (..., 3) metres along the optical axis; f/depth pixels a metre."""
        matrix = self._matrix
        return np.asarray(points @ matrix[2, :3] + matrix[2, 3])


def _mapped(homography: NDArray[np.float64], points: Points) -> Points:
    homogeneous = np.column_stack([points, np.ones(len(points))]) @ homography.T
    return np.asarray(homogeneous[:, :2] / homogeneous[:, 2:])
