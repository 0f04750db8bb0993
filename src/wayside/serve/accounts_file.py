"""The file accounts.db: its tables, and transactions on it."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wayside.domain.errors import StoreError

_APPLICATION_ID = 0x77617961  # "waya"
_VERSION = 2

_IDENTITIES = """CREATE TABLE identities (
    issuer TEXT NOT NULL, subject TEXT NOT NULL,
    user TEXT NOT NULL UNIQUE COLLATE NOCASE REFERENCES users ON DELETE CASCADE,
    PRIMARY KEY (issuer, subject)
) WITHOUT ROWID"""

_TABLES = f"""
CREATE TABLE users (
    name TEXT PRIMARY KEY COLLATE NOCASE, role TEXT NOT NULL, hash TEXT NOT NULL,
    created_us INTEGER NOT NULL, groups TEXT
) WITHOUT ROWID;
CREATE TABLE sessions (
    key BLOB PRIMARY KEY, user TEXT COLLATE NOCASE REFERENCES users ON DELETE CASCADE,
    created_us INTEGER NOT NULL, seen_us INTEGER NOT NULL, expires_us INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_of ON sessions (user);
CREATE TABLE tokens (
    id TEXT PRIMARY KEY, user TEXT NOT NULL COLLATE NOCASE REFERENCES users ON DELETE CASCADE,
    name TEXT NOT NULL, role TEXT NOT NULL, hash BLOB NOT NULL,
    created_us INTEGER NOT NULL, expires_us INTEGER NOT NULL, used_us INTEGER,
    groups TEXT
) WITHOUT ROWID;
CREATE INDEX tokens_of ON tokens (user);
{_IDENTITIES};
CREATE TABLE links (hash BLOB PRIMARY KEY, expires_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE tries (bucket BLOB NOT NULL, at_us INTEGER NOT NULL);
CREATE INDEX tries_of ON tries (bucket, at_us);
CREATE TABLE audit (
    number INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, who TEXT NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, hash TEXT NOT NULL
);
"""

# groups: a JSON list of names, NULL for every feed of the site.
_TO_VERSION = {
    2: (
        "ALTER TABLE users ADD COLUMN groups TEXT",
        "ALTER TABLE tokens ADD COLUMN groups TEXT",
        _IDENTITIES,
    ),
}


class AccountsFile:
    """One connection, one user at a time. Raises StoreError for whatever SQLite refuses."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with self._faults():
            # Hashes of passwords are nobody else's to read, from the first byte on.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._faults():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._faults():
            yield self._db

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def _prepare(self) -> None:
        self._db.execute("PRAGMA busy_timeout = 5000")
        (mark,) = self._db.execute("PRAGMA application_id").fetchone()
        (tables,) = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if tables and (mark != _APPLICATION_ID or version > _VERSION):
            raise StoreError(
                "this is no accounts database of this release",
                where=str(self._path),
                remedy="Move the file away; a new one is made, and its users with it",
            )
        self._db.execute("PRAGMA journal_mode = WAL")
        # A revoked session must stay revoked after a power cut.
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA secure_delete = ON")
        if not tables:
            self._db.executescript(
                f"BEGIN; {_TABLES} PRAGMA application_id = {_APPLICATION_ID};"
                f" PRAGMA user_version = {_VERSION}; COMMIT;"
            )
        else:
            self._upgrade(version)

    def _upgrade(self, version: int) -> None:
        """Each step whole or not at all, also where two processes open the file at once."""
        for number in range(version + 1, _VERSION + 1):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                (now,) = self._db.execute("PRAGMA user_version").fetchone()
                if now < number:
                    for statement in _TO_VERSION[number]:
                        self._db.execute(statement)
                    self._db.execute(f"PRAGMA user_version = {number}")
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"the accounts cannot be used ({error.__class__.__name__})",
                where=str(self._path),
                remedy="Check the file, its folder and the space on the disk",
            ) from error
