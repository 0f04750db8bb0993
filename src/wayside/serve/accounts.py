"""Users and their sessions, in a file of their own.

Whoever cannot be looked up is nobody: a fault of the file is raised as
StoreError and the server then denies. Secrets are random, handed out once and
kept as SHA-256; passwords are kept as argon2id.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from enum import Enum
from pathlib import Path
from typing import Final

from wayside.domain.errors import UsageError
from wayside.domain.time import Clock
from wayside.serve import audit, login_limits
from wayside.serve.account_records import (
    Login,
    User,
    groups_of,
    hashed,
    kept_groups,
    microseconds,
    name_of,
    rights_words,
    time_of,
    words_of,
)
from wayside.serve.accounts_file import AccountsFile
from wayside.serve.passwords import Passwords, require_good
from wayside.serve.roles import Caller, Groups, Role, require_unlimited_admin
from wayside.serve.tokens import Tokens

IDLE_S = 12 * 3600
ABSOLUTE_S = 7 * 24 * 3600
LINK_S = 30 * 60
_TOUCH_S = 60  # a session's last use is written once a minute, not with each picture
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,62}")
_LINK_USER = "first-start"


class Unchanged(Enum):
    """For what a change leaves as it is, where None means something."""

    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED


class Accounts:
    """Any thread may use it. Every call may raise StoreError; deny then."""

    def __init__(self, path: Path, clock: Clock, passwords: Passwords | None = None) -> None:
        self._file = AccountsFile(path)
        self._clock = clock
        self._passwords = passwords or Passwords()
        self.tokens = Tokens(self._file, clock)

    def close(self) -> None:
        self._file.close()

    # Users

    def has_users(self) -> bool:
        with self._file.reading() as db:
            return _has_users(db)

    def users(self) -> list[User]:
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT name, role, groups, created_us FROM users ORDER BY name"
            ).fetchall()
        return [
            User(name, Role(role), groups_of(groups), time_of(created))
            for name, role, groups, created in rows
        ]

    def add_user(
        self,
        name: str,
        password: str,
        role: Role,
        *,
        groups: Groups = None,
        by: Caller | None = None,
    ) -> User:
        """The first user must be an admin; the session of the first-start link becomes his.

        Raises UsageError for a bad or taken name or a poor password.
        """
        if not _NAME.fullmatch(name) or name.casefold() == _LINK_USER:
            raise UsageError(
                "not a user's name",
                where="name",
                remedy="Use letters, digits and . _ @ - up to 63, a letter or digit first",
            )
        require_unlimited_admin(role, groups)
        require_good(password, name)
        stored = self._passwords.hash(password)
        now = self._now_us()
        with self._file.transaction() as db:
            if not _has_users(db) and role is not Role.ADMIN:
                raise UsageError(
                    "the first user must be an admin",
                    where="role",
                    remedy="Make an admin first, then the others",
                )
            if db.execute("SELECT 1 FROM users WHERE name = ?", (name,)).fetchone():
                raise UsageError(
                    "that name is taken", where="name", remedy="Choose another, or change that user"
                )
            db.execute(
                "INSERT INTO users VALUES (?, ?, ?, ?, ?)",
                (name, role.value, stored, now, kept_groups(groups)),
            )
            self._hand_over(db, by, name)
            rights = rights_words(role, groups)
            audit.append(db, now, name_of(by), "user added", f"{name} as {rights}")
        return User(name, role, groups, time_of(now))

    def change_user(
        self,
        name: str,
        *,
        password: str | None = None,
        role: Role | None = None,
        groups: Groups | Unchanged = UNCHANGED,
        by: Caller | None = None,
    ) -> User | None:
        """None for an unknown user. A new password ends all of his sessions and tokens.

        Raises UsageError for a poor password, the last admin's demotion and a limited admin.
        """
        if password is not None:
            require_good(password, name)
        stored = None if password is None else self._passwords.hash(password)
        now = self._now_us()
        with self._file.transaction() as db:
            row = db.execute(
                "SELECT name, role, groups, created_us FROM users WHERE name = ?", (name,)
            ).fetchone()
            if row is None:
                return None
            name, old, kept, created = row
            seen = groups_of(kept) if isinstance(groups, Unchanged) else groups
            if db.execute("SELECT 1 FROM identities WHERE user = ?", (name,)).fetchone():
                raise UsageError(
                    "this user signs in by the provider, which says what he may do",
                    where="name",
                    remedy="Change it there, or in server.sign_in of site.yaml",
                )
            require_unlimited_admin(Role(old) if role is None else role, seen)
            if kept_groups(seen) != kept:
                db.execute("UPDATE users SET groups = ? WHERE name = ?", (kept_groups(seen), name))
                audit.append(db, now, name_of(by), "groups changed", f"{name} to {words_of(seen)}")
            if role is not None and role.value != old:
                if not role.covers(Role.ADMIN):
                    _require_other_admin(db, name)
                db.execute("UPDATE users SET role = ? WHERE name = ?", (role.value, name))
                audit.append(db, now, name_of(by), "role changed", f"{name} to {role.value}")
            if stored is not None:
                db.execute("UPDATE users SET hash = ? WHERE name = ?", (stored, name))
                db.execute("DELETE FROM sessions WHERE user = ?", (name,))
                db.execute("DELETE FROM tokens WHERE user = ?", (name,))
                audit.append(db, now, name_of(by), "password changed", name)
        return User(name, Role(old) if role is None else role, seen, time_of(created))

    def change_own_password(self, caller: Caller, old: str, new: str, address: str) -> bool:
        """False where ``old`` is not his present one; tries are limited as those of a login are.

        His other sessions and his tokens end; the one he asks by goes on. Raises TooManyTries,
        and UsageError for a poor password and for a caller who has none.
        """
        if not caller.session or caller.must_create_user:
            raise UsageError(
                "only a user who has logged in has a password", remedy="Log in on the page"
            )
        require_good(new, caller.user)
        now = self._now_us()
        buckets = login_limits.buckets_of(caller.user, address)
        with self._file.transaction() as db:
            login_limits.take(db, buckets, now)
            row = db.execute("SELECT hash FROM users WHERE name = ?", (caller.user,)).fetchone()
        is_right = self._passwords.verify(old[:4096], None if row is None else row[0])
        stored = self._passwords.hash(new) if is_right else ""
        with self._file.transaction() as db:
            # Asked again: somebody may have changed it, or removed him, since the hash was read.
            changed = is_right and db.execute(
                "UPDATE users SET hash = ? WHERE name = ? AND hash = ?",
                (stored, caller.user, row[0]),
            )
            if not changed or not changed.rowcount:
                audit.append(db, now, caller.user, "password change refused", caller.user)
                return False
            login_limits.give_back(db, buckets, now)
            db.execute(
                "DELETE FROM sessions WHERE user = ? AND key != ?", (caller.user, caller.session)
            )
            db.execute("DELETE FROM tokens WHERE user = ?", (caller.user,))
            audit.append(db, now, caller.user, "password changed", caller.user)
        return True

    def remove_user(self, name: str, *, by: Caller | None = None) -> bool:
        """False for an unknown user. Raises UsageError for the last admin."""
        with self._file.transaction() as db:
            row = db.execute("SELECT name FROM users WHERE name = ?", (name,)).fetchone()
            if row is None:
                return False
            _require_other_admin(db, row[0])
            db.execute("DELETE FROM users WHERE name = ?", (name,))
            audit.append(db, self._now_us(), name_of(by), "user removed", row[0])
        return True

    # Sessions

    def log_in(self, user: str, password: str, address: str) -> Login | None:
        """None for a wrong name or password, which one is not told. Raises TooManyTries."""
        buckets = login_limits.buckets_of(user, address)
        now = self._now_us()
        with self._file.transaction() as db:
            login_limits.take(db, buckets, now)
            row = db.execute("SELECT name, hash FROM users WHERE name = ?", (user,)).fetchone()
        right = self._passwords.verify(password[:4096], None if row is None else row[1])
        with self._file.transaction() as db:
            # Asked again: the user may be gone, or his password, since the hash was read.
            same = (
                row
                and db.execute(
                    "SELECT role, groups FROM users WHERE name = ? AND hash = ?", row
                ).fetchone()
            )
            if not right or not same:
                # Of a name that nobody has, nothing is kept: it may be a password, mistyped.
                audit.append(db, now, "", "login refused", "" if row is None else row[0])
                return None
            login_limits.give_back(db, buckets, now)
            audit.append(db, now, row[0], "login", "password")
            return self._begin(db, row[0], Role(same[0]), groups_of(same[1]))

    def first_link(self, base_url: str) -> str:
        """An address that makes one admin session, once, within 30 minutes.

        The token stands behind ``#``, so no server, proxy or log ever sees it
        there. A new link ends the ones before. Raises UsageError once a user
        exists: from then on, a link would be a way around his password.
        """
        secret = secrets.token_urlsafe(32)
        now = self._now_us()
        with self._file.transaction() as db:
            if _has_users(db):
                raise UsageError(
                    "there are users already", remedy="Log in, or set a password on this machine"
                )
            db.execute("DELETE FROM links")
            db.execute(
                "INSERT INTO links VALUES (?, ?)", (hashed(secret), now + LINK_S * 1_000_000)
            )
            audit.append(db, now, "", "first-start link made", "")
        return f"{base_url.rstrip('/')}/#link={secret}"

    def log_in_by_link(self, secret: str, address: str) -> Login | None:
        """None for a link that is unknown, used or too old. Raises TooManyTries."""
        buckets = login_limits.buckets_of(_LINK_USER, address)
        now = self._now_us()
        with self._file.transaction() as db:
            login_limits.take(db, buckets, now)
            found = db.execute(
                "DELETE FROM links WHERE hash = ? RETURNING expires_us", (hashed(secret),)
            ).fetchone()
            login = None
            if found and now < found[0] and not _has_users(db):
                login_limits.give_back(db, buckets, now)
                login = self._begin(db, None, Role.ADMIN, None)
            said = "login" if login else "login refused"
            audit.append(db, now, "", said, "first-start link")
        return login

    # Users of the OpenID provider: known by issuer and subject, never by a name or an address.

    def take_sign_in_try(self, address: str) -> tuple[login_limits.Bucket, ...]:
        """Raises TooManyTries."""
        buckets = login_limits.buckets_of_sign_in(address)
        with self._file.transaction() as db:
            login_limits.take(db, buckets, self._now_us())
        return buckets

    def note_refused_sign_in(self, why: str) -> None:
        with self._file.transaction() as db:
            audit.append(db, self._now_us(), "", "login refused", why)

    def log_in_by_provider(
        self,
        issuer: str,
        subject: str,
        wanted: str,
        role: Role,
        groups: Groups,
        buckets: tuple[login_limits.Bucket, ...],
    ) -> Login | None:
        """A session with these rights, which replace those of before. He has no password here.

        wanted: his name, if nobody else has it. None while this machine has no user of its
        own: the first-start link would end. Raises UsageError for a limited admin.
        """
        require_unlimited_admin(role, groups)
        now = self._now_us()
        with self._file.transaction() as db:
            if not db.execute("SELECT 1 FROM users WHERE hash != ''").fetchone():
                audit.append(db, now, "", "login refused", "there is no user of this machine yet")
                return None
            row = db.execute(
                "SELECT user FROM identities WHERE issuer = ? AND subject = ?", (issuer, subject)
            ).fetchone()
            rights = rights_words(role, groups)
            if row is None:
                name = _free_name(db, wanted)
                db.execute(
                    "INSERT INTO users VALUES (?, ?, '', ?, ?)",
                    (name, role.value, now, kept_groups(groups)),
                )
                db.execute("INSERT INTO identities VALUES (?, ?, ?)", (issuer, subject, name))
                audit.append(db, now, "", "user added", f"{name} as {rights}, by the provider")
            else:
                (name,) = row
                db.execute(
                    "UPDATE users SET role = ?, groups = ? WHERE name = ?",
                    (role.value, kept_groups(groups), name),
                )
            login_limits.give_back(db, buckets, now)
            audit.append(db, now, name, "login", f"by the provider, as {rights}")
            return self._begin(db, name, role, groups)

    def end_provided_user(self, issuer: str, subject: str) -> None:
        """The provider does not allow him any more: he is gone, with sessions and tokens."""
        with self._file.transaction() as db:
            row = db.execute(
                "SELECT user FROM identities WHERE issuer = ? AND subject = ?", (issuer, subject)
            ).fetchone()
            if row is not None:
                db.execute("DELETE FROM users WHERE name = ?", row)
                audit.append(db, self._now_us(), "", "user removed", f"{row[0]}, by the provider")

    def caller_of_session(self, secret: str) -> Caller | None:
        """Who holds that cookie; None where the session is unknown, ended or too old."""
        return self._session(hashed(secret))

    def still_valid(self, caller: Caller) -> bool:
        """Whether a caller known from before may go on, with the same rights as then."""
        if not caller.session:
            return self.tokens.still_valid(caller)
        return caller.has_same_rights(self._session(caller.session))

    def log_out(self, caller: Caller) -> None:
        with self._file.transaction() as db:
            db.execute("DELETE FROM sessions WHERE key = ?", (caller.session,))
            audit.append(db, self._now_us(), caller.user, "logout", "")

    def _session(self, key: bytes) -> Caller | None:
        now = self._now_us()
        with self._file.reading() as db:
            row = db.execute(
                "SELECT s.user, u.role, u.groups, s.seen_us, s.expires_us FROM sessions s"
                " LEFT JOIN users u ON u.name = s.user WHERE s.key = ?",
                (key,),
            ).fetchone()
            if row is None:
                return None
            user, role, groups, seen, expires = row
            has_users = user is not None or _has_users(db)
        if now >= min(expires, seen + IDLE_S * 1_000_000) or now < seen - IDLE_S * 1_000_000:
            self._end(key)
            return None
        if now - seen > _TOUCH_S * 1_000_000:
            with self._file.transaction() as db:
                db.execute("UPDATE sessions SET seen_us = ? WHERE key = ?", (now, key))
        if user is None:
            # The link's session is worth something only until the first user is there.
            return (
                None
                if has_users
                else Caller(_LINK_USER, Role.ADMIN, None, must_create_user=True, session=key)
            )
        return Caller(user, Role(role), groups_of(groups), session=key)

    def _begin(self, db: sqlite3.Connection, user: str | None, role: Role, groups: Groups) -> Login:
        secret = secrets.token_urlsafe(32)
        now = self._now_us()
        expires = now + ABSOLUTE_S * 1_000_000
        db.execute("DELETE FROM sessions WHERE expires_us <= ?", (now,))
        db.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)",
            (hashed(secret), user, now, now, expires),
        )
        caller = Caller(user or _LINK_USER, role, groups, user is None, hashed(secret))
        return Login(secret, caller, time_of(expires))

    def _end(self, key: bytes) -> None:
        with self._file.transaction() as db:
            db.execute("DELETE FROM sessions WHERE key = ?", (key,))

    def _hand_over(self, db: sqlite3.Connection, by: Caller | None, user: str) -> None:
        """The first-start session goes on as the user it made; others of its kind end."""
        if by is not None and by.must_create_user:
            db.execute("UPDATE sessions SET user = ? WHERE key = ?", (user, by.session))
        db.execute("DELETE FROM sessions WHERE user IS NULL")
        db.execute("DELETE FROM links")

    # The audit log

    def note(self, who: Caller, action: str, subject: str) -> None:
        """A change that someone made elsewhere. Never give it a secret."""
        with self._file.transaction() as db:
            audit.append(db, self._now_us(), who.user, action, subject)

    def audit_entries(self, after: int = 0, limit: int = 1000) -> list[audit.AuditEntry]:
        with self._file.reading() as db:
            return audit.entries(db, after, limit)

    def newest_audit_entries(self, before: int | None, limit: int) -> list[audit.AuditEntry]:
        with self._file.reading() as db:
            return audit.newest(db, before, limit)

    def checked_audit_log(self, expected: audit.Checkpoint | None = None) -> audit.ChainCheck:
        """Read piece by piece, so that nobody's request waits for it."""
        check = audit.ChainCheck(expected)
        while piece := self.audit_entries(check.last, 1000):
            check.take(piece)
        return check

    def _now_us(self) -> int:
        return microseconds(self._clock.now())


def _has_users(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM users LIMIT 1").fetchone() is not None


def _free_name(db: sqlite3.Connection, wanted: str) -> str:
    name, number = wanted, 1
    while db.execute("SELECT 1 FROM users WHERE name = ?", (name,)).fetchone():
        number += 1
        own, _, host = wanted.rpartition("@")
        name = f"{own}-{number}@{host}"
    return name


def _require_other_admin(db: sqlite3.Connection, name: str) -> None:
    # Of those with a password here: a provider may be out of reach.
    others = db.execute(
        "SELECT count(*) FROM users WHERE role = 'admin' AND hash != '' AND name != ?", (name,)
    )
    is_admin = db.execute(
        "SELECT role FROM users WHERE name = ? AND hash != ''", (name,)
    ).fetchone()
    if is_admin and is_admin[0] == Role.ADMIN.value and others.fetchone()[0] == 0:
        raise UsageError("this is the last admin", where="name", remedy="Make another admin before")
