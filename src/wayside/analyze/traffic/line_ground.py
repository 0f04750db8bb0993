"""Lines on the ground: how far each footprint is from them along its own way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points, sides
from wayside.scene.scene import Scene

_STEEP = 0.05
"""Sine of the least angle at which a way meets a line and does not go along it."""


@dataclass(frozen=True, slots=True, eq=False)
class Approach:
    """Of N footprints to L lines.

    ahead_m: (N, L) metres from the centre to the line along the heading, negative behind it, NaN
    for who goes along the line or has no heading. shares: (N, L) where on the line, 0 at its start
    and 1 at its end, in the picture. signs: (N, L) +1 for who goes over it forward, -1 backward.
    """

    ahead_m: NDArray[np.float64]
    shares: NDArray[np.float64]
    signs: NDArray[np.int8]


class GroundLines:
    """The lines of a calibrated scene on its ground. Raises nothing; lines out of the
    calibration's reach are NaN and approached by nobody.
    """

    def __init__(self, scene: Scene) -> None:
        plane = scene.ground_plane
        nowhere = np.full_like(scene.line_starts, np.nan)
        self._starts, self._along, self._turn = nowhere, nowhere, np.ones(len(nowhere))
        self._bend = np.ones(len(nowhere))
        if plane is None or not len(nowhere):
            return
        starts, ends = plane.to_ground(scene.line_starts), plane.to_ground(scene.line_ends)
        reach = plane.covers(scene.line_starts) & plane.covers(scene.line_ends)
        self._starts = np.where(reach[:, None], starts, np.nan)
        self._along = np.where(reach[:, None], ends - starts, np.nan)
        # Right of the line in the picture: on which side of it is that on the ground?
        middle = (scene.line_starts + scene.line_ends) / 2
        step = (scene.line_ends - scene.line_starts)[:, ::-1] * (-0.01, 0.01)
        probe = plane.to_ground(middle + step)
        across = self._cross(self._along, probe - self._starts)
        pictured = sides(scene.line_starts, scene.line_ends, middle + step)
        self._turn = np.sign(np.nan_to_num(across * pictured)) + 0.0
        # A share of the length in the picture is not one on the ground: (1, bend) weights.
        depth = plane.matrix()[2]
        near = starts @ depth[:2] + depth[2]
        far = ends @ depth[:2] + depth[2]
        self._bend = np.where(reach, far / np.where(near > 0, near, 1.0), 1.0)

    def approach(self, centres: Points, headings: Points) -> Approach:
        """centres, headings: (N, 2), NaN where not known."""
        to = self._starts[None] - centres[:, None]
        over = self._cross(headings[:, None], self._along[None])
        steep = np.abs(over) > _STEEP * np.hypot(self._along[:, 0], self._along[:, 1])
        divisor = np.where(steep, over, np.nan)
        ahead = self._cross(to, self._along[None]) / divisor
        ground = self._cross(to, headings[:, None]) / divisor
        # Projective: s in the picture of g on the ground.
        shares = ground * self._bend / (1 + ground * (self._bend - 1))
        signs = np.where(np.nan_to_num(over) * self._turn < 0, 1, -1).astype(np.int8)
        return Approach(ahead, shares, signs)

    def ahead_m(
        self, centres: Points, headings: Points, lines: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """(N,) as in an Approach, each to one line only: ``lines`` (N,)."""
        along = self._along[lines]
        over = self._cross(headings, along)
        steep = np.abs(over) > _STEEP * np.hypot(along[:, 0], along[:, 1])
        to = self._starts[lines] - centres
        return self._cross(to, along) / np.where(steep, over, np.nan)

    @staticmethod
    def _cross(a: Points, b: Points) -> NDArray[np.float64]:
        return np.asarray(a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0])
