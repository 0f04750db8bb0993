"""Counts at lines: a table by class and direction, and bars over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from wayside.report import charts, summary, words
from wayside.report.found import FULL_COVERAGE, Found
from wayside.report.incidents import Incident


@dataclass(frozen=True, slots=True)
class Row:
    line: str
    direction: str
    counts: list[int]
    total: int


@dataclass(frozen=True, slots=True)
class Panel:
    """Bars of one direction of a line."""

    direction: str
    total: int
    chart: Markup


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One interval of the table behind the bars; only intervals with a crossing have one."""

    slot: str
    line: str
    direction: str
    counts: list[int]
    coverage: str


@dataclass(frozen=True, slots=True)
class Counts:
    """classes: (label, name) of the columns. empty: the sentence where nothing crossed."""

    classes: list[tuple[str, str]]
    rows: list[Row]
    totals: list[int]
    total: int
    empty: str
    interval: str
    peak: str
    panels: list[tuple[str, list[Panel]]]
    slot_rows: list[SlotRow]
    slot_rows_left_out: int
    axis: str
    is_hatched: bool


MOST_SLOT_ROWS = 400


def build(found: Found) -> Counts | None:
    lines = summary.line_counts(found.feed.geometry, found.crossings)
    if not lines:
        return None
    classes = summary.classes_seen(row.classes for row in lines)
    rows = [
        Row(r.line, r.direction, [r.classes.get(c, 0) for c in classes], r.total) for r in lines
    ]
    empty = ""
    if not found.crossings:
        empty = f"Nothing crossed a line in these {words.span(found.feed.duration_s)}."
    slot_rows = _slot_rows(found, lines)
    return Counts(
        [(c.label, words.class_name(c)) for c in classes],
        rows,
        [sum(row.counts[i] for row in rows) for i in range(len(classes))],
        len(found.crossings),
        empty,
        words.span(found.intervals.step_s),
        _peak(found),
        [] if empty else _panels(found, lines),
        slot_rows[:MOST_SLOT_ROWS],
        max(0, len(slot_rows) - MOST_SLOT_ROWS),
        found.clock_name,
        bool((found.intervals.coverage < FULL_COVERAGE).any()),
    )


def _panels(found: Found, lines: list[summary.LineCount]) -> list[tuple[str, list[Panel]]]:
    """All on one scale: a quiet line must look quiet."""
    slots, axis = found.slot_names(), found.slot_ticks()
    doubtful = found.intervals.coverage < FULL_COVERAGE
    drawn = []
    for row in lines:
        counted = summary.over_time(_at(found, row), found.intervals)
        series = [
            charts.Series(words.class_name(c), f"fill-{c.label}", n.astype(np.float64))
            for c, n in counted.items()
        ]
        drawn.append((row, series))
    top = max(charts.stack_totals(series, len(slots)).max() for _, series in drawn)
    panels: dict[str, list[Panel]] = {}
    for row, series in drawn:
        label = f"Crossings of {row.line} {row.direction} over time, {row.total} in all"
        chart = charts.stacked_bars(series, slots, axis, label=label, top=top, doubtful=doubtful)
        panels.setdefault(row.line, []).append(Panel(row.direction, row.total, chart))
    return list(panels.items())


def _slot_rows(found: Found, lines: list[summary.LineCount]) -> list[SlotRow]:
    classes = summary.classes_seen(row.classes for row in lines)
    names = found.slot_names()
    rows = []
    for line in lines:
        counted = summary.over_time(_at(found, line), found.intervals)
        for slot, name in enumerate(names):
            counts = [int(counted[c][slot]) if c in counted else 0 for c in classes]
            if any(counts):
                coverage = words.percent(float(found.intervals.coverage[slot]))
                rows.append(SlotRow(name, line.line, line.direction, counts, coverage))
    return rows


def _at(found: Found, row: summary.LineCount) -> list[Incident]:
    return [crossing for crossing in found.crossings if row.holds(crossing)]


def _peak(found: Found) -> str:
    peak = summary.peak(found.crossings, found.intervals)
    if peak is None or len(found.intervals) < 2:
        return ""
    return (
        f"Busiest: {found.instant(peak.start_s)} to {found.instant(peak.end_s)} with "
        f"{words.number(peak.count)} crossings, a rate of {words.number(peak.per_hour)} an hour."
    )
