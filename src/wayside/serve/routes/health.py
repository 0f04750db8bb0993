"""For machines that watch this one: alive, ready, metrics."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from wayside.serve.guard import GuardedRoute, house_of
from wayside.serve.metrics import registry_of
from wayside.serve.problems import Refusal

router = APIRouter(route_class=GuardedRoute, tags=["health"])

_TEXT: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/healthz", response_class=Response, responses=_TEXT)
async def alive() -> Response:
    """The process answers."""
    return Response("ok\n", media_type="text/plain")


@router.get("/readyz", response_class=Response, responses={**_TEXT, 503: {}})
def ready(request: Request) -> Response:
    """The store can be written and the workers run."""
    house = house_of(request)
    if not house.archive.is_writable():
        raise Refusal(503, "the store cannot be written")
    workers = house.fleet.workers()
    if not workers and house.site.current().feeds:
        raise Refusal(503, "no worker runs yet")
    if troubled := next((worker for worker in workers if worker.problem), None):
        raise Refusal(503, f"worker {troubled.worker}: {troubled.problem}")
    return Response("ready\n", media_type="text/plain")


@router.get("/metrics", response_class=Response, responses=_TEXT)
def metrics(request: Request) -> Response:
    """In the text format of Prometheus. With a session or token of a viewer.

    Who is limited to groups of feeds reads of those feeds alone, and nothing of workers and sinks.
    """
    house = house_of(request)
    registry = registry_of(house, lambda: int(request.app.state.turns.viewers))
    text = generate_latest(registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
