"""The camera behind a ground plane: what is needed for things that have a height.

Sources: R. Hartley and A. Zisserman, Multiple View Geometry in Computer Vision, 2nd ed. 2004,
chapter 8 (a plane's homography fixes the focal length of a camera with square pixels and a
centred principal point); Z. Zhang, A Flexible New Technique for Camera Calibration, 2000.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from wayside.scene.homography import Matrix

_STEEPEST_DEG = 88.0
"""Seen from nearly straight above, a plane says nothing about the focal length."""
_LONGEST = 100.0
"""Picture widths: a field of view of half a degree. A longer focal length is rounding: a plane
seen without perspective, from straight above or drawn as a map, has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Pinhole:
    """A camera with square pixels, a centred principal point and no distortion.

    focal: in picture widths. rotation: (3, 3), ground axes (x, y, up) to camera axes (right,
    down, ahead). centre: (3,) the lens in metres, its third the height above the ground.
    aspect: picture width over height.
    """

    focal: float
    rotation: Matrix
    centre: NDArray[np.float64]
    aspect: float

    @classmethod
    def posed(
        cls,
        aspect: float,
        *,
        focal: float,
        height_m: float,
        pitch_deg: float,
        roll_deg: float = 0.0,
        yaw_deg: float = 0.0,
    ) -> Self:
        """A camera over the origin of the ground.

        pitch_deg: how far it looks below the horizon. roll_deg: clockwise as seen from behind it.
        yaw_deg: where it looks, counter-clockwise from the x axis.
        """
        yaw, pitch, roll = np.radians([yaw_deg, pitch_deg, roll_deg])
        ahead = np.array([np.cos(yaw) * np.cos(pitch), np.sin(yaw) * np.cos(pitch), -np.sin(pitch)])
        level = np.array([np.sin(yaw), -np.cos(yaw), 0.0])
        below = np.cross(ahead, level)
        right = np.cos(roll) * level + np.sin(roll) * below
        down = np.cos(roll) * below - np.sin(roll) * level
        rotation = np.stack([right, down, ahead])
        return cls(focal, rotation, np.array([0.0, 0.0, height_m]), aspect)

    @classmethod
    def of_plane(cls, to_image: Matrix, aspect: float) -> Self | None:
        """The camera that sees the ground as ``to_image`` (3, 3), metres to normalised.

        None where the plane does not tell: seen from nearly straight above, without perspective,
        or by no pinhole.
        """
        # To picture widths about the principal point, where square pixels are squares.
        isotropic = np.array([[1.0, 0.0, -0.5], [0.0, 1 / aspect, -0.5 / aspect], [0.0, 0.0, 1.0]])
        h = isotropic @ to_image
        a, b = h[:, 0], h[:, 1]
        # Columns of a rotation are at right angles and equally long once divided by the focal
        # length: two equations in 1 / focal squared, weighted by how much they say.
        lhs = np.array([a[0] * b[0] + a[1] * b[1], a[0] ** 2 + a[1] ** 2 - b[0] ** 2 - b[1] ** 2])
        rhs = -np.array([a[2] * b[2], a[2] ** 2 - b[2] ** 2])
        power = float(lhs @ lhs)
        inverse = float(lhs @ rhs) / power if power > 0 else 0.0
        if not (np.isfinite(inverse) and inverse > 1 / _LONGEST**2):
            return None
        focal = 1 / np.sqrt(inverse)
        bare = np.diag([1 / focal, 1 / focal, 1.0]) @ h
        bare = bare / np.sqrt(np.linalg.norm(bare[:, 0]) * np.linalg.norm(bare[:, 1]))
        for sign in (1.0, -1.0):
            found = cls._unfolded(focal, sign * bare, aspect)
            if found is not None:
                return found
        return None

    @classmethod
    def _unfolded(cls, focal: float, bare: Matrix, aspect: float) -> Self | None:
        """Of the two signs the one with the camera above the ground, which lies ahead of it."""
        raw = np.column_stack([bare[:, 0], bare[:, 1], np.cross(bare[:, 0], bare[:, 1])])
        left, _, right = np.linalg.svd(raw)
        rotation = left @ right
        if np.linalg.det(rotation) < 0:
            return None
        centre = -rotation.T @ bare[:, 2]
        pitch = np.degrees(np.arcsin(np.clip(-rotation[2, 2], -1, 1)))
        if centre[2] <= 0 or not 0 < pitch < _STEEPEST_DEG:
            return None
        return cls(float(focal), rotation, centre, aspect)

    @property
    def pitch_deg(self) -> float:
        """How far below the horizon it looks."""
        return float(np.degrees(np.arcsin(np.clip(-self.rotation[2, 2], -1, 1))))

    def project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 2) normalised picture places of (..., 3) metres; NaN behind the camera."""
        seen = (np.asarray(points, np.float64) - self.centre) @ self.rotation.T
        depth = seen[..., 2]
        with np.errstate(divide="ignore", invalid="ignore"):
            flat = self.focal * seen[..., :2] / np.where(depth > 0, depth, np.nan)[..., None]
        return np.asarray(flat * (1.0, self.aspect) + 0.5)

    def matrix(self) -> Matrix:
        """(3, 4): homogeneous metres (x, y, up, 1) to homogeneous normalised picture places."""
        scale = np.array(
            [[self.focal, 0.0, 0.5], [0.0, self.focal * self.aspect, 0.5], [0.0, 0.0, 1.0]]
        )
        return np.asarray(scale @ np.column_stack([self.rotation, -self.rotation @ self.centre]))

    def to_image(self) -> Matrix:
        """(3, 3) homography of the ground: metres to normalised picture coordinates."""
        return self.matrix()[:, [0, 1, 3]]
