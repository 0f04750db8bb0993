"""wayside behind the proxies that docs/how-to/tls.md sets up: the page's own text is started."""

from __future__ import annotations

import json
import os
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from live_servers import eventually, free_port, listens, program, running
from made_certificates import Authority
from wayside.serve import House, create_app
from wayside.serve.gate import SECURE_COOKIE
from wayside.testing.fake_archive import FakeArchive
from wayside.testing.fake_house import PASSWORD, close, fake_house
from wayside.testing.serving import serving

NAME = "wayside.example.org"
PUBLIC = f"https://{NAME}"
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "tls.md"


def documented(language: str) -> str:
    found = re.findall(
        rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert len(found) == 1
    return str(found[0])


def replaced(text: str, changes: dict[str, str]) -> str:
    """Ports and paths of the test's; each must stand in the page."""
    for old, new in changes.items():
        assert old in text, f"the page has no {old!r}"
        text = text.replace(old, new)
    return text


def nginx(folder: Path, port: int, behind: int) -> list[str]:
    site = replaced(
        documented("nginx"),
        {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "/etc/ssl/wayside/fullchain.pem": str(folder / "chain.pem"),
            "/etc/ssl/wayside/privkey.pem": str(folder / "key.pem"),
            "127.0.0.1:8080": f"127.0.0.1:{behind}",
        },
    )
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""  # else it could not enter the test's folder
    conf = folder / "nginx.conf"
    conf.write_text(
        f"{user} daemon off; pid {folder}/nginx.pid; error_log stderr crit;\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\n{site}}}\n"
    )
    found = program("nginx", "nginx-light")
    return [found, "-c", str(conf), "-p", str(folder), "-e", "stderr"]


def caddy(folder: Path, port: int, behind: int) -> list[str]:
    site = replaced(
        documented("caddy"),
        {
            f"{NAME} {{": f"https://{NAME}:{port} {{\n bind 127.0.0.1\n"
            f" tls {folder}/chain.pem {folder}/key.pem\n",
            "127.0.0.1:8080": f"127.0.0.1:{behind}",
        },
    )
    conf = folder / "Caddyfile"
    conf.write_text(f"{{\n admin off\n auto_https off\n storage file_system {folder}\n}}\n{site}")
    return [program("caddy", "caddy"), "run", "--config", str(conf), "--adapter", "caddyfile"]


@dataclass
class Rig:
    """house: behind the proxy. port: the proxy's. direct: the address that it stands before."""

    house: House
    authority: Authority
    port: int
    direct: str

    @contextmanager
    def browser(self) -> Iterator[httpx.Client]:
        """Asks for NAME, whose address it would have from DNS."""
        with httpx.Client(
            base_url=f"https://127.0.0.1:{self.port}",
            headers={"Host": NAME, "Origin": PUBLIC},
            verify=self.authority.trusting(),
            timeout=60,
            event_hooks={"request": [_ask_for_name]},
        ) as client:
            yield client

    def log_in(self, client: httpx.Client) -> httpx.Response:
        answer = client.post("/api/v1/session", json={"user": "vera", "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        # The client takes the cookie for the address that it connected to, and would not return it.
        secret = answer.headers["set-cookie"].split(";")[0]
        client.headers["Cookie"] = secret
        return answer

    def live(self, cookie: str, **headers: str) -> ClientConnection:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        asked: dict[str, Any] = {"Origin": PUBLIC, "Cookie": cookie} | headers
        context: ssl.SSLContext = self.authority.trusting()
        return connect(
            f"wss://{NAME}/api/v1/live",
            sock=plain,
            ssl=context,
            additional_headers=asked,
            open_timeout=60,
        )


def _ask_for_name(request: httpx.Request) -> None:
    request.extensions["sni_hostname"] = NAME


@pytest.fixture(params=[nginx, caddy], ids=lambda each: each.__name__)
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    command: Callable[[Path, int, int], list[str]] = request.param
    authority, port = Authority(), free_port()
    authority.write(tmp_path, [NAME])
    (tmp_path / "house").mkdir()
    house = fake_house(tmp_path / "house")
    with ExitStack() as stack:
        stack.callback(close, house)
        public = replace(house, public_url=PUBLIC, metrics_on_loopback=True)
        trusted = ["127.0.0.1"]
        direct = stack.enter_context(serving(create_app(public), trusted_proxies=trusted))
        behind = urlsplit(direct).port
        assert behind is not None
        env = dict(os.environ) | {"HOME": str(tmp_path)}
        process = stack.enter_context(running(command(tmp_path, port, behind), env=env))
        assert eventually(lambda: listens(port) or process.poll() is not None)
        assert process.poll() is None, "the proxy did not start"
        yield Rig(public, authority, port, direct)


def test_the_page_is_reached_and_its_cookie_is_secure(rig: Rig) -> None:
    with rig.browser() as client:
        assert client.get("/healthz").status_code == 200
        answer = rig.log_in(client)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{SECURE_COOKIE}=")
        assert {"Secure", "HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
        assert "max-age" in answer.headers["strict-transport-security"]
        assert client.get("/api/v1/site").status_code == 200
        assert client.post("/api/v1/session", headers={"Origin": "https://a.b"}).status_code == 403


def test_a_large_import_passes_and_a_larger_one_does_not(rig: Rig) -> None:
    with rig.browser() as client:
        rig.log_in(client)
        answers = [
            client.post("/api/v1/feeds/import", content=b" " * size) for size in (3_000_000, 10**7)
        ]
    assert [answer.status_code for answer in answers] == [403, 413]  # a viewer may not import


def test_events_come_at_once(rig: Rig) -> None:
    archive = rig.house.archive
    assert isinstance(archive, FakeArchive)
    with rig.browser() as client:
        rig.log_in(client)
        with client.stream("GET", "/api/v1/events/stream") as stream:
            lines = stream.iter_lines()
            assert next(lines) == "retry: 2000"
            made = archive.add("junction")
            told = next(line for line in lines if line.startswith("data: "))
            event = json.loads(told.removeprefix("data: "))
    assert event["data"]["incident_id"] == str(made.incident_id)


def test_the_live_view_is_carried_and_foreign_pages_get_none(rig: Rig) -> None:
    with rig.browser() as client:
        rig.log_in(client)
        cookie = client.headers["Cookie"]
    with rig.live(cookie) as view:
        assert "status" in str(view.recv(timeout=60))
    for headers in ({"Origin": "https://evil.example"}, {"Cookie": "a=b"}):
        with pytest.raises(InvalidStatus):
            rig.live(cookie, **headers)


def test_the_client_is_known_by_its_own_address_whatever_it_says(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    monkeypatch.setattr(
        rig.house.accounts, "log_in", lambda _user, _password, address: seen.append(address)
    )
    said = {
        "X-Forwarded-For": "203.0.113.9",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "http",
        "Forwarded": "for=203.0.113.9;host=evil.example;proto=http",
        "X-Real-IP": "203.0.113.9",
    }
    with rig.browser() as client:
        body = {"user": "vera", "password": PASSWORD}
        answer = client.post("/api/v1/session", json=body, headers=said)
    assert answer.status_code == 401
    assert seen == ["127.0.0.1"]


def test_metrics_of_this_machine_are_not_everybodys(rig: Rig) -> None:
    assert httpx.get(f"{rig.direct}/metrics").status_code == 200
    with rig.browser() as client:
        assert client.get("/metrics").status_code == 401


def test_a_name_that_is_not_known_gets_nothing(rig: Rig) -> None:
    with rig.browser() as client:
        known = client.get("/healthz").text
        assert known
        assert known not in client.get("/healthz", headers={"Host": "evil.example"}).text
