"""Finished paths on the ground, and the bundles in which they run: what lanes are proposed from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.geometry import Points
from wayside.domain.tracks import Trajectory
from wayside.scene.calibration import GroundPlane

Floats = NDArray[np.float64]

STEP_M = 1.0
_SHORTEST_M = 8.0
_BLUR = 0.003
_BLURRED_M = 1.2
_BESIDE_M = 1.2
_TURNED = np.radians(25)
_MATCH = 0.8
_STOOD_S = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """One path on the ground, a point for each metre. points: (P, 2) metres. heads: (P, 2) unit.

    stood: (S, 2) where it waited three seconds or more.
    """

    points: Points
    heads: Points
    stood: Points


@dataclass(frozen=True, slots=True, eq=False)
class Bundle:
    """Ways that run together. spine: (P, 2) their middle, a point for each metre. members: rows."""

    spine: Points
    heads: Points
    members: tuple[int, ...]


def ways_of(
    paths: Sequence[Trajectory], plane: GroundPlane, group: ClassGroup, shortest_m: float = 0.0
) -> list[Way]:
    """Of what moved far enough, where a pixel of the detector's jitter is less than a lane."""
    found = (
        _way(path, plane, shortest_m or _SHORTEST_M)
        for path in paths
        if ObjectClass(path.class_id).group is group
    )
    return [way for way in found if way is not None]


def _way(path: Trajectory, plane: GroundPlane, shortest_m: float) -> Way | None:
    image = path.image.astype(np.float64)
    sharp = plane.scale(image) * _BLUR < _BLURRED_M
    sharp &= plane.covers(image)
    if path.sizes is not None:
        # A box that the picture's edge cuts has its foot on the edge, not under the vehicle.
        sharp &= np.isfinite(path.sizes).all(1)
    if sharp.sum() < 3:
        return None
    ground, t_s = plane.to_ground(image[sharp]), path.t_s[sharp]
    # Steps shorter than the jitter are standing; they would curl the way up.
    kept = [0]
    for row in range(1, len(ground)):
        if np.hypot(*(ground[row] - ground[kept[-1]])) > STEP_M:
            kept.append(row)
    waited = np.diff(t_s[kept], append=t_s[-1])
    stood = ground[kept][waited >= _STOOD_S]
    points = resampled(_smoothed(ground[kept]))
    if len(points) * STEP_M < shortest_m:
        return None
    return Way(points, heads_of(points), stood)


def _smoothed(points: Points) -> Points:
    if len(points) < 5:
        return points
    middle = (points[:-2] + 2 * points[1:-1] + points[2:]) / 4
    return np.vstack([points[:1], middle, points[-1:]])


def resampled(points: Points) -> Points:
    """A point for each STEP_M of the way through (N, 2) metres."""
    arc = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    at = np.arange(0.0, arc[-1], STEP_M) if arc[-1] > 0 else np.zeros(1)
    return np.column_stack([np.interp(at, arc, points[:, k]) for k in (0, 1)])


def heads_of(points: Points) -> Points:
    """(P, 2) unit vectors along the way."""
    if len(points) < 2:
        return np.zeros_like(points)
    along = np.gradient(points, axis=0)
    return np.asarray(along / np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)[:, None])


def beside(
    points: Points, heads: Points, spine: Points, spine_heads: Points
) -> tuple[NDArray[np.intp], Floats, Floats]:
    """For (P, 2) points: ((P,) nearest row of the spine, (P,) distance, (P,) angle between)."""
    apart = points[:, None, :] - spine
    squared = (apart**2).sum(2)
    row = squared.argmin(1)
    cosine = (heads * spine_heads[row]).sum(1).clip(-1, 1)
    return row, np.sqrt(squared[np.arange(len(points)), row]), np.arccos(cosine)


def bundles_of(ways: Sequence[Way], least: int) -> list[Bundle]:
    """Bundles of ``least`` ways or more, the fullest first.

    The longest way begins; each further joins the bundle beside whose spine most of it runs the
    same way, or begins one. Then spines move to the middle of their members.
    """
    spines: list[tuple[Points, Points]] = []
    members: list[list[int]] = []
    for row in sorted(range(len(ways)), key=lambda each: -len(ways[each].points)):
        way = ways[row]
        shares = [_share(way.points, way.heads, *spine) for spine in spines]
        best = int(np.argmax(shares)) if shares else -1
        if best >= 0 and shares[best] >= _MATCH:
            members[best].append(row)
        else:
            spines.append((way.points, way.heads))
            members.append([row])
    made = [
        _centred(Bundle(*spine, tuple(rows)), ways)
        for spine, rows in zip(spines, members, strict=True)
        if len(rows) >= 2
    ]
    merged: list[Bundle] = []
    for bundle in sorted(made, key=lambda each: -len(each.members)):
        shares = [_share(bundle.spine, bundle.heads, m.spine, m.heads) for m in merged]
        best = int(np.argmax(shares)) if shares else -1
        if best >= 0 and shares[best] >= _MATCH:
            old = merged[best]
            merged[best] = Bundle(old.spine, old.heads, (*old.members, *bundle.members))
        else:
            merged.append(bundle)
    kept = [bundle for bundle in merged if len(bundle.members) >= least]
    return sorted(kept, key=lambda each: -len(each.members))


def _share(points: Points, heads: Points, spine: Points, spine_heads: Points) -> float:
    _, distance, angle = beside(points, heads, spine, spine_heads)
    return float(((distance < _BESIDE_M) & (angle < _TURNED)).mean())


def _centred(bundle: Bundle, ways: Sequence[Way]) -> Bundle:
    """Its spine at the median of its members across it, smoothed."""
    spine = bundle.spine
    for _ in range(2):
        heads = heads_of(spine)
        normal = np.column_stack([-heads[:, 1], heads[:, 0]])
        offsets: list[list[float]] = [[] for _ in spine]
        for member in bundle.members:
            way = ways[member]
            row, distance, angle = beside(way.points, way.heads, spine, heads)
            for at in np.flatnonzero((distance < 2 * _BESIDE_M) & (angle < _TURNED)):
                to = way.points[at] - spine[row[at]]
                offsets[int(row[at])].append(float(to @ normal[row[at]]))
        shift = np.array([np.median(each) if each else np.nan for each in offsets])
        known = np.isfinite(shift)
        if known.sum() < 2:
            break
        rows = np.arange(len(spine))
        shift = np.interp(rows, rows[known], shift[known])
        width = min(7, len(shift) // 2 * 2 - 1)
        if width >= 3:
            padded = np.pad(shift, width // 2, mode="edge")
            shift = np.convolve(padded, np.full(width, 1 / width), mode="valid")
        spine = resampled(_smoothed(spine + shift[:, None] * normal))
    return Bundle(spine, heads_of(spine), bundle.members)
