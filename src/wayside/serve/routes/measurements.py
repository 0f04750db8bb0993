"""Numbers: series, totals, what can be asked for, and the demo's truth. JSON or CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from wayside.domain.time import rfc3339
from wayside.serve import shapes, telling
from wayside.serve.access import V1
from wayside.serve.asking import Filter, Since, Until, span
from wayside.serve.csv_answers import CSV, Cell, csv_answer, wants_csv
from wayside.serve.guard import GuardedRoute, house_of
from wayside.serve.problems import Refusal
from wayside.serve.records import Series, SeriesQuery

router = APIRouter(route_class=GuardedRoute, tags=["measurements"])

_STEPS = 5000
"""Of one series: more than any chart can show."""

_POINTS = 200_000
"""Of all series of an answer together: some 12 MB, and a second or two of one core."""

Format = Annotated[Literal["json", "csv"] | None, Query(alias="format")]


@router.get(f"{V1}/measurements", response_model=shapes.MeasurementsShape, responses=CSV)
def measurements(
    request: Request,
    metric: Filter = "",
    feed: Filter = "",
    place: Filter = "",
    class_label: Annotated[str, Query(alias="class", max_length=200)] = "",
    direction: Filter = "",
    place_kind: Filter = "",
    since: Since = None,
    until: Until = None,
    step_s: Annotated[int, Query(ge=1, le=31_536_000)] = 60,
    wanted: Format = None,
) -> shapes.MeasurementsShape | Response:
    """Counts summed into steps, means weighted by coverage. The last day where no span is given.

    A step with nothing has the value null and coverage 0. 200,000 points at most: name a feed
    or a metric where there are more.
    """
    house = house_of(request)
    start, end = span(since, until, house.clock, timedelta(days=1))
    if (end - start).total_seconds() > step_s * _STEPS:
        raise Refusal(
            422,
            f"that is more than {_STEPS} steps",
            where="step_s",
            remedy="Ask for longer steps or a shorter span",
        )
    query = SeriesQuery(
        start, end, step_s, metric, feed, place, class_label, direction, place_kind, most=_POINTS
    )
    found = house.archive.series(query)
    if wants_csv(request, wanted):
        return csv_answer(_series_rows(found), "measurements.csv")
    return shapes.MeasurementsShape(
        since=start, until=end, step_s=step_s, series=[telling.series(each) for each in found]
    )


@router.get(f"{V1}/metrics-list")
def metrics_list(request: Request) -> list[shapes.MetricShape]:
    """What can be asked for at /measurements."""
    return [
        shapes.MetricShape(metric=each.metric, unit=each.unit, words=each.words)
        for each in house_of(request).archive.metrics()
    ]


@router.get(f"{V1}/counts", response_model=shapes.CountsShape, responses=CSV)
def counts(
    request: Request,
    feed: Filter = "",
    since: Since = None,
    until: Until = None,
    wanted: Format = None,
) -> shapes.CountsShape | Response:
    """What was counted at each place. The last hour where no span is given."""
    house = house_of(request)
    start, end = span(since, until, house.clock, timedelta(hours=1))
    rows = [
        shapes.CountShape(
            feed=each.feed,
            place_kind=each.place_kind,
            place=each.place,
            direction=each.direction,
            class_label=each.class_label,
            count=each.count,
            coverage=each.coverage,
        )
        for each in house.archive.totals(feed, start, end)
    ]
    if wants_csv(request, wanted):
        head = ("feed", "place_kind", "place", "direction", "class", "count", "coverage")
        lines = [
            (r.feed, r.place_kind, r.place, r.direction, r.class_label, r.count, r.coverage)
            for r in rows
        ]
        return csv_answer([head, *lines], "counts.csv")
    return shapes.CountsShape(since=start, until=end, rows=rows)


@router.get(f"{V1}/truth")
def truth(request: Request, since: Since = None, until: Until = None) -> shapes.TruthShape:
    """Demo only: what its cameras played, next to what was counted. 404 otherwise."""
    house = house_of(request)
    if house.truth is None:
        raise Refusal(404, "this is no demo", remedy="Nobody knows the truth of real feeds")
    start, end = span(since, until, house.clock, timedelta(hours=1))
    rows = house.truth.counts(start, end)
    true = sum(each.true for each in rows)
    return shapes.TruthShape(
        since=start,
        until=end,
        rows=[
            shapes.TruthRow(
                feed=each.feed,
                line=each.line,
                direction=each.direction,
                class_label=each.class_label,
                true=each.true,
                counted=each.counted,
            )
            for each in rows
        ],
        true=true,
        counted=sum(each.counted for each in rows),
        matched=sum(min(each.true, each.counted) for each in rows) / true if true else None,
    )


def _series_rows(found: Iterable[Series]) -> Iterator[tuple[Cell, ...]]:
    yield (
        "time", "feed", "place_kind", "place", "metric", "unit", "class", "direction",
        "value", "coverage",
    )  # fmt: skip
    for one in found:
        where = (one.feed, one.place_kind, one.place, one.metric, one.unit)
        for point in one.points:
            yield (
                rfc3339(point.at), *where, one.class_label, one.direction, point.value,
                point.coverage,
            )  # fmt: skip
