"""The numbers a reader wants first."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from wayside.domain.classes import ObjectClass
from wayside.report import charts, summary, words
from wayside.report.found import FULL_COVERAGE, Found
from wayside.report.incidents import Incident


@dataclass(frozen=True, slots=True)
class Figure:
    value: str
    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Headline:
    """legend: (class label, name, count). warning: "" where coverage is full."""

    figures: list[Figure]
    lines: list[tuple[str, int]]
    mix: Markup
    legend: list[tuple[str, str, int]]
    mix_of: str
    warning: str


def build(found: Found) -> Headline:
    mix_of, counted = _counted(found)
    classes = summary.by_class(counted)
    series = [(words.class_name(c), f"fill-{c.label}", float(n)) for c, n in classes.items()]
    per_line: dict[str, int] = {}
    for row in summary.line_counts(found.feed.geometry, found.crossings):
        per_line[row.line] = per_line.get(row.line, 0) + row.total
    return Headline(
        _figures(found),
        list(per_line.items()),
        charts.composition(series, label=f"Share of each class among the {mix_of}"),
        [(c.label, words.class_name(c), n) for c, n in classes.items()],
        mix_of,
        _warning(found),
    )


def _counted(found: Found) -> tuple[str, list[Incident]]:
    """Crossings where there are any; else visits: a shop has zones and no lines."""
    if found.crossings or not found.visits:
        return "line crossings", found.crossings
    return "zone visits", found.visits


def _figures(found: Found) -> list[Figure]:
    feed, geometry = found.feed, found.feed.geometry
    figures = []
    if geometry.lines or found.crossings:
        unknown = sum(c.object_class is ObjectClass.UNKNOWN for c in found.crossings)
        note = f"{words.number(unknown)} of unknown class" if unknown else ""
        figures.append(Figure(words.number(len(found.crossings)), "line crossings", note))
    if geometry.zones or found.visits:
        figures.append(Figure(words.number(len(found.visits)), "zone visits"))
    if found.stops:
        figures.append(Figure(words.number(len(found.stops)), "stopped objects"))
    if not figures:
        figures.append(Figure(words.number(len(found.incidents)), "events"))
    figures.append(Figure(words.span(feed.duration_s), "of video"))
    gaps = f"{len(feed.gaps)} {'gap' if len(feed.gaps) == 1 else 'gaps'}" if feed.gaps else ""
    figures.append(Figure(words.percent(feed.coverage), "of it analysed", gaps))
    return figures


def _warning(found: Found) -> str:
    feed = found.feed
    if feed.coverage >= FULL_COVERAGE:
        return ""
    missed = words.span((1 - feed.coverage) * feed.duration_s)
    return (
        f"Only {words.percent(feed.coverage)} of this video was analysed. About {missed} is "
        "missing, so every count below is a lower bound."
    )
