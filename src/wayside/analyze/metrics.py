"""Every metric that an analyzer measures: its unit, how windows add up, and words for people.

The one table of it. An analyzer's docstring has the formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Combine(StrEnum):
    """How values of several windows become one.

    SUM: numbers of things that happened. MEAN: weighted by the time that was
    watched; exact for rates and averages over time, close for averages over
    objects and for percentiles. MAX: the largest of the largest.
    """

    SUM = "sum"
    MEAN = "mean"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class Metric:
    """name: as in ``Reading.metric``. words: what it tells, for a legend."""

    name: str
    unit: str
    combine: Combine
    words: str


METRICS: tuple[Metric, ...] = (
    Metric("count", "objects", Combine.SUM, "Objects that crossed the line or made the movement"),
    Metric("flow", "objects/h", Combine.MEAN, "Crossings as an hourly rate"),
    Metric("speed_n", "objects", Combine.SUM, "Crossings with a measured speed"),
    Metric("speed_mean", "m/s", Combine.MEAN, "Mean speed over the line"),
    Metric("speed_space_mean", "m/s", Combine.MEAN, "Space-mean speed over the line"),
    Metric("speed_p85", "m/s", Combine.MEAN, "Speed that 85 % did not exceed"),
    Metric("headway_mean", "s", Combine.MEAN, "Mean time from one vehicle to the next"),
    Metric("gap_mean", "s", Combine.MEAN, "Mean time from a rear to the next front"),
    Metric("time_occupancy", "%", Combine.MEAN, "Share of time with a vehicle over the line"),
    Metric("travel_time_mean", "s", Combine.MEAN, "Mean time from the first line to the second"),
    Metric("stopped", "objects", Combine.SUM, "Objects that came to stand still"),
    Metric("density", "vehicles/km", Combine.MEAN, "Vehicles a kilometre, all lanes together"),
    Metric("queue_vehicles_mean", "vehicles", Combine.MEAN, "Mean number of vehicles queueing"),
    Metric("queue_vehicles_max", "vehicles", Combine.MAX, "Largest number of vehicles queueing"),
    Metric("queue_length_mean", "m", Combine.MEAN, "Mean length of the queue"),
    Metric("queue_length_max", "m", Combine.MAX, "Longest queue"),
    Metric("queue_overflow", "%", Combine.MEAN, "Time for which the queue was longer than seen"),
    Metric("time_in_queue_mean", "s", Combine.MEAN, "Mean time in the queue of those who left"),
    Metric("level_of_service", "level", Combine.MEAN, "Level of service, 1 (A) to 6 (F)"),
    Metric("people_crossed", "objects", Combine.SUM, "People and cyclists who crossed"),
    Metric("waiting_mean", "s", Combine.MEAN, "Mean time for which they waited to cross"),
    Metric("waiting_max", "s", Combine.MAX, "Longest time for which anyone waited to cross"),
    Metric("u_turns", "objects", Combine.SUM, "Vehicles that turned round"),
    Metric("closed_line_crossings", "objects", Combine.SUM, "Vehicles over a closed line"),
    Metric("occupancy_mean", "objects", Combine.MEAN, "Mean number of objects in the zone"),
    Metric("occupancy_max", "objects", Combine.MAX, "Largest number of objects in the zone"),
    Metric("entries", "objects", Combine.SUM, "Objects that entered the zone"),
    Metric("exits", "objects", Combine.SUM, "Objects that left the zone"),
    Metric("dwell_mean", "s", Combine.MEAN, "Mean stay of those who left"),
    Metric("dwell_median", "s", Combine.MEAN, "Median stay of those who left"),
    Metric("dwell_max", "s", Combine.MAX, "Longest stay of those who left"),
    Metric("near_misses", "encounters", Combine.SUM, "Encounters that nearly were collisions"),
    Metric("collisions", "encounters", Combine.SUM, "Collisions"),
)

_BY_NAME = {metric.name: metric for metric in METRICS}


def metric_of(name: str, unit: str = "") -> Metric:
    """Of the table, or for a plug-in's metric a guess from its name: averages unless it says so."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    plain = name.replace("_", " ").strip().capitalize()
    if name.endswith("_max"):
        return Metric(name, unit, Combine.MAX, plain)
    is_number = name.endswith(("_count", "_total"))
    return Metric(name, unit, Combine.SUM if is_number else Combine.MEAN, plain)
