"""Hosts, origins, sizes, headers: what is refused before any route."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import httpx
import pytest

from wayside.serve import House
from wayside.serve.gate import MAX_BODY, MAX_IMPORT, allowed_hosts
from wayside.testing.fake_house import PASSWORD


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "a@127.0.0.1", "["])
def test_a_name_that_is_not_ours_is_refused(anyone: httpx.Client, host: str) -> None:
    answer = anyone.get("/healthz", headers={"Host": host})
    assert answer.status_code in (400, 421)


def test_two_names_are_refused(house: House, serve_house: Callable[..., str]) -> None:
    """What stands before us may have looked at the other one."""
    address = urlsplit(serve_house(house))
    with socket.create_connection((address.hostname or "", address.port or 0), 20) as connection:
        connection.sendall(
            b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 421")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "[::1]:8080", "127.0.0.1"])
def test_loopback_names_are_ours(anyone: httpx.Client, host: str) -> None:
    assert anyone.get("/healthz", headers={"Host": host}).status_code == 200


def test_configured_names_are_ours(house: House, serve_house: Callable[..., str]) -> None:
    url = serve_house(house, hosts=("cams.local",), public_url="https://town.example/")
    for host in ("cams.local", "town.example:443"):
        assert httpx.get(f"{url}/healthz", headers={"Host": host}).status_code == 200
    assert allowed_hosts(["[FE80::1]"], "") >= {"fe80::1", "localhost"}


def test_a_pattern_is_every_name_below_it_and_nothing_else(
    house: House, serve_house: Callable[..., str]
) -> None:
    url = serve_house(house, hosts=("*.cams.example",))
    tried = ("a.cams.example", "A.B.cams.example:8080", "cams.example", "evilcams.example", "*.x")
    found = [httpx.get(f"{url}/healthz", headers={"Host": host}).status_code for host in tried]
    assert found == [200, 200, 421, 421, 421]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ],
)
def test_a_change_from_elsewhere_is_refused(admin: httpx.Client, headers: dict[str, str]) -> None:
    admin.headers.pop("Origin")
    answer = admin.post("/api/v1/feeds", json={}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["where"] == "Origin"


def test_a_program_without_a_cookie_needs_no_origin(url: str) -> None:
    answer = httpx.post(f"{url}/api/v1/session", json={"user": "vera", "password": PASSWORD})
    assert answer.status_code == 200


def test_reading_needs_no_origin(viewer: httpx.Client) -> None:
    viewer.headers.pop("Origin")
    assert viewer.get("/api/v1/site").status_code == 200


def test_a_page_behind_a_proxy_is_ours(house: House, serve_house: Callable[..., str]) -> None:
    url = serve_house(house, public_url="https://town.example")
    headers = {"Host": "town.example", "Origin": "https://town.example"}
    body = {"user": "vera", "password": PASSWORD}
    answer = httpx.post(f"{url}/api/v1/session", json=body, headers=headers)
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-wayside=")
    assert "Secure" in cookie
    assert "max-age" in answer.headers["strict-transport-security"]


@pytest.mark.parametrize(
    ("origin", "host", "status"),
    [
        ("https://town.example", "town.example", 200),
        ("http://town.example", "town.example", 403),
        ("ftp://town.example", "town.example", 403),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", 200),
        ("http://127.0.0.1:8080", "town.example", 403),
        ("https://town.example.evil.example", "town.example", 403),
        ("https://town.example:444", "town.example", 403),
    ],
)
def test_a_page_of_the_same_name_without_tls_is_not_ours(
    origin: str, host: str, status: int, house: House, serve_house: Callable[..., str]
) -> None:
    url = serve_house(house, public_url="https://town.example")
    headers = {"Host": host, "Origin": origin}
    body = {"user": "vera", "password": PASSWORD}
    assert httpx.post(f"{url}/api/v1/session", json=body, headers=headers).status_code == status


def test_every_answer_has_its_guards(anyone: httpx.Client) -> None:
    for path in ("/", "/healthz", "/api/v1/site", "/nothing.js", "/api/openapi.json"):
        headers = anyone.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "camera=()" in headers["permissions-policy"]
        assert "server" not in headers


def test_strangers_do_not_learn_the_version(house: House, serve_house: Callable[..., str]) -> None:
    url = serve_house(replace(house, facts=replace(house.facts, version="98.76.54")))
    for path in ("/", "/healthz", "/readyz", "/api/openapi.json", "/api/v1/site", "/metrics"):
        answer = httpx.get(f"{url}{path}")
        assert "98.76.54" not in f"{answer.headers} {answer.text}"


def test_private_answers_are_not_kept(viewer: httpx.Client) -> None:
    for path in ("/api/v1/site", "/api/v1/feeds", "/api/v1/feeds/junction/still.jpg"):
        answer = viewer.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"


def test_a_large_body_is_refused_before_it_is_read(admin: httpx.Client) -> None:
    answer = admin.post("/api/v1/feeds", content=b" " * (MAX_BODY + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_without_a_length_is_counted(admin: httpx.Client) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(MAX_BODY // 50_000 + 2):
            yield b" " * 50_000

    answer = admin.post("/api/v1/feeds", content=endless())
    assert answer.status_code == 413
    assert answer.json()["status"] == 413


def test_an_import_may_be_larger(admin: httpx.Client) -> None:
    path, kind = "/api/v1/feeds/import", {"Content-Type": "application/json"}
    large = b'{"feeds": []' + b" " * (MAX_BODY * 2) + b"}"
    assert admin.post(path, content=large, headers=kind).status_code == 200
    assert admin.post(path, content=b" " * (MAX_IMPORT + 1), headers=kind).status_code == 413


@pytest.mark.parametrize("has_length", [True, False])
def test_a_refusal_reaches_whoever_sends_all_before_reading(
    house: House, serve_house: Callable[..., str], has_length: bool
) -> None:
    address = urlsplit(serve_house(house))
    size, piece = 10 * MAX_BODY, b" " * 50_000
    length = f"Content-Length: {size}" if has_length else "Transfer-Encoding: chunked"
    framed = piece if has_length else b"%x\r\n%s\r\n" % (len(piece), piece)
    with socket.create_connection((address.hostname or "", address.port or 0), 20) as connection:
        connection.sendall(
            f"POST /api/v1/session HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Content-Type: application/json\r\n{length}\r\n\r\n".encode()
        )
        for _ in range(size // len(piece)):
            connection.sendall(framed)
            time.sleep(0.002)  # else all of it may lie in buffers before the first is looked at
        connection.sendall(b"" if has_length else b"0\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def test_whoever_never_ends_is_not_waited_for(
    house: House, serve_house: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wayside.serve.gate._LINGER_S", 0.1)
    address = urlsplit(serve_house(house))
    with socket.create_connection((address.hostname or "", address.port or 0), 20) as connection:
        connection.sendall(
            f"POST /api/v1/session HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Content-Length: {MAX_BODY + 1}\r\n\r\n".encode()
        )
        answer = b"".join(iter(lambda: connection.recv(1000), b""))
    assert answer.startswith(b"HTTP/1.1 413")


def test_a_body_that_drips_is_given_up(house: House, serve_house: Callable[..., str]) -> None:
    address = urlsplit(serve_house(house, {"body_s": 0.2}))
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(
            f"POST /api/v1/session HTTP/1.1\r\nHost: {address.netloc}\r\n"
            "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{".encode()
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 408")
