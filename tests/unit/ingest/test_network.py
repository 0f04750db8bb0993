"""Which addresses a source may be at."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.errors import SourceMissing, SourceRefused
from wayside.ingest.network import NEVER, NetworkPolicy


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.7.7", "fe80::1",
     "fd12::5", "8.8.8.8", "2606:4700::1", "::ffff:192.168.1.1"],
)  # fmt: skip
def test_places_where_cameras_live_are_allowed(address: str) -> None:
    assert NetworkPolicy().permits(address)


@pytest.mark.parametrize(
    "address",
    ["169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1",
     "0.0.0.0", "0.1.2.3", "::", "255.255.255.255", "224.0.0.1", "239.1.1.1", "ff02::1",
     "100.100.100.200", "fd00:ec2::254", "h", "", "1.2.3"],
)  # fmt: skip
def test_what_is_no_camera_is_never_allowed(address: str) -> None:
    assert not NetworkPolicy().permits(address)


def test_multicast_is_for_those_who_join_a_group() -> None:
    assert NetworkPolicy().permits("239.1.1.1", multicast=True)
    assert not NetworkPolicy().permits("169.254.169.254", multicast=True)


def test_an_allow_list_leaves_everything_else_out() -> None:
    policy = NetworkPolicy((ip_network("10.0.0.0/8"), ip_network("169.254.0.0/16")))
    assert policy.permits("10.9.9.9")
    assert not policy.permits("192.168.0.1")
    assert not policy.permits("169.254.169.254")


def test_a_name_is_resolved_at_each_try_and_only_allowed_addresses_are_used() -> None:
    answers = iter((["169.254.169.254", "10.0.0.1"], ["10.0.0.2"], ["169.254.169.254"], []))
    policy = NetworkPolicy(resolver=lambda _host, _port: next(answers))
    assert policy.resolve("cam", 554) == ("10.0.0.1",)
    assert policy.resolve("cam", 554) == ("10.0.0.2",)
    for _ in range(2):
        with pytest.raises(SourceRefused, match="outside"):
            policy.resolve("cam", 554)


def test_an_unknown_name_is_missing() -> None:
    def fails(_host: str, _port: int) -> list[str]:
        raise OSError

    with pytest.raises(SourceMissing, match="no host"):
        NetworkPolicy(resolver=fails).resolve("cam", 554)


def test_other_spellings_of_an_address_are_judged_by_what_they_mean() -> None:
    for spelling in ("2852039166", "0xa9fea9fe", "169.254.43518"):
        with pytest.raises((SourceRefused, SourceMissing)):
            NetworkPolicy().resolve(spelling, 80)


@given(st.ip_addresses())
def test_no_form_of_a_forbidden_address_is_allowed(address: IPv4Address | IPv6Address) -> None:
    if any(address in network for network in NEVER) or address.is_multicast:
        assert not NetworkPolicy().permits(str(address))


@given(st.integers(0, 0xFFFFFFFF))
def test_a_wrapped_address_is_judged_like_the_plain_one(number: int) -> None:
    plain = IPv4Address(number)
    policy = NetworkPolicy((ip_network("10.0.0.0/8"), ip_network("128.0.0.0/1")))
    for wrapped in (0xFFFF << 32 | number, 0x64FF9B << 96 | number):
        assert policy.permits(str(IPv6Address(wrapped))) == policy.permits(str(plain))
