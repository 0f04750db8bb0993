"""How much of the time vehicles cover each line and lane, and the gaps between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from wayside.analyze.traffic.covering import Cover, Covering, Intervals, quadratic
from wayside.analyze.traffic.lanes import LineLanes, Place, lane_place, places_of
from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.motion import Motion
from wayside.domain.records import Finding, Reading


class LineOccupancy:
    """Time occupancy and gaps at each line, direction and lane.

    ``time_occupancy``: 100 · (time in which a vehicle lies over the line) / window length; unit %.
    A vehicle lies over it from when its front reaches it until its rear has left it, moving or
    standing. Sources: FHWA, Traffic Detector Handbook (FHWA-HRT-06-108), chapter 2; Highway
    Capacity Manual, 7th ed., chapter 4. It is that of a detector without length: a loop of length
    d reads more, by d / v per vehicle. Where lanes are drawn a line has the mean of its lanes in
    that direction, else the share in which any vehicle lies over it.

    ``gap_mean``: mean of g = (front of the follower reaches the line) - (rear of its leader left
    it), not under 0, over the vehicles whose front came in the window and that have a leader in
    their lane; unit s. A line has that of all its lanes; without lanes of all vehicles over it.
    Source: Highway Capacity Manual, chapter 4. Undefined where nobody had a leader.

    Both are undefined (None) on a feed that is not calibrated. Error of the occupancy: half-width
    of the 95 % band from what is not known of lengths and places, independent from vehicle to
    vehicle.
    """

    settling_s = 2.0

    def __init__(self, motion: Motion, lanes: LineLanes | None = None) -> None:
        scene = motion.scene
        self._lanes = lanes or LineLanes(scene)
        self._is_calibrated = scene.ground_plane is not None
        self._covering = Covering(scene, self._lanes)
        self._covered: dict[Place, Intervals] = defaultdict(Intervals)
        self._sigmas: dict[Place, list[tuple[float, float]]] = defaultdict(list)
        self._arrived: dict[tuple[int, str], float] = {}
        self._left: dict[Place, float] = {}
        self._gaps: dict[Place, list[tuple[float, float]]] = defaultdict(list)

    def update(self, moment: Moment) -> list[Finding]:
        if self._is_calibrated:
            for cover in self._covering.advance(moment):
                self._take(cover)
        if self._arrived and len(moment.tracks.ended):
            gone = set(moment.tracks.ended.tolist())
            self._arrived = {key: s for key, s in self._arrived.items() if key[0] not in gone}
        return []

    def finish(self, t_s: float) -> list[Finding]:  # noqa: ARG002
        return []

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        shares = {place: self._share(place, start_s, end_s) for place in self._lanes.places()}
        rows: list[Reading] = []
        for place in self._lanes.places():
            kind, name, direction = place
            where = (kind, name, "", direction.value)
            share, error = self._of_lanes(place, shares)
            gaps = [gap for t_s, gap in self._gaps[place] if t_s < end_s]
            mean = float(np.mean(gaps)) if gaps else None
            rows.append(Reading("time_occupancy", share, "%", *where, error=error))
            rows.append(Reading("gap_mean", mean, "s", *where))
        self._forget(end_s)
        return rows

    def _take(self, cover: Cover) -> None:
        key = (cover.track, cover.line)
        arrived = self._arrived.setdefault(key, cover.start_s)
        places = places_of(cover.line, cover.direction, cover.lane)
        for place in places:
            self._covered[place].add(cover.start_s, cover.end_s)
        if not cover.passed:
            return
        del self._arrived[key]
        for place in places:
            self._sigmas[place].append((cover.end_s, cover.sigma_s))
        # The lane says who follows whom; the line only where there are no lanes.
        lane = places[-1]
        left = self._left.get(lane)
        if left is not None:
            for place in places:
                self._gaps[place].append((arrived, max(arrived - left, 0.0)))
        self._left[lane] = max(cover.end_s, left or cover.end_s)

    def _share(
        self, place: Place, start_s: float, end_s: float
    ) -> tuple[float | None, float | None]:
        """Per cent of the window and its error."""
        if not self._is_calibrated:
            return None, None
        length = end_s - start_s
        covered = self._covered[place].within(start_s, end_s)
        sigmas = [sigma for t_s, sigma in self._sigmas[place] if t_s < end_s]
        return 100 * covered / length, 100 * quadratic(sigmas) / length

    def _of_lanes(
        self, place: Place, shares: Mapping[Place, tuple[float | None, float | None]]
    ) -> tuple[float | None, float | None]:
        kind, name, direction = place
        lanes = self._lanes.of(name, direction) if kind == "line" else ()
        if not lanes or not self._is_calibrated:
            return shares[place]
        parts = [shares["lane", lane_place(name, lane.zone), direction] for lane in lanes]
        values = [share or 0.0 for share, _ in parts]
        errors = [error or 0.0 for _, error in parts]
        return float(np.mean(values)), float(np.hypot.reduce(errors)) / len(parts)

    def _forget(self, end_s: float) -> None:
        for spans in self._covered.values():
            spans.forget(end_s)
        for rows in (*self._sigmas.values(), *self._gaps.values()):
            rows[:] = [row for row in rows if row[0] >= end_s]
