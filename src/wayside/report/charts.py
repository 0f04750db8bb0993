"""Charts as SVG, drawn by pure functions.

Sideways everything is a percentage and upwards everything is in pixels, so a
chart fits any width while its text keeps its size. A chart's group of marks
carries a ``<title>``: what a pointer or a screen reader is told about it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from markupsafe import Markup, escape
from numpy.typing import NDArray

from wayside.report import words
from wayside.report.intervals import clock_phase_s, nice_step_s

PLOT_PX = 132
AXIS_PX = 22
BAR_SHARE = 0.82
"""Width of a bar in its slot."""


@dataclass(frozen=True, slots=True)
class Series:
    """values: (B,) one a slot, at least 0, NaN for none. style: CSS class of the marks."""

    name: str
    style: str
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tick:
    """position: share of the axis, 0..1."""

    position: float
    label: str


def ticks(most: float, about: int = 4, *, whole: bool = False) -> list[float]:
    """0 up to the first value ≥ most, in steps of 1, 2 or 5 times a power of ten.

    At most ``about`` + 1 steps. whole: no step below 1. Always two values at least.
    """
    most = most if math.isfinite(most) and most > 0 else 1.0
    rough = most / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 5, 10) if m * power >= rough * (1 - 1e-9))
    step = max(step, 1.0) if whole else step
    count = max(1, math.ceil(most / step - 1e-9))
    return [round(i * step, 10) for i in range(count + 1)]


def time_ticks(
    start_s: float, end_s: float, start: datetime, *, start_known: bool, most: int = 5
) -> list[Tick]:
    """Ticks at full times of the clock, or of the time since the start where it is unknown."""
    step = nice_step_s(end_s - start_s, most)
    phase = clock_phase_s(start, step) if start_known else 0.0
    first = math.ceil((start_s + phase) / step - 1e-9) * step - phase
    count = max(0, math.floor((end_s - first) / step + 1e-9) + 1)
    found = []
    for t_s in (first + i * step for i in range(count)):
        label = words.instant(start, t_s, start_known=start_known)
        label = label[:-3] if step % 60 == 0 and (start_known or end_s >= 3600) else label
        found.append(Tick((t_s - start_s) / (end_s - start_s), label))
    return found


def stacked_bars(
    series: Sequence[Series],
    slots: Sequence[str],
    x_ticks: Sequence[Tick],
    *,
    label: str,
    top: float | None = None,
    whole: bool = True,
    doubtful: NDArray[np.bool_] | None = None,
) -> Markup:
    """Stacked bars, one a slot, first series lowest.

    slots: (B,) what each slot stands for, for its title. top: scale's upper
    end, to share it between charts; the tallest bar where None. doubtful: (B,)
    slots to hatch, because they were not wholly analysed.
    """
    totals = stack_totals(series, len(slots))
    scale = ticks(totals.max(initial=0.0) if top is None else top, whole=whole)
    parts = [_grid(scale)]
    for slot, name in enumerate(slots):
        unsure = doubtful is not None and bool(doubtful[slot])
        parts.append(_bar(series, slot, name, slots=len(slots), top=scale[-1], unsure=unsure))
    parts.append(_x_axis(x_ticks))
    return _svg(Markup("").join(parts), PLOT_PX + AXIS_PX, label)


def stack_totals(series: Sequence[Series], slots: int) -> NDArray[np.float64]:
    """(B,) height of each stack; NaN counts as nothing."""
    totals: NDArray[np.float64] = np.zeros(slots, np.float64)
    for one in series:
        totals += np.nan_to_num(one.values).astype(np.float64)
    return totals


def histogram(
    values: NDArray[np.float64],
    edges: NDArray[np.float64],
    *,
    unit: str,
    label: str,
    top: float,
    mark: float | None = None,
    band: tuple[float, float] | None = None,
) -> Markup:
    """How often each range between edges (B+1,) occurs, with a marked value and its band.

    edges from 0 in equal steps; top: the scale's upper end, to share it between charts.
    """
    counts, _ = np.histogram(values, edges)
    scale = ticks(top, whole=True)
    end = float(edges[-1])
    parts = [_grid(scale)]
    if band is not None:
        low, high = min(band[0], end), min(band[1], end)
        parts.append(_rect(_pc(low, end), 0, _pc(high - low, end), PLOT_PX, "band"))
    one = Series("", "plain", counts.astype(np.float64))
    for slot in range(len(counts)):
        name = f"{edges[slot]:g} to {edges[slot + 1]:g} {unit}"
        parts.append(_bar([one], slot, name, slots=len(counts), top=scale[-1]))
    if mark is not None:
        parts.append(
            Markup('<line class="mark" x1="{0}%" x2="{0}%" y1="0" y2="{1}"/>').format(
                _pc(mark, end), PLOT_PX
            )
        )
    shown = ticks(end)
    parts.append(_x_axis([Tick(v / end, f"{v:g}") for v in shown if v <= end]))
    return _svg(Markup("").join(parts), PLOT_PX + AXIS_PX, label)


def histogram_edges(values: NDArray[np.float64], most: int = 24) -> NDArray[np.float64]:
    """Edges from 0 over all values in steps of at least 5, at most ``most`` bins."""
    highest = float(values.max(initial=0.0))
    step = max(5.0, ticks(highest, most)[1])
    count = math.floor(highest / step) + 1
    return np.arange(count + 1, dtype=np.float64) * step


def timeline(
    stretches: Sequence[tuple[float, float, str]],
    duration_s: float,
    x_ticks: Sequence[Tick],
    *,
    label: str,
) -> Markup:
    """A full bar with ``stretches`` (start_s, end_s, title) cut out of it."""
    height = 26
    parts = [_rect(0, 0, 100, height, "covered")]
    for start_s, end_s, title in stretches:
        # A gap of a second in a day would be thinner than a pixel: at least 0.3 % are drawn.
        width = max(_pc(end_s - start_s, duration_s), 0.3)
        mark = _rect(min(_pc(start_s, duration_s), 100 - width), 0, width, height, "gap")
        parts.append(Markup('<g class="slot">{}{}</g>').format(_title(title), mark))
    parts.append(_x_axis(x_ticks, height))
    return _svg(Markup("").join(parts), height + AXIS_PX, label)


def composition(series: Sequence[tuple[str, str, float]], *, label: str) -> Markup:
    """One bar cut by shares of (name, style, value); nothing where the sum is 0."""
    total = sum(value for _, _, value in series)
    if total <= 0:
        return Markup("")
    parts, reached = [], 0.0
    for name, style, value in series:
        mark = _rect(_pc(reached, total), 0, _pc(value, total), 18, style)
        title = _title(f"{name}: {words.percent(value / total)}")
        parts.append(Markup('<g class="slot">{}{}</g>').format(title, mark))
        reached += value
    return _svg(Markup("").join(parts), 18, label)


def _bar(
    series: Sequence[Series], slot: int, name: str, *, slots: int, top: float, unsure: bool = False
) -> Markup:
    width = 100 / slots
    left = slot * width
    marks, lines, height = [], [], 0.0
    bar_left = left + width * (1 - BAR_SHARE) / 2
    for one in series:
        value = float(one.values[slot])
        if not value > 0:
            continue
        tall = value / top * PLOT_PX
        height += tall
        marks.append(_rect(bar_left, PLOT_PX - height, width * BAR_SHARE, tall, one.style))
        amount = f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
        lines.append(f"{one.name}: {amount}" if one.name else amount)
    if unsure:
        marks.insert(0, _rect(left, 0, width, PLOT_PX, "doubtful"))
        lines.append("not wholly analysed")
    title = _title("\n".join([name, *(lines or ["none"])]))
    hit = _rect(left, 0, width, PLOT_PX, "hit")
    return Markup('<g class="slot">{}{}{}</g>').format(title, hit, Markup("").join(marks))


def _grid(scale: Sequence[float]) -> Markup:
    lines = []
    for value in scale:
        y = PLOT_PX - value / scale[-1] * PLOT_PX
        lines.append(
            Markup(
                '<line class="{0}" x1="0" x2="100%" y1="{1:.1f}" y2="{1:.1f}"/>'
                '<text class="y" x="-6" y="{2:.1f}">{3}</text>'
            ).format("base" if value == 0 else "grid", y, y + 4, f"{value:,g}")
        )
    return Markup("").join(lines)


def _x_axis(x_ticks: Sequence[Tick], y: int = PLOT_PX) -> Markup:
    parts = []
    for tick in x_ticks:
        x = tick.position * 100
        anchor = "start" if x < 3 else "end" if x > 94 else "middle"
        parts.append(
            Markup(
                '<line class="tick" x1="{0:.2f}%" x2="{0:.2f}%" y1="{1}" y2="{2}"/>'
                '<text class="x" x="{0:.2f}%" y="{3}" text-anchor="{4}">{5}</text>'
            ).format(x, y, y + 4, y + 17, anchor, tick.label)
        )
    return Markup("").join(parts)


def _rect(left: float, y: float, width: float, height: float, style: str) -> Markup:
    return Markup(
        '<rect class="{}" x="{:.2f}%" y="{:.1f}" width="{:.2f}%" height="{:.1f}"/>'
    ).format(style, left, y, width, height)


def _title(text: str) -> Markup:
    return Markup("<title>{}</title>").format(escape(text))


def _pc(part: float, whole: float) -> float:
    return part / whole * 100 if whole > 0 else 0.0


def _svg(body: Markup, height: int, label: str) -> Markup:
    return Markup(
        '<svg class="chart" role="img" aria-label="{}" width="100%" height="{}">{}</svg>'
    ).format(label, height, body)
