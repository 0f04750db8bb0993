"""Road users onto the picture: shadows first, then bodies from far to near."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.media import Picture
from wayside.testing.town.agents import Kind, Traveller
from wayside.testing.town.camera import Camera
from wayside.testing.town.figures import Strokes, strokes_of
from wayside.testing.town.shapes import Mesh, mesh_of

SHADOW_DARKNESS = 118
"""Out of 255: what full sun takes from the ground inside a shadow."""
CONTACT_DARKNESS = 84
"""What remains under a body when the sky is overcast."""
FIGURES = frozenset({Kind.PERSON, Kind.CYCLIST})
SUBPIXELS = 16
_SHIFT = 4

Pose = NDArray[np.float64]
"""(5,) x, y, heading, speed, travelled."""


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """One road user ready to be painted. mesh is None for people and cyclists.

    outline: (12, 3) a simplified body for the shadow, its footprint first.
    """

    traveller: Traveller
    mesh: Mesh | None
    outline: NDArray[np.float64]

    @classmethod
    def of(cls, traveller: Traveller) -> Body:
        kind = traveller.kind
        mesh = None if kind in FIGURES else mesh_of(kind, traveller.size, traveller.look)
        return cls(traveller, mesh, _outline(traveller))


def turned(points: NDArray[np.float64], pose: Pose) -> NDArray[np.float64]:
    """(..., 3) world metres of (..., 3) own coordinates."""
    c, s = np.cos(pose[2]), np.sin(pose[2])
    world = np.empty_like(points)
    world[..., 0] = pose[0] + c * points[..., 0] - s * points[..., 1]
    world[..., 1] = pose[1] + s * points[..., 0] + c * points[..., 1]
    world[..., 2] = points[..., 2]
    return world


class Painter:
    """Paints onto one picture after another; keeps only buffers between them."""

    def __init__(self, camera: Camera, sun: NDArray[np.float64]) -> None:
        self._camera = camera
        self._matrix = camera.matrix()
        self._sun = sun
        self._away = -sun[:2] / sun[2]
        self._shadow = np.zeros((camera.height, camera.width), np.uint8)

    def _project(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        homogeneous = points @ self._matrix[:, :3].T + self._matrix[:, 3]
        return np.asarray(homogeneous[..., :2] / homogeneous[..., 2:])

    def shadows(
        self,
        picture: Picture,
        users: list[tuple[Body, Pose]],
        sun: float,
        shaded: NDArray[np.uint8],
    ) -> Picture:
        """The picture, darkened where the users keep the sun off; returns a new array."""
        if not users:
            return picture
        mask = self._shadow
        mask[:] = 0
        cast = int(SHADOW_DARKNESS * sun)
        outlines = [turned(body.outline, pose) for body, pose in users]
        for outline in outlines:
            flat = outline.copy()
            flat[:, :2] += flat[:, 2:] * self._away
            flat[:, 2] = 0.0
            self._hull(mask, flat, cast)
        for outline in outlines:
            self._hull(mask, outline[:4], max(cast, CONTACT_DARKNESS))
        cv2.blur(mask, (3, 3), mask)
        # Standing shade is in the background already and must not be darkened twice.
        room = cv2.subtract(255, shaded)
        share = cv2.cvtColor(cv2.multiply(mask, room, scale=1 / 255), cv2.COLOR_GRAY2BGR)
        keep = cv2.bitwise_not(share)
        return np.asarray(cv2.multiply(picture, keep, scale=1 / 255), np.uint8)

    def _hull(self, mask: NDArray[np.uint8], points: NDArray[np.float64], value: int) -> None:
        pixels = self._project(points).astype(np.float32)
        hull = np.round(cv2.convexHull(pixels) * SUBPIXELS).astype(np.int32)
        cv2.fillConvexPoly(mask, hull, value, cv2.LINE_AA, _SHIFT)

    def body(self, picture: Picture, body: Body, pose: Pose, sun: float, shade: float) -> None:
        """Paint one user. shade: 0..1, how much it stands in the shade of things."""
        direct = sun * (1.0 - shade)
        if body.mesh is None:
            self._figure(picture, body.traveller, pose, direct)
        else:
            self._solid(picture, body.mesh, pose, direct)

    def _solid(self, picture: Picture, mesh: Mesh, pose: Pose, direct: float) -> None:
        c, s = np.cos(pose[2]), np.sin(pose[2])
        back = np.array([[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]])
        # Light and camera are turned into the body's coordinates: fewer points to turn.
        eye = back @ (self._camera.centre - np.array([pose[0], pose[1], 0.0]))
        sun = back @ self._sun
        facing = ((eye - mesh.centres) * mesh.normals).sum(1) > 0
        lit = np.maximum(mesh.normals @ sun, 0.0)
        ambient = 0.62 + 0.16 * mesh.normals[:, 2]
        light = (ambient * (1.06 - 0.16 * direct) + 0.52 * direct * lit) * mesh.lit
        tones = np.minimum(mesh.colours * (light + 1.0 - mesh.lit)[:, None], 255.0).tolist()
        pixels = self._project(turned(mesh.points, pose))
        corners = np.round(pixels * SUBPIXELS).astype(np.int32)
        for face in _order(mesh, eye, facing):
            ring = corners[mesh.starts[face] : mesh.starts[face + 1]]
            cv2.fillConvexPoly(picture, ring, tones[face], cv2.LINE_AA, _SHIFT)

    def _figure(self, picture: Picture, who: Traveller, pose: Pose, direct: float) -> None:
        strokes = strokes_of(who.kind, who.size, who.look, pose[4:5], pose[3:4])
        quads = self.stroke_corners(strokes, pose)
        light = 0.74 + 0.34 * direct
        tones = np.minimum(strokes.colours * light, 255.0).tolist()
        corners = np.round(quads * SUBPIXELS).astype(np.int32)
        for ring, tone in zip(corners, tones, strict=True):
            cv2.fillConvexPoly(picture, ring, tone, cv2.LINE_AA, _SHIFT)

    def stroke_corners(self, strokes: Strokes, pose: Pose) -> NDArray[np.float64]:
        """(S, 4, 2) pixels of each stroke's quadrilateral, widths across the line of sight."""
        world = turned(strokes.ends[0], pose)
        homogeneous = world @ self._matrix[:, :3].T + self._matrix[:, 3]
        ends = homogeneous[..., :2] / homogeneous[..., 2:]
        half = strokes.widths * self._camera.focal_px / homogeneous[..., 2] / 2
        along = ends[:, 1] - ends[:, 0]
        length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-6)
        across = np.stack([-along[:, 1], along[:, 0]], axis=1) / length[:, None]
        side = across[:, None] * half[..., None]
        return np.stack(
            [
                ends[:, 0] - side[:, 0],
                ends[:, 1] - side[:, 1],
                ends[:, 1] + side[:, 1],
                ends[:, 0] + side[:, 0],
            ],
            axis=1,
        )


