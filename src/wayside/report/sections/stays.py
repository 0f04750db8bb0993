"""Zones: visits, dwell and occupancy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from wayside.report import charts, words, zones
from wayside.report.found import FULL_COVERAGE, Found


@dataclass(frozen=True, slots=True)
class DwellRow:
    """label: class label for its swatch, "" for all classes together."""

    label: str
    name: str
    visits: int
    unfinished: int
    mean: str | Markup
    median: str | Markup
    longest: str | Markup


@dataclass(frozen=True, slots=True)
class ZonePanel:
    zone: str
    rows: list[DwellRow]
    empty: str
    most_at_once: int
    chart: Markup


@dataclass(frozen=True, slots=True)
class Stays:
    """visits: to all zones together."""

    panels: list[ZonePanel]
    axis: str
    visits: int


def build(found: Found) -> Stays | None:
    names = zones.zone_names(found.feed.geometry, found.visits)
    if not names:
        return None
    series = {
        zone: zones.occupancy(zone, found.visits, found.intervals, found.feed.duration_s)
        for zone in names
    }
    top = max(float(np.nan_to_num(values).max()) for values in series.values())
    panels = [_panel(found, zone, series[zone], top) for zone in names]
    return Stays(panels, found.clock_name, len(found.visits))


def _panel(found: Found, zone: str, values: np.ndarray, top: float) -> ZonePanel:
    rows = [_row(dwell) for dwell in zones.dwell_times(zone, found.visits) if dwell.visits]
    chart = charts.stacked_bars(
        [charts.Series("objects, mean", "plain", values)],
        found.slot_names(),
        found.slot_ticks(),
        label=f"Mean number of objects in {zone} over time",
        top=top,
        whole=False,
        doubtful=found.intervals.coverage < FULL_COVERAGE,
    )
    empty = "" if rows else f"Nothing was in {zone} in these {words.span(found.feed.duration_s)}."
    return ZonePanel(zone, rows, empty, zones.most_at_once(zone, found.visits), chart)


def _row(dwell: zones.Dwell) -> DwellRow:
    name = "All classes" if dwell.object_class is None else words.class_name(dwell.object_class)
    return DwellRow(
        "" if dwell.object_class is None else dwell.object_class.label,
        name,
        dwell.visits,
        dwell.unfinished,
        _seconds(dwell.mean_s),
        _seconds(dwell.median_s),
        _seconds(dwell.longest_s),
    )


def _seconds(value: float | None) -> str | Markup:
    if value is None:
        return words.undefined("No visit was over when the analysis ended")
    return words.tenths(value)
