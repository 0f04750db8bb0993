"""Queues as the definition has them, from exact footprints: what a lane area's jam is not.

SUMO's lane area detector (E2) reckons standing vehicles to one jam however far they are apart, as
long as none drives between them: it compares its ``jamThreshold`` with a difference whose sign
never lets it split (MSE2Collector::buildJam, 1.28). Before a junction it joins a vehicle that broke
down in mid-block to the one at the stop line. And it ends a jam at one that creeps in it, and has
a vehicle that changes lanes in both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Polygon

from wayside.domain.classes import ObjectClass
from wayside.domain.scene import Zone
from wayside.testing.sumo.kinds import KINDS
from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.truth import AreaSample

_EVERY_S = 0.2
_SMOOTH_S = 1.0
_STANDING_MPS, _CREEPING_MPS, _GOING_MPS, _GONE_MPS = 5 / 3.6, 9 / 3.6, 8 / 3.6, 11 / 3.6
_GAP_M = 10.0
_SLOW_SMOOTH_S = 10.0
_LEAST, _LEAST_PER_KM, _NOBODY = 2.0, 10.0, 0.05
_IS_VEHICLE = np.array([kind.object_class is not ObjectClass.PERSON for kind in KINDS.values()])


@dataclass(frozen=True, slots=True)
class _Lane:
    """On the ground, metres. middle: ends at the stop line."""

    polygon: Polygon
    middle: LineString

    @classmethod
    def of(cls, recording: Recording, zone: Zone) -> _Lane:
        to_ground = recording.camera.image_to_ground
        return cls(
            Polygon(to_ground(np.array(zone.polygon))),
            LineString(to_ground(np.array(zone.heading))),
        )


@dataclass(slots=True)
class _Rest:
    """Who stands, by object of the recording: see docs/methods/queue.md."""

    means: NDArray[np.float64]
    standing: NDArray[np.bool_]

    def update(self, objects: NDArray[np.int32], speeds: NDArray[np.float32]) -> None:
        before = self.means[objects]
        share = -np.expm1(-_EVERY_S / _SMOOTH_S)
        means = np.where(np.isnan(before), speeds, before + share * (speeds - before))
        goes = ((means > _STANDING_MPS) & (speeds > _GOING_MPS)) | (speeds > _GONE_MPS)
        self.means[objects] = means
        self.standing[objects] = (self.standing[objects] | (means < _STANDING_MPS)) & ~goes


def queue_lengths(
    recording: Recording, zones: tuple[str, ...]
) -> Iterator[tuple[float, dict[str, float]]]:
    """(seconds, metres of the longest queue of each zone), five times a second."""
    lanes = {z.id: _Lane.of(recording, z) for z in recording.scene.zones if z.id in zones}
    count = len(recording.object_ids)
    rest = _Rest(np.full(count, np.nan), np.zeros(count, bool))
    for step in recording.sampled(1 / _EVERY_S):
        drives = _IS_VEHICLE[recording.kinds[step.objects]]
        objects, xy = step.objects[drives], step.xy[drives].astype(np.float64)
        rest.update(objects, step.speeds[drives])
        slow = np.flatnonzero(rest.standing[objects] | (rest.means[objects] < _CREEPING_MPS))
        places = shapely.points(xy[slow])
        found: dict[str, float] = {}
        for name, lane in lanes.items():
            inside = shapely.contains(lane.polygon, places)
            there = slow[inside]
            along = shapely.line_locate_point(lane.middle, places[inside])
            half = recording.sizes[objects[there], 0] / 2
            standing = rest.standing[objects[there]]
            found[name] = longest_m(along + half, along - half, standing, lane.middle.length)
        yield step.t_s, found


def longest_m(
    fronts: NDArray[np.float64],
    rears: NDArray[np.float64],
    standing: NDArray[np.bool_],
    stop_m: float,
) -> float:
    """Metres; from the stop line where a head stands within 10 m of it. Creepers count between
    two that stand.
    """
    best = 0.0
    head = rear = reached = -np.inf
    for row in np.argsort(-fronts).tolist():
        if reached - fronts[row] > _GAP_M or not np.isfinite(head):
            if not standing[row]:
                continue
            head = max(stop_m, fronts[row]) if stop_m - fronts[row] <= _GAP_M else fronts[row]
            rear = reached = rears[row]
        else:
            reached = min(reached, rears[row])
            if standing[row]:
                rear = reached
        best = max(best, float(head - rear))
    return best


def long_spells(
    rows: Iterable[tuple[float, bool, bool]], *, for_s: float, bridge_s: float, clear_s: float
) -> list[tuple[float, float]]:
    """(began, ended) of incidents by (seconds, whether it holds, whether it is gone; neither
    changes nothing): a spell lasts until it has been gone for more than bridge_s; an incident is
    spells of for_s and more, each told before the one before it has been over for clear_s.
    """
    spells: list[tuple[float, float]] = []
    began = ended = under = None
    for t_s, holds, is_gone in rows:
        if holds:
            began = t_s if began is None else began
        if began is not None and not is_gone:
            ended, under = t_s, None
        elif began is not None and ended is not None:
            under = t_s if under is None else under
            if t_s - under > bridge_s:
                spells.append((began, ended))
                began = ended = under = None
    if began is not None and ended is not None:
        spells.append((began, ended))
    found: list[tuple[float, float]] = []
    for began_s, ended_s in spells:
        if ended_s - began_s < for_s:
            continue
        if found and began_s + for_s < found[-1][1] + clear_s:
            found[-1] = found[-1][0], ended_s
        else:
            found.append((began_s, ended_s))
    return found


def slow_seconds(
    recording: Recording, zone: str, free_mps: float, share: float
) -> Iterator[tuple[float, bool, bool]]:
    """(seconds, whether a carriageway or lane is congested, whether that is over) by its lane
    areas, once a second, smoothed over 10 s; see docs/methods/congestion.md.
    """
    lanes = {a.zone: a for a in recording.truth.areas if _is_lane_of(a.zone, zone)}
    length_m = max((area.length_m for area in lanes.values()), default=0.0)
    least = max(_LEAST, _LEAST_PER_KM * length_m * len(lanes) / 1000)
    by_second: dict[float, list[AreaSample]] = {}
    for sample in recording.truth.area_samples:
        if sample.zone in lanes:
            by_second.setdefault(sample.t_s, []).append(sample)
    vehicles = rate = 0.0
    for t_s, samples in sorted(by_second.items()):
        weight = 1.0 if t_s == min(by_second) else -np.expm1(-1 / _SLOW_SMOOTH_S)
        vehicles += weight * (sum(s.vehicles for s in samples) - vehicles)
        driven = sum(s.vehicles * max(s.speed_mps, 0.0) for s in samples)
        rate += weight * (driven - rate)
        mean = rate / vehicles if vehicles > _NOBODY else np.inf
        holds = bool(mean < share * free_mps and vehicles >= least)
        yield t_s, holds, bool(mean >= (share + 0.15) * free_mps or vehicles < 0.7 * least)


def _is_lane_of(lane: str, zone: str) -> bool:
    return lane == zone or lane.rpartition("_")[0] == zone
