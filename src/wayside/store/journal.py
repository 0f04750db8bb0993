"""A worker's journal: what it has found is on the disk before anybody else sees it.

One small SQLite file for each slot of a worker, ``worker-<n>.journal``. The
worker commits to it; the store writer, in another process, copies it into the
store and forgets what is copied. So neither ever waits for the other's work,
and a kill at any instant loses nothing that ``commit`` has returned from.
"""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from wayside.domain.errors import StoreError
from wayside.domain.records import Event, Measurement
from wayside.domain.time import Clock, SystemClock
from wayside.domain.tracks import Trajectory
from wayside.observe.logging import get_logger
from wayside.store import opening
from wayside.store.batches import Batch, batch_of
from wayside.store.entries import decode, encode
from wayside.store.faults import file_faults, primary_code
from wayside.store.journal_lock import JournalLock
from wayside.store.records import Clip, Gap, SessionRecord, Still
from wayside.store.rows import from_microseconds, to_microseconds

APPLICATION_ID = 0x57415959
"""``WAYY``, in the header of the file: tells a journal from a store."""

_TABLES = """
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS entries (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    at_us INTEGER NOT NULL,
    records TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS blobs (
    sequence INTEGER NOT NULL,
    number INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (sequence, number)
);
"""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def journal_path(folder: Path, slot: int) -> Path:
    """Where the worker of that slot keeps its journal."""
    return folder / f"worker-{slot}.journal"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One commit. sequence: counts up, never reused. at: UTC of the commit."""

    sequence: int
    at: datetime
    batch: Batch


class Journal:
    """Open with ``Journal.open``; close it, or use it as a context manager.

    id: made with the file, so that a new journal of the same name is not taken
    for the old one. set_aside: where a damaged predecessor now lies, None where
    there was none. Any thread may use it.
    """

    def __init__(self, path: Path, lock: JournalLock | None, clock: Clock, busy_s: float) -> None:
        self.path = path
        self.set_aside: Path | None = None
        self._owner_lock = lock
        self._clock = clock
        self._busy_s = busy_s
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self.id = ""

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        owner: bool = True,
        clock: Clock | None = None,
        busy_timeout_s: float = 10.0,
    ) -> Self:
        """Made where there is none; a damaged one is set aside, said, and a new one begun.

        owner: the worker of that slot, of which there can be one; the store
        writer opens as ``owner=False``, which neither makes nor checks anything.
        Raises StoreError for a journal that another worker has, that cannot be
        opened, or (as not its owner) that is damaged.
        """
        lock = JournalLock.wait(path, busy_timeout_s) if owner else None
        if owner and lock is None:
            raise StoreError(
                "another worker writes this journal",
                where=str(path),
                remedy="Give each worker a slot of its own",
            )
        journal = cls(path, lock, clock or SystemClock(), busy_timeout_s)
        try:
            journal._begin()
        except BaseException:
            journal.close()
            raise
        return journal

    def commit(
        self,
        session: SessionRecord | None = None,
        *,
        events: Iterable[Event] = (),
        measurements: Iterable[Measurement] = (),
        trajectories: Iterable[Trajectory] = (),
        stills: Iterable[Still] = (),
        gaps: Iterable[Gap] = (),
        clips: Iterable[Clip] = (),
    ) -> int:
        """Keep all of it, on the disk when this returns, or none of it; returns its sequence.

        Stills and clips are of events of this or an earlier commit. Raises
        ValueError as ``Store.write`` does, and StoreError for a disk that is
        full or refuses: nothing is half written then, and the same call may be
        made again.
        """
        batch = batch_of(
            session,
            events=events,
            measurements=measurements,
            trajectories=trajectories,
            stills=stills,
            gaps=gaps,
            clips=clips,
        )
        return self.append(batch)

    def append(self, batch: Batch) -> int:
        """As ``commit``, for rows that are made already, of as many sessions as you like."""
        text, blobs = encode(batch)
        with self._lock:
            try:
                sequence = self._append(text, blobs)
            except StoreError as error:
                if not is_damage(error):
                    raise
                self._set_aside(error)
                return self._append(text, blobs)
            if self.has_moved:
                # Set aside by the store writer in this very moment: the entry lies in a file
                # that nobody reads on. Twice is harmless, ids see to that.
                self._reopen()
                sequence = self._append(text, blobs)
            return sequence

    def read(
        self, after: int = 0, limit: int = 256, max_bytes: int = 32_000_000
    ) -> list[JournalEntry]:
        """Entries after that sequence, in order: as many as fit, but one at least if there is one.

        Raises StoreError, also for a damaged journal.
        """
        found: list[JournalEntry] = []
        read_bytes = 0
        with self._lock, file_faults(self.path):
            entries = self._open_connection().execute(
                "SELECT sequence, at_us, records FROM entries WHERE sequence > ?"
                " ORDER BY sequence LIMIT ?",
                (after, limit),
            )
            for sequence, at_us, text in entries:
                blobs = self._blobs(sequence)
                read_bytes += len(text) + sum(map(len, blobs))
                if found and read_bytes > max_bytes:
                    break
                try:
                    batch = decode(text, blobs)
                except (ValueError, KeyError, IndexError, TypeError) as error:
                    raise _damaged(self.path, f"entry {sequence} cannot be read") from error
                found.append(JournalEntry(sequence, from_microseconds(at_us), batch))
            entries.close()
        return found

    def forget(self, upto: int) -> None:
        """Entries up to and with that sequence are gone, down to the bytes. Raises StoreError."""
        with self._lock, file_faults(self.path):
            connection = self._open_connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute("DELETE FROM blobs WHERE sequence <= ?", (upto,))
                connection.execute("DELETE FROM entries WHERE sequence <= ?", (upto,))
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise

    @property
    def oldest(self) -> datetime | None:
        """UTC of the oldest entry not yet forgotten, None where there is none."""
        with self._lock, file_faults(self.path):
            row = self._open_connection().execute(
                "SELECT at_us FROM entries ORDER BY sequence LIMIT 1"
            )
            first = row.fetchone()
        return None if first is None else from_microseconds(first[0])

    @property
    def has_moved(self) -> bool:
        """The file of that name is no longer the one that is open."""
        try:
            return self.path.stat().st_ino != self._inode
        except FileNotFoundError:
            return True

    def close(self) -> None:
        """Closing again does nothing."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
            if self._owner_lock is not None:
                self._owner_lock.release()
                self._owner_lock = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _begin(self) -> None:
        if self._owner_lock is None:
            self._connect()
            return
        try:
            opening.prepare(self.path, self._busy_s, APPLICATION_ID)
        except StoreError as error:
            # ``prepare`` has set a damaged file aside, but leaves what is no database where it
            # is. In a folder of journals that too is a journal, with a damaged first page.
            if not (is_damage(error) or opening.is_stump(self.path)):
                raise
            self._set_aside(error)
            return
        self._connect()

    def _connect(self) -> None:
        with file_faults(self.path):
            connection = sqlite3.connect(
                f"{self.path.resolve().as_uri()}?mode=rw",
                uri=True,
                timeout=self._busy_s,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                for pragma in ("synchronous = FULL", "secure_delete = ON", "temp_store = MEMORY"):
                    connection.execute(f"PRAGMA {pragma}").fetchall()
                if self._owner_lock is not None:
                    _make_tables(connection)
                (self.id,) = connection.execute(
                    "SELECT value FROM facts WHERE name = 'id'"
                ).fetchone()
            except BaseException:
                connection.close()
                raise
            self._connection = connection
            self._inode = self.path.stat().st_ino

    def _append(self, text: str, blobs: list[bytes]) -> int:
        with file_faults(self.path):
            connection = self._open_connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                added = connection.execute(
                    "INSERT INTO entries (at_us, records) VALUES (?, ?)",
                    (to_microseconds(self._clock.now()), text),
                )
                sequence = added.lastrowid or 0
                connection.executemany(
                    "INSERT INTO blobs VALUES (?, ?, ?)",
                    [(sequence, number, blob) for number, blob in enumerate(blobs)],
                )
                connection.execute("COMMIT")
            except BaseException:
                _roll_back(connection)
                raise
        return sequence

    def _blobs(self, sequence: int) -> list[bytes]:
        found = self._open_connection().execute(
            "SELECT bytes FROM blobs WHERE sequence = ? ORDER BY number", (sequence,)
        )
        return [blob for (blob,) in found]

    def _set_aside(self, error: StoreError) -> None:
        """A new journal in the damaged one's place, which stays to be looked at."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self.path.exists():
            self.set_aside = opening.set_aside(self.path)
        else:  # the door has done it
            self.set_aside = opening.last_set_aside(self.path)
        get_logger(__name__).critical(
            "journal damaged, set aside",
            path=str(self.path),
            aside=None if self.set_aside is None else str(self.set_aside),
            damage=error.what,
        )
        self._reopen()

    def _reopen(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        opening.prepare(self.path, self._busy_s, APPLICATION_ID)
        self._connect()

    def _open_connection(self) -> sqlite3.Connection:
        if self._connection is None:
            raise StoreError("the journal is closed", where=str(self.path), remedy="Open it again")
        return self._connection


def is_damage(error: StoreError) -> bool:
    """The file itself is broken: waiting does not help."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, sqlite3.Error) and primary_code(cause) in _DAMAGE:
            return True
        cause = cause.__cause__
    return False


def _damaged(path: Path, what: str) -> sqlite3.DatabaseError:
    damage = sqlite3.DatabaseError(f"{path.name}: {what}")
    damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    damage.sqlite_errorname = "SQLITE_CORRUPT"
    return damage


def _make_tables(connection: sqlite3.Connection) -> None:
    try:
        connection.executescript(_TABLES)
        connection.execute("INSERT OR IGNORE INTO facts VALUES ('id', ?)", (str(uuid.uuid4()),))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")
    except BaseException:
        _roll_back(connection)
        raise


def _roll_back(connection: sqlite3.Connection) -> None:
    """A full disk may have rolled back by itself."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
