"""The line along which traffic passes a zone: how far along it, and how far beside it, one is."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from wayside.domain.geometry import Points

_FAR = 3.0
"""Picture widths by which the ends of a heading are drawn out; beyond any picture's edge."""


class Way:
    """A polyline with a beginning and an end, in any one unit of length.

    points: (K, 2), two different ones at least.
    """

    def __init__(self, points: Points) -> None:
        steps = np.diff(points, axis=0)
        lengths = np.hypot(steps[:, 0], steps[:, 1])
        real = lengths > 0
        self.points = points
        self.lengths: NDArray[np.float64] = lengths[real]
        self.starts: Points = points[:-1][real]
        self.units: Points = steps[real] / self.lengths[:, None]
        self.before: NDArray[np.float64] = np.cumsum(self.lengths) - self.lengths

    @property
    def length(self) -> float:
        return float(self.lengths.sum())

    @cached_property
    def _alone(self) -> Ways:
        return Ways([self])

    def along(self, points: Points) -> tuple[NDArray[np.float64], NDArray[np.float64], Points]:
        """(N,) distances along and (N,) beside the way of (N, 2) points, and (N, 2) its direction
        there; see Ways.along.
        """
        return self._alone.along(points, np.zeros(len(points), np.intp))


class Ways:
    """Several ways in columns, so that all places on all of them are found at once."""

    def __init__(self, ways: list[Way]) -> None:
        most = max((len(way.lengths) for way in ways), default=0)
        shape = (len(ways), most)
        self._starts = np.zeros((*shape, 2))
        self._units = np.zeros((*shape, 2))
        self._before = np.zeros(shape)
        # A padded segment lies nowhere, so it is nearest to nobody.
        self._starts[:] = 1e12
        self._least = np.zeros(shape)
        self._most = np.zeros(shape)
        for row, way in enumerate(ways):
            count = len(way.lengths)
            self._starts[row, :count] = way.starts
            self._units[row, :count] = way.units
            self._before[row, :count] = way.before
            self._most[row, :count] = way.lengths
            self._least[row, 0] = -np.inf
            self._most[row, count - 1] = np.inf

    def along(
        self, points: Points, which: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], Points]:
        """Where (N, 2) points are on the ways ``which`` (N,).

        Returns (N,) the distance along the way of the nearest place on it, under 0 before its
        beginning and over its length after its end, where it goes on straight; (N,) the distance
        beside it, positive where a turn from the first axis to the second leads; (N, 2) the unit
        vector of the way there. NaN for NaN.
        """
        starts, units = self._starts[which], self._units[which]
        to = points[:, None] - starts
        raw = (to * units).sum(2)
        kept = np.clip(raw, self._least[which], self._most[which])
        off = to - kept[:, :, None] * units
        best = (off**2).sum(2).argmin(1)
        rows = np.arange(len(points))
        unit = units[rows, best]
        there = to[rows, best]
        beside = unit[:, 0] * there[:, 1] - unit[:, 1] * there[:, 0]
        return self._before[which, best] + kept[rows, best], beside, unit


def through(polygon: Points, heading: Points) -> Points:
    """(K, 2) the way of a heading through a polygon, from where it enters to where it leaves.

    Its ends are drawn out straight to the outline; what leads out of it is cut off. A heading
    that never meets the outline is returned as it is.
    """
    first, last = heading[0] - heading[1], heading[-1] - heading[-2]
    line = np.concatenate(
        [
            [heading[0] + first / np.hypot(*first) * _FAR],
            heading,
            [heading[-1] + last / np.hypot(*last) * _FAR],
        ]
    )
    met = [
        index + share
        for index in range(len(line) - 1)
        for share in _meetings(line[index], line[index + 1], polygon)
    ]
    if len(met) < 2 or min(met) == max(met):
        return heading
    enters, leaves = min(met), max(met)
    kept = [index for index in range(len(line)) if enters < index < leaves]
    return np.array([_at(line, enters), *line[kept], _at(line, leaves)])


def _at(line: Points, place: float) -> Points:
    index = min(int(place), len(line) - 2)
    return np.asarray(line[index] + (place - index) * (line[index + 1] - line[index]))


def _meetings(start: Points, end: Points, polygon: Points) -> list[float]:
    """Shares of the step start→end at which it meets the outline."""
    step, edges = end - start, np.roll(polygon, -1, axis=0) - polygon
    to = polygon - start
    cross = step[0] * edges[:, 1] - step[1] * edges[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        on_step = (to[:, 0] * edges[:, 1] - to[:, 1] * edges[:, 0]) / cross
        on_edge = (to[:, 0] * step[1] - to[:, 1] * step[0]) / cross
    met = (on_step >= 0) & (on_step < 1) & (on_edge >= 0) & (on_edge < 1) & (cross != 0)
    return [float(share) for share in on_step[met]]
