"""A server without a site, a camera or a worker, to make and test the page against.

    python -m wayside.testing.fake_house --port 8090 --open

``--open`` logs every request in as an admin. It exists here only, works on the
loopback address only, and nothing in serve/ knows of it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

import wayside
from wayside.domain.errors import UsageError
from wayside.domain.time import Clock, SystemClock
from wayside.serve import create_app
from wayside.serve.accounts import Accounts
from wayside.serve.gate import COOKIE, is_loopback
from wayside.serve.house import Facts, House
from wayside.serve.passwords import Passwords
from wayside.serve.roles import Role
from wayside.serve.run import serve
from wayside.testing.fake_archive import FakeArchive, FakeTruth
from wayside.testing.fake_fleet import FakeFleet
from wayside.testing.fake_site import FEEDS, FakeSite

PASSWORD = "correct horse battery"  # noqa: S105 - of users that exist in no real house
USERS = {"vera": Role.VIEWER, "otto": Role.OPERATOR, "ada": Role.ADMIN}

_PAGE = Path(wayside.__file__).parent / "web" / "static"


def fake_house(
    folder: Path,
    *,
    clock: Clock | None = None,
    feeds: Sequence[str] = FEEDS,
    is_demo: bool = True,
    page: Path | None = None,
    with_users: bool = True,
) -> House:
    """folder: for accounts.db. Close it with ``close``. Users: see USERS, all with PASSWORD.

    Their hashes are as weak as argon2id allows, so that tests need not wait for them.
    """
    clock = clock or SystemClock()
    weak = Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)
    accounts = Accounts(folder / "accounts.db", clock, Passwords(weak))
    if with_users and not accounts.has_users():
        for name, role in sorted(USERS.items(), key=lambda each: -each[1].rank):
            accounts.add_user(name, PASSWORD, role)
    fleet = FakeFleet(clock)
    archive = FakeArchive(clock, feeds)
    return House(
        fleet=fleet,
        archive=archive,
        site=FakeSite(fleet.apply, feeds),
        accounts=accounts,
        clock=clock,
        facts=Facts(wayside.__version__, "motion", "no model was found", clock.now(), 2),
        truth=FakeTruth(archive, feeds) if is_demo else None,
        page=page,
    )


def close(house: House) -> None:
    house.fleet.close()
    house.accounts.close()


class OpenDoor:
    """Gives every request that has none the cookie of one admin's session."""

    def __init__(self, app: ASGIApp, secret: str) -> None:
        self._app = app
        self._cookie = f"{COOKIE}={secret}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            if "authorization" not in headers:
                others = [pair for pair in scope["headers"] if pair[0] != b"cookie"]
                scope = {**scope, "headers": [*others, (b"cookie", self._cookie)]}
        await self._app(scope, receive, send)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="fake_house", description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--feeds", type=int, default=len(FEEDS), help="number of feeds")
    parser.add_argument("--page", type=Path, default=_PAGE, help="folder of the built page")
    parser.add_argument("--open", action="store_true", help="no login; loopback only")
    parser.add_argument("--first-start", action="store_true", help="no user yet; prints the link")
    asked = parser.parse_args(arguments)
    if asked.open and not is_loopback(asked.host):
        raise UsageError("an open door on a network", remedy="Leave out --host or --open")
    names = [*FEEDS, "locked", "moved", *(f"street-{n}" for n in range(1, max(1, asked.feeds)))]
    with tempfile.TemporaryDirectory(prefix="fake-house-") as folder:
        house = fake_house(
            Path(folder),
            feeds=names[: asked.feeds],
            page=asked.page,
            with_users=not asked.first_start,
        )
        try:
            _run(house, asked.host, asked.port, is_open=asked.open)
        finally:
            close(house)


def _run(house: House, host: str, port: int, *, is_open: bool) -> None:
    app = create_app(house)
    if is_open:
        login = house.accounts.log_in("ada", PASSWORD, host)
        assert login is not None
        app.add_middleware(OpenDoor, secret=login.secret)

    def tell(url: str) -> None:
        link = url if house.accounts.has_users() else house.accounts.first_link(url)
        print(f"{link}  (users {', '.join(USERS)}; password {PASSWORD!r})", flush=True)  # noqa: T201

    serve(app, host, port, on_started=tell)


if __name__ == "__main__":
    main()
