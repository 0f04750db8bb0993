"""Headways, occupancy, queues and crossings, as the analyzers measured them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from markupsafe import Markup

from wayside.analyze.metrics import metric_of
from wayside.report import charts, words
from wayside.report.found import FULL_COVERAGE, Found
from wayside.report.measured import Measured, Place, measured

_GROUPS: Final = (
    (
        "Headways and occupancy",
        ("speed_space_mean", "headway_mean", "gap_mean", "time_occupancy"),
        "time_occupancy",
    ),
    (
        "Queues and density",
        ("density", "queue_vehicles_mean", "queue_vehicles_max", "queue_length_mean",
         "queue_length_max", "queue_overflow", "time_in_queue_mean", "level_of_service"),
        "queue_vehicles_max",
    ),
    ("People who cross", ("people_crossed", "waiting_mean", "waiting_max"), "people_crossed"),
    (
        "Manoeuvres and conflicts",
        ("u_turns", "closed_line_crossings", "near_misses", "collisions"),
        "",
    ),
)  # fmt: skip
"""Heading, metrics in the order of their columns, and the one that is drawn over time."""

_MOST_PANELS = 8
_LEVELS = "ABCDEF"


@dataclass(frozen=True, slots=True)
class FlowRow:
    place: str
    cells: list[str | Markup]


@dataclass(frozen=True, slots=True)
class FlowPanel:
    place: str
    what: str
    unit: str
    chart: Markup


@dataclass(frozen=True, slots=True)
class FlowGroup:
    """columns: (words, unit). panels_left_out: places beyond those that are drawn."""

    heading: str
    columns: list[tuple[str, str]]
    rows: list[FlowRow]
    panels: list[FlowPanel]
    panels_left_out: int


@dataclass(frozen=True, slots=True)
class Flow:
    groups: list[FlowGroup]
    axis: str


def build(found: Found) -> Flow | None:
    """None where none of these was measured."""
    wanted = [metric for _, metrics, _ in _GROUPS for metric in metrics]
    there = measured(found.feed, wanted, found.intervals)
    groups = [
        _group(found, heading, {m: there[m] for m in metrics if m in there}, drawn)
        for heading, metrics, drawn in _GROUPS
        if any(m in there for m in metrics)
    ]
    return Flow(groups, found.clock_name) if groups else None


def _group(found: Found, heading: str, there: dict[str, list[Measured]], drawn: str) -> FlowGroup:
    places = list(dict.fromkeys(each.place for some in there.values() for each in some))
    columns = [
        (metric_of(metric).words, _shown_unit(some[0].unit)) for metric, some in there.items()
    ]
    panels = [each for each in there.get(drawn, []) if not np.isnan(each.values).all()]
    return FlowGroup(
        heading,
        columns,
        [_row(place, there) for place in sorted(places, key=lambda each: each.name)],
        _panels(found, panels[:_MOST_PANELS]),
        max(0, len(panels) - _MOST_PANELS),
    )


def _row(place: Place, there: dict[str, list[Measured]]) -> FlowRow:
    cells: list[str | Markup] = []
    for some in there.values():
        (one,) = [each for each in some if each.place == place] or (None,)
        if one is None:
            cells.append(words.undefined("It is not measured at this place"))
        elif one.whole is None:
            cells.append(words.undefined("It was defined at no time: see its method"))
        else:
            cells.append(_shown(one.metric, one.unit, one.whole))
    return FlowRow(place.name, cells)


def _shown(metric: str, unit: str, value: float) -> str:
    if metric == "level_of_service":
        return _LEVELS[min(5, max(0, round(value) - 1))]
    if unit == "m/s":
        return f"{value * words.KMH_PER_MPS:.1f}"
    return words.number(value, 0 if value == round(value) else 1)


def _shown_unit(unit: str) -> str:
    return "km/h" if unit == "m/s" else unit


def _panels(found: Found, drawn: Sequence[Measured]) -> list[FlowPanel]:
    """All on one scale, to be compared at a glance."""
    top = max((float(np.nanmax(each.values)) for each in drawn), default=0.0)
    return [
        FlowPanel(
            each.place.name,
            metric_of(each.metric, each.unit).words,
            each.unit,
            charts.stacked_bars(
                [charts.Series(each.unit, "plain", each.values)],
                found.slot_names(),
                found.slot_ticks(),
                label=f"{metric_of(each.metric, each.unit).words}, {each.place.name}, over time",
                top=top,
                whole=False,
                doubtful=found.intervals.coverage < FULL_COVERAGE,
            ),
        )
        for each in drawn
    ]
