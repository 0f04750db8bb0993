"""What was not seen, and why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from markupsafe import Markup

from wayside.report import charts, words
from wayside.report.found import Found
from wayside.report.intervals import merged

MOST_GAPS = 200


@dataclass(frozen=True, slots=True)
class GapRow:
    start: str
    end: str
    length: str
    reason: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """reasons: (reason, how often, how long). left_out: gaps beyond the most we list."""

    share: str
    timeline: Markup
    gaps: list[GapRow]
    left_out: int
    reasons: list[tuple[str, int, str]]
    axis: str


def build(found: Found) -> Coverage:
    feed = found.feed
    gaps = merged(feed.gaps, feed.duration_s)
    lost: dict[str, list[float]] = defaultdict(list)
    for gap in gaps:
        lost[gap.reason].append(gap.end_s - gap.start_s)
    rows = [
        GapRow(
            found.instant(gap.start_s),
            found.instant(gap.end_s),
            words.tenths(gap.end_s - gap.start_s),
            gap.reason,
        )
        for gap in gaps
    ]
    axis = charts.time_ticks(
        0.0, max(feed.duration_s, 1.0), feed.start, start_known=feed.start_known
    )
    titles = [
        (gap.start_s, gap.end_s, f"{row.start} to {row.end}\n{row.reason}, {row.length}")
        for gap, row in zip(gaps, rows, strict=True)
    ]
    label = f"Analysed stretches of the video, {len(gaps)} gaps"
    reasons = sorted(lost.items(), key=lambda item: -sum(item[1]))
    return Coverage(
        words.percent(feed.coverage),
        charts.timeline(titles, feed.duration_s, axis, label=label),
        rows[:MOST_GAPS],
        max(0, len(rows) - MOST_GAPS),
        [(reason, len(times), words.tenths(sum(times))) for reason, times in reasons],
        found.clock_name,
    )
