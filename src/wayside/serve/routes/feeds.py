"""``/feeds``: list, add, change, remove, import, try."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from wayside.domain.feeds import FeedState, FeedStatus
from wayside.serve import pictures, shapes, telling
from wayside.serve.access import V1
from wayside.serve.asking import Cursor, Filter, IfMatch, Limit, etag, version_of
from wayside.serve.drafts import draft_of, drafts_of_csv, drafts_of_json
from wayside.serve.guard import GuardedRoute, caller_of, house_of
from wayside.serve.house import House
from wayside.serve.problems import Refusal
from wayside.serve.records import FeedDraft, FeedEntry, ImportOutcome, SiteState
from wayside.serve.requests import FeedAsk, FeedChange, SourceAsk
from wayside.serve.turns import turn

router = APIRouter(route_class=GuardedRoute, tags=["feeds"])


@router.get(f"{V1}/feeds")
def list_feeds(
    request: Request,
    response: Response,
    state: Annotated[FeedState | None, Query()] = None,
    q: Filter = "",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> shapes.Page[shapes.FeedShape]:
    """In order of their ids. q: a part of the id or of the address shown."""
    house = house_of(request)
    current = house.site.current()
    statuses = house.fleet.statuses()
    found = [
        each
        for each in sorted(current.feeds, key=lambda each: each.id)
        if (cursor is None or each.id > cursor)
        and q.casefold() in f"{each.id} {each.shown}".casefold()
        and state in (None, _state(statuses.get(each.id)))
    ]
    response.headers["ETag"] = etag(current.version)
    return shapes.Page(
        items=[telling.feed(each, statuses.get(each.id)) for each in found[:limit]],
        next=found[limit - 1].id if len(found) > limit else None,
    )


@router.post(f"{V1}/feeds", status_code=201, responses={409: {}, 412: {}})
def add_feed(
    request: Request, response: Response, ask: FeedAsk, if_match: IfMatch = None
) -> shapes.FeedShape:
    """Writes it into the site file and starts it."""
    house = house_of(request)
    if house.site.current().feed(ask.id) is not None:
        raise Refusal(409, "there is a feed of that id", where="id", remedy="Choose another id")
    state = house.site.add(draft_of(ask), version_of(if_match))
    house.accounts.note(caller_of(request), "feed added", ask.id)
    response.headers["Location"] = f"{V1}/feeds/{ask.id}"
    return _told(house, state, ask.id, response)


@router.post(
    f"{V1}/feeds/import",
    responses={412: {}, 415: {}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["feeds"],
                        "properties": {"feeds": {"type": "array", "items": {"type": "object"}}},
                    }
                },
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "id,source,username,password,transport\n",
                },
            },
        }
    },
)
async def import_feeds(
    request: Request, dry_run: Annotated[bool, Query()] = False, if_match: IfMatch = None
) -> shapes.ImportShape:
    """All or nothing: with a problem in any row, nothing is changed.

    CSV: id,source,username,password,transport with that first line.
    """
    body = await request.body()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/csv":
        drafts, problems = await turn(drafts_of_csv, body)
    elif kind == "application/json":
        drafts, problems = await turn(drafts_of_json, body)
    else:
        raise Refusal(415, "neither JSON nor CSV", remedy="Send application/json or text/csv")
    if problems:
        return _outcome(ImportOutcome(problems=tuple(problems)))
    house = house_of(request)

    def write() -> ImportOutcome:
        done = house.site.import_feeds(drafts, version_of(if_match), dry_run=dry_run)
        if not dry_run and (done.added or done.updated):
            told = f"{len(done.added)} added, {len(done.updated)} updated"
            house.accounts.note(caller_of(request), "feeds imported", told)
        return done

    return _outcome(await turn(write))


@router.post(f"{V1}/feeds/probe", responses={429: {}})
async def probe_source(request: Request, ask: SourceAsk) -> shapes.ProbeShape:
    """Opens the source as a feed would, in a process of its own, and shows what came."""
    house = house_of(request)
    draft = _source_draft(ask)
    source = await turn(house.site.source_of, draft)
    async with request.app.state.turns.probing():
        found = await turn(house.fleet.probe, source)
    return shapes.ProbeShape(
        ok=not found.problem,
        codec=found.codec,
        width=found.width,
        height=found.height,
        rate=found.rate,
        seconds=found.seconds,
        problem=found.problem,
        remedy=found.remedy,
        withheld=found.withheld,
        still=pictures.data_url(found),
    )


@router.get(f"{V1}/feeds/{{feed}}")
def get_feed(request: Request, response: Response, feed: str) -> shapes.FeedShape:
    house = house_of(request)
    return _told(house, house.site.current(), feed, response)


@router.patch(f"{V1}/feeds/{{feed}}", responses={412: {}})
def change_feed(
    request: Request, response: Response, feed: str, ask: FeedChange, if_match: IfMatch = None
) -> shapes.FeedShape:
    """Changes what is given and nothing else."""
    house = house_of(request)
    entry_of(house.site.current(), feed)
    state = house.site.update(_change(feed, ask), version_of(if_match))
    house.accounts.note(caller_of(request), "feed changed", feed)
    return _told(house, state, feed, response)


@router.delete(f"{V1}/feeds/{{feed}}", status_code=204, responses={412: {}})
def remove_feed(request: Request, feed: str, if_match: IfMatch = None) -> Response:
    """Stops it and takes it out of the site file. What it recorded stays."""
    house = house_of(request)
    entry_of(house.site.current(), feed)
    house.site.remove(feed, version_of(if_match))
    house.accounts.note(caller_of(request), "feed removed", feed)
    return Response(status_code=204)


def entry_of(state: SiteState, feed: str) -> FeedEntry:
    """Raises Refusal (404)."""
    entry = state.feed(feed)
    if entry is None:
        raise Refusal(404, "there is no such feed", where="feed")
    return entry


def _told(house: House, state: SiteState, feed: str, response: Response) -> shapes.FeedShape:
    entry = entry_of(state, feed)
    response.headers["ETag"] = etag(state.version)
    return telling.feed(entry, house.fleet.statuses().get(feed))


def _state(status: FeedStatus | None) -> FeedState:
    return FeedState.CONNECTING if status is None else status.state


def _source_draft(ask: SourceAsk) -> FeedDraft:
    return FeedDraft(
        id="",
        source=ask.source,
        username=ask.username,
        password=ask.password.get_secret_value(),
        transport=ask.transport,
    )


def _change(feed: str, ask: FeedChange) -> FeedDraft:
    given: dict[str, Any] = {
        name: getattr(ask, name)
        for name in ask.model_fields_set
        if name == "rate" or getattr(ask, name) is not None
    }
    if ask.password is not None:
        given["password"] = ask.password.get_secret_value()
    if ask.rules is not None:
        given["rules"] = tuple(ask.rules)
    if ask.groups is not None:
        given["groups"] = tuple(ask.groups)
    return FeedDraft(id=feed, changed=frozenset(given), **given)


def _outcome(found: ImportOutcome) -> shapes.ImportShape:
    return shapes.ImportShape(
        added=list(found.added),
        updated=list(found.updated),
        unchanged=list(found.unchanged),
        problems=[
            shapes.RowProblemShape(row=each.row, what=each.what, remedy=each.remedy)
            for each in found.problems[:1000]
        ],
    )
