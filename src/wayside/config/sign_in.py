"""The part of site.yaml that is about signing in by an OpenID provider."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from wayside.config import shapes
from wayside.config.secrets import Secret
from wayside.config.section import Groups, PathText, Section

Text: TypeAlias = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Scope: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[\x21\x23-\x5b\x5d-\x7e]{1,100}$")]


def _require_issuer(text: str) -> str:
    parts = urlsplit(shapes.require_web_address(text))
    is_local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    if (parts.scheme != "https" and not is_local) or parts.query or parts.fragment:
        raise shapes.fault("an issuer is an https:// address", "Write it as the provider does")
    return text


class SignInRights(Section):
    """What one value of the claim allows."""

    value: Text = Field(
        description="Value of `claim`, whole and in the same letters", examples=["traffic-team"]
    )
    role: Literal["viewer", "operator", "admin"] = Field(
        description="What who has it may do", examples=["viewer"]
    )
    groups: Groups | None = Field(
        default=None,
        description="Groups of feeds that are seen, and no others; without it every feed",
        examples=[["harbour"]],
    )

    @model_validator(mode="after")
    def _whole(self) -> SignInRights:
        if self.role == "admin" and self.groups is not None:
            raise shapes.fault(
                "an admin cannot be limited to `groups`", "Remove them, or make it an operator"
            )
        return self


class SignInEntry(Section):
    """An OpenID provider that people may sign in by, beside the users of this machine."""

    name: Text = Field(
        description="What the button says after `Sign in with`", examples=["City account"]
    )
    issuer: Annotated[str, AfterValidator(_require_issuer)] = Field(
        description="Address of the provider, just as it writes it itself",
        examples=["https://login.example.org"],
    )
    client_id: Text = Field(
        description="What the provider knows this site as", examples=["wayside"]
    )
    client_secret: Secret = Field(
        description="The secret that the provider gave for it; in quotes, best as a variable",
        examples=['"${OIDC_SECRET}"'],
    )
    scopes: Annotated[tuple[Scope, ...], Field(max_length=20)] = Field(
        default=("openid", "profile"),
        description="What is asked of the provider; `openid` is always among it",
        examples=[["openid", "profile", "groups"]],
    )
    name_claim: Text = Field(
        default="preferred_username",
        description="Claim that names a user on the page; it decides nothing",
        examples=["preferred_username"],
    )
    claim: Text = Field(
        description="Claim of the identity token whose values `rights` maps", examples=["groups"]
    )
    rights: Annotated[tuple[SignInRights, ...], Field(min_length=1, max_length=200)] = Field(
        description="Which value allows what; the first that matches counts, without one nobody "
        "comes in",
        examples=[[{"value": "traffic-team", "role": "viewer"}]],
    )
    ca_file: PathText | None = Field(
        default=None,
        description="File with certificates that are trusted at the provider besides the usual; "
        "relative to this file",
        examples=["tls/provider.pem"],
    )

    @model_validator(mode="after")
    def _whole(self) -> SignInEntry:
        if "openid" not in self.scopes:
            raise shapes.fault("`scopes` must hold openid", "Add it")
        return self
