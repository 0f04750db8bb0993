"""What one feed's records come to, worked out once for all sections."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from wayside.report import words
from wayside.report.charts import Tick, time_ticks
from wayside.report.contents import FeedContents
from wayside.report.incidents import Incident, fold, of_kind
from wayside.report.intervals import Intervals, intervals_of

FULL_COVERAGE = 0.99
"""Below this share a number is shown with a warning: what was missed could change it."""


@dataclass(frozen=True, slots=True)
class Found:
    """incidents: all of them; the other lists are the four kinds the page has a section for."""

    feed: FeedContents
    incidents: list[Incident]
    crossings: list[Incident]
    movements: list[Incident]
    visits: list[Incident]
    stops: list[Incident]
    intervals: Intervals

    @classmethod
    def in_feed(cls, feed: FeedContents) -> Found:
        incidents = fold(feed)
        return cls(
            feed,
            incidents,
            of_kind(incidents, "traffic.line_crossing"),
            of_kind(incidents, "traffic.movement"),
            of_kind(incidents, "venue.zone_presence"),
            of_kind(incidents, "traffic.stopped_object"),
            intervals_of(feed, max((i.start_s for i in incidents), default=0.0)),
        )

    @property
    def is_calibrated(self) -> bool:
        return self.feed.geometry.is_calibrated

    def instant(self, t_s: float) -> str:
        return words.instant(self.feed.start, t_s, start_known=self.feed.start_known)

    def slot_names(self) -> list[str]:
        """``08:15:00 to 08:30:00`` for each interval."""
        edges = self.intervals.edges_s
        return [f"{self.instant(float(a))} to {self.instant(float(b))}" for a, b in pairwise(edges)]

    def slot_ticks(self) -> list[Tick]:
        """Ticks of the intervals' time axis."""
        edges = self.intervals.edges_s
        return time_ticks(
            float(edges[0]), float(edges[-1]), self.feed.start, start_known=self.feed.start_known
        )

    @property
    def clock_name(self) -> str:
        return "time of day, UTC" if self.feed.start_known else "time since the start"
