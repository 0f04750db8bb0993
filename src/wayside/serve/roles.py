"""Who may do what, on which feeds: the three roles, groups, and the one who is asking."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from wayside.domain.errors import UsageError

Groups = frozenset[str] | None
"""Groups of feeds that somebody sees, and no others. None: every feed of the site."""


class Role(StrEnum):
    """VIEWER reads. OPERATOR also acknowledges, and edits scenes and rules. ADMIN all else."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        return _RANKS[self]

    def covers(self, needed: Role) -> bool:
        return self.rank >= needed.rank


_RANKS = {Role.VIEWER: 0, Role.OPERATOR: 1, Role.ADMIN: 2}


def within(one: Groups, other: Groups) -> Groups:
    """What both allow."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def told(groups: Groups) -> list[str] | None:
    """In order, as an answer or a file has them."""
    return None if groups is None else sorted(groups)


def require_unlimited_admin(role: Role, groups: Groups) -> None:
    """Raises UsageError for an admin who is limited: he could lift the limit himself."""
    if role.covers(Role.ADMIN) and groups is not None:
        raise UsageError(
            "an admin cannot be limited to groups of feeds",
            where="groups",
            remedy="Make it a viewer or an operator, or give no groups",
        )


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request, as the accounts know him at this moment.

    groups: of feeds that exist for him, None for every feed.
    must_create_user: he came with the first-start link and no user exists.
    session: hashed id of his session, b"" for a token. token: its id, "" for a
    session.
    """

    user: str
    role: Role
    groups: Groups
    must_create_user: bool = False
    session: bytes = field(default=b"", repr=False)
    token: str = ""

    def has_same_rights(self, other: Caller | None) -> bool:
        return other is not None and (self.role, self.groups) == (other.role, other.groups)
