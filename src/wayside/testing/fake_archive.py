"""An archive that remembers a day which never was: its numbers follow from fake_traffic."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from wayside.domain.records import Event, JsonValue, Origin, Phase, Severity
from wayside.domain.scene import XY
from wayside.domain.time import Clock
from wayside.serve.records import (
    Acknowledgement,
    Arrival,
    CoveredClip,
    CoveredJpeg,
    IncidentPage,
    IncidentQuery,
    Metric,
    Series,
    SeriesPoint,
    SeriesQuery,
    SinkStatus,
    StoredIncident,
    TimedPath,
    Total,
    TrueCount,
    too_many_points,
)
from wayside.testing.fake_fleet import picture
from wayside.testing.fake_history import INCIDENTS, FakeHistory, evidence
from wayside.testing.fake_measures import SEEN_BY
from wayside.testing.fake_traffic import Mover, moment, movers_of, seconds

_HISTORY = timedelta(hours=24)
_EVERY_S = 5.0
_MOST = 20_000
_KINDS = (
    ("traffic.line_crossing", "across", Severity.INFO),
    ("traffic.line_crossing", "across", Severity.INFO),
    ("traffic.stopped_object", "box", Severity.WARNING),
    ("venue.zone_presence", "box", Severity.INFO),
    ("health.frozen", "", Severity.WARNING),
    ("health.lost", "", Severity.CRITICAL),
)


class FakeArchive:
    """Incidents of the last 24 hours at the start, then one every five seconds of its clock."""

    def __init__(self, clock: Clock, feeds: Sequence[str]) -> None:
        self._clock = clock
        self._feeds = tuple(feeds)
        self._chance = Random(7)  # noqa: S311 - a play, no secret
        self._lock = threading.Lock()
        self._incidents: dict[UUID, StoredIncident] = {}
        self._arrivals: list[Arrival] = []
        self._next_s = seconds(clock.now() - _HISTORY)
        self._begun_s = self._next_s
        self._history = FakeHistory(clock, feeds)
        self._advance(step_s=200.0)
        self._next_s = seconds(clock.now())

    def incidents(self, query: IncidentQuery, limit: int, after: str | None) -> IncidentPage:
        self._advance()
        start = int(after) if after else 0  # raises ValueError, as it must
        if start < 0:
            raise ValueError("a cursor counts up")
        with self._lock:
            newest = list(reversed(self._incidents.values()))
        found = [each for each in newest if _matches(query, each)]
        page = tuple(found[start : start + limit])
        return IncidentPage(page, str(start + limit) if len(found) > start + limit else None)

    def incident(self, incident_id: UUID) -> StoredIncident | None:
        return self._incidents.get(incident_id)

    def phases(self, incident_id: UUID) -> list[Event]:
        with self._lock:
            arrivals = list(self._arrivals)
        return [each.event for each in arrivals if each.event.incident_id == incident_id]

    def still(self, incident_id: UUID) -> CoveredJpeg | None:
        found = self._incidents.get(incident_id)
        if found is None or not found.has_still:
            return None
        return CoveredJpeg(picture(found.feed, 640, seconds(found.start)).jpeg)

    def clip(self, incident_id: UUID) -> CoveredClip | None:  # noqa: ARG002
        return None

    def path(self, incident_id: UUID) -> tuple[XY, ...]:
        found = self._incidents.get(incident_id)
        if found is None:
            return ()
        mover = movers_of(found.feed)[0]
        return tuple((step / 20, mover.y - 0.02 * (step % 3)) for step in range(21))

    def acknowledge(self, incident_id: UUID, acknowledgement: Acknowledgement | None) -> bool:
        with self._lock:
            found = self._incidents.get(incident_id)
            if found is None:
                return False
            self._incidents[incident_id] = replace(found, acknowledged=acknowledgement)
        return True

    def series(self, query: SeriesQuery) -> list[Series]:
        steps = max(1.0, (query.until - query.since).total_seconds() / query.step_s)
        found: list[Series] = []
        for made, points in self._series(query):
            if not _asked(query, made):
                continue
            if query.most is not None and (len(found) + 1) * steps > query.most:
                raise too_many_points(query)
            found.append(replace(made, points=tuple(points)))
        return found

    def _series(self, query: SeriesQuery) -> Iterator[tuple[Series, Iterable[SeriesPoint]]]:
        """Without its points, which may not be wanted."""
        for feed in self._wanted(query.feed):
            for (label, direction), movers in _by_stream(feed).items():
                made = Series(feed, "line", "across", "count", "objects", label, direction, ())
                yield made, self._points(query, movers)
            made = Series(feed, "line", "across", "speed_mean", "m/s", "", "forward", ())
            yield made, self._speeds(query, feed)
            yield from self._history.series(query, feed)

    def totals(self, feed: str, since: datetime, until: datetime) -> list[Total]:
        until = min(until, self._clock.now())
        return [
            Total(
                each, "line", "across", direction, label,
                sum(m.count(seconds(since), seconds(until)) for m in movers), 0.98,
            )
            for each in self._wanted(feed)
            for (label, direction), movers in _by_stream(each).items()
        ] + [
            row for each in self._wanted(feed) for row in self._history.totals(each, since, until)
        ]  # fmt: skip

    def metrics(self, feeds: frozenset[str] | None = None) -> list[Metric]:
        if feeds is not None and not feeds & set(self._feeds):
            return []
        return [
            Metric("count", "objects", "objects that crossed a line or made a movement"),
            Metric("speed_mean", "m/s", "mean speed over a line"),
            *self._history.metrics(),
        ]

    def paths(self, feed: str, since: datetime, until: datetime, limit: int) -> list[TimedPath]:
        begin, end = seconds(since), min(seconds(until), seconds(self._clock.now()))
        found = [
            _path(mover, at_s)
            for mover in movers_of(feed)
            for at_s in mover.crossings(max(begin, end - 7200), end)
        ]
        return sorted(found, key=lambda each: each.start)[-limit:]

    def arrivals(self, after: int, limit: int) -> list[Arrival]:
        self._advance()
        with self._lock:
            later = self._arrivals[max(0, after) : max(0, after) + limit]
        return [replace(a, incident=self._incidents[a.event.incident_id]) for a in later]

    def last_arrival(self) -> int:
        self._advance()
        return len(self._arrivals)

    def is_writable(self) -> bool:
        return True

    def lag_s(self) -> float:
        return 0.12

    def sinks(self) -> list[SinkStatus]:
        return [SinkStatus("jsonl", 0, len(self._arrivals), 0)]

    def add(self, feed: str, kind: str = "traffic.line_crossing") -> StoredIncident:
        """An incident now, for tests that need one."""
        with self._lock:
            return self._happen(seconds(self._clock.now()), feed, (kind, "across", Severity.INFO))

    def _advance(self, step_s: float = _EVERY_S) -> None:
        now = seconds(self._clock.now())
        with self._lock:
            while self._next_s <= now and len(self._arrivals) < _MOST and self._feeds:
                feed, kind = self._chance.choice(self._feeds), self._chance.choice(_KINDS)
                if feed in SEEN_BY and self._chance.random() < 0.25:
                    kind = self._chance.choice(INCIDENTS)
                self._happen(self._next_s, feed, kind)
                self._next_s += step_s * self._chance.uniform(0.4, 1.6)

    def _happen(self, at_s: float, feed: str, what: tuple[str, str, Severity]) -> StoredIncident:
        kind, place, severity = what
        mover = self._chance.choice(movers_of(feed))
        lasted = timedelta(seconds=self._chance.uniform(0, 30))
        is_instant = kind == "traffic.line_crossing"
        data: dict[str, JsonValue] = {}
        if not kind.startswith("health."):
            data["class"] = mover.label
        if is_instant:
            data["direction"] = mover.direction
            data["speed_mps"] = round(abs(mover.speed) * 60, 1)
        data.update(evidence(kind, self._chance))
        start = moment(at_s)
        incident = StoredIncident(
            UUID(int=self._chance.getrandbits(128), version=4), kind, feed, place, severity,
            Phase.INSTANT if is_instant else Phase.CLOSE, start,
            start if is_instant else start + lasted, data,
            has_still=kind != "health.lost",
        )  # fmt: skip
        number = len(self._arrivals) + 1
        event = Event(
            UUID(int=self._chance.getrandbits(128), version=4), incident.incident_id,
            Origin("fake-town", feed, f"fake-{feed}"), number, kind, incident.phase, start,
            incident.end, at_s - self._begun_s,
            None if incident.end is None else seconds(incident.end) - self._begun_s,
            place, severity, data,
        )  # fmt: skip
        self._incidents[incident.incident_id] = incident
        self._arrivals.append(Arrival(number, event, incident))
        return incident

    def _wanted(self, feed: str) -> Sequence[str]:
        return [each for each in self._feeds if feed in ("", each)]

    def _points(self, query: SeriesQuery, movers: Iterable[Mover]) -> Iterable[SeriesPoint]:
        movers = tuple(movers)
        for begin, end in self._steps(query):
            if end > seconds(self._clock.now()) or begin < self._begun_s:
                yield SeriesPoint(moment(begin), None, 0.0)
            else:
                count = sum(mover.count(begin, end) for mover in movers)
                yield SeriesPoint(moment(begin), float(count), 0.98)

    def _speeds(self, query: SeriesQuery, feed: str) -> Iterable[SeriesPoint]:
        mean = 8 + sum(feed.encode()) % 9
        for begin, end in self._steps(query):
            is_known = self._begun_s <= begin and end <= seconds(self._clock.now())
            value = mean + (begin / query.step_s) % 3 if is_known else None
            yield SeriesPoint(moment(begin), value, 0.98 if is_known else 0.0)

    def _steps(self, query: SeriesQuery) -> Iterable[tuple[float, float]]:
        begin, until = seconds(query.since), seconds(query.until)
        while begin < until:
            yield begin, min(begin + query.step_s, until)
            begin += query.step_s


class FakeTruth:
    """Every 25th crossing was missed."""

    def __init__(self, archive: FakeArchive, feeds: Sequence[str]) -> None:
        self._archive = archive
        self._feeds = tuple(feeds)

    def counts(self, since: datetime, until: datetime) -> list[TrueCount]:
        return [
            TrueCount(
                each.feed, each.place, each.direction, each.class_label, int(each.count),
                int(each.count) - int(each.count) // 25,
            )
            for feed in self._feeds
            for each in self._archive.totals(feed, since, until)
            if each.place == "across"
        ]  # fmt: skip


def _by_stream(feed: str) -> dict[tuple[str, str], list[Mover]]:
    streams: dict[tuple[str, str], list[Mover]] = {}
    for mover in movers_of(feed):
        streams.setdefault((mover.label, mover.direction), []).append(mover)
    return streams


def _path(mover: Mover, crossed_s: float) -> TimedPath:
    """From one side of the picture to the other."""
    half = 0.5 / abs(mover.speed)
    way = 1 if mover.speed > 0 else -1
    offsets = tuple(step * half / 10 for step in range(21))
    points = tuple((0.5 + way * (step - 10) / 20, mover.y) for step in range(21))
    return TimedPath(
        mover.label, moment(crossed_s - half), moment(crossed_s + half), offsets, points
    )


def _matches(query: IncidentQuery, found: StoredIncident) -> bool:
    is_kind = any(
        found.kind.startswith(kind) if kind.endswith(".") else found.kind == kind
        for kind in query.kind.split(",")
    )
    return (
        (not query.kind or is_kind)
        and query.feed in ("", found.feed)
        and (query.feeds is None or found.feed in query.feeds)
        and query.place in ("", found.place)
        and query.class_label in ("", found.data.get("class"))
        and query.severity in (None, found.severity)
        and query.acknowledged in (None, found.acknowledged is not None)
        and (query.since is None or query.since <= found.start)
        and (query.until is None or found.start < query.until)
    )


def _asked(query: SeriesQuery, made: Series) -> bool:
    return (
        query.metric in ("", made.metric)
        and (query.feeds is None or made.feed in query.feeds)
        and query.place in ("", made.place)
        and query.class_label in ("", made.class_label)
        and query.direction in ("", made.direction)
        and query.place_kind in ("", made.place_kind)
    )
