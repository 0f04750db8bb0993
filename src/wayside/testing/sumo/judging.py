"""Holds what analyzers said against what SUMO says: numbers of lines and lanes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.truth import AreaInterval, LoopInterval, Passage
from wayside.testing.sumo.watching import Watched


@dataclass(frozen=True, slots=True)
class Compared:
    """One number against its truth. what: the metric. holds: within what is accepted."""

    what: str
    place: str
    found: float
    true: float
    holds: bool

    @property
    def error(self) -> float:
        return self.found - self.true


Numbers: TypeAlias = list[Compared]


def volumes(recording: Recording, watched: Watched) -> Numbers:
    """Per line, over all whole windows: within 1 % or one vehicle of those that SUMO's loops saw.

    Vehicles are counted once: an E1's own number has one that changes lanes over it twice or never.
    """
    return _counts(recording, watched, "line")


def lane_volumes(recording: Recording, watched: Watched) -> Numbers:
    """The same per lane."""
    return _counts(recording, watched, "lane")


def _counts(recording: Recording, watched: Watched, place_kind: str) -> Numbers:
    found: dict[str, float] = defaultdict(float)
    for _, row in watched.rows("count", place_kind):
        if row.direction == "forward":
            found[row.place] += row.value or 0.0
    true: dict[str, set[str]] = defaultdict(set)
    end_s = max((window.end_s for window in watched.windows), default=0.0)
    for passage in recording.truth.passages:
        if passage.enter_s < end_s:
            true[_place(recording, passage, place_kind)].add(passage.object_id)
    return [
        Compared("count", place, found[place], n, abs(found[place] - n) <= max(0.01 * n, 1.0))
        for place, n in ((place, len(objects)) for place, objects in true.items())
        if place in found
    ]


def speeds(recording: Recording, watched: Watched) -> Numbers:
    """Time-mean speed per line, weighted by vehicles: within 2 % of E1's."""
    return _speeds(recording, watched, "speed_mean", _arithmetic)


def space_speeds(recording: Recording, watched: Watched) -> Numbers:
    """Space-mean speed per line: within 2 % of E1's harmonic mean."""
    return _speeds(recording, watched, "speed_space_mean", _harmonic)


Mean: TypeAlias = Callable[[Iterable[tuple[float, float]]], float]


def _arithmetic(pairs: Iterable[tuple[float, float]]) -> float:
    rows = np.array(list(pairs))
    return float((rows[:, 0] * rows[:, 1]).sum() / rows[:, 1].sum())


def _harmonic(pairs: Iterable[tuple[float, float]]) -> float:
    rows = np.array(list(pairs))
    return float(rows[:, 1].sum() / (rows[:, 1] / np.maximum(rows[:, 0], 0.01)).sum())


def _speeds(recording: Recording, watched: Watched, metric: str, mean: Mean) -> Numbers:
    numbers: dict[tuple[float, str], float] = {}
    for window, row in watched.rows("speed_n", "line"):
        if row.direction == "forward" and row.value:
            numbers[window.end_s, row.place] = row.value
    found: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for window, row in watched.rows(metric, "line"):
        number = numbers.get((window.end_s, row.place))
        if row.direction == "forward" and row.value is not None and number:
            found[row.place].append((row.value, number))
    true: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for loop in recording.truth.loops:
        value = loop.speed_mps if metric == "speed_mean" else loop.harmonic_mps
        if value is not None and loop.left:
            true[loop.line].append((value, loop.left))
    compared: Numbers = []
    for place, pairs in true.items():
        if found.get(place):
            got, want = mean(found[place]), mean(pairs)
            compared.append(Compared(metric, place, got, want, abs(got / want - 1) <= 0.02))
    return compared


