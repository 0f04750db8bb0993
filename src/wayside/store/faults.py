"""SQLite's faults in the reader's words: what failed, where, what to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wayside.domain.errors import StoreError

_PRIMARY_CODE = 0xFF  # extended result codes keep the primary one in the low byte

# primary code -> (what, remedy). SQLite: "Result and Error Codes".
_FAULTS = {
    sqlite3.SQLITE_FULL: (
        "the disk is full",
        "Free some space and try again; nothing was half written",
    ),
    sqlite3.SQLITE_BUSY: (
        "the database is locked by another process",
        "Wait for that process or stop it, then try again",
    ),
    sqlite3.SQLITE_READONLY: (
        "the database cannot be written",
        "Give this user the right to write the file and its folder",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "the database cannot be opened",
        "Check that the folder exists and that this user may read and write it",
    ),
    sqlite3.SQLITE_NOTADB: (
        "this file is not a wayside database",
        "Choose another path, or move the file away",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "the database is damaged",
        "Restart wayside: it sets the file aside and begins a new one",
    ),
    sqlite3.SQLITE_IOERR: (
        "the disk refused to read or write",
        "Check free space, the limit on file sizes and the disk itself",
    ),
    sqlite3.SQLITE_CONSTRAINT: (
        "a record refers to a session or an event that the store does not know",
        "Write the session, or the still's event, before it or in the same call",
    ),
}
_FAULTS[sqlite3.SQLITE_LOCKED] = _FAULTS[sqlite3.SQLITE_BUSY]
_FAULTS[sqlite3.SQLITE_PERM] = _FAULTS[sqlite3.SQLITE_READONLY]


@contextmanager
def file_faults(path: Path) -> Iterator[None]:
    """Turn what SQLite raises inside the block into StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise store_error(error, path) from error


def store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """The StoreError that says what this fault means for this file."""
    name = getattr(error, "sqlite_errorname", None) or type(error).__name__
    known = _FAULTS.get(primary_code(error))
    if known is None:
        return StoreError(
            f"the database failed: {error} ({name})",
            where=str(path),
            remedy="Try again, and report it if it stays",
        )
    what, remedy = known
    return StoreError(f"{what} ({name})", where=str(path), remedy=remedy)


def primary_code(error: sqlite3.Error) -> int:
    """SQLite's result code without its extension; -1 where Python raised the error itself."""
    code: int = getattr(error, "sqlite_errorcode", -1)
    return code if code < 0 else code & _PRIMARY_CODE