def _order(mesh: Mesh, eye: NDArray[np.float64], facing: NDArray[np.bool_]) -> list[int]:
    """Visible faces as they have to be painted: far part first, each from below upwards."""
    seen = np.flatnonzero(facing)
    if mesh.part[-1] > 0:
        away = [
            -float(np.abs(mesh.centres[mesh.part == part, 0] - eye[0]).mean())
            for part in range(mesh.part[-1] + 1)
        ]
        seen = seen[np.argsort(np.array(away)[mesh.part[seen]], kind="stable")]
    return [int(face) for face in seen]


def _outline(one: Traveller) -> NDArray[np.float64]:
    """(12, 3) corners of a simplified body, for its shadow; the first four on the ground."""
    size = one.size
    half, wide, tall = size.length / 2, size.width / 2, size.height
    if one.kind is Kind.CYCLIST:
        wide = 0.2
    base = np.array([(half, wide), (half, -wide), (-half, -wide), (-half, wide)])
    shrink = {Kind.CAR: (0.55, 0.8), Kind.CYCLIST: (0.2, 0.8)}.get(one.kind, (0.97, 0.97))
    top = base * np.array(shrink)
    belt = np.column_stack([base, np.full(4, 0.55 * tall if shrink[0] < 0.9 else tall)])
    return np.concatenate(
        [np.column_stack([base, np.zeros(4)]), belt, np.column_stack([top, np.full(4, tall)])]
    )
