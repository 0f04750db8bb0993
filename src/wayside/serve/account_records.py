"""What the accounts tell, and how their file keeps secrets and times."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from wayside.serve.roles import Caller, Groups, Role, told


@dataclass(frozen=True, slots=True)
class User:
    name: str
    role: Role
    groups: Groups
    created: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """An API token without its secret. used: last time, None if never."""

    id: str
    user: str
    name: str
    role: Role
    groups: Groups
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


def kept_groups(groups: Groups) -> str | None:
    """As the file has them."""
    return None if groups is None else json.dumps(told(groups))


def groups_of(kept: str | None) -> Groups:
    """What cannot be read limits to nothing."""
    if kept is None:
        return None
    try:
        found = json.loads(kept)
    except ValueError:
        return frozenset()
    return (
        frozenset(each for each in found if isinstance(each, str))
        if isinstance(found, list)
        else frozenset()
    )


def words_of(groups: Groups) -> str:
    """``every feed``, ``no feed`` or ``groups bridge harbour``."""
    if groups is None:
        return "every feed"
    return f"groups {' '.join(sorted(groups))}" if groups else "no feed"


def rights_words(role: Role, groups: Groups) -> str:
    """``viewer``, or ``viewer of groups bridge harbour``."""
    return role.value if groups is None else f"{role.value} of {words_of(groups)}"


def name_of(by: Caller | None) -> str:
    return "" if by is None else by.user


def time_of(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1e6, UTC)


def microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1e6)
