"""``/junctions``: places that several feeds look at; turning counts; what is usual."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta, tzinfo
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Query, Request, Response
from pydantic import AfterValidator

from wayside.analyze.traffic.turning_files import as_json, long_rows, table_rows
from wayside.domain.errors import UsageError
from wayside.domain.junctions import Junction, junction_of_feed
from wayside.serve import shapes, telling
from wayside.serve.access import V1
from wayside.serve.asking import Filter, IfMatch, Since, Until, etag, span, version_of
from wayside.serve.csv_answers import CSV, csv_answer, wants_csv
from wayside.serve.guard import GuardedRoute, caller_of, house_of
from wayside.serve.house import House
from wayside.serve.problems import Refusal
from wayside.serve.records import JunctionEntry, SeriesQuery, SiteState
from wayside.serve.requests import Tree
from wayside.serve.routes.feeds import entry_of
from wayside.serve.traffic import turning_counts_of, usual_of_feed, usual_of_junction

router = APIRouter(route_class=GuardedRoute, tags=["junctions"])

_LONGEST = timedelta(days=93)
_DAY = timedelta(days=1)


def _one_of(*allowed: int) -> AfterValidator:
    """A Literal would not read numbers out of an address."""

    def check(value: int) -> int:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(map(str, allowed))}")
        return value

    return AfterValidator(check)


Interval = Annotated[
    int,
    Query(description="Minutes of an interval: 5, 10, 15, 30 or 60"),
    _one_of(5, 10, 15, 30, 60),
]
Weeks = Annotated[int, Query(ge=1, le=12, description="Weeks before to compare with")]
Zone = Annotated[
    str, Query(max_length=64, description="Whose clock says the hour, as Europe/Vienna")
]
Layout = Annotated[
    Literal["long", "table"],
    Query(description="Of CSV: a row for each movement and class, or a column for each movement"),
]
Format = Annotated[Literal["json", "csv"] | None, Query(alias="format")]
Step = Annotated[int, Query(description="300, 900 or 3600"), _one_of(300, 900, 3600)]


@router.get(f"{V1}/junctions")
def list_junctions(request: Request, response: Response) -> list[dict[str, Any]]:
    """As in site.yaml."""
    state = house_of(request).site.current()
    response.headers["ETag"] = etag(state.version)
    return [dict(each.values) for each in state.junctions]


@router.get(f"{V1}/junctions/{{junction}}")
def get_junction(request: Request, response: Response, junction: str) -> dict[str, Any]:
    """As in site.yaml."""
    state = house_of(request).site.current()
    response.headers["ETag"] = etag(state.version)
    return dict(_entry_of(state, junction).values)


@router.put(f"{V1}/junctions/{{junction}}", responses={412: {}})
def set_junction(
    request: Request, response: Response, junction: str, values: Tree, if_match: IfMatch = None
) -> dict[str, Any]:
    """Writes it into the site file, comments kept; one of that name is replaced."""
    house = house_of(request)
    if values.get("id", junction) != junction:
        raise Refusal(422, "the id is not that of the address", where="id", remedy="Leave it out")
    state = house.site.set_junction({"id": junction, **values}, version_of(if_match))
    house.accounts.note(caller_of(request), "junction changed", junction)
    response.headers["ETag"] = etag(state.version)
    return dict(_entry_of(state, junction).values)


@router.delete(f"{V1}/junctions/{{junction}}", status_code=204, responses={412: {}})
def remove_junction(request: Request, junction: str, if_match: IfMatch = None) -> Response:
    """Its feeds and what they counted stay."""
    house = house_of(request)
    _entry_of(house.site.current(), junction)
    house.site.remove_junction(junction, version_of(if_match))
    house.accounts.note(caller_of(request), "junction removed", junction)
    return Response(status_code=204)


@router.get(
    f"{V1}/junctions/{{junction}}/turning-counts",
    response_model=shapes.TurningCountsShape,
    responses=CSV,
)
def junction_turning_counts(
    request: Request,
    junction: str,
    since: Since = None,
    until: Until = None,
    interval: Interval = 15,
    layout: Layout = "long",
    wanted: Format = None,
) -> Any:
    """By interval, movement and class, with the peak hour. The last day where no span is given."""
    house = house_of(request)
    found = _entry_of(house.site.current(), junction).junction
    return _turning_counts(request, found, since, until, interval, layout, wanted)


@router.get(
    f"{V1}/feeds/{{feed}}/turning-counts",
    response_model=shapes.TurningCountsShape,
    responses=CSV,
)
def feed_turning_counts(
    request: Request,
    feed: str,
    since: Since = None,
    until: Until = None,
    interval: Interval = 15,
    layout: Layout = "long",
    wanted: Format = None,
) -> Any:
    """The same of a single feed's movements."""
    entry = entry_of(house_of(request).site.current(), feed)
    found = junction_of_feed(feed, entry.geometry)
    return _turning_counts(request, found, since, until, interval, layout, wanted)


