"""What the API asks the store: one object with all questions, each answered in its own module."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

from wayside.analyze.metrics import Metric, metric_of
from wayside.domain.records import Event
from wayside.domain.scene import XY
from wayside.store import incidents, paths, schema, series
from wayside.store.database import Store
from wayside.store.incidents import (
    Acknowledgement,
    IncidentFilter,
    IncidentPage,
    StoredIncident,
)
from wayside.store.paths import StoredPath
from wayside.store.records import Still
from wayside.store.series import CountRow, SeriesAnswer, SeriesQuery


class Archive:
    """Questions to a store. Any thread may ask; every method raises StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def incidents(
        self, wanted: IncidentFilter, cursor: str | None = None, limit: int = 50
    ) -> IncidentPage:
        """Newest first. Raises UsageError for a cursor that no page gave."""
        return incidents.page(self._store, wanted, cursor, limit)

    def incident(self, incident_id: UUID) -> StoredIncident | None:
        return incidents.one(self._store, incident_id)

    def incidents_of(self, events: Iterable[Event]) -> list[StoredIncident]:
        """As they stand now, once each, in the order in which the events first speak of them."""
        ids = list(dict.fromkeys(event.incident_id for event in events))
        found = {each.id: each for each in incidents.several(self._store, ids)}
        return [found[each] for each in ids if each in found]

    def phases(self, incident_id: UUID) -> list[Event]:
        return incidents.phases(self._store, incident_id)

    def still(self, incident_id: UUID) -> Still | None:
        """Of its first phase that has one."""
        ids = [event.event_id for event in self.phases(incident_id)]
        found = self._store.stills(ids)
        return next((found[each] for each in ids if each in found), None)

    def clip(self, incident_id: UUID) -> bytes | None:
        """An MP4 file, of its first phase that has one."""
        clips, events = schema.clips, schema.events
        query = (
            sa.select(clips.c.mp4)
            .join(events, events.c.event_id == clips.c.event_id)
            .where(events.c.incident_id == incident_id)
            .order_by(events.c.sequence)
            .limit(1)
        )
        found = self._store.select(query)
        return bytes(found[0]["mp4"]) if found else None

    def path(self, incident_id: UUID) -> list[XY] | None:
        """The trail of its object on the picture."""
        incident = self.incident(incident_id)
        path = None if incident is None else paths.path_of(self._store, incident)
        return None if path is None else path.points()

    def acknowledge(self, incident_id: UUID, by: str, at: datetime, note: str = "") -> bool:
        """False where there is no such incident."""
        return incidents.acknowledge(self._store, incident_id, Acknowledgement(by, at, note))

    def unacknowledge(self, incident_id: UUID) -> bool:
        return incidents.unacknowledge(self._store, incident_id)

    def kinds(self) -> list[str]:
        return incidents.kinds_there(self._store)

    def series(self, wanted: SeriesQuery) -> SeriesAnswer:
        """Raises ValueError for an empty range, a step that is none, or too many steps."""
        return series.series(self._store, wanted)

    def counts(self, since: datetime, until: datetime, feed: str | None = None) -> list[CountRow]:
        """Raises ValueError for an empty range."""
        return series.counts(self._store, since, until, feed)

    def metrics(self, feeds: frozenset[str] | None = None) -> list[Metric]:
        """Those that the store holds, by name. feeds: of these alone, None asks of all."""
        return [metric_of(*each) for each in series.metrics_there(self._store, feeds)]

    def paths(
        self, feed: str, since: datetime, until: datetime, limit: int | None = None
    ) -> list[StoredPath]:
        """Those that touch since..until, newest start first."""
        return paths.paths(self._store, feed, since, until, limit)
