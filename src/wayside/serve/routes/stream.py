"""``/events/stream``: events as CloudEvents over SSE, resumed by their arrival numbers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import StreamingResponse

from wayside.domain.errors import WaysideError
from wayside.events.cloudevents import to_cloudevent
from wayside.serve.access import V1
from wayside.serve.guard import GuardedRoute, caller_of, house_of
from wayside.serve.records import Arrival
from wayside.serve.turns import turn

router = APIRouter(route_class=GuardedRoute, tags=["events"])

HEARTBEAT_S = 15.0
_LOOK_S = 2.0  # how soon a revoked session or a stopping server is noticed
_AT_ONCE = 200


@router.get(
    f"{V1}/events/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}, 429: {}},
)
async def stream_events(
    request: Request,
    last_event_id: Annotated[
        str | None, Header(max_length=20, description="Resume after this arrival number")
    ] = None,
) -> StreamingResponse:
    """``id:`` is the arrival number, ``data:`` a CloudEvent. A comment every 15 s keeps it open.

    Without Last-Event-ID it begins with what comes next.
    """
    archive = house_of(request).archive
    newest = await turn(archive.last_arrival)
    after = newest
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdecimal():
        after = min(int(last_event_id), newest)
    turns = request.app.state.turns.streaming()
    await turns.__aenter__()

    async def events() -> AsyncIterator[str]:
        try:
            async for text in _events(request, after):
                yield text
        finally:
            await turns.__aexit__(None, None, None)

    return StreamingResponse(
        events(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
    )


async def _events(request: Request, after: int) -> AsyncIterator[str]:
    house, state = house_of(request), request.app.state
    clock = asyncio.get_running_loop().time
    spoken = checked = clock()
    yield "retry: 2000\n\n"
    async with state.tail.running():
        while not state.is_closing:
            newest = await turn(house.archive.last_arrival)
            found = await turn(house.archive.arrivals, after, _AT_ONCE)
            if not found:
                # What came meanwhile is of feeds that he does not see: it is read this once.
                after = max(after, newest)
            for arrival in found:
                after = arrival.number
                yield _text(arrival)
                spoken = clock()
            if clock() - checked >= _LOOK_S:
                checked = clock()
                if not await _may_go_on(request):
                    return
            if not found:
                if clock() - spoken >= HEARTBEAT_S:
                    spoken = clock()
                    yield ": still here\n\n"
                await state.tail.news(_LOOK_S)


async def _may_go_on(request: Request) -> bool:
    try:
        return await turn(house_of(request).accounts.still_valid, caller_of(request))
    except WaysideError:
        return False


def _text(arrival: Arrival) -> str:
    data = json.dumps(to_cloudevent(arrival.event), separators=(",", ":"))
    return f"id: {arrival.number}\ndata: {data}\n\n"
