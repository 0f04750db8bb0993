"""The door of the database: what must be true of a file before anything is written to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from wayside.domain.errors import StoreError
from wayside.observe.logging import get_logger
from wayside.store.faults import file_faults, primary_code

_SMALLEST = 512
"""Bytes: one page of the smallest size that SQLite knows."""

_COMPANIONS = ("-wal", "-shm")
_NOT_OURS = "Choose another path, or move the file away"


def prepare(path: Path, busy_timeout_s: float, application_id: int) -> None:
    """Check an existing file, or make a new one ready for its tables.

    A new file gets incremental auto-vacuum (it can be chosen only while a file
    is empty) and the write-ahead log. Raises StoreError for a path that cannot
    be a database, for another program's file (left as it is), and for a
    damaged one (set aside under another name, never deleted).
    """
    _check_place(path)
    with _damage_set_aside(path), file_faults(path):
        connection = sqlite3.connect(path, timeout=busy_timeout_s)
        connection.isolation_level = None  # each PRAGMA must run outside a transaction
        with closing(connection):
            if _is_empty(connection):
                connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
            else:
                _check_ours(connection, path, application_id)
                _check_pages(connection)
            connection.execute("PRAGMA journal_mode = WAL").fetchall()


def _check_place(path: Path) -> None:
    if not path.parent.is_dir():
        raise StoreError(
            "the folder of the database does not exist",
            where=str(path.parent),
            remedy="Make the folder, or choose another path",
        )
    if path.exists() and not path.is_file():
        raise StoreError("this is not a file", where=str(path), remedy=_NOT_OURS)
    # Asked of the file system, never by opening the file: closing it would drop
    # the locks that another connection of this process may hold on it (POSIX).
    if is_stump(path):
        raise StoreError("this file is not a database", where=str(path), remedy=_NOT_OURS)


def is_stump(path: Path) -> bool:
    """Something is there, but less than the smallest database."""
    return path.exists() and 0 < path.stat().st_size < _SMALLEST


def _is_empty(connection: sqlite3.Connection) -> bool:
    """True for a new file, and for one whose making was cut short before the first table."""
    row = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    return bool(row[0] == 0)


def _check_ours(connection: sqlite3.Connection, path: Path, application_id: int) -> None:
    (present,) = connection.execute("PRAGMA application_id").fetchone()
    if present != application_id:
        raise StoreError(
            "this database belongs to another program", where=str(path), remedy=_NOT_OURS
        )


def _check_pages(connection: sqlite3.Connection) -> None:
    """Raises DatabaseError (SQLITE_CORRUPT) where the pages do not fit together.

    quick_check reads every page but compares no index with its table: the
    price of finding damage at the start and not in the middle of a night.
    """
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        damage = sqlite3.DatabaseError(verdict)
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        damage.sqlite_errorname = "SQLITE_CORRUPT"
        raise damage


@contextmanager
def _damage_set_aside(path: Path) -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        cause = error.__cause__
        if not isinstance(cause, sqlite3.Error) or primary_code(cause) != sqlite3.SQLITE_CORRUPT:
            raise
        aside = set_aside(path)
        get_logger(__name__).critical(
            "database damaged, set aside", path=str(path), aside=str(aside), damage=str(cause)
        )
        raise StoreError(
            f"the database is damaged ({cause}) and was set aside as {aside.name}",
            where=str(path),
            remedy="Start again to begin a new one; sqlite3 .recover may save the old one",
        ) from error


def set_aside(path: Path) -> Path:
    """Rename a damaged database and its write-ahead log together; returns the new path.

    Raises StoreError if even that is not possible.
    """
    number = 1
    while (aside := _aside(path, number)).exists():
        number += 1
    try:
        for companion in _COMPANIONS:
            log = path.with_name(path.name + companion)
            if log.exists():
                log.rename(aside.with_name(aside.name + companion))
        path.rename(aside)
    except OSError as error:
        raise StoreError(
            f"the database is damaged and cannot be set aside ({error.strerror})",
            where=str(path),
            remedy="Move the file away by hand",
        ) from error
    return aside


def last_set_aside(path: Path) -> Path | None:
    """Where the newest damaged file of that name lies."""
    number = 1
    while _aside(path, number).exists():
        number += 1
    return _aside(path, number - 1) if number > 1 else None


def _aside(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.damaged-{number}")
