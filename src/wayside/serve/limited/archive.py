"""What has happened at some feeds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from wayside.domain.records import Event
from wayside.domain.scene import XY
from wayside.serve.house import Archive
from wayside.serve.limited.seen import Seen
from wayside.serve.records import (
    Acknowledgement,
    Arrival,
    CoveredClip,
    CoveredJpeg,
    IncidentPage,
    IncidentQuery,
    Metric,
    Series,
    SeriesQuery,
    SinkStatus,
    StoredIncident,
    TimedPath,
    Total,
)


class LimitedArchive:
    """A serve.house.Archive. An incident is looked up first, and its feed is asked then."""

    def __init__(self, archive: Archive, seen: Seen) -> None:
        self._archive = archive
        self._seen = seen

    def incidents(self, query: IncidentQuery, limit: int, after: str | None) -> IncidentPage:
        return self._archive.incidents(replace(query, feeds=self._seen.feeds()), limit, after)

    def incident(self, incident_id: UUID) -> StoredIncident | None:
        found = self._archive.incident(incident_id)
        return found if found is not None and found.feed in self._seen.feeds() else None

    def phases(self, incident_id: UUID) -> list[Event]:
        return self._archive.phases(incident_id) if self._has(incident_id) else []

    def still(self, incident_id: UUID) -> CoveredJpeg | None:
        return self._archive.still(incident_id) if self._has(incident_id) else None

    def clip(self, incident_id: UUID) -> CoveredClip | None:
        return self._archive.clip(incident_id) if self._has(incident_id) else None

    def path(self, incident_id: UUID) -> tuple[XY, ...]:
        return self._archive.path(incident_id) if self._has(incident_id) else ()

    def acknowledge(self, incident_id: UUID, acknowledgement: Acknowledgement | None) -> bool:
        return self._has(incident_id) and self._archive.acknowledge(incident_id, acknowledgement)

    def series(self, query: SeriesQuery) -> list[Series]:
        return self._archive.series(replace(query, feeds=self._seen.feeds()))

    def totals(self, feed: str, since: datetime, until: datetime) -> list[Total]:
        feeds = self._seen.feeds()
        if feed and feed not in feeds:
            return []
        return [each for each in self._archive.totals(feed, since, until) if each.feed in feeds]

    def metrics(self, feeds: frozenset[str] | None = None) -> list[Metric]:
        seen = self._seen.feeds()
        return self._archive.metrics(seen if feeds is None else seen & feeds)

    def paths(self, feed: str, since: datetime, until: datetime, limit: int) -> list[TimedPath]:
        if feed not in self._seen.feeds():
            return []
        return self._archive.paths(feed, since, until, limit)

    def arrivals(self, after: int, limit: int) -> list[Arrival]:
        feeds = self._seen.feeds()
        while page := self._archive.arrivals(after, limit):
            found = [each for each in page if each.incident.feed in feeds]
            if found:
                return found
            after = page[-1].number
        return []

    def last_arrival(self) -> int:
        """Numbers are of all events; that some are missing tells that others happened."""
        return self._archive.last_arrival()

    def is_writable(self) -> bool:
        return self._archive.is_writable()

    def lag_s(self) -> float:
        return self._archive.lag_s()

    def sinks(self) -> list[SinkStatus]:
        return []  # they are of all feeds

    def _has(self, incident_id: UUID) -> bool:
        return self.incident(incident_id) is not None
