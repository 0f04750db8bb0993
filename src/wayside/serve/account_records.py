"""What the accounts tell, and how their file keeps secrets and times."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime

from wayside.serve.roles import Caller, Role


@dataclass(frozen=True, slots=True)
class User:
    name: str
    role: Role
    created: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """An API token without its secret. used: last time, None if never."""

    id: str
    user: str
    name: str
    role: Role
    created: datetime
    expires: datetime
    used: datetime | None


@dataclass(frozen=True, slots=True)
class Login:
    """secret: for the cookie, never kept here. expires: at the latest."""

    secret: str = field(repr=False)
    caller: Caller
    expires: datetime


def hashed(secret: str) -> bytes:
    """Enough for a random secret of 256 bits; passwords get argon2id."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def name_of(by: Caller | None) -> str:
    return "" if by is None else by.user


def time_of(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1e6, UTC)


def microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6)
