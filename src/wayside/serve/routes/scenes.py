"""What is drawn on a feed's picture, its rules, its paths and its still."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request, Response

from wayside.domain.scene import Direction
from wayside.serve import pictures, shapes, telling
from wayside.serve.access import V1
from wayside.serve.asking import IfMatch, Since, Until, etag, span, version_of
from wayside.serve.guard import GuardedRoute, caller_of, house_of
from wayside.serve.preview import preview
from wayside.serve.problems import Refusal
from wayside.serve.requests import PreviewAsk, Tree
from wayside.serve.routes.feeds import entry_of
from wayside.serve.turns import turn

router = APIRouter(route_class=GuardedRoute, tags=["scenes"])

_PREVIEWED = 20_000
"""Paths that a preview counts at most, the newest."""


@router.get(
    f"{V1}/feeds/{{feed}}/still.jpg",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, 429: {}},
)
async def feed_still(
    request: Request, feed: str, width: Annotated[int, Query(ge=16, le=1920)] = 640
) -> Response:
    """The next picture that is analysed, covered. Waits for it up to 5 s; 404 if none came."""
    house = house_of(request)
    entry_of(await turn(house.site.current), feed)
    async with request.app.state.turns.taking_still():
        picture = await turn(house.fleet.still, feed, width)
    if picture is None:
        raise Refusal(404, "no picture came", remedy="See the feed's state for the reason")
    return pictures.jpeg_answer(picture)


@router.get(f"{V1}/feeds/{{feed}}/tracks")
def feed_tracks(
    request: Request,
    feed: str,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Query(ge=1, le=2000)] = 500,
) -> shapes.PathsShape:
    """The newest finished paths, without any id. The last hour where no span is given."""
    house = house_of(request)
    entry_of(house.site.current(), feed)
    start, end = span(since, until, house.clock, timedelta(hours=1))
    found = house.archive.paths(feed, start, end, limit)
    return shapes.PathsShape(items=[telling.path(each) for each in found])


@router.get(f"{V1}/feeds/{{feed}}/scene")
def get_scene(request: Request, response: Response, feed: str) -> dict[str, Any]:
    """As in site.yaml."""
    state = house_of(request).site.current()
    entry = entry_of(state, feed)
    response.headers["ETag"] = etag(state.version)
    return dict(entry.scene)


@router.put(f"{V1}/feeds/{{feed}}/scene", responses={412: {}})
def set_scene(
    request: Request, response: Response, feed: str, scene: Tree, if_match: IfMatch = None
) -> dict[str, Any]:
    """Writes it into the site file, comments kept, and counts by it from now on."""
    house = house_of(request)
    entry_of(house.site.current(), feed)
    state = house.site.set_scene(feed, scene, version_of(if_match))
    house.accounts.note(caller_of(request), "scene changed", feed)
    response.headers["ETag"] = etag(state.version)
    return dict(entry_of(state, feed).scene)


@router.post(f"{V1}/feeds/{{feed}}/view/confirm", status_code=202, responses={409: {}})
def confirm_view(request: Request, feed: str) -> Response:
    """The view that has moved is right as it is now: lines and zones hold again.

    While the condition ``view_moved`` is there, geometry is suspended. Draw the scene anew before,
    where it no longer fits. The worker learns the new view; the status shows it in a second.
    """
    house = house_of(request)
    entry_of(house.site.current(), feed)
    status = house.fleet.statuses().get(feed)
    if status is None or "view_moved" not in status.conditions:
        raise Refusal(
            409,
            "the view of this feed has not moved, as far as is known",
            where="feed",
            remedy="Wait until its condition is view_moved",
        )
    house.fleet.confirm_view(feed)
    house.accounts.note(caller_of(request), "view confirmed", feed)
    return Response(status_code=202)


@router.post(f"{V1}/feeds/{{feed}}/scene/preview")
def preview_scene(request: Request, feed: str, ask: PreviewAsk) -> shapes.PreviewShape:
    """What a scene would have counted on the paths of the last minutes. Changes nothing."""
    house = house_of(request)
    entry_of(house.site.current(), feed)
    geometry = house.site.geometry_of(ask.scene)
    now = house.clock.now()
    since = now - timedelta(minutes=ask.minutes)
    found = preview(geometry, house.archive.paths(feed, since, now, _PREVIEWED))
    return shapes.PreviewShape(
        since=since,
        paths=found.paths,
        lines={
            line: shapes.LinePreview(
                forward=dict(ways[Direction.FORWARD]), backward=dict(ways[Direction.BACKWARD])
            )
            for line, ways in found.lines.items()
        },
        zones={
            zone: shapes.ZonePreview(visits=len(dwells), median_dwell_s=found.median_dwell_s(zone))
            for zone, dwells in found.dwells_s.items()
        },
        movements=dict(found.movements),
    )


@router.get(f"{V1}/feeds/{{feed}}/rules")
def get_rules(request: Request, response: Response, feed: str) -> list[dict[str, Any]]:
    """As in site.yaml."""
    state = house_of(request).site.current()
    entry = entry_of(state, feed)
    response.headers["ETag"] = etag(state.version)
    return [dict(rule) for rule in entry.rules]


@router.put(f"{V1}/feeds/{{feed}}/rules", responses={412: {}})
def set_rules(
    request: Request,
    response: Response,
    feed: str,
    rules: Annotated[list[Tree], Body(max_length=200)],
    if_match: IfMatch = None,
) -> list[dict[str, Any]]:
    """Writes them into the site file, comments kept."""
    house = house_of(request)
    entry_of(house.site.current(), feed)
    state = house.site.set_rules(feed, rules, version_of(if_match))
    house.accounts.note(caller_of(request), "rules changed", feed)
    response.headers["ETag"] = etag(state.version)
    return [dict(rule) for rule in entry_of(state, feed).rules]
