"""Binding, deadlines, ends."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from wayside.domain.errors import UsageError
from wayside.serve import House, create_app
from wayside.serve.protocol import DeadlineProtocol
from wayside.serve.run import names_of, server
from wayside.testing.fake_house import close, fake_house
from wayside.testing.serving import serving


class Hasty(DeadlineProtocol):
    head_s = 0.3


@contextmanager
def connected(url: str) -> Iterator[socket.socket]:
    address = urlsplit(url)
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        yield connection


@pytest.fixture
def hasty(house: House) -> Iterator[str]:
    with serving(create_app(house), protocol=Hasty) as url:
        yield url


def is_cut(connection: socket.socket) -> bool:
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "::", "camera-host"])
def test_others_cannot_reach_a_house_without_users(tmp_path: Path, host: str) -> None:
    house = fake_house(tmp_path, with_users=False)
    try:
        with pytest.raises(UsageError, match="no user yet") as caught:
            server(create_app(house), host)
        assert caught.value.remedy
        assert server(create_app(house), "::1").config.host == "::1"
    finally:
        close(house)


def test_with_a_user_it_may_bind_wider(house: House) -> None:
    assert server(create_app(house), "0.0.0.0").config.host == "0.0.0.0"


def test_a_bound_name_is_ours_and_a_wildcard_has_the_machines() -> None:
    assert names_of("cams.local") == ("cams.local",)
    assert socket.gethostname() in names_of("0.0.0.0")
    assert "0.0.0.0" not in names_of("0.0.0.0")


def test_a_dripped_head_is_cut(hasty: str) -> None:
    with connected(hasty) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        assert is_cut(connection)


def test_silence_is_cut(hasty: str) -> None:
    with connected(hasty) as connection:
        assert is_cut(connection)


def test_the_second_head_has_a_deadline_too(hasty: str) -> None:
    with connected(hasty) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(10_000).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /healthz HTTP/1.1\r\nX: ")
        assert is_cut(connection)


def test_a_quick_client_meets_no_deadline(hasty: str) -> None:
    with httpx.Client(base_url=hasty) as client:
        assert [client.get("/healthz").status_code for _ in range(20)] == [200] * 20


@pytest.mark.parametrize("filler", [b"X-Filler: " + b"a" * 9_000 + b"\r\n", b"a" * 9_000])
def test_a_head_without_end_is_cut(url: str, filler: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        sent = 0
        try:
            while sent < 100_000_000:
                sent += connection.send(filler)
        except OSError:
            pass
    # What the two sockets' buffers hold has left us, but was never taken.
    assert sent < 50_000_000


def test_a_gigabyte_is_not_taken(url: str, house: House, serve_house: Callable[..., str]) -> None:
    with connected(url) as connection:
        connection.sendall(
            b"POST /api/v1/session HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        chunk = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
        sent = 0
        try:
            while sent < 1_000_000_000:
                sent += connection.send(chunk)
        except OSError:
            pass
    assert sent < 100_000_000
    assert httpx.get(f"{url}/healthz").status_code == 200
