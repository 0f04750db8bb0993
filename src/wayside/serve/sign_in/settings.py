"""What the site says about its OpenID provider."""

from __future__ import annotations

from dataclasses import dataclass, field

from wayside.serve.roles import Groups, Role


@dataclass(frozen=True, slots=True)
class Rights:
    """What one value of the claim allows. groups None: every feed."""

    value: str
    role: Role
    groups: Groups = None


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """name: for the page. claim: whose values ``rights`` maps, the first that matches counts.

    name_claim: what a user is called; it decides nothing. public_url: of this site, as the
    provider sends people back to. ca_file: certificates that are trusted beside the usual ones.
    """

    name: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    public_url: str
    claim: str
    rights: tuple[Rights, ...]
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "preferred_username"
    ca_file: str | None = None

    @property
    def redirect_uri(self) -> str:
        return f"{self.public_url.rstrip('/')}/api/v1/sign-in/callback"
