"""The OpenID provider that site.yaml names, made ready."""

from __future__ import annotations

from pathlib import Path

from wayside.config.model import Site
from wayside.domain.time import Clock
from wayside.ingest.network import NetworkPolicy
from wayside.serve.accounts import Accounts
from wayside.serve.roles import Role
from wayside.serve.sign_in.reach import Reach
from wayside.serve.sign_in.settings import ProviderSettings, Rights
from wayside.serve.sign_in.sign_in import SignIn


def sign_in_of(
    site: Site, folder: Path, network: NetworkPolicy, accounts: Accounts, clock: Clock
) -> SignIn | None:
    """None without one. folder: that of site.yaml. Nothing is asked of the provider yet."""
    entry = site.server.sign_in
    if entry is None:
        return None
    settings = ProviderSettings(
        name=entry.name,
        issuer=entry.issuer,
        client_id=entry.client_id,
        client_secret=entry.client_secret.reveal(),
        public_url=site.server.public_url or "",
        claim=entry.claim,
        rights=tuple(
            Rights(
                each.value,
                Role(each.role),
                None if each.groups is None else frozenset(each.groups),
            )
            for each in entry.rights
        ),
        scopes=entry.scopes,
        name_claim=entry.name_claim,
        ca_file=None if entry.ca_file is None else str(folder / entry.ca_file),
    )

    def allow(_host: str, address: str) -> bool:
        return network.permits(address)

    return SignIn(settings, Reach(allow, settings.ca_file), accounts, clock)
