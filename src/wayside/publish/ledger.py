"""The ledger: what has been spent of the budget, on the disk before anything is released.

One SQLite file beside the store, ``ledger.db``. A release is charged and its
answer kept in one transaction; only what that has returned goes out. So a kill
at any instant leaves a charge without a reader at worst, and the same question
asked again gets the answer that was charged for, at no further cost.

Unlike other databases of wayside it is never begun anew where one is damaged:
that would forget what is spent.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from wayside.domain.errors import PublicationError, StoreError
from wayside.domain.time import rfc3339
from wayside.publish.epsilon import epsilon_text
from wayside.publish.policy import Policy
from wayside.publish.question import Question
from wayside.store.atomic import sync_folder
from wayside.store.faults import store_error
from wayside.store.rows import from_microseconds, to_microseconds

APPLICATION_ID = 0x5741594C
"""``WAYL``, in the header of the file."""

_TABLES = f"""
BEGIN;
CREATE TABLE policy (
    one INTEGER PRIMARY KEY CHECK (one = 1), rho_s INTEGER NOT NULL, stays INTEGER NOT NULL,
    budget_millionths INTEGER NOT NULL, chunk_s INTEGER NOT NULL, memory_s INTEGER NOT NULL,
    at_us INTEGER NOT NULL
);
CREATE TABLE releases (
    number INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL,
    question TEXT NOT NULL UNIQUE, epsilon_millionths INTEGER NOT NULL CHECK
    (epsilon_millionths > 0), scale REAL NOT NULL, answer TEXT NOT NULL
);
CREATE TABLE charges (
    number INTEGER NOT NULL REFERENCES releases, feed TEXT NOT NULL, first_chunk INTEGER NOT NULL,
    end_chunk INTEGER NOT NULL CHECK (end_chunk > first_chunk),
    epsilon_millionths INTEGER NOT NULL, PRIMARY KEY (number, feed)
) WITHOUT ROWID;
CREATE INDEX charges_of ON charges (feed, end_chunk);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = 1;
"""


@dataclass(frozen=True, slots=True)
class Release:
    """What was published. numbers: as ``Question.series``, an interval after the other."""

    number: int
    at: datetime
    question: str
    epsilon: int
    scale: float
    numbers: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Spending:
    """The most that was spent on any chunk of a feed's range, and the first where it was."""

    feed: str
    chunk: int
    spent: int