def _turning_counts(
    request: Request, junction: Junction, since: Since, until: Until, interval: int, layout: str,
    wanted: str | None,
) -> Any:  # fmt: skip
    house = house_of(request)
    start, end = span(since, until, house.clock, _DAY)
    if end - start > _LONGEST:
        raise Refusal(422, "that is more than 93 days", where="since", remedy="Ask for less")
    with _refusing():
        found = turning_counts_of(house.archive, junction, start, end, interval * 60)
    if wants_csv(request, wanted):
        rows = table_rows(found) if layout == "table" else long_rows(found)
        return csv_answer(rows, f"turning-counts-{junction.id}.csv")
    return {**as_json(found), "approaches": telling.approaches(junction)}


@router.get(f"{V1}/feeds/{{feed}}/usual")
def feed_usual(
    request: Request,
    feed: str,
    metric: Filter = "",
    place: Filter = "",
    place_kind: Filter = "",
    class_label: Annotated[str, Query(alias="class", max_length=200)] = "",
    direction: Filter = "",
    since: Since = None,
    until: Until = None,
    step_s: Step = 900,
    weeks: Weeks = 4,
    zone: Zone = "UTC",
) -> shapes.UsualsShape:
    """Median and band of the same hours of the same weekday in the weeks before.

    Without a metric: vehicles over all movements of the feed.
    """
    house = house_of(request)
    entry = entry_of(house.site.current(), feed)
    if not metric:
        own = junction_of_feed(feed, entry.geometry)
        return _usual_volume(house, own, since, until, step_s, weeks, zone)
    start, end = _week(house, since, until)
    query = SeriesQuery(start, end, step_s, metric, feed, place, class_label, direction, place_kind)
    found = usual_of_feed(house.archive, query, weeks, _zone(zone))
    return telling.usuals(found, start, end, step_s, weeks)


@router.get(f"{V1}/junctions/{{junction}}/usual")
def junction_usual(
    request: Request,
    junction: str,
    since: Since = None,
    until: Until = None,
    step_s: Step = 900,
    weeks: Weeks = 4,
    zone: Zone = "UTC",
) -> shapes.UsualsShape:
    """Vehicles through the junction, all movements added."""
    house = house_of(request)
    found = _entry_of(house.site.current(), junction).junction
    return _usual_volume(house, found, since, until, step_s, weeks, zone)


def _usual_volume(
    house: House, junction: Junction, since: Since, until: Until, step_s: int, weeks: int, zone: str
) -> shapes.UsualsShape:
    start, end = _week(house, since, until)
    with _refusing():
        one = usual_of_junction(house.archive, junction, start, end, step_s, weeks, _zone(zone))
    return telling.usuals([one], start, end, step_s, weeks)


@contextmanager
def _refusing() -> Iterator[None]:
    """What cannot be asked of this archive is the caller's to mend."""
    try:
        yield
    except UsageError as error:
        raise Refusal(422, error.what, where=error.where or "", remedy=error.remedy or "") from None


def _week(house: House, since: Since, until: Until) -> tuple[Any, Any]:
    start, end = span(since, until, house.clock, _DAY)
    if end - start > timedelta(days=8):
        raise Refusal(422, "that is more than a week", where="since", remedy="Ask for a week")
    return start, end


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(422, "there is no such time zone", where="zone", remedy="As UTC") from None


def _entry_of(state: SiteState, junction: str) -> JunctionEntry:
    found = state.junction(junction)
    if found is None:
        raise Refusal(404, "there is no such junction", remedy="See /junctions for those there are")
    return found
