"""TLS of the server's own: what it speaks, its cookies, and a certificate renewed under way."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from structlog.testing import capture_logs
from websockets.sync.client import connect

from made_certificates import Authority
from wayside.domain.errors import ConfigError
from wayside.domain.time import SystemClock
from wayside.serve import House, create_app
from wayside.serve.gate import SECURE_COOKIE
from wayside.serve.listener import Limits
from wayside.serve.tls import LOOK_S, RenewedTls
from wayside.testing.clock import FakeClock
from wayside.testing.fake_house import PASSWORD
from wayside.testing.serving import serving


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def tls(authority: Authority, tmp_path: Path, clock: FakeClock) -> RenewedTls:
    return RenewedTls(authority.write(tmp_path), clock)


@pytest.fixture
def url(house: House, tls: RenewedTls) -> Iterator[str]:
    with serving(create_app(house), tls=tls.context) as address:
        yield address


def serial(url: str, context: ssl.SSLContext, name: str | None = "localhost") -> str:
    """Of the certificate that a new connection meets."""
    address = urlsplit(url)
    context.check_hostname = name is not None
    with (
        socket.create_connection((address.hostname, address.port), timeout=20) as plain,
        context.wrap_socket(plain, server_hostname=name) as secured,
    ):
        told = secured.getpeercert()
        assert told is not None
        return str(told["serialNumber"])


def test_a_browser_gets_a_secure_cookie_and_is_told_to_stay(url: str, authority: Authority) -> None:
    assert url.startswith("https://")
    with httpx.Client(base_url=url, verify=authority.trusting(), headers={"Origin": url}) as client:
        answer = client.post("/api/v1/session", json={"user": "vera", "password": PASSWORD})
        assert answer.status_code == 200
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"{SECURE_COOKIE}=")
        assert {"Secure", "HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert client.get("/api/v1/site").status_code == 200
        assert "max-age=31536000" in answer.headers["strict-transport-security"]


def test_whoever_never_greets_is_counted_and_let_go(
    house: House, tls: RenewedTls, authority: Authority
) -> None:
    limits = Limits(most=5, greet_s=3.0)
    with serving(create_app(house), tls=tls.context, limits=limits) as url, ExitStack() as stack:
        address = urlsplit(url)
        there = (address.hostname or "", address.port or 0)

        def connect_silently() -> socket.socket:
            return stack.enter_context(socket.create_connection(there, timeout=20))

        silent = [connect_silently() for _ in range(5)]
        assert _ends(connect_silently())  # at once: nothing of it was read
        silent[0].settimeout(0.05)
        with pytest.raises(TimeoutError):
            silent[0].recv(1)
        silent[0].settimeout(20)
        assert [_ends(each) for each in silent] == [True] * 5
        assert httpx.get(f"{url}/healthz", verify=authority.trusting()).status_code == 200


def _ends(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def test_a_page_without_tls_is_not_ours(url: str, authority: Authority) -> None:
    context, body = authority.trusting(), {"user": "vera", "password": PASSWORD}
    for origin, status in ((url, 200), (url.replace("https", "http"), 403)):
        headers = {"Origin": origin}
        answer = httpx.post(f"{url}/api/v1/session", json=body, headers=headers, verify=context)
        assert answer.status_code == status


def test_the_live_view_is_carried(url: str, authority: Authority, house: House) -> None:
    login = house.accounts.log_in("vera", PASSWORD, "192.0.2.1")
    assert login is not None
    address = url.replace("https", "wss") + "/api/v1/live"
    headers = {"Cookie": f"{SECURE_COOKIE}={login.secret}", "Origin": url}
    context = authority.trusting()
    with connect(address, additional_headers=headers, ssl=context, proxy=None) as view:
        assert "status" in str(view.recv(timeout=20))


def test_old_tls_and_no_tls_are_refused(
    url: str, authority: Authority, recwarn: pytest.WarningsRecorder
) -> None:
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = authority.trusting()
        context.minimum_version = context.maximum_version = version
        assert serial(url, context)
    old = authority.trusting()
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        serial(url, old)
    with pytest.raises(httpx.HTTPError):
        httpx.get(url.replace("https", "http") + "/healthz")
    recwarn.clear()  # Python's own, about the old versions that are asked for here


def test_a_renewed_certificate_is_taken_at_the_next_handshake(
    url: str, authority: Authority, tmp_path: Path, tls: RenewedTls, clock: FakeClock
) -> None:
    before = serial(url, authority.trusting())
    assert serial(url, authority.trusting(), None) == before  # a client that names no host
    with httpx.Client(base_url=url, verify=authority.trusting()) as open_before:
        assert open_before.get("/healthz").status_code == 200
        authority.write(tmp_path)
        clock.advance(LOOK_S)
        after = serial(url, authority.trusting())
        assert after != before
        assert open_before.get("/healthz").status_code == 200
    assert serial(url, authority.trusting(), None) == after
    assert tls.renewals == 1


def test_half_a_renewal_changes_nothing_until_its_other_half_comes(
    url: str,
    authority: Authority,
    tmp_path: Path,
    tls: RenewedTls,
    clock: FakeClock,
) -> None:
    before = serial(url, authority.trusting())
    (tmp_path / "new").mkdir()
    new = authority.write(tmp_path / "new")
    new.chain.replace(tmp_path / "chain.pem")
    with capture_logs() as logs:
        for _ in range(3):
            clock.advance(LOOK_S)
            assert serial(url, authority.trusting()) == before
        (tmp_path / "key.pem").unlink()
        clock.advance(LOOK_S)
        assert serial(url, authority.trusting()) == before
    said = [line for line in logs if line["event"] == "certificate not renewed"]
    assert len(said) == 2, "said once for each change, not for each handshake"
    new.key.replace(tmp_path / "key.pem")
    clock.advance(LOOK_S)
    assert serial(url, authority.trusting()) != before
    assert tls.renewals == 1


def test_the_files_are_looked_at_once_in_a_while(
    url: str, authority: Authority, tmp_path: Path, tls: RenewedTls, clock: FakeClock
) -> None:
    before = serial(url, authority.trusting())
    authority.write(tmp_path)
    clock.advance(LOOK_S / 2)
    assert serial(url, authority.trusting()) == before
    assert tls.renewals == 0


def test_what_is_weak_is_said_at_the_start(authority: Authority, tmp_path: Path) -> None:
    pair = authority.write(tmp_path, days=-1, since_days=9)
    pair.key.chmod(0o644)
    with capture_logs() as logs:
        RenewedTls(pair, SystemClock())
    assert [line["log_level"] for line in logs] == ["warning", "warning"]
    told = " ".join(line["what"] for line in logs)
    assert "has expired" in told
    assert "every user" in told
    pair.key.unlink()
    with pytest.raises(ConfigError):
        RenewedTls(pair, SystemClock())
