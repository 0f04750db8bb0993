"""Who may do what: the three roles, and the one who is asking."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request, as the accounts know him at this moment.

    must_create_user: he came with the first-start link and no user exists.
    session: hashed id of his session, b"" for a token. token: its id, "" for a
    session.
    """

    user: str
    role: Role
    must_create_user: bool = False
    session: bytes = field(default=b"", repr=False)
    token: str = ""
