"""The provider of site.yaml, as the server gets it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path

import pytest

from wayside.cli.sign_in import sign_in_of
from wayside.config.load import parse_site
from wayside.config.model import Site
from wayside.ingest.network import NetworkPolicy
from wayside.serve.accounts import Accounts
from wayside.serve.sign_in.reach import ProviderFault
from wayside.testing.clock import FakeClock

TEXT = """\
site: s
feeds: []
server:
  public_url: https://wayside.example.org
  sign_in:
    name: City account
    issuer: http://127.0.0.1:9
    client_id: wayside
    client_secret: hunter2
    claim: groups
    rights: [{value: team, role: viewer, groups: [harbour]}]
"""


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    made = Accounts(tmp_path / "accounts.db", FakeClock())
    yield made
    made.close()


def site(text: str = TEXT) -> Site:
    return parse_site(text, env={})


def test_without_one_there_is_none(accounts: Accounts, tmp_path: Path) -> None:
    plain = site("site: s\nfeeds: []\n")
    assert sign_in_of(plain, tmp_path, NetworkPolicy(), accounts, FakeClock()) is None


def test_the_provider_is_held_to_the_networks_that_are_allowed(
    accounts: Accounts, tmp_path: Path
) -> None:

    network = NetworkPolicy((ip_network("10.0.0.0/8"),))
    found = sign_in_of(site(), tmp_path, network, accounts, FakeClock())
    assert found is not None
    assert found.name == "City account"
    with pytest.raises(ProviderFault, match="SinkError"):
        found.begin("10.0.0.1")