class Ledger:
    """Open with ``Ledger.open``, begin with ``Ledger.begin``; close it, or use it as a context.

    Several processes may have it open; charges are made one after the other. Every method
    raises StoreError for a file that cannot be read or written.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection
        self.policy = self._read_policy()

    @classmethod
    def begin(cls, path: Path, policy: Policy, at: datetime) -> Self:
        """Made where there is none, with this policy, for good once anything is released.

        It is built beside and linked into its place: a kill meanwhile leaves no ledger, and
        of two who begin at once both have the first one's. Raises PublicationError where
        something was released under another policy.
        """
        if not path.exists():
            _make(path, policy, to_microseconds(at))
        ledger = cls.open(path)
        try:
            if ledger.policy != policy:
                ledger._take_up(policy)
        except BaseException:
            ledger.close()
            raise
        return ledger

    @classmethod
    def open(cls, path: Path) -> Self:
        """Raises StoreError where there is none."""
        address = f"{path.resolve().as_uri()}?mode=rw"
        with _faults(path):
            connection = sqlite3.connect(address, uri=True, timeout=30.0, isolation_level=None)
            try:
                connection.execute("PRAGMA foreign_keys = ON")
                # The charge must be there after a power cut too: the folder is synced as well.
                connection.execute("PRAGMA synchronous = EXTRA")
                (mark,) = connection.execute("PRAGMA application_id").fetchone()
                (version,) = connection.execute("PRAGMA user_version").fetchone()
                _check_ours(path, mark, version)
                return cls(path, connection)
            except BaseException:
                connection.close()
                raise

    def known(self, question: Question) -> Release | None:
        """The answer that was given to this question."""
        with _faults(self.path):
            return self._known(question.text())

    def releases(self) -> list[Release]:
        """All of them, oldest first."""
        with _faults(self.path):
            rows = self._connection.execute("SELECT * FROM releases ORDER BY number").fetchall()
        return [_release(row) for row in rows]

    def spendings(self) -> list[Spending]:
        """The most that was spent of each feed that was ever published, by name."""
        with _faults(self.path):
            rows = self._connection.execute(
                "SELECT feed, min(first_chunk), max(end_chunk) FROM charges GROUP BY feed"
                " ORDER BY feed"
            ).fetchall()
            return [self._most(feed, range(first, end)) for feed, first, end in rows]

    def check(self, question: Question) -> None:
        """Raises PublicationError where the budget does not allow it, and says what is left."""
        with _faults(self.path):
            self._check(question)

    def charge(
        self, question: Question, numbers: Sequence[Sequence[int]], scale: float, at: datetime
    ) -> Release:
        """Spend ε of all chunks of the question, and keep the answer; both, or neither.

        Returns what may go out: this answer, on the disk by then, or the earlier one where the
        question was answered meanwhile. Raises PublicationError where the budget is gone.
        """
        text = question.text()
        with self._transaction():
            if (known := self._known(text)) is not None:
                return known
            if self._read_policy() != self.policy:
                raise PublicationError(
                    "the policy was changed meanwhile", where=str(self.path), remedy="Try again"
                )
            self._check(question)
            row = self._connection.execute(
                "INSERT INTO releases (at_us, question, epsilon_millionths, scale, answer)"
                " VALUES (?, ?, ?, ?, ?) RETURNING *",
                (to_microseconds(at), text, question.epsilon, scale, json.dumps(numbers)),
            ).fetchone()
            chunks = question.chunks(self.policy)
            self._connection.executemany(
                "INSERT INTO charges VALUES (?, ?, ?, ?, ?)",
                [
                    (row[0], feed, chunks.start, chunks.stop, question.epsilon)
                    for feed in question.feeds
                ],
            )
        return _release(row)

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _take_up(self, policy: Policy) -> None:
        """Another policy, as long as nothing was released under the one that is there."""
        with self._transaction():
            (released,) = self._connection.execute("SELECT count(*) FROM releases").fetchone()
            if released:
                raise PublicationError(
                    f"there are releases under another policy: {self.policy}",
                    where=str(self.path),
                    remedy="Leave the policy's options out, or name the same",
                )
            self._connection.execute(
                "UPDATE policy SET rho_s = ?, stays = ?, budget_millionths = ?, chunk_s = ?,"
                " memory_s = ?",
                (policy.rho_s, policy.stays, policy.budget, policy.chunk_s, policy.memory_s),
            )
        self.policy = policy

    def _check(self, question: Question) -> None:
        chunks = question.chunks(self.policy)
        worst = max(
            (self._most(feed, chunks) for feed in question.feeds), key=lambda each: each.spent
        )
        left = self.policy.budget - worst.spent
        if question.epsilon > left:
            at = self.policy.begin_of(worst.chunk)
            raise PublicationError(
                f"the budget does not allow it: ε {epsilon_text(question.epsilon)} was asked, and"
                f" {epsilon_text(left)} of {epsilon_text(self.policy.budget)} is left for"
                f" {worst.feed} at {rfc3339(at)}",
                where=str(self.path),
                remedy="Ask for a smaller --epsilon, another time, or what was published before",
            )

    def _most(self, feed: str, chunks: range) -> Spending:
        """By a sweep over the begins and ends of the charges that overlap the range."""
        charges = self._connection.execute(
            "SELECT max(first_chunk, ?), min(end_chunk, ?), epsilon_millionths FROM charges"
            " WHERE feed = ? AND end_chunk > ? AND first_chunk < ?",
            (chunks.start, chunks.stop, feed, chunks.start, chunks.stop),
        ).fetchall()
        changes = [(first, amount) for first, _, amount in charges]
        changes += [(end, -amount) for _, end, amount in charges]
        most, spent = Spending(feed, chunks.start, 0), 0
        for chunk, amount in sorted(changes):  # at one chunk what ends comes first
            spent += amount
            if spent > most.spent:
                most = Spending(feed, chunk, spent)
        return most

    def _known(self, text: str) -> Release | None:
        query = "SELECT * FROM releases WHERE question = ?"
        row = self._connection.execute(query, (text,)).fetchone()
        return None if row is None else _release(row)

    def _read_policy(self) -> Policy:
        row = self._connection.execute(
            "SELECT rho_s, stays, budget_millionths, chunk_s, memory_s FROM policy"
        ).fetchone()
        return Policy(*row)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """The write lock from the beginning: between check and charge nobody else spends."""
        with _faults(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _release(row: Sequence[object]) -> Release:
    number, at_us, question, epsilon, scale, answer = row
    return Release(
        int(str(number)),
        from_microseconds(int(str(at_us))),
        str(question),
        int(str(epsilon)),
        float(str(scale)),
        tuple(tuple(each) for each in json.loads(str(answer))),
    )


def _make(path: Path, policy: Policy, at_us: int) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    values = (policy.rho_s, policy.stays, policy.budget, policy.chunk_s, policy.memory_s, at_us)
    with _faults(path):
        try:
            with closing(sqlite3.connect(draft, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous = EXTRA")
                connection.executescript(_TABLES)
                connection.execute("INSERT INTO policy VALUES (1, ?, ?, ?, ?, ?, ?)", values)
                connection.execute("COMMIT")
            try:
                os.link(draft, path)  # unlike a rename it never takes the place of another
            except FileExistsError:
                return
            sync_folder(path.parent)
        finally:
            draft.unlink(missing_ok=True)


@contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in (
            sqlite3.SQLITE_CORRUPT,
            sqlite3.SQLITE_NOTADB,
        ):
            raise _no_ledger(path) from error
        raise store_error(error, path) from error
    except OSError as error:
        raise StoreError(
            f"the ledger cannot be made ({error.strerror})",
            where=str(path),
            remedy="Check the folder, its rights and the space on the disk",
        ) from error


def _check_ours(path: Path, mark: int, version: int) -> None:
    if mark != APPLICATION_ID or version != 1:
        raise _no_ledger(path)


def _no_ledger(path: Path) -> StoreError:
    return StoreError(
        "the ledger is damaged, or this is none of this release; nothing is published without it",
        where=str(path),
        remedy="Put back the newest copy of it; a new ledger would forget what is spent",
    )
