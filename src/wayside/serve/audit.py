"""Who logged in and what was changed, each entry chained to the one before by its hash."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

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


def newest(db: sqlite3.Connection, before: int | None, limit: int) -> list[AuditEntry]:
    """Newest first; before: only those of lower numbers."""
    rows = db.execute(
        "SELECT number, at_us, who, action, subject, hash FROM audit"
        " WHERE ?1 IS NULL OR number < ?1 ORDER BY number DESC LIMIT ?2",
        (before, limit),
    )
    return [AuditEntry(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far the log was once: kept elsewhere, it shows that nothing was cut off or made anew."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Of what ``str`` gave. Raises ValueError."""
        number, _, digest = text.strip().partition(":")
        if not number.isdecimal() or len(digest) != len(_START):
            raise ValueError(text)
        int(digest, 16)
        return cls(int(number), digest.lower())


class ChainCheck:
    """Takes all entries in order. broken: number of the first that was changed, or that follows
    a removed one; None while all are sound. has_checkpoint: the one that was expected was met.

    Without a checkpoint, entries that were cut off the end leave no trace here, nor does a log
    that was written anew from its beginning.
    """

    def __init__(self, expected: Checkpoint | None = None) -> None:
        self.broken: int | None = None
        self.last = 0
        self._expected = expected
        self._hash = _START
        self.has_checkpoint = expected is None or expected == self.checkpoint

    @property
    def checkpoint(self) -> Checkpoint:
        """Of the newest entry taken."""
        return Checkpoint(self.last, self._hash)

    def take(self, found: Iterable[AuditEntry]) -> None:
        for each in found:
            digest = _digest(
                self._hash, each.number, each.at_us, each.who, each.action, each.subject
            )
            if self.broken is None and (each.number != self.last + 1 or each.hash != digest):
                self.broken = self.last + 1
            self._hash, self.last = each.hash, each.number
            self.has_checkpoint = self.has_checkpoint or self.checkpoint == self._expected


def _digest(before: str, number: int, at_us: int, who: str, action: str, subject: str) -> str:
    text = json.dumps([before, number, at_us, who, action, subject], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
