"""The numbers and incidents of traffic that a fake archive remembers, as the archive tells them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from wayside.analyze.metrics import metric_of
from wayside.domain.records import JsonValue, Severity
from wayside.domain.time import Clock
from wayside.serve.records import Metric, Series, SeriesPoint, SeriesQuery, Total
from wayside.testing.fake_measures import Measure, coverage, measures_of, value
from wayside.testing.fake_traffic import moment, seconds

INCIDENTS: Final = (
    ("traffic.stopped_object", "north-lane", Severity.WARNING),
    ("traffic.wrong_way", "south-lane", Severity.CRITICAL),
    ("traffic.person_on_carriageway", "east-lane", Severity.CRITICAL),
    ("traffic.object_on_carriageway", "north-lane", Severity.WARNING),
    ("traffic.collision", "box", Severity.CRITICAL),
    ("traffic.near_miss", "box", Severity.WARNING),
    ("traffic.braking_wave", "south-lane", Severity.WARNING),
    ("traffic.queue", "west-lane", Severity.WARNING),
    ("traffic.congestion", "east-lane", Severity.WARNING),
)

_WEEKS = timedelta(days=37)


class FakeHistory:
    """37 days of the feeds that see a junction."""

    def __init__(self, clock: Clock, feeds: Sequence[str]) -> None:
        self._clock = clock
        self._feeds = tuple(feeds)
        self._begun_s = seconds(clock.now() - _WEEKS)

    def series(
        self, query: SeriesQuery, feed: str
    ) -> Iterator[tuple[Series, Iterable[SeriesPoint]]]:
        """All of the feed, with the points of each apart, as not all of them will be wanted."""
        for each in measures_of(feed):
            if query.metric in ("", each.metric) and query.place in ("", each.place):
                made = Series(
                    feed,
                    each.place_kind,
                    each.place,
                    each.metric,
                    each.unit,
                    each.class_label,
                    each.direction,
                    (),
                )
                yield made, self._points(query, feed, each)

    def totals(self, feed: str, since: datetime, until: datetime) -> Iterator[Total]:
        step_s = max(1, round(seconds(until) - seconds(since)))
        for each, points in self.series(SeriesQuery(since, until, step_s, "count"), feed):
            total = sum(point.value or 0.0 for point in points)
            yield Total(
                feed, each.place_kind, each.place, each.direction, each.class_label, total, 0.97
            )

    def metrics(self) -> list[Metric]:
        found = {each.metric: each.unit for feed in self._feeds for each in measures_of(feed)}
        return [
            Metric(name, unit, metric_of(name, unit).words)
            for name, unit in sorted(found.items())
            if name not in ("count", "speed_mean")
        ]

    def _points(self, query: SeriesQuery, feed: str, each: Measure) -> Iterable[SeriesPoint]:
        now_s, begin_s, until_s = (
            seconds(self._clock.now()),
            seconds(query.since),
            seconds(query.until),
        )
        while begin_s < until_s:
            end_s = min(begin_s + query.step_s, until_s)
            yield self._point(each, feed, begin_s, end_s, now_s)
            begin_s += query.step_s

    def _point(
        self, each: Measure, feed: str, begin_s: float, end_s: float, now_s: float
    ) -> SeriesPoint:
        share = coverage(feed, begin_s)
        done = min(1.0, (now_s - begin_s) / (end_s - begin_s))
        if begin_s < self._begun_s or done < 0.01 or share == 0:
            return SeriesPoint(moment(begin_s), None, 0.0)
        found = value(each, feed, begin_s, end_s)
        if found is not None and each.kind == "count":
            found = float(int(found * done * (share if share < 0.9 else 1)))
        return SeriesPoint(moment(begin_s), found, share * done)


def evidence(kind: str, chance: Random) -> dict[str, JsonValue]:
    """What an analyzer would say of an incident of that kind."""
    if kind == "traffic.near_miss":
        return {
            "ttc_s": round(chance.uniform(0.5, 1.5), 2),
            "pet_s": round(chance.uniform(0.3, 1.2), 2),
        }
    if kind == "traffic.person_on_carriageway":
        return {"class": chance.choice(("person", "bicycle"))}
    if kind == "traffic.queue":
        vehicles = round(chance.uniform(8, 20))
        length_m = 7.0 * vehicles
        return {
            "class": "", "vehicles": vehicles, "vehicles_max": vehicles, "length_m": length_m,
            "length_max_m": length_m, "value": length_m, "threshold": 60.0, "unit": "m",
        }  # fmt: skip
    if kind in ("traffic.congestion", "traffic.braking_wave"):
        slow = round(chance.uniform(1, 4), 1)
        return {"class": "", "value": slow, "threshold": 5.0, "unit": "m/s"}
    return {}
