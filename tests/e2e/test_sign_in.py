"""Signing in by a certified OpenID provider (panva's oidc-provider) that runs beside the server."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin

import httpx
import pytest

from live_servers import lacking, program
from wayside.serve import House, create_app
from wayside.serve.roles import Role
from wayside.serve.sign_in.reach import Reach
from wayside.serve.sign_in.settings import ProviderSettings, Rights
from wayside.serve.sign_in.sign_in import SignIn
from wayside.testing.fake_house import close, fake_house
from wayside.testing.serving import serving

WEB = Path(__file__).parents[2] / "web"
RIGHTS = (
    Rights("chiefs", Role.ADMIN),
    Rights("harbour-team", Role.OPERATOR, frozenset({"harbour"})),
)


class Signing(NamedTuple):
    """url: of the server. house: as it is served."""

    url: str
    house: House


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[Signing]:
    """The redirect's port is taken before: the provider must know it, and so must the server."""
    node = program("node", "nodejs")
    if not (WEB / "node_modules" / "oidc-provider").is_dir():
        lacking("web/node_modules has no oidc-provider: npm ci in web/")
    port = free_port()
    public_url = "http://127.0.0.1:1"  # filled in by the way back below
    settings = ProviderSettings(
        name="Town Hall",
        issuer=f"http://127.0.0.1:{port}",
        client_id="wayside",
        client_secret="a secret: of 100% & more",
        public_url=public_url,
        claim="groups",
        rights=RIGHTS,
    )
    house = fake_house(tmp_path)
    with (
        closing_house(house),
        subprocess.Popen(
            [node, str(WEB / "e2e" / "provider.mjs"), str(port), settings.redirect_uri],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as provider,
    ):
        try:
            assert provider.stdout is not None
            assert any(line.strip() == "ready" for line in provider.stdout)
            reach = Reach(lambda _host, address: address == "127.0.0.1")
            sign_in = SignIn(settings, reach, house.accounts, house.clock)
            served = replace(house, sign_in=sign_in)
            with serving(create_app(served)) as url:
                yield Signing(url, served)
        finally:
            provider.kill()


def closing_house(house: House) -> closing[House]:
    class Closing(closing):  # type: ignore[type-arg]
        def __exit__(self, *_error: object) -> None:
            close(house)

    return Closing(house)


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def go_through(signing: Signing, login: str) -> tuple[httpx.Client, httpx.Response]:
    """As a browser: the button, the provider's forms, the way back. The answer to that."""
    browser = httpx.Client(timeout=30)
    answer = browser.get(f"{signing.url}/api/v1/sign-in/begin")
    while not (answer.is_redirect and "/sign-in/callback" in answer.headers["location"]):
        assert answer.status_code in (200, 302, 303), answer.text[:500]
        if answer.is_redirect:
            answer = browser.get(urljoin(str(answer.url), answer.headers["location"]))
            continue
        action = unescape(re.search(r'<form[^>]* action="([^"]+)"', answer.text)[1])  # type: ignore[index]
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)"', answer.text))
        if 'name="login"' in answer.text:
            fields |= {"login": login, "password": "any"}
        answer = browser.post(urljoin(str(answer.url), action), data=fields)
    back = answer.headers["location"].replace("http://127.0.0.1:1", signing.url)
    return browser, browser.get(back)


def session(signing: Signing, browser: httpx.Client) -> httpx.Response:
    return browser.get(f"{signing.url}/api/v1/session")


def test_whom_the_provider_knows_comes_in_with_the_rights_of_the_map(signing: Signing) -> None:
    browser, end = go_through(signing, "vera+staff+harbour-team")
    with closing(browser):
        assert (end.status_code, end.headers["location"]) == (303, "/")
        assert "HttpOnly" in end.headers["set-cookie"]
        assert session(signing, browser).json() == {
            "user": "vera@127.0.0.1",
            "role": "operator",
            "groups": ["harbour"],
            "must_create_user": False,
        }
        assert browser.get(f"{signing.url}/api/v1/feeds").json()["items"] == []
        headers = {"Origin": signing.url}
        assert browser.delete(f"{signing.url}/api/v1/session", headers=headers).status_code == 204
        assert session(signing, browser).status_code == 401
    again, _ = go_through(signing, "vera+staff+harbour-team")
    with closing(again):
        assert session(signing, again).json()["user"] == "vera@127.0.0.1"
    other, _ = go_through(signing, "vera+chiefs")
    with closing(other):
        told = session(signing, other).json()
        # Another subject of the same name is another user.
        assert (told["user"], told["role"]) == ("vera-2@127.0.0.1", "admin")
    said = [(e.who, e.action) for e in signing.house.accounts.audit_entries()]
    assert ("vera@127.0.0.1", "login") in said
    assert ("vera@127.0.0.1", "logout") in said


def test_whom_nothing_allows_stays_outside(signing: Signing) -> None:
    browser, end = go_through(signing, "eve+Chiefs+chief")
    with closing(browser):
        assert end.headers["location"] == "/#sign-in=refused"
        assert "wayside=" not in end.headers["set-cookie"]
        assert session(signing, browser).status_code == 401
    assert not [user for user in signing.house.accounts.users() if "eve" in user.name]
    last = signing.house.accounts.audit_entries()[-1]
    assert (last.action, last.subject) == (
        "login refused",
        "Town Hall: nothing in site.yaml allows it",
    )


def test_the_secrets_of_a_sign_in_are_nowhere_in_the_file(signing: Signing, tmp_path: Path) -> None:
    browser, end = go_through(signing, "ada+chiefs")
    with closing(browser):
        assert end.headers["location"] == "/"
    written = b"".join(path.read_bytes() for path in tmp_path.glob("accounts.db*"))
    assert b"ada@127.0.0.1" in written
    for secret in (b"eyJ", b"a secret", b"example.org"):
        assert secret not in written
