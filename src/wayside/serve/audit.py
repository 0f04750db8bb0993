"""Who logged in and what was changed, each entry chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass

_START = "0" * 64


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """at_us: UTC in microseconds. who: user, or "" where nobody was known yet."""

    number: int
    at_us: int
    who: str
    action: str
    subject: str
    hash: str


def append(db: sqlite3.Connection, at_us: int, who: str, action: str, subject: str) -> None:
    """In the caller's transaction, so that a change and its entry stand or fall together."""
    row = db.execute("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    number, before = (1, _START) if row is None else (row[0] + 1, row[1])
    digest = _digest(before, number, at_us, who, action, subject)
    db.execute(
        "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)",
        (number, at_us, who, action, subject, digest),
    )


def entries(db: sqlite3.Connection, after: int, limit: int) -> list[AuditEntry]:
    rows = db.execute(
        "SELECT number, at_us, who, action, subject, hash FROM audit"
        " WHERE number > ? ORDER BY number LIMIT ?",
        (after, limit),
    )
    return [AuditEntry(*row) for row in rows]


def first_broken(db: sqlite3.Connection) -> int | None:
    """Number of the first entry that was changed, or that follows a removed one; None if sound.

    Entries cut off the end leave no trace here; a copy of the last hash kept elsewhere shows them.
    """
    before, expected = _START, 1
    rows = db.execute("SELECT number, at_us, who, action, subject, hash FROM audit ORDER BY number")
    for number, at_us, who, action, subject, digest in rows:
        sound = digest == _digest(before, number, at_us, who, action, subject)
        if number != expected or not sound:
            return int(expected)
        before, expected = digest, number + 1
    return None


def _digest(before: str, number: int, at_us: int, who: str, action: str, subject: str) -> str:
    text = json.dumps([before, number, at_us, who, action, subject], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
