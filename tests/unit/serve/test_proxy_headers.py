"""What a proxy says is believed of proxies that are named, and of nobody else."""

from __future__ import annotations

import httpx
import pytest

from wayside.serve import House, create_app
from wayside.testing.fake_house import PASSWORD
from wayside.testing.serving import serving

US = "127.0.0.1"
BODY = {"user": "vera", "password": PASSWORD}


def seen_by(
    house: House, monkeypatch: pytest.MonkeyPatch, trusted: list[str], headers: dict[str, str]
) -> tuple[str, httpx.Response]:
    """The address that a log-in is counted to, and the answer to it."""
    addresses: list[str] = []
    log_in = house.accounts.log_in

    def remembered(user: str, password: str, address: str) -> object:
        addresses.append(address)
        return log_in(user, password, address)

    monkeypatch.setattr(house.accounts, "log_in", remembered)
    with serving(create_app(house), trusted_proxies=trusted) as url:
        answer = httpx.post(f"{url}/api/v1/session", json=BODY, headers=headers)
    return addresses[0], answer


@pytest.mark.parametrize(
    ("trusted", "said", "seen"),
    [
        ([], "203.0.113.9", US),
        (["10.0.0.0/8"], "203.0.113.9", US),
        (["127.0.0.2"], "203.0.113.9", US),
        ([US], "203.0.113.9", "203.0.113.9"),
        (["127.0.0.0/8"], "203.0.113.9", "203.0.113.9"),
        # A proxy that appends: what the client wrote stands before what is true.
        ([US], "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ([US, "10.0.0.0/8"], "198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ([US], "", US),
    ],
)
def test_the_address_is_the_last_that_no_named_proxy_has(
    trusted: list[str], said: str, seen: str, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, _ = seen_by(house, monkeypatch, trusted, {"X-Forwarded-For": said})
    assert address == seen


def test_nobody_but_a_named_proxy_makes_it_https(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"X-Forwarded-Proto": "https", "Forwarded": "proto=https", "X-Forwarded-Ssl": "on"}
    for trusted, is_secure in (([], False), (["192.0.2.1"], False), ([US], True)):
        _, answer = seen_by(house, monkeypatch, trusted, headers)
        assert answer.status_code == 200
        assert ("Secure" in answer.headers["set-cookie"]) is is_secure
        assert ("strict-transport-security" in answer.headers) is is_secure


@pytest.mark.parametrize("trusted", [[], [US]])
def test_a_name_is_what_the_request_asks_for(
    trusted: list[str], house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(create_app(house), trusted_proxies=trusted) as url:
        for name in ("X-Forwarded-Host", "X-Host", "X-Original-Host"):
            headers = {"Host": "evil.example", name: "localhost"}
            assert httpx.get(f"{url}/healthz", headers=headers).status_code == 421
            assert httpx.get(f"{url}/healthz", headers={name: "evil.example"}).status_code == 200


def test_the_servers_own_variable_widens_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    for trusted in ([], ["192.0.2.1"]):
        address, _ = seen_by(house, monkeypatch, trusted, {"X-Forwarded-For": "203.0.113.9"})
        assert address == US
