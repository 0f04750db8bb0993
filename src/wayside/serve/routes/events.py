"""``/events``: incidents, their evidence, who has seen them."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from wayside.domain.records import Severity
from wayside.serve import pictures, shapes, telling
from wayside.serve.access import V1
from wayside.serve.asking import Cursor, Filter, Limit, Since, Until
from wayside.serve.guard import GuardedRoute, caller_of, house_of
from wayside.serve.house import House
from wayside.serve.problems import Refusal
from wayside.serve.records import Acknowledgement, IncidentQuery, StoredIncident
from wayside.serve.requests import AcknowledgementAsk

router = APIRouter(route_class=GuardedRoute, tags=["events"])


@router.get(f"{V1}/events")
def list_events(
    request: Request,
    kind: Annotated[str, Query(max_length=1000)] = "",
    feed: Filter = "",
    place: Filter = "",
    class_label: Annotated[str, Query(alias="class", max_length=200)] = "",
    severity: Annotated[Severity | None, Query()] = None,
    acknowledged: Annotated[bool | None, Query()] = None,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> shapes.Page[shapes.IncidentShape]:
    """Newest first. kind: a kind, or a prefix that ends in a dot, as ``traffic.``; several with
    commas between them.
    """
    query = IncidentQuery(kind, feed, place, class_label, severity, acknowledged, since, until)
    try:
        page = house_of(request).archive.incidents(query, limit, cursor)
    except ValueError:
        raise Refusal(422, "this is no cursor of ours", where="cursor") from None
    return shapes.Page(items=[telling.incident(each) for each in page.items], next=page.next)


@router.get(f"{V1}/events/{{incident}}")
def get_event(request: Request, incident: UUID) -> shapes.IncidentWithPhases:
    house = house_of(request)
    found = _found(house, incident)
    return telling.incident_with_phases(found, house.archive.phases(incident))


@router.get(
    f"{V1}/events/{{incident}}/still.jpg",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
def event_still(request: Request, incident: UUID) -> Response:
    """The covered picture of it; 404 where none is kept."""
    still = house_of(request).archive.still(incident)
    if still is None:
        raise Refusal(404, "no picture of it is kept")
    return pictures.jpeg_answer(still)


@router.get(
    f"{V1}/events/{{incident}}/clip.mp4",
    response_class=Response,
    responses={200: {"content": {"video/mp4": {}}}, 206: {"content": {"video/mp4": {}}}},
)
def event_clip(request: Request, incident: UUID) -> Response:
    """A few covered seconds of it, or the bytes of a Range; 404 where none are kept."""
    clip = house_of(request).archive.clip(incident)
    if clip is None:
        raise Refusal(404, "no clip of it is kept")
    return pictures.clip_answer(clip, request.headers.get("range"))


@router.get(f"{V1}/events/{{incident}}/path")
def event_path(request: Request, incident: UUID) -> shapes.TrailShape:
    """The way of what caused it, over the picture; empty where none is kept."""
    house = house_of(request)
    _found(house, incident)
    points = house.archive.path(incident)
    return shapes.TrailShape(points=[(round(x, 4), round(y, 4)) for x, y in points])


@router.post(f"{V1}/events/{{incident}}/acknowledgement")
def acknowledge(
    request: Request, incident: UUID, ask: AcknowledgementAsk | None = None
) -> shapes.IncidentShape:
    """Says that the caller has seen it. Doing so again replaces the note."""
    house = house_of(request)
    seen = Acknowledgement(caller_of(request).user, house.clock.now(), ask.note if ask else "")
    return _acknowledged(request, incident, seen, "event acknowledged")


@router.delete(f"{V1}/events/{{incident}}/acknowledgement")
def take_back(request: Request, incident: UUID) -> shapes.IncidentShape:
    """Nobody has seen it, after all."""
    return _acknowledged(request, incident, None, "acknowledgement removed")


def _acknowledged(
    request: Request, incident: UUID, seen: Acknowledgement | None, action: str
) -> shapes.IncidentShape:
    house = house_of(request)
    if not house.archive.acknowledge(incident, seen):
        raise _unknown()
    house.accounts.note(caller_of(request), action, str(incident))
    return telling.incident(_found(house, incident))


def _found(house: House, incident: UUID) -> StoredIncident:
    found = house.archive.incident(incident)
    if found is None:
        raise _unknown()
    return found


def _unknown() -> Refusal:
    return Refusal(404, "there is no such event", remedy="It may have passed its retention")
