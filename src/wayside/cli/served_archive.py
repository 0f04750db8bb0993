"""The store as the server knows it: its questions asked, its answers in the server's words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from wayside.domain.classes import ObjectClass
from wayside.domain.errors import StoreError, UsageError
from wayside.domain.records import Event
from wayside.domain.scene import XY
from wayside.serve import records as served
from wayside.store import incidents, paths, series
from wayside.store.batches import EVENT
from wayside.store.database import Store
from wayside.store.dispatch import SinkStatus
from wayside.store.outbox import Outbox
from wayside.store.queries import Archive


class ServedArchive:
    """A serve.house.Archive. lag_s, sinks: asked of the threads that know."""

    def __init__(
        self,
        store: Store,
        *,
        lag_s: Callable[[], float],
        sinks: Callable[[], Sequence[SinkStatus]],
    ) -> None:
        self._store = store
        self._archive = Archive(store)
        self._outbox = Outbox(store)
        self._lag_s = lag_s
        self._sinks = sinks

    def incidents(
        self, query: served.IncidentQuery, limit: int, after: str | None
    ) -> served.IncidentPage:
        wanted = incidents.IncidentFilter(
            kind=query.kind or None,
            feed=query.feed or None,
            place=query.place or None,
            class_label=query.class_label or None,
            severity=query.severity,
            acknowledged=query.acknowledged,
            since=query.since,
            until=query.until,
            feeds=query.feeds,
        )
        try:
            page = self._archive.incidents(wanted, after, limit)
        except UsageError as error:
            raise ValueError(error.what) from error
        return served.IncidentPage(tuple(map(_incident, page.items)), page.next)

    def incident(self, incident_id: UUID) -> served.StoredIncident | None:
        found = self._archive.incident(incident_id)
        return None if found is None else _incident(found)

    def phases(self, incident_id: UUID) -> list[Event]:
        return self._archive.phases(incident_id)

    def still(self, incident_id: UUID) -> served.CoveredJpeg | None:
        found = self._archive.still(incident_id)
        return None if found is None else served.CoveredJpeg(found.jpeg)

    def clip(self, incident_id: UUID) -> served.CoveredClip | None:
        found = self._archive.clip(incident_id)
        return None if found is None else served.CoveredClip(found)

    def path(self, incident_id: UUID) -> tuple[XY, ...]:
        return tuple(self._archive.path(incident_id) or ())

    def acknowledge(
        self, incident_id: UUID, acknowledgement: served.Acknowledgement | None
    ) -> bool:
        if acknowledgement is None:
            return self._archive.unacknowledge(incident_id)
        by, at, note = acknowledgement.by, acknowledgement.at, acknowledgement.note
        return self._archive.acknowledge(incident_id, by, at, note)

    def series(self, query: served.SeriesQuery) -> list[served.Series]:
        wanted = series.SeriesQuery(
            since=query.since,
            until=query.until,
            step_s=query.step_s,
            metric=query.metric or None,
            feed=query.feed or None,
            place=query.place or None,
            class_label=query.class_label or None,
            direction=query.direction or None,
            place_kind=query.place_kind or None,
            feeds=query.feeds,
            most=query.most,
        )
        try:
            found = self._archive.series(wanted)
        except series.TooManyPoints:
            raise served.too_many_points(query) from None
        return [_series(each) for each in found.series]

    def totals(self, feed: str, since: datetime, until: datetime) -> list[served.Total]:
        return [
            served.Total(
                feed=row.feed,
                place_kind=row.place_kind,
                place=row.place,
                direction=row.direction,
                class_label=row.class_label,
                count=row.count,
                coverage=row.coverage,
            )
            for row in self._archive.counts(since, until, feed or None)
        ]

    def metrics(self, feeds: frozenset[str] | None = None) -> list[served.Metric]:
        found = self._archive.metrics(feeds)
        return [served.Metric(each.name, each.unit, each.words) for each in found]

    def paths(
        self, feed: str, since: datetime, until: datetime, limit: int
    ) -> list[served.TimedPath]:
        found = self._archive.paths(feed, since, until, limit)
        return [_path(each) for each in reversed(found)]

    def arrivals(self, after: int, limit: int) -> list[served.Arrival]:
        page = self._outbox.after(after, limit, kinds=(EVENT,))
        events = {each.arrival: each.record for each in page.records}
        known = {
            each.id: each
            for each in self._archive.incidents_of(
                record for record in events.values() if isinstance(record, Event)
            )
        }
        return [
            served.Arrival(number, event, _incident(known[event.incident_id]))
            for number, event in events.items()
            if isinstance(event, Event) and event.incident_id in known
        ]

    def last_arrival(self) -> int:
        return self._outbox.newest()

    def is_writable(self) -> bool:
        try:
            with self._store.transaction():
                return True
        except StoreError:
            return False

    def lag_s(self) -> float:
        return self._lag_s()

    def sinks(self) -> list[served.SinkStatus]:
        return [
            served.SinkStatus(
                name=each.sink,
                waiting=each.behind,
                delivered=each.delivered,
                failed=each.dead_letters,
                problem=each.problem,
            )
            for each in self._sinks()
        ]


def _incident(found: incidents.StoredIncident) -> served.StoredIncident:
    seen = found.acknowledged
    return served.StoredIncident(
        incident_id=found.id,
        kind=found.kind,
        feed=found.feed,
        place=found.place,
        severity=found.severity,
        phase=found.phase,
        start=found.start,
        end=found.end,
        data=found.data,
        has_still=found.has_still,
        has_clip=found.has_clip,
        acknowledged=None if seen is None else served.Acknowledgement(seen.by, seen.at, seen.note),
    )


def _series(found: series.Series) -> served.Series:
    points = [served.SeriesPoint(each.time, each.value, each.coverage) for each in found.points]
    return served.Series(
        feed=found.feed,
        place_kind=found.place_kind,
        place=found.place,
        metric=found.metric,
        unit=found.unit,
        class_label=found.class_label,
        direction=found.direction,
        points=tuple(points),
    )


def _path(found: paths.StoredPath) -> served.TimedPath:
    way = found.trajectory
    return served.TimedPath(
        class_label=ObjectClass(way.class_id).label,
        start=found.start,
        end=found.end,
        offsets_s=tuple((way.t_s - way.t_s[0]).round(3).tolist()) if len(way.t_s) else (),
        points=tuple((float(x), float(y)) for x, y in way.image.round(4)),
        sizes=()
        if way.sizes is None
        else tuple((float(w), float(h)) for w, h in way.sizes.round(5)),
    )
