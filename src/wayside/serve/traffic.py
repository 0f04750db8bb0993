"""Turning counts and what is usual, out of an archive's series."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from wayside.analyze.traffic.turning_counts import Counted, TurningCounts, turning_counts
from wayside.analyze.usual import Usual, usual, weeks_before
from wayside.domain.errors import UsageError
from wayside.domain.junctions import Junction
from wayside.serve.records import Series, SeriesPoint, SeriesQuery

_MOVEMENT = "movement"


class SeriesSource(Protocol):
    """What of the archive is asked here."""

    def series(self, query: SeriesQuery) -> list[Series]: ...


@dataclass(frozen=True, slots=True)
class UsualSeries:
    """times: of the steps asked about. steps: what was usual at each of them."""

    feed: str
    place_kind: str
    place: str
    metric: str
    unit: str
    class_label: str
    direction: str
    times: tuple[datetime, ...]
    steps: tuple[Usual, ...]


def aligned(since: datetime, until: datetime, step_s: int) -> tuple[datetime, datetime]:
    """Whole steps around the range; steps are counted from 1970 UTC, so hours begin on the hour."""
    start = int(since.timestamp()) // step_s * step_s
    end = -(-int(until.timestamp()) // step_s) * step_s
    return datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(max(end, start), UTC)


def turning_counts_of(
    archive: SeriesSource, junction: Junction, since: datetime, until: datetime, interval_s: int
) -> TurningCounts:
    """Raises UsageError where the kept windows are longer than the interval, StoreError."""
    since, until = aligned(since, until, interval_s)
    counted = _counted(archive, junction, since, until, interval_s)
    return turning_counts(junction, counted, since, until, interval_s)


def _counted(
    archive: SeriesSource, junction: Junction, since: datetime, until: datetime, interval_s: int
) -> Iterator[Counted]:
    for feed, names in _movements_by_feed(junction).items():
        query = SeriesQuery(
            since, until, interval_s, metric="count", feed=feed, place_kind=_MOVEMENT
        )
        for found in archive.series(query):
            for movement in names.get(found.place, ()):
                _require_step(found.points, interval_s)
                for point in found.points:
                    yield Counted(
                        movement, found.class_label, point.at, point.value, point.coverage
                    )


def _movements_by_feed(junction: Junction) -> dict[str, dict[str, list[str]]]:
    """feed, then its movement, to the movements of the junction that it counts."""
    found: dict[str, dict[str, list[str]]] = {}
    for each in junction.movements:
        found.setdefault(each.feed, {}).setdefault(each.movement, []).append(each.id)
    return found


def _require_step(points: Sequence[SeriesPoint], step_s: int) -> None:
    """The archive takes longer steps where its windows are longer than those asked for."""
    if len(points) > 1:
        real_s = (points[1].at - points[0].at).total_seconds()
        if real_s > step_s:
            raise UsageError(
                f"measurements were kept in windows of {real_s / 60:g} minutes",
                where="interval",
                remedy="Ask for intervals as long as that, and set output.interval_s to 60",
            )


def usual_of_feed(
    archive: SeriesSource, query: SeriesQuery, weeks: int, zone: tzinfo
) -> list[UsualSeries]:
    """Of each series that the query finds in one of the weeks before. Raises StoreError."""
    since, until = aligned(query.since, query.until, query.step_s)
    steps = _step_count(since, until, query.step_s)
    days: dict[tuple[str, ...], list[list[tuple[float | None, float]]]] = {}
    known: dict[tuple[str, ...], Series] = {}
    for start, end in weeks_before(since, until, weeks, zone):
        for found in archive.series(replace(query, since=start, until=end)):
            key = (found.place_kind, found.place, found.metric, found.class_label, found.direction)
            known.setdefault(key, found)
            days.setdefault(key, []).append(_day(found.points, start, query.step_s, steps))
    times = tuple(since + timedelta(seconds=query.step_s * n) for n in range(steps))
    return [
        UsualSeries(
            known[key].feed,
            known[key].place_kind,
            known[key].place,
            known[key].metric,
            known[key].unit,
            known[key].class_label,
            known[key].direction,
            times,
            tuple(usual(days[key])),
        )
        for key in sorted(days)
    ]


def usual_of_junction(
    archive: SeriesSource, junction: Junction, since: datetime, until: datetime, step_s: int,
    weeks: int, zone: tzinfo,
) -> UsualSeries:  # fmt: skip
    """Vehicles through the junction: all its movements added. A day's step counts where each
    movement was watched. Raises UsageError, StoreError.
    """
    since, until = aligned(since, until, step_s)
    days = []
    for start, end in weeks_before(since, until, weeks, zone):
        found = turning_counts_of(archive, junction, start, end, step_s)
        days.append([
            (float(each.vehicles) if each.is_complete else None, each.coverage)
            for each in found.intervals
        ])  # fmt: skip
    steps = _step_count(since, until, step_s)
    times = tuple(since + timedelta(seconds=step_s * n) for n in range(steps))
    return UsualSeries(
        "", "junction", junction.id, "count", "objects", "", "", times, tuple(usual(days))
    )


def _step_count(since: datetime, until: datetime, step_s: int) -> int:
    return round((until - since).total_seconds() / step_s)


def _day(
    points: Iterable[SeriesPoint], start: datetime, step_s: int, steps: int
) -> list[tuple[float | None, float]]:
    """By step from ``start`` on; nothing where the archive has no such step."""
    row: list[tuple[float | None, float]] = [(None, 0.0)] * steps
    for point in points:
        index = round((point.at - start).total_seconds() / step_s)
        if 0 <= index < steps:
            row[index] = (point.value, point.coverage)
    return row
