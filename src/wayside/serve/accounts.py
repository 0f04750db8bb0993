"""Users, their sessions and API tokens, in a file of their own.

Whoever cannot be looked up is nobody: a fault of the file is raised as
StoreError and the server then denies. Secrets are random, handed out once and
kept as SHA-256; passwords are kept as argon2id.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from wayside.domain.errors import UsageError
from wayside.domain.time import Clock
from wayside.serve import audit, login_limits
from wayside.serve.accounts_file import AccountsFile
from wayside.serve.passwords import Passwords, require_good
from wayside.serve.roles import Caller, Role

IDLE_S = 12 * 3600
ABSOLUTE_S = 7 * 24 * 3600
LINK_S = 30 * 60
_TOUCH_S = 60  # a session's last use is written once a minute, not with each picture
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,62}")
_TOKEN = re.compile(r"wst_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
_LINK_USER = "first-start"


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


class Accounts:
    """Any thread may use it. Every call may raise StoreError; deny then."""

    def __init__(self, path: Path, clock: Clock, passwords: Passwords | None = None) -> None:
        self._file = AccountsFile(path)
        self._clock = clock
        self._passwords = passwords or Passwords()

    def close(self) -> None:
        self._file.close()

    # Users

    def has_users(self) -> bool:
        with self._file.reading() as db:
            return _has_users(db)

    def users(self) -> list[User]:
        with self._file.reading() as db:
            rows = db.execute("SELECT name, role, created_us FROM users ORDER BY name").fetchall()
        return [User(name, Role(role), _time(created)) for name, role, created in rows]

    def add_user(self, name: str, password: str, role: Role, *, by: Caller | None = None) -> User:
        """The first user must be an admin; the session of the first-start link becomes his.

        Raises UsageError for a bad or taken name or a poor password.
        """
        if not _NAME.fullmatch(name) or name.casefold() == _LINK_USER:
            raise UsageError(
                "not a user's name",
                where="name",
                remedy="Use letters, digits and . _ @ - up to 63, a letter or digit first",
            )
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
            db.execute("INSERT INTO users VALUES (?, ?, ?, ?)", (name, role.value, stored, now))
            self._hand_over(db, by, name)
            audit.append(db, now, _who(by), "user added", f"{name} as {role.value}")
        return User(name, role, _time(now))

    def change_user(
        self,
        name: str,
        *,
        password: str | None = None,
        role: Role | None = None,
        by: Caller | None = None,
    ) -> User | None:
        """None for an unknown user. A new password ends all of his sessions and tokens.

        Raises UsageError for a poor password and for the last admin's demotion.
        """
        if password is not None:
            require_good(password, name)
        stored = None if password is None else self._passwords.hash(password)
        now = self._now_us()
        with self._file.transaction() as db:
            row = db.execute(
                "SELECT name, role, created_us FROM users WHERE name = ?", (name,)
            ).fetchone()
            if row is None:
                return None
            name, old, created = row
            if role is not None and role.value != old:
                if not role.covers(Role.ADMIN):
                    _require_other_admin(db, name)
                db.execute("UPDATE users SET role = ? WHERE name = ?", (role.value, name))
                audit.append(db, now, _who(by), "role changed", f"{name} to {role.value}")
            if stored is not None:
                db.execute("UPDATE users SET hash = ? WHERE name = ?", (stored, name))
                db.execute("DELETE FROM sessions WHERE user = ?", (name,))
                db.execute("DELETE FROM tokens WHERE user = ?", (name,))
                audit.append(db, now, _who(by), "password changed", name)
        return User(name, Role(old) if role is None else role, _time(created))

    def remove_user(self, name: str, *, by: Caller | None = None) -> bool:
        """False for an unknown user. Raises UsageError for the last admin."""
        with self._file.transaction() as db:
            row = db.execute("SELECT name FROM users WHERE name = ?", (name,)).fetchone()
            if row is None:
                return False
            _require_other_admin(db, row[0])
            db.execute("DELETE FROM users WHERE name = ?", (name,))
            audit.append(db, self._now_us(), _who(by), "user removed", row[0])
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
                and db.execute("SELECT role FROM users WHERE name = ? AND hash = ?", row).fetchone()
            )
            if not right or not same:
                # Of a name that nobody has, nothing is kept: it may be a password, mistyped.
                audit.append(db, now, "", "login refused", "" if row is None else row[0])
                return None
            login_limits.give_back(db, buckets, now)
            audit.append(db, now, row[0], "login", "password")
            return self._begin(db, row[0], Role(same[0]))

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
            db.execute("INSERT INTO links VALUES (?, ?)", (_hash(secret), now + LINK_S * 1_000_000))
            audit.append(db, now, "", "first-start link made", "")
        return f"{base_url.rstrip('/')}/#link={secret}"

    def log_in_by_link(self, secret: str, address: str) -> Login | None:
        """None for a link that is unknown, used or too old. Raises TooManyTries."""
        buckets = login_limits.buckets_of(_LINK_USER, address)
        now = self._now_us()
        with self._file.transaction() as db:
            login_limits.take(db, buckets, now)
            found = db.execute(
                "DELETE FROM links WHERE hash = ? RETURNING expires_us", (_hash(secret),)
            ).fetchone()
            login = None
            if found and now < found[0] and not _has_users(db):
                login_limits.give_back(db, buckets, now)
                login = self._begin(db, None, Role.ADMIN)
            said = "login" if login else "login refused"
            audit.append(db, now, "", said, "first-start link")
        return login

    def caller_of_session(self, secret: str) -> Caller | None:
        """Who holds that cookie; None where the session is unknown, ended or too old."""
        return self._session(_hash(secret))

    def still_valid(self, caller: Caller) -> bool:
        """Whether a caller known from before may go on, with the same role as then."""
        now_one = self._session(caller.session) if caller.session else self._token(caller.token)
        return now_one is not None and now_one.role is caller.role

    def log_out(self, caller: Caller) -> None:
        with self._file.transaction() as db:
            db.execute("DELETE FROM sessions WHERE key = ?", (caller.session,))
            audit.append(db, self._now_us(), caller.user, "logout", "")

    def _session(self, key: bytes) -> Caller | None:
        now = self._now_us()
        with self._file.reading() as db:
            row = db.execute(
                "SELECT s.user, u.role, s.seen_us, s.expires_us FROM sessions s"
                " LEFT JOIN users u ON u.name = s.user WHERE s.key = ?",
                (key,),
            ).fetchone()
            if row is None:
                return None
            user, role, seen, expires = row
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
                else Caller(_LINK_USER, Role.ADMIN, must_create_user=True, session=key)
            )
        return Caller(user, Role(role), session=key)

    def _begin(self, db: sqlite3.Connection, user: str | None, role: Role) -> Login:
        secret = secrets.token_urlsafe(32)
        now = self._now_us()
        expires = now + ABSOLUTE_S * 1_000_000
        db.execute("DELETE FROM sessions WHERE expires_us <= ?", (now,))
        db.execute(
            "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)",
            (_hash(secret), user, now, now, expires),
        )
        caller = Caller(user or _LINK_USER, role, user is None, _hash(secret))
        return Login(secret, caller, _time(expires))

    def _end(self, key: bytes) -> None:
        with self._file.transaction() as db:
            db.execute("DELETE FROM sessions WHERE key = ?", (key,))

    def _hand_over(self, db: sqlite3.Connection, by: Caller | None, user: str) -> None:
        """The first-start session goes on as the user it made; others of its kind end."""
        if by is not None and by.must_create_user:
            db.execute("UPDATE sessions SET user = ? WHERE key = ?", (user, by.session))
        db.execute("DELETE FROM sessions WHERE user IS NULL")
        db.execute("DELETE FROM links")

    # Tokens

    def add_token(
        self, name: str, role: Role, lifetime: timedelta, *, by: Caller
    ) -> tuple[Token, str]:
        """The token and its text, which is shown this once.

        Raises UsageError for more than its maker may do himself, and before
        there is a user whom it could belong to.
        """
        if by.must_create_user:
            raise UsageError("a token needs a user", remedy="Make the first user, then the token")
        if not by.role.covers(role):
            raise UsageError("a token cannot do more than its maker", where="role")
        id_, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        now = self._now_us()
        expires = now + round(lifetime.total_seconds() * 1e6)
        with self._file.transaction() as db:
            db.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                (id_, by.user, name, role.value, _hash(secret), now, expires),
            )
            audit.append(db, now, by.user, "token made", f"{id_} as {role.value}")
        token = Token(id_, by.user, name, role, _time(now), _time(expires), None)
        return token, f"wst_{id_}_{secret}"

    def tokens(self) -> list[Token]:
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT id, user, name, role, created_us, expires_us, used_us FROM tokens"
                " ORDER BY created_us, id"
            ).fetchall()
        return [
            Token(id_, user, name, Role(role), _time(made), _time(ends), used and _time(used))
            for id_, user, name, role, made, ends, used in rows
        ]

    def remove_token(self, token_id: str, *, by: Caller | None = None) -> bool:
        with self._file.transaction() as db:
            found = db.execute("DELETE FROM tokens WHERE id = ? RETURNING id", (token_id,))
            if found.fetchone() is None:
                return False
            audit.append(db, self._now_us(), _who(by), "token removed", token_id)
        return True

    def caller_of_token(self, text: str) -> Caller | None:
        """None for one that is malformed, unknown or too old."""
        parts = _TOKEN.fullmatch(text)
        return None if parts is None else self._token(parts[1], _hash(parts[2]))

    def _token(self, token_id: str, digest: bytes | None = None) -> Caller | None:
        """digest None: it was checked before. The role is never more than its user's own."""
        now = self._now_us()
        with self._file.reading() as db:
            row = db.execute(
                "SELECT t.hash, t.role, t.expires_us, t.used_us, u.name, u.role FROM tokens t"
                " JOIN users u ON u.name = t.user WHERE t.id = ?",
                (token_id,),
            ).fetchone()
        if row is None or now >= row[2]:
            return None
        if digest is not None and not secrets.compare_digest(row[0], digest):
            return None
        if row[3] is None or now - row[3] > _TOUCH_S * 1_000_000:
            with self._file.transaction() as db:
                db.execute("UPDATE tokens SET used_us = ? WHERE id = ?", (now, token_id))
        role = min(Role(row[1]), Role(row[5]), key=lambda each: each.rank)
        return Caller(row[4], role, token=token_id)

    # The audit log

    def note(self, who: Caller, action: str, subject: str) -> None:
        """A change that someone made elsewhere. Never give it a secret."""
        with self._file.transaction() as db:
            audit.append(db, self._now_us(), who.user, action, subject)

    def audit_entries(self, after: int = 0, limit: int = 1000) -> list[audit.AuditEntry]:
        with self._file.reading() as db:
            return audit.entries(db, after, limit)

    def first_broken_entry(self) -> int | None:
        with self._file.reading() as db:
            return audit.first_broken(db)

    def _now_us(self) -> int:
        return round(self._clock.now().timestamp() * 1e6)


def _has_users(db: sqlite3.Connection) -> bool:
    return db.execute("SELECT 1 FROM users LIMIT 1").fetchone() is not None


def _require_other_admin(db: sqlite3.Connection, name: str) -> None:
    others = db.execute("SELECT count(*) FROM users WHERE role = 'admin' AND name != ?", (name,))
    is_admin = db.execute("SELECT role FROM users WHERE name = ?", (name,)).fetchone()
    if is_admin and is_admin[0] == Role.ADMIN.value and others.fetchone()[0] == 0:
        raise UsageError("this is the last admin", where="name", remedy="Make another admin before")


def _hash(secret: str) -> bytes:
    """Enough for a random secret of 256 bits; passwords get argon2id."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _who(by: Caller | None) -> str:
    return "" if by is None else by.user


def _time(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1e6, UTC)
