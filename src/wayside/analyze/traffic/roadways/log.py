"""What was on the roads during a window, as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.roadways import service
from wayside.analyze.traffic.roadways.free_flow import ASSUMED_MPS, FreeFlow
from wayside.analyze.traffic.roadways.roadway import Roadway
from wayside.analyze.traffic.roadways.state import RoadState
from wayside.domain.records import Reading

_VEHICLES, _CARS, _TIMED, _RATE, _QUEUED, _LENGTH, _CUT = range(7)
_NO_PASSAGE_S = 80.0


class RoadLog:
    """Density, queues, time in queue and level of service for each zone and window.

    Each state counts with the seconds w that it held within the window; T = Σ w.

    ``density``: k = Σ n w / (T L), n the vehicles inside, L the zone's length: the time that all
    spend in it, from their first sight on, over the area of the diagram of time and space
    (L. Edie, Discussion of traffic stream measurements and definitions, 1963); vehicles a
    kilometre, all lanes together.
    ``queue_vehicles_mean`` Σ q w / T and ``queue_vehicles_max`` of the longest queue, see
    longest_queue; ``queue_length_mean``, ``queue_length_max``: of its length in metres, 0 where
    nobody stands. ``queue_overflow``: share of T for which the queue reached the zone's beginning
    or the picture's edge, so that its number and length are lower bounds; %.
    ``time_in_queue_mean``: mean seconds in the queue of the vehicles that left the zone in the
    window and had queued. ``level_of_service``: 1 to 6, see service; by density where the
    free-flow speed is 72 km/h or more, else by the delay of one passage, L (Σ n w / Σ v w - 1/v_f)
    with v the vehicles' speeds along the way and v_f the free-flow speed.
    Undefined: metres where not calibrated; queues without a heading; time in queue
    where none left; level by delay where all vehicles have not gone half the zone's length.
    """

    def __init__(self, zones: Sequence[Roadway], free_flow: FreeFlow) -> None:
        self._zones = zones
        self._free_flow = free_flow
        self._spans: list[tuple[float, float]] = []
        self._rows: list[list[tuple[float, ...]]] = []
        self._times: list[tuple[float, int, float]] = []
        self._late: list[tuple[float, int, float]] = []

    def held(self, states: Sequence[RoadState], end_s: float, span_s: float) -> None:
        """These states held for ``span_s`` seconds, until ``end_s``."""
        if span_s > 0:
            self._spans.append((end_s - span_s, end_s))
            self._rows.append([_row(state) for state in states])

    def left(self, times: Sequence[tuple[float, int, float]]) -> None:
        """(when, zone, seconds in queue) of vehicles that have left."""
        self._times.extend(times)

    def late(self, times: Sequence[tuple[float, int, float]]) -> None:
        """(when, zone, seconds) for which vehicles had been there before they counted."""
        self._late.extend(times)

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        spans = np.array(self._spans).reshape(-1, 2)
        weights = (np.minimum(spans[:, 1], end_s) - np.maximum(spans[:, 0], start_s)).clip(0)
        rows = np.array(self._rows, np.float64).reshape(len(spans), len(self._zones), 7)
        rows, weights = rows[weights > 0], weights[weights > 0]
        times = [row for row in self._times if row[0] < end_s]
        self._times = [row for row in self._times if row[0] >= end_s]
        late = [row for row in self._late if row[0] < end_s]
        self._late = [row for row in self._late if row[0] >= end_s]
        kept = [index for index, span in enumerate(self._spans) if span[1] > end_s]
        self._spans = [self._spans[index] for index in kept]
        self._rows = [self._rows[index] for index in kept]
        found: list[Reading] = []
        for index in range(len(self._zones)):
            queued = [seconds for _, zone, seconds in times if zone == index]
            late_s = sum(seconds for _, zone, seconds in late if zone == index)
            found += self._zone(index, rows[:, index], weights, queued, late_s)
        return found

    def _zone(
        self,
        index: int,
        rows: NDArray[np.float64],
        weights: NDArray[np.float64],
        times: list[float],
        late_s: float,
    ) -> list[Reading]:
        zone = self._zones[index]
        place = ("zone", zone.id)
        watched = float(weights.sum())
        means = weights @ rows / watched if watched > 0 else np.full(7, np.nan)
        means[[_VEHICLES, _CARS]] += late_s / watched if watched > 0 else 0.0
        most = rows.max(0, initial=0.0) if watched > 0 else np.full(7, np.nan)
        density = None
        if zone.length_m is not None and watched > 0:
            density = float(means[_VEHICLES]) / zone.length_m * 1000
        found = [Reading("density", density, "vehicles/km", *place)]
        if zone.way is not None:
            length = (means[_LENGTH], most[_LENGTH]) if zone.is_metric else (np.nan, np.nan)
            waited = fmean(times) if times else None
            found += [
                Reading("queue_vehicles_mean", _known(means[_QUEUED]), "vehicles", *place),
                Reading("queue_vehicles_max", _known(most[_QUEUED]), "vehicles", *place),
                Reading("queue_length_mean", _known(length[0]), "m", *place),
                Reading("queue_length_max", _known(length[1]), "m", *place),
                Reading("queue_overflow", _known(100 * means[_CUT]), "%", *place),
                Reading("time_in_queue_mean", waited, "s", *place),
            ]
        level = self._level(index, means, watched) if watched > 0 else None
        return [*found, Reading("level_of_service", level, "level", *place)]

    def _level(self, index: int, means: NDArray[np.float64], watched: float) -> float | None:
        zone = self._zones[index]
        if zone.length_m is None:
            return None
        learned = self._free_flow.speed(index) if zone.is_metric else None
        by_density = zone.way is None or (learned or 0.0) >= service.UNINTERRUPTED_MPS
        if by_density:
            return float(service.by_density(means[_CARS] / zone.length_m * 1000 / zone.lanes))
        if means[_TIMED] <= 0:
            return 1.0
        if means[_RATE] * watched < zone.length_m / 2:
            stuck = means[_QUEUED] >= 1 and watched >= _NO_PASSAGE_S
            return 6.0 if stuck else None
        delay = zone.length_m * (means[_TIMED] / means[_RATE] - 1 / (learned or ASSUMED_MPS))
        return float(service.by_delay(delay))


def _row(state: RoadState) -> tuple[float, ...]:
    return (
        state.vehicles,
        state.cars,
        state.timed,
        state.distance_rate,
        state.queued,
        state.length,
        float(state.is_cut),
    )


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
