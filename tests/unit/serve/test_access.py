"""Who may call what: the whole table against the whole OpenAPI, role by role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter

from wayside.serve import House, create_app
from wayside.serve.access import ACCESS, Open, needed
from wayside.serve.guard import GuardedRoute
from wayside.serve.roles import Role
from wayside.serve.schema import openapi
from wayside.testing.fake_house import PASSWORD

_METHODS = ("get", "put", "post", "patch", "delete")


@pytest.fixture
def routes(house: House) -> list[tuple[str, str]]:
    document = openapi(create_app(house))
    return [
        (method.upper(), path)
        for path, item in document["paths"].items()
        for method in _METHODS
        if method in item
    ]


@pytest.fixture
def tokens(house: House) -> dict[Role, str]:
    login = house.accounts.log_in("ada", PASSWORD, "a")
    assert login is not None
    return {
        role: house.accounts.tokens.add(role.value, role, timedelta(days=1), by=login.caller)[1]
        for role in Role
    }


def test_a_route_that_declares_no_role_cannot_be_built() -> None:
    router = APIRouter(route_class=GuardedRoute)
    with pytest.raises(LookupError, match="declares no role"):
        router.add_api_route("/api/v1/secrets", lambda: "all", methods=["GET"])


def test_every_entry_of_the_table_is_a_route(house: House, routes: list[tuple[str, str]]) -> None:
    beside = {
        ("WEBSOCKET", "/api/v1/live"),
        ("GET", "/api/openapi.json"),
        ("GET", "/{path:path}"),
        ("HEAD", "/{path:path}"),
    }
    assert set(ACCESS) - beside == set(routes)


def test_only_these_are_open_to_anyone() -> None:
    assert {key for key, value in ACCESS.items() if value is Open.ANYONE} == {
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/api/openapi.json"),
        ("POST", "/api/v1/session"),
        ("GET", "/api/v1/sign-in"),
        ("GET", "/api/v1/sign-in/begin"),
        ("GET", "/api/v1/sign-in/callback"),
        ("GET", "/{path:path}"),
        ("HEAD", "/{path:path}"),
    }


def test_viewers_change_nothing() -> None:
    changing = {key for key in ACCESS if key[0] in ("PUT", "POST", "PATCH", "DELETE")}
    session = {
        ("POST", "/api/v1/session"),
        ("DELETE", "/api/v1/session"),
        ("PUT", "/api/v1/session/password"),
    }
    assert all(ACCESS[key] is not Role.VIEWER for key in changing - session)


def test_each_role_meets_each_route(
    url: str, routes: list[tuple[str, str]], tokens: dict[Role, str]
) -> None:
    with httpx.Client(base_url=url, timeout=20) as client:
        for method, path in routes:
            wanted = needed(method, path)
            assert_admits(client, method, path, None, is_admitted=wanted is Open.ANYONE)
            for role, token in tokens.items():
                least = wanted if isinstance(wanted, Role) else Role.VIEWER
                assert_admits(client, method, path, token, is_admitted=role.covers(least))


def assert_admits(
    client: httpx.Client, method: str, path: str, token: str | None, *, is_admitted: bool
) -> None:
    """Ids are of nothing, bodies empty: what is admitted is refused for that, and harms nobody."""
    for name in ("incident",):
        path = path.replace(f"{{{name}}}", str(uuid4()))
    for name in ("feed", "name", "token"):
        path = path.replace(f"{{{name}}}", "nothing-has-this-id")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body: dict[str, Any] = {} if method in ("GET", "DELETE") else {"json": {}}
    with client.stream(method, path, headers=headers, **body) as answer:
        status = answer.status_code
    if is_admitted:
        assert status not in (401, 403), (method, path)
        assert status < 500, (method, path, status)
    else:
        assert status == (403 if token else 401), (method, path, status)


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Bearer x", "Basic YWRhOng=", "Bearer wst_000000000000_" + "A" * 43],
)
def test_a_bad_token_is_nobody_even_beside_a_cookie(viewer: httpx.Client, header: str) -> None:
    assert viewer.get("/api/v1/site").status_code == 200
    answer = viewer.get("/api/v1/site", headers={"Authorization": header})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Bearer" in answer.headers["www-authenticate"]


def test_the_role_is_asked_before_the_body_is_read(anyone: httpx.Client) -> None:
    answer = anyone.post("/api/v1/feeds", content=b"{not json")
    assert answer.status_code == 401


def test_accounts_that_cannot_be_read_deny(house: House, url: str, viewer: httpx.Client) -> None:
    house.accounts.close()
    answer = viewer.get("/api/v1/site")
    assert answer.status_code == 503
    assert "accounts.db" not in answer.text


@pytest.fixture
def scraped(house: House, serve_house: Callable[..., str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=serve_house(house, metrics_on_loopback=True)) as client:
        yield client


def test_metrics_are_open_on_loopback_only_where_the_house_says_so(
    scraped: httpx.Client, anyone: httpx.Client
) -> None:
    assert anyone.get("/metrics").status_code == 401
    assert scraped.get("/metrics").status_code == 200
    assert scraped.get("/metrics", headers={"X-Forwarded-For": "1.2.3.4"}).status_code == 401
