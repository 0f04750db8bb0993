"""API tokens: for programs, each with a role and an end."""

from __future__ import annotations

import re
import secrets
from datetime import timedelta

from wayside.domain.errors import UsageError
from wayside.domain.time import Clock
from wayside.serve import audit
from wayside.serve.account_records import (
    Token,
    groups_of,
    hashed,
    kept_groups,
    microseconds,
    name_of,
    rights_words,
    time_of,
)
from wayside.serve.accounts_file import AccountsFile
from wayside.serve.roles import Caller, Groups, Role, require_unlimited_admin, within

TOUCH_S = 60
"""A last use is written once a minute, not with each request."""

_TEXT = re.compile(r"wst_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


class Tokens:
    """Of one accounts file. Any thread may use it; every call may raise StoreError."""

    def __init__(self, file: AccountsFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock

    def add(
        self,
        name: str,
        role: Role,
        lifetime: timedelta,
        *,
        groups: Groups = None,
        by: Caller,
    ) -> tuple[Token, str]:
        """The token and its text, which is shown this once.

        Raises UsageError for more than its maker may do himself, and before
        there is a user whom it could belong to.
        """
        if by.must_create_user:
            raise UsageError("a token needs a user", remedy="Make the first user, then the token")
        if not by.role.covers(role):
            raise UsageError("a token cannot do more than its maker", where="role")
        require_unlimited_admin(role, groups)
        groups = within(groups, by.groups)
        id_, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        now = microseconds(self._clock.now())
        expires = now + round(lifetime.total_seconds() * 1e6)
        with self._file.transaction() as db:
            db.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?)",
                (id_, by.user, name, role.value, hashed(secret), now, expires, kept_groups(groups)),
            )
            audit.append(db, now, by.user, "token made", f"{id_} as {rights_words(role, groups)}")
        token = Token(id_, by.user, name, role, groups, time_of(now), time_of(expires), None)
        return token, f"wst_{id_}_{secret}"

    def all(self) -> list[Token]:
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT id, user, name, role, groups, created_us, expires_us, used_us FROM tokens"
                " ORDER BY created_us, id"
            ).fetchall()
        return [
            Token(
                id_,
                user,
                name,
                Role(role),
                groups_of(groups),
                time_of(made),
                time_of(ends),
                used and time_of(used),
            )
            for id_, user, name, role, groups, made, ends, used in rows
        ]

    def remove(self, token_id: str, *, by: Caller | None = None) -> bool:
        with self._file.transaction() as db:
            found = db.execute("DELETE FROM tokens WHERE id = ? RETURNING id", (token_id,))
            if found.fetchone() is None:
                return False
            audit.append(
                db, microseconds(self._clock.now()), name_of(by), "token removed", token_id
            )
        return True

    def caller_of(self, text: str) -> Caller | None:
        """None for one that is malformed, unknown or too old."""
        parts = _TEXT.fullmatch(text)
        return None if parts is None else self._caller(parts[1], hashed(parts[2]))

    def _caller(self, token_id: str, digest: bytes | None = None) -> Caller | None:
        """digest None: it was checked before. The rights are never more than its user's own."""
        now = microseconds(self._clock.now())
        with self._file.reading() as db:
            row = db.execute(
                "SELECT t.hash, t.role, t.expires_us, t.used_us, u.name, u.role, t.groups,"
                " u.groups FROM tokens t"
                " JOIN users u ON u.name = t.user WHERE t.id = ?",
                (token_id,),
            ).fetchone()
        if row is None or now >= row[2]:
            return None
        if digest is not None and not secrets.compare_digest(row[0], digest):
            return None
        if row[3] is None or now - row[3] > TOUCH_S * 1_000_000:
            with self._file.transaction() as db:
                db.execute("UPDATE tokens SET used_us = ? WHERE id = ?", (now, token_id))
        role = min(Role(row[1]), Role(row[5]), key=lambda each: each.rank)
        groups = within(groups_of(row[6]), groups_of(row[7]))
        return Caller(row[4], role, groups, token=token_id)

    def still_valid(self, caller: Caller) -> bool:
        """Whether a caller known from before may go on, with the same rights as then."""
        return caller.has_same_rights(self._caller(caller.token))
