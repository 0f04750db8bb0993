"""Smooth ways over the ground, measured by arc length."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points

STEP_M = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """A polyline with a vertex about every ``STEP_M``.

    s: (K,) metres from its start. xy: (K, 2).
    """

    s: NDArray[np.float64]
    xy: Points

    @classmethod
    def through(cls, corners: Points) -> Path:
        """The polyline through ``corners`` (V, 2), resampled evenly."""
        lengths = np.hypot(*np.diff(corners, axis=0).T)
        at = np.concatenate([[0.0], np.cumsum(lengths)])
        s = np.linspace(0.0, at[-1], max(2, round(at[-1] / STEP_M) + 1))
        xy = np.stack([np.interp(s, at, corners[:, 0]), np.interp(s, at, corners[:, 1])], axis=1)
        return cls(s, xy)

    @property
    def length(self) -> float:
        return float(self.s[-1])

    def at(self, s: NDArray[np.float64]) -> Points:
        """(N, 2) places at arc lengths ``s``; beyond the ends the path goes straight on."""
        inside = np.clip(s, 0.0, self.length)
        xy = np.stack(
            [np.interp(inside, self.s, self.xy[:, 0]), np.interp(inside, self.s, self.xy[:, 1])],
            axis=1,
        )
        before, after = np.minimum(s, 0.0), np.maximum(s - self.length, 0.0)
        first = (self.xy[1] - self.xy[0]) / self.s[1]
        last = (self.xy[-1] - self.xy[-2]) / (self.s[-1] - self.s[-2])
        return np.asarray(xy + before[:, None] * first + after[:, None] * last)

    def nearest_s(self, point: Points) -> float:
        """Arc length of the vertex nearest to ``point`` (2,)."""
        return float(self.s[np.argmin(((self.xy - point) ** 2).sum(1))])


def arc(centre: tuple[float, float], radius: float, start_deg: float, end_deg: float) -> Points:
    """(V, 2) vertices of a circular arc, ends included, about every ``STEP_M``."""
    sweep = math.radians(end_deg - start_deg)
    count = max(3, round(abs(sweep) * radius / STEP_M) + 1)
    angle = np.linspace(math.radians(start_deg), math.radians(end_deg), count)
    return np.stack(
        [centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)], axis=1
    )


def rotated(points: Points, quarter_turns: int) -> Points:
    """``points`` (N, 2) turned counter-clockwise about the origin by whole quarter turns."""
    for _ in range(quarter_turns % 4):
        points = np.stack([-points[:, 1], points[:, 0]], axis=1)
    return points


def rounded(corners: Points, passes: int = 3) -> Points:
    """Chaikin's corner cutting: people do not turn on the spot. Ends stay where they are."""
    for _ in range(passes):
        a, b = corners[:-1], corners[1:]
        cut = np.stack([0.75 * a + 0.25 * b, 0.25 * a + 0.75 * b], axis=1).reshape(-1, 2)
        corners = np.concatenate([corners[:1], cut, corners[-1:]])
    return corners


@dataclass(frozen=True, slots=True)
class Conflict:
    """Where two paths come too close: from and to, in metres along each."""

    own_in: float
    own_out: float
    other_in: float
    other_out: float


def conflicts(
    own: Path, other: Path, closeness_m: float, reach_m: float = 14.0
) -> tuple[Conflict, ...]:
    """The stretches on which the paths are nearer than ``closeness_m``, in order along ``own``.

    Only the square of ``reach_m`` around the junction's centre is looked at:
    further out paths share lanes, and following the one ahead is enough.
    """
    own_near = np.flatnonzero((np.abs(own.xy) < reach_m).all(1))
    other_near = np.flatnonzero((np.abs(other.xy) < reach_m).all(1))
    if not len(own_near) or not len(other_near):
        return ()
    apart = own.xy[own_near][:, None] - other.xy[other_near][None]
    close = (apart**2).sum(2) < closeness_m**2
    touched = np.flatnonzero(close.any(1))
    found = []
    for run in np.split(touched, np.flatnonzero(np.diff(touched) > 1) + 1):
        if len(run):
            met = np.flatnonzero(close[run].any(0))
            own_s, other_s = own.s[own_near[run]], other.s[other_near[met]]
            found.append(
                Conflict(float(own_s[0]), float(own_s[-1]), float(other_s[0]), float(other_s[-1]))
            )
    return tuple(found)
