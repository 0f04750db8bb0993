"""The application: the routes, what stands before them, what they share."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import JSONResponse

from wayside.serve import problems, schema
from wayside.serve.gate import BODY_S, Gate, allowed_hosts
from wayside.serve.guard import GuardedRoute
from wayside.serve.house import House
from wayside.serve.live.board import StatusBoard
from wayside.serve.live.tail import EventTail
from wayside.serve.live.viewer import CHECK_S
from wayside.serve.routes import (
    events,
    feeds,
    health,
    junctions,
    live,
    measurements,
    page,
    proposals,
    scenes,
    session,
    sign_in,
    site,
    stream,
    users,
)
from wayside.serve.turns import Turns

# A path with a variable takes what stands before it only if it comes first.
_ROUTERS = (
    health.router,
    session.router,
    sign_in.router,
    site.router,
    feeds.router,
    scenes.router,
    proposals.router,
    junctions.router,
    stream.router,
    events.router,
    measurements.router,
    users.router,
    live.router,
)


def create_app(house: House, *, body_s: float = BODY_S, check_s: float = CHECK_S) -> FastAPI:
    """The server of one house. body_s: within which a request's body must come.

    check_s: between two looks whether the session of an open view still stands.
    """
    app = FastAPI(
        title="wayside",
        version="1",  # of the API; strangers read it, and learn nothing of this wayside
        description="What happens in video feeds, never who. Errors are RFC 9457 problems.",
        openapi_url=None,  # ours is served by a route of ours, as guarded as the others
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.house = house
    app.state.turns = Turns()
    app.state.board = StatusBoard(house)
    app.state.tail = EventTail(house)
    app.state.check_s = check_s
    app.state.is_closing = False
    problems.install(app)
    for router in (*_ROUTERS, _schema_router(), page.router):
        app.include_router(router)
    app.add_middleware(
        Gate,
        hosts=allowed_hosts(house.hosts, house.public_url),
        public_url=house.public_url,
        body_s=body_s,
    )
    return app


def _schema_router() -> APIRouter:
    router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

    @router.get("/api/openapi.json")
    def openapi_document(request: Request) -> JSONResponse:
        return JSONResponse(schema.openapi(request.app))

    return router
