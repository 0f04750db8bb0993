"""The box in the picture of something that stands on the ground, and how it changes with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points
from wayside.scene.calibration import GroundPlane
from wayside.scene.homography import Matrix
from wayside.scene.pinhole import Pinhole

_CORNERS: Final = np.array(list(product((-0.5, 0.5), (-0.5, 0.5), (0.0, 1.0))))
"""(8, 3) corners of a cuboid in shares of its length, width and height."""

_AXES: Final = np.array([0, 1, 0, 1])
_STEEP: Final = 0.95
_NEAR: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Cuboids:
    """Cuboids on the ground: centres (N, 2) metres, headings (N, 2) unit vectors along their
    length, sizes (N, 3) length, width and height in metres.
    """

    centres: Points
    headings: Points
    sizes: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Outlines:
    """boxes: (N, 4) normalised xyxy, NaN where the camera is not before all of the cuboid.

    by_place: (N, 4, 2) their derivative by the centre; by_size: (N, 4, 3) by length, width and
    height; by_turn: (N, 4) by the heading's angle in radians, counter-clockwise.
    """

    boxes: NDArray[np.float64]
    by_place: NDArray[np.float64]
    by_size: NDArray[np.float64]
    by_turn: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """How a feed's picture shows cuboids on its ground.

    matrix: (3, 4) homogeneous metres (x, y, up, 1) to normalised picture coordinates; the ground
    is exactly the plane's, only what is above comes from the camera behind it. sees_top: whether
    the upper edges of boxes are explained by it. Where the plane tells of no camera, things are
    taken as flat; seen from above their upper edges are then those of the footprint, from the
    side nothing is known of them.
    """

    matrix: Matrix
    sees_top: bool

    @classmethod
    def of(cls, plane: GroundPlane) -> Self:
        ground = plane.matrix()
        camera = plane.pinhole()
        mirrored = np.diag([1.0, -1.0, 1.0])
        if camera is None:  # ground axes drawn like the picture's, y towards the viewer
            camera = Pinhole.of_plane(ground @ mirrored, plane.aspect)
            own = None if camera is None else camera.to_image() @ mirrored
        else:
            own = camera.to_image()
        if camera is None or own is None:
            up = np.zeros(3)
            return cls(np.insert(ground, 2, up, axis=1), _is_from_above(plane))
        scale = float((own * ground).sum() / (own * own).sum())
        up = scale * camera.matrix()[:, 2]
        return cls(np.insert(ground, 2, up, axis=1), sees_top=True)

    def boxes(self, cuboids: Cuboids) -> NDArray[np.float64]:
        """(N, 4) normalised xyxy, NaN where the camera is not before all of the cuboid."""
        return self.moved(cuboids)(cuboids.centres)

    def moved(self, cuboids: Cuboids) -> Callable[[Points], NDArray[np.float64]]:
        """Gives their boxes were their centres at other (N, 2) places."""
        about = self._about(cuboids)

        def boxes(centres: Points) -> NDArray[np.float64]:
            flat = _flat(self._middles(centres) + about)
            return np.concatenate([flat.min(0), flat.max(0)]).T

        return boxes

    def outlines(self, cuboids: Cuboids) -> Outlines:
        """The boxes and their derivatives. Each edge belongs to one corner: its own moves it."""
        seen = self._middles(cuboids.centres) + self._about(cuboids)
        flat = _flat(seen)
        picked = np.concatenate([flat.argmin(0), flat.argmax(0)])
        rows = np.arange(seen.shape[2])
        boxes, depth = flat[picked, _AXES[:, None], rows].T, seen[picked, 2, rows].T
        corners = _CORNERS[picked.T]
        # d(edge) = (dq_axis - edge dq_depth) / depth, with q = matrix (x, y, up, 1).
        by_world = (self.matrix[_AXES, :3] - boxes[..., None] * self.matrix[2, :3]) / depth[
            ..., None
        ]
        along, across = cuboids.headings, _left_of(cuboids.headings)
        by_place = by_world[..., :2]
        by_along = by_place[..., 0] * along[:, :1] + by_place[..., 1] * along[:, 1:]
        by_across = by_place[..., 0] * across[:, :1] + by_place[..., 1] * across[:, 1:]
        length, width = cuboids.sizes[:, :1], cuboids.sizes[:, 1:2]
        by_size = corners * np.stack([by_along, by_across, by_world[..., 2]], axis=2)
        by_turn = corners[..., 0] * length * by_across - corners[..., 1] * width * by_along
        return Outlines(boxes, by_place, by_size, by_turn)

    def _middles(self, centres: Points) -> NDArray[np.float64]:
        """(3, N) homogeneous picture places of (N, 2) on the ground."""
        return np.asarray(self.matrix[:, :2] @ centres.T + self.matrix[:, 3:])

    def _about(self, cuboids: Cuboids) -> NDArray[np.float64]:
        """(8, 3, N) by what those of the corners differ from those of the centres.

        The cuboids come last: 64 of them take a quarter of the time that (N, 8, 3) does.
        """
        x, y = self.matrix[:, :1], self.matrix[:, 1:2]
        east, north = cuboids.headings.T
        sides = np.empty((3, 3, len(east)))
        sides[0] = (x * east + y * north) * cuboids.sizes[:, 0]
        sides[1] = (y * east - x * north) * cuboids.sizes[:, 1]
        sides[2] = self.matrix[:, 2:3] * cuboids.sizes[:, 2]
        return np.asarray((_CORNERS @ sides.reshape(3, -1)).reshape(8, 3, -1))


def _flat(seen: NDArray[np.float64]) -> NDArray[np.float64]:
    """(8, 2, N) normalised places of homogeneous ones; NaN for all of a cuboid partly behind."""
    depth = seen[:, 2]
    ahead = depth.min(0) > _NEAR * np.abs(depth).max(0)
    return seen[:, :2] / np.where(ahead, depth, np.nan)[:, None]


def _left_of(headings: Points) -> Points:
    return np.stack([-headings[:, 1], headings[:, 0]], axis=1)


def _is_from_above(plane: GroundPlane) -> bool:
    """Whether circles on the ground look round in the middle of the picture: sine of the pitch."""
    by = plane.jacobian(np.array([[0.5, 0.5]]))[0] * (1.0, plane.aspect)
    if not np.isfinite(by).all():
        return False
    spread = np.linalg.svd(by, compute_uv=False)
    return bool(spread[1] >= _STEEP * spread[0])
