"""What /api/v1 is asked, as pydantic models: unknown fields are errors."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from wayside.serve.roles import Role

FeedId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")]
Groups = Annotated[list[FeedId], Field(max_length=100)]
Password = Annotated[SecretStr, Field(max_length=4096)]
_LIMIT = "Groups of feeds that are seen, and no others; null is every feed of the site"
ShortText = Annotated[str, StringConstraints(max_length=200)]


def _storable(value: Any) -> Any:
    """Refuses what JSON has no word for (NaN) and what no file can hold (lone surrogates)."""
    try:
        text = json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise ValueError("holds a number or a text that cannot be kept") from None
    if len(text) > 500_000:
        raise ValueError("is too large")
    return value


def _not_masked(source: str) -> str:
    """Refuses an address as we show it: its stars would be taken for a user's name."""
    if "***" in source:
        raise ValueError("this address is masked; leave it out to keep it, or write it whole")
    return source


Address = Annotated[
    str, StringConstraints(min_length=1, max_length=4096), AfterValidator(_not_masked)
]

Tree = Annotated[dict[str, Any], AfterValidator(_storable)]
"""A mapping as in site.yaml; what is in it, the site file's own checks decide."""


class Ask(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SourceAsk(Ask):
    source: Address = Field(description="Address or path", examples=["rtsp://10.0.0.7/1"])
    username: str = Field(default="", max_length=256)
    password: Password = SecretStr("")
    transport: Literal["tcp", "udp"] = "tcp"


class FeedAsk(SourceAsk):
    id: FeedId
    loop: bool = False
    every_s: float = Field(default=1.0, ge=0.1, le=86_400, allow_inf_nan=False)
    rate: float | None = Field(default=None, gt=0, le=1000, allow_inf_nan=False)
    groups: Groups = Field(default_factory=list, description="Groups that rights are given by")
    scene: Tree | None = None
    rules: list[Tree] | None = Field(default=None, max_length=200)


class FeedChange(Ask):
    """Only what is given is changed. A new source without a password keeps none."""

    source: Address | None = None
    username: str | None = Field(default=None, max_length=256)
    password: Password | None = None
    transport: Literal["tcp", "udp"] | None = None
    loop: bool | None = None
    every_s: float | None = Field(default=None, ge=0.1, le=86_400, allow_inf_nan=False)
    rate: float | None = Field(default=None, gt=0, le=1000, allow_inf_nan=False)
    groups: Groups | None = None
    scene: Tree | None = None
    rules: list[Tree] | None = Field(default=None, max_length=200)


class PreviewAsk(Ask):
    scene: Tree
    minutes: int = Field(default=60, ge=1, le=1440)


class ProposeAsk(Ask):
    minutes: int = Field(default=60, ge=1, le=1440)


class SceneProposeAsk(ProposeAsk):
    scene: Tree = Field(default_factory=dict)


class GridAsk(Ask):
    scene: Tree
    step_m: float | None = Field(
        default=None, ge=1, le=100, description="Without it 5 m, or more where that is too fine"
    )


class AcknowledgementAsk(Ask):
    note: str = Field(default="", max_length=1000)


class LoginAsk(Ask):
    """Either user and password, or the token of the first-start link."""

    user: str | None = Field(default=None, max_length=256)
    password: Password | None = None
    link: Annotated[SecretStr, Field(max_length=256)] | None = None


class PasswordChange(Ask):
    old: Password
    new: Password


class UserAsk(Ask):
    name: str = Field(min_length=1, max_length=63)
    password: Password
    role: Role = Role.VIEWER
    groups: Groups | None = Field(default=None, description=_LIMIT)


class UserChange(Ask):
    """Only what is given is changed. ``groups`` null lifts the limit."""

    password: Password | None = None
    role: Role | None = None
    groups: Groups | None = Field(default=None, description=_LIMIT)


class TokenAsk(Ask):
    name: str = Field(min_length=1, max_length=100, examples=["grafana"])
    role: Role = Role.VIEWER
    groups: Groups | None = Field(default=None, description=_LIMIT)
    days: int = Field(default=90, ge=1, le=366, description="Days until it expires")
