"""The decision at the route: who is asking, and whether his role is enough.

Taken before the body is read. Everything that goes wrong on the way means no.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, cast

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection

from wayside.serve.access import Open, needed
from wayside.serve.gate import COOKIE, SECURE_COOKIE, is_loopback
from wayside.serve.house import House
from wayside.serve.limited.house import house_for
from wayside.serve.problems import Refusal
from wayside.serve.roles import Caller, Role


class GuardedRoute(APIRoute):
    """A route that serves only whom the table of access admits.

    Raises LookupError when it is built without an entry there.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        inner = super().get_route_handler()
        wanted = {method: needed(method, self.path) for method in self.methods or ()}

        async def guarded(request: Request) -> Response:
            # HEAD never gets here: FastAPI adds no HEAD to a GET route.
            await admit(request, wanted[request.method])
            return await inner(request)

        return guarded


async def admit(connection: HTTPConnection, wanted: Role | Open) -> Caller | None:
    """The caller, None for one whom nobody asks; noted in the connection's state.

    Raises Refusal (401, 403) or StoreError.
    """
    connection.state.caller = caller = await _admitted(connection, wanted)
    return caller


async def _admitted(connection: HTTPConnection, wanted: Role | Open) -> Caller | None:
    if wanted is Open.ANYONE:
        return None
    house = whole_house(connection)
    if wanted is Open.METRICS:
        if house.metrics_on_loopback and _is_on_this_machine(connection):
            return None
        wanted = Role.VIEWER
    assert isinstance(wanted, Role)
    caller = await run_in_threadpool(known_caller, connection, house)
    if caller is None:
        raise Refusal(
            401,
            "not logged in",
            remedy="Log in, or send an API token",
            headers={"WWW-Authenticate": 'Bearer realm="wayside"'},
        )
    if not caller.role.covers(wanted):
        raise Refusal(403, f"this needs the role {wanted.value}", remedy="Ask an admin")
    return caller


def known_caller(connection: HTTPConnection, house: House) -> Caller | None:
    """By API token where one is sent, else by the session's cookie. A bad token is not made
    good by a cookie.
    """
    authorization = connection.headers.get("authorization")
    if authorization is not None:
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return None
        return house.accounts.tokens.caller_of(text.strip())
    secret = connection.cookies.get(cookie_name(connection, house))
    return house.accounts.caller_of_session(secret) if secret else None


def cookie_name(connection: HTTPConnection, house: House) -> str:
    return SECURE_COOKIE if is_secure(connection, house) else COOKIE


def is_secure(connection: HTTPConnection, house: House) -> bool:
    """Whether the browser speaks TLS, to us or to the proxy before us."""
    return connection.scope["scheme"] in ("https", "wss") or house.public_url.startswith("https:")


def whole_house(connection: HTTPConnection) -> House:
    """With every feed: for the decision itself, never for an answer."""
    return cast("House", connection.app.state.house)


def house_of(connection: HTTPConnection) -> House:
    """The house as it is for whom the route admitted: feeds of other groups are not in it.

    The whole one for a route that asks nobody. Raises AttributeError before the decision.
    """
    caller: Caller | None = connection.state.caller
    return house_for(whole_house(connection), None if caller is None else caller.groups)


def caller_of(request: Request) -> Caller:
    """Whom the route admitted."""
    return cast("Caller", request.state.caller)


def client_address(connection: HTTPConnection) -> str:
    """As the socket has it; headers of a proxy are taken by uvicorn, from trusted proxies alone."""
    return connection.client.host if connection.client else ""


def _is_on_this_machine(connection: HTTPConnection) -> bool:
    """A proxy on this machine speaks for others: whoever it forwards does not count."""
    forwarded = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
    if any(name in connection.headers for name in forwarded):
        return False
    return is_loopback(client_address(connection))
