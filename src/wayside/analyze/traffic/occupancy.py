"""How much of the time vehicles cover each line and lane, and the gaps between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np

from wayside.analyze.traffic.covering import Cover, Covering, Intervals, quadratic
from wayside.analyze.traffic.lanes import LineLanes, Place, lane_place, places_of
from wayside.analyze.traffic.moment import Moment
from wayside.analyze.traffic.readers import Crossing
from wayside.domain.classes import ClassGroup
from wayside.domain.records import Finding, Reading
from wayside.scene.scene import Scene


class LineOccupancy:
    """Time occupancy and gaps at each line, direction and lane; a CrossingReader that also watches.

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
    of the 95 % band from what is not known of lengths, independent from vehicle to vehicle.

    A vehicle's time is that of its way in retrospect once its crossing has settled; until then, and
    for who stands on the line or turns back on it, that of each instant.
    """

    def __init__(self, scene: Scene, lanes: LineLanes) -> None:
        self._lanes = lanes
        self._is_calibrated = scene.ground_plane is not None
        self._covering = Covering(scene, lanes)
        self._watched: dict[tuple[int, str], list[Cover]] = defaultdict(list)
        self._covered: dict[Place, Intervals] = defaultdict(Intervals)
        self._sigmas: dict[Place, list[tuple[float, float]]] = defaultdict(list)
        self._left: dict[Place, float] = {}
        self._gaps: dict[Place, list[tuple[float, float]]] = defaultdict(list)

    def watch(self, moment: Moment) -> None:
        """What lies over lines now. Replaced by what is known better once it has crossed."""
        if self._is_calibrated:
            for cover in self._covering.advance(moment):
                self._watched[cover.track, cover.line].append(cover)

    def crossed(self, crossing: Crossing) -> list[Finding]:
        """It has left the line."""
        over = crossing.passing
        if crossing.object_class.group is ClassGroup.PERSON or over is None:
            return []
        if over.front_s is None or over.rear_s is None:
            return []  # what was watched of it stays
        places = places_of(crossing.line, crossing.direction, crossing.lane)
        self._watched.pop((crossing.track, crossing.line), None)  # the same, less well known
        for place in places:
            self._covered[place].add(over.front_s, over.rear_s)
            self._sigmas[place].append((over.rear_s, over.sigma_s))
        # The lane says who follows whom; the line only where there are no lanes.
        left = self._left.get(places[-1])
        if left is not None:
            for place in places:
                self._gaps[place].append((over.front_s, max(over.front_s - left, 0.0)))
        self._left[places[-1]] = max(over.rear_s, left or over.rear_s)
        return []

    def forget(self, track: int) -> None:
        """What it covered without having crossed stays covered."""
        for key in [key for key in self._watched if key[0] == track]:
            for cover in self._watched.pop(key):
                for place in places_of(cover.line, cover.direction, cover.lane):
                    self._covered[place].add(cover.start_s, cover.end_s)

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        watched = defaultdict(list)
        for covers in self._watched.values():
            for cover in covers:
                for place in places_of(cover.line, cover.direction, cover.lane):
                    watched[place].append((cover.start_s, cover.end_s))
        shares = {
            place: self._share(place, watched[place], start_s, end_s)
            for place in self._lanes.places()
        }
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

    def _share(
        self, place: Place, watched: list[tuple[float, float]], start_s: float, end_s: float
    ) -> tuple[float | None, float | None]:
        """Per cent of the window and its error."""
        if not self._is_calibrated:
            return None, None
        length = end_s - start_s
        covered = self._covered[place].within(start_s, end_s, watched)
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
        for key, covers in list(self._watched.items()):
            self._watched[key] = [cover for cover in covers if cover.end_s > end_s]
            if not self._watched[key]:
                del self._watched[key]
        for rows in (*self._sigmas.values(), *self._gaps.values()):
            rows[:] = [row for row in rows if row[0] >= end_s]
