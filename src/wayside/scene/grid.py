"""Lines of a square grid on the ground as the picture shows them: a look says whether it fits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from wayside.domain.geometry import Points
from wayside.domain.scene import XY
from wayside.scene.calibration import GroundPlane

_STEPS_M = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0)
_MOST = 40
_RASTER = 24
_FAR = 8.0
"""Times the nearest ground's extent: further lines would lie on one another."""


@dataclass(frozen=True, slots=True)
class Grid:
    """step_m: between lines. lines: pairs of places in the picture. scale_error: half-width of the
    95 % band of distances about the middle of the ground shown, as a share.
    """

    step_m: float
    lines: tuple[tuple[XY, XY], ...]
    scale_error: float


def grid_of(plane: GroundPlane, step_m: float | None = None) -> Grid:
    """step_m: None for the finest usual step, 5 m or more, that keeps the picture readable."""
    side = np.linspace(0.01, 0.99, _RASTER)
    raster = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    raster = raster[plane.covers(raster)]
    ground = plane.to_ground(raster)
    known = np.isfinite(ground).all(1)
    ground, raster = ground[known], raster[known]
    if len(ground) < 4:
        return Grid(step_m or 10.0, (), float("nan"))
    near = ground[np.argsort(-raster[:, 1])[: max(4, len(ground) // 4)]]
    middle = np.median(near, axis=0)
    reach = _FAR * max(float(np.hypot(*(near - middle).T).max()), 1.0)
    ground = ground[np.hypot(*(ground - middle).T) < reach]
    low, high = ground.min(0), ground.max(0)
    step = step_m or next(
        (s for s in _STEPS_M if s >= 5 and (high - low).max() / s <= _MOST), _STEPS_M[-1]
    )
    lines: list[tuple[XY, XY]] = []
    for axis in (0, 1):
        first, last = np.ceil(low[axis] / step), np.floor(high[axis] / step)
        for number in np.arange(first, min(last, first + 4 * _MOST) + 1):
            line = _shown(plane, axis, float(number) * step, low, high)
            if line is not None:
                lines.append(line)
    return Grid(step, tuple(lines), _scale_error(plane, ground))


def _shown(
    plane: GroundPlane, axis: int, at: float, low: Points, high: Points
) -> tuple[XY, XY] | None:
    """The part of one grid line that the picture shows: straight lines stay straight."""
    along = np.linspace(low[1 - axis], high[1 - axis], 200)
    points = np.empty((len(along), 2))
    points[:, axis], points[:, 1 - axis] = at, along
    image = plane.to_image(points)
    shown = image[np.isfinite(image).all(1) & ((image >= 0) & (image <= 1)).all(1)]
    if len(shown) < 2:
        return None
    (x1, y1), (x2, y2) = shown[0].round(4).tolist(), shown[-1].round(4).tolist()
    return (x1, y1), (x2, y2)


def _scale_error(plane: GroundPlane, ground: Points) -> float:
    """1.96 standard deviations of distances both ways across the middle, as a share, the worse."""
    middle = np.median(ground, axis=0)
    reach = 0.5 * np.percentile(np.abs(ground - middle), 50, axis=0).clip(1.0)
    starts, ends = middle - np.diag(reach), middle + np.diag(reach)
    return float((1.96 * plane.distance_sigma_m(starts, ends) / (2 * reach)).max())