def occupancies(recording: Recording, watched: Watched) -> Numbers:
    """Time occupancy per lane, mean of all windows: within 2 points of E1's."""
    found: dict[str, list[float]] = defaultdict(list)
    for _, row in watched.rows("time_occupancy", "lane"):
        if row.direction in ("forward", "") and row.value is not None:
            found[row.place].append(row.value)
    true: dict[str, list[float]] = defaultdict(list)
    for loop in recording.truth.loops:
        true[_place(recording, loop, "lane")].append(loop.occupancy)
    return [
        Compared("time_occupancy", place, got, want, abs(got - want) <= 2.0)
        for place, values in true.items()
        if found.get(place)
        for got, want in [(float(np.mean(found[place])), float(np.mean(values)))]
    ]


QUEUES: tuple[tuple[str, Callable[[AreaInterval], float], float], ...] = (
    ("queue_vehicles_mean", lambda a: a.jam_vehicles_mean, 1.0),
    ("queue_vehicles_max", lambda a: a.jam_vehicles_max, 1.0),
    ("queue_length_mean", lambda a: a.jam_length_mean_m, 7.5),
    ("queue_length_max", lambda a: a.jam_length_max_m, 7.5),
)
"""Metric, E2's name for it, and how far it may be off: one vehicle, which is 7.5 m."""


def queues(recording: Recording, watched: Watched) -> Numbers:
    """Each lane and window: within one vehicle (7.5 m) or 5 % of E2's jam."""
    true = {(a.zone, round(a.end_s)): a for a in recording.truth.areas}
    compared: Numbers = []
    for metric, value_of, room in QUEUES:
        for window, row in watched.rows(metric, "zone"):
            area = true.get((row.place, round(window.end_s)))
            if area is None or row.value is None:
                continue
            want = value_of(area)
            holds = abs(row.value - want) <= max(room, 0.05 * want)
            compared.append(Compared(metric, row.place, row.value, want, holds))
    return compared


def densities(recording: Recording, watched: Watched) -> Numbers:
    """Vehicles a kilometre of lane: within 5 % or half a vehicle in the lane of E2's number."""
    lengths = {a.zone: a for a in recording.truth.areas}
    found: dict[str, list[float]] = defaultdict(list)
    for _, row in watched.rows("density", "zone"):
        if row.value is not None and row.place in lengths:
            found[row.place].append(row.value)
    true: dict[str, list[float]] = defaultdict(list)
    for area in recording.truth.areas:
        if area.length_m:
            true[area.zone].append(1000 * area.vehicles / area.length_m)
    return [
        Compared("density", zone, got, want, abs(got - want) <= max(0.05 * want, 2.0))
        for zone, values in true.items()
        if found.get(zone)
        for got, want in [(float(np.mean(found[zone])), float(np.mean(values)))]
    ]


def crossed_people(recording: Recording, watched: Watched) -> Numbers:
    """People over each crosswalk, over the recording: within 5 % or one."""
    found: dict[str, float] = defaultdict(float)
    for _, row in watched.rows("people_crossed", "zone"):
        found[row.place] += row.value or 0.0
    true: dict[str, int] = defaultdict(int)
    for crossing in recording.truth.crossings:
        true[crossing.zone] += 1
    return [
        Compared("people_crossed", zone, found[zone], n, abs(found[zone] - n) <= max(0.05 * n, 1))
        for zone, n in true.items()
        if zone in found
    ]


NUMBERS: dict[str, Callable[[Recording, Watched], Numbers]] = {
    "volume by line": volumes,
    "volume by lane": lane_volumes,
    "time-mean speed": speeds,
    "space-mean speed": space_speeds,
    "time occupancy": occupancies,
    "density": densities,
    "queue": queues,
    "people crossed": crossed_people,
}
"""All that is compared number by number."""


def _place(recording: Recording, loop: LoopInterval | Passage, place_kind: str) -> str:
    """As readings name it: a lane of a line by the line and the lane's zone."""
    if place_kind == "line":
        return loop.line
    return f"{loop.line}:{recording.truth.lane_zones.get(f'{loop.line}:{loop.lane}', loop.lane)}"
