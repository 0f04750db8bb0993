"""Where CPU goes, as a picture of its own: one stacked bar a row, in a file that needs no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from wayside.report.charts import ticks

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#8C8C8C")
"""Okabe and Ito; see palette. What comes after them is grey."""
_WIDTH, _LEFT, _BAR, _GAP, _TOP = 860, 130, 34, 16, 48


def cost_picture(title: str, rows: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    """rows: name, and ms of CPU by stage. Raises ValueError where there are none."""
    if not rows:
        raise ValueError("nothing to draw")
    names = list(dict.fromkeys(name for _, stages in rows for name in stages))
    scale = ticks(max(sum(stages.values()) for _, stages in rows))
    span = _WIDTH - _LEFT - 30
    bottom = _TOP + len(rows) * (_BAR + _GAP)
    height = bottom + 34 + 22 * ((len(names) + 2) // 3)
    parts = [
        Markup('<text x="16" y="26" font-size="17">{}</text>').format(title),
        *(_grid_line(value, scale[-1], span, bottom) for value in scale),
    ]
    for number, (row, stages) in enumerate(rows):
        top = _TOP + number * (_BAR + _GAP)
        parts.append(
            Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(
                _LEFT - 10, top + 22, row
            )
        )
        parts += _bar(stages, names, top, span / scale[-1])
    parts += [_legend(name, place, bottom + 40) for place, name in enumerate(names)]
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" '
        'font-family="system-ui, sans-serif" font-size="13" role="img" aria-label="{label}">'
        '<rect width="{w}" height="{h}" fill="#fff"/>{parts}</svg>\n'
    ).format(w=_WIDTH, h=height, label=title, parts=Markup("").join(parts))


def _bar(
    stages: Mapping[str, float], names: Sequence[str], top: int, px_per_ms: float
) -> list[Markup]:
    left, found = float(_LEFT), []
    for name in names:
        ms = stages.get(name, 0.0)
        found.append(
            Markup(
                '<rect x="{:.1f}" y="{}" width="{:.1f}" height="{}" fill="{}">'
                "<title>{}: {:.2f} ms</title></rect>"
            ).format(left, top, ms * px_per_ms, _BAR, _colour(names.index(name)), name, ms)
        )
        left += ms * px_per_ms
    return found


def _grid_line(value: float, most: float, span: int, bottom: int) -> Markup:
    x = _LEFT + span * value / most
    return Markup(
        '<line x1="{x:.1f}" x2="{x:.1f}" y1="{top}" y2="{bottom}" stroke="#ccc"/>'
        '<text x="{x:.1f}" y="{label}" text-anchor="middle" fill="#444">{value:g} ms</text>'
    ).format(x=x, top=_TOP - 6, bottom=bottom - 6, label=bottom + 10, value=value)


def _legend(name: str, place: int, top: int) -> Markup:
    x, y = 16 + 270 * (place % 3), top + 22 * (place // 3)
    return Markup(
        '<rect x="{}" y="{}" width="14" height="14" fill="{}"/><text x="{}" y="{}">{}</text>'
    ).format(x, y - 12, _colour(place), x + 20, y, escape(name))


def _colour(place: int) -> str:
    return COLOURS[min(place, len(COLOURS) - 1)]
