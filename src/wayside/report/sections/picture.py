"""The still, with what moved through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from wayside.report import heatmap, overlay, summary, words
from wayside.report.found import Found
from wayside.report.palette import DISPLAY_ORDER
from wayside.report.pictures import data_uri


@dataclass(frozen=True, slots=True)
class Picture:
    """still, heat: data URIs, "" for none. height: drawing units, the width being 1000."""

    still: str
    height: int
    paths: Markup
    lines: Markup
    zones: Markup
    labels: list[overlay.Label]
    heat: str
    heat_note: str
    path_note: str
    legend: list[tuple[str, str]]
    alt: str


def build(found: Found) -> Picture:
    feed = found.feed
    height = overlay.drawn_height(feed.width, feed.height)
    rows = max(1, round(heatmap.COLUMNS * height / overlay.WIDTH))
    seconds = heatmap.object_seconds(feed.trajectories, heatmap.COLUMNS, rows)
    heat = data_uri(heatmap.heat_png(seconds), "image/png") if seconds.any() else ""
    classes = {t.class_id for t in feed.trajectories}
    return Picture(
        still=data_uri(feed.still_jpeg, "image/jpeg"),
        height=height,
        paths=overlay.paths(feed.trajectories, height),
        lines=overlay.lines(feed.geometry, height),
        zones=overlay.zones(feed.geometry, height),
        labels=overlay.labels(feed.geometry, _details(found), height),
        heat=heat,
        heat_note=f"brightest: {words.span(float(seconds.max()))} in one cell" if heat else "",
        path_note=_path_note(len(feed.trajectories)),
        legend=[(c.label, words.class_name(c)) for c in DISPLAY_ORDER if c in classes],
        alt=f"Redacted picture of feed {feed.feed}",
    )


def _details(found: Found) -> Mapping[str, str]:
    """What the label of each line and zone says after its name."""
    ways: dict[str, list[int]] = {}
    for row in summary.line_counts(found.feed.geometry, found.crossings):
        ways.setdefault(row.line, []).append(row.total)
    details = {
        line: f"{words.number(totals[0])} forward, {words.number(totals[1])} backward"
        for line, totals in ways.items()
    }
    for zone in found.feed.geometry.zones:
        visits = sum(visit.place == zone.id for visit in found.visits)
        details.setdefault(zone.id, "1 visit" if visits == 1 else f"{words.number(visits)} visits")
    return details


def _path_note(count: int) -> str:
    if not count:
        return "No paths were recorded"
    if count <= overlay.MOST_PATHS:
        return f"{words.number(count)} paths" if count != 1 else "1 path"
    return f"{words.number(overlay.MOST_PATHS)} of {words.number(count)} paths drawn"
