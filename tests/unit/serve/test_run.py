"""Binding, deadlines, ends."""

from __future__ import annotations

import resource
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from ipaddress import ip_network
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from live_servers import eventually
from wayside.domain.errors import UsageError
from wayside.serve import House, create_app, descriptors
from wayside.serve.listener import Limits, bound
from wayside.serve.protocol import DeadlineProtocol
from wayside.serve.run import names_of, serve, server
from wayside.testing.fake_house import close, fake_house
from wayside.testing.serving import serving


class Hasty(DeadlineProtocol):
    head_s = 0.3


@contextmanager
def connected(url: str, own: str = "127.0.0.1") -> Iterator[socket.socket]:
    """own: the address that the server sees."""
    address = urlsplit(url)
    there = (address.hostname or "", address.port or 0)
    with socket.create_connection(there, timeout=20, source_address=(own, 0)) as connection:
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


def test_a_name_is_listened_on_at_each_of_its_addresses() -> None:
    sockets = bound("localhost", 0)
    families = {info[0] for info in socket.getaddrinfo("localhost", 0)}
    assert {each.family for each in sockets} <= families
    assert sockets
    for each in sockets:
        each.close()


def test_a_port_that_is_taken_is_told_with_what_to_do(house: House) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=f"port {port} cannot be listened on") as caught:
            serve(create_app(house), port=port)
    assert "--port" in caught.value.remedy


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


def test_one_connection_too_many_is_closed_and_the_others_go_on(house: House) -> None:
    class Patient(DeadlineProtocol):
        head_s = 600.0  # nobody is cut for being silent here

    house_of_five = serving(create_app(house), protocol=Patient, limits=Limits(most=5))
    with house_of_five as url, ExitStack() as stack:
        held = [stack.enter_context(connected(url)) for _ in range(5)]
        answers = [_health(connection) for connection in held]
        assert answers == [True] * 5
        with connected(url) as sixth:
            assert is_cut(sixth)
        assert _health(held[0])
        held[1].close()
        assert eventually(lambda: _is_healthy(url))


@pytest.mark.parametrize("is_spared", [False, True])
def test_one_address_does_not_take_all(house: House, is_spared: bool) -> None:
    spared = (ip_network("127.0.0.0/30"),) if is_spared else ()
    limits = Limits(most=100, each=5, spared=spared)
    with serving(create_app(house), limits=limits) as url, ExitStack() as stack:
        held = [stack.enter_context(connected(url, "127.0.0.2")) for _ in range(5)]
        assert [_health(connection) for connection in held] == [True] * 5
        with connected(url, "127.0.0.2") as sixth:
            assert _tried_health(sixth) is is_spared
        with connected(url, "127.0.0.3") as other:
            assert _health(other)


def _health(connection: socket.socket) -> bool:
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = b""
    while not answer.endswith(b"\r\n\r\nok\n"):
        if not (more := connection.recv(10_000)):
            return False
        answer += more
    return answer.startswith(b"HTTP/1.1 200")


def _tried_health(connection: socket.socket) -> bool:
    try:
        return _health(connection)
    except OSError:
        return False


def _is_healthy(url: str) -> bool:
    """A place becomes free once the server has seen that the other end went."""
    with connected(url) as connection:
        return _tried_health(connection)


@pytest.mark.parametrize(
    ("soft", "hard", "set_to", "room"),
    [
        (1024, 1_048_576, 4096, 1000),
        (1024, 1024, 1024, 640),
        (256, 300, 300, 16),
        (1024, resource.RLIM_INFINITY, 4096, 1000),
        (8192, 8192, None, 1000),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, None, 1000),
    ],
)
def test_connections_leave_descriptors_for_the_house(
    soft: int, hard: int, set_to: int | None, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int]] = []
    monkeypatch.setattr(descriptors.resource, "getrlimit", lambda _which: (soft, hard))
    monkeypatch.setattr(
        descriptors.resource, "setrlimit", lambda _which, limits: asked.append(limits)
    )
    assert descriptors.room_for_connections() == room
    assert asked == ([] if set_to is None else [(set_to, hard)])


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
