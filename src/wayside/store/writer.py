"""The store writer: copies every worker's journal into the store, once, and forgets the copies.

How far a journal is copied stands in the store, in the same transaction as
the records themselves. So a kill of anybody at any instant loses nothing and
doubles nothing: what was not yet copied is read again, what was is skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from wayside.domain.errors import StoreError
from wayside.domain.time import Clock, SystemClock
from wayside.observe.logging import get_logger
from wayside.store import opening, schema
from wayside.store.abandoned import close_abandoned
from wayside.store.batches import Batch, stub_sessions
from wayside.store.database import Store
from wayside.store.journal import Journal, JournalEntry, is_damage
from wayside.store.journal_lock import JournalLock
from wayside.store.keeping import keep, present
from wayside.store.outbox import Outbox

PATTERN = "worker-*.journal"
_ENTRIES_A_STEP = 256  # of each journal: about 1 s of a busy worker
_RECORDS_A_TRIM = 20_000


@dataclass(frozen=True, slots=True)
class WriterStatus:
    """records, entries: copied so far. lag_s: age of the oldest entry not yet copied, 0 for none.

    set_aside: damaged journals. orphans: pictures and clips whose event the
    store no longer has. failures: steps that had to be made again.
    problem: why the last one had to, "" when all is well.
    """

    records: int = 0
    entries: int = 0
    journals: int = 0
    lag_s: float = 0.0
    set_aside: int = 0
    orphans: int = 0
    failures: int = 0
    problem: str = ""


class StoreWriter:
    """Call ``step`` again and again, from one thread; close it at the end.

    Two writers on one folder would do no harm: cursors are compared inside the
    transaction.
    """

    def __init__(self, store: Store, folder: Path, clock: Clock | None = None) -> None:
        self._store = store
        self._folder = folder
        self._clock = clock or SystemClock()
        self._journals: dict[Path, Journal] = {}
        self._read_to: dict[str, int] = {}
        self.records = 0
        self.entries = 0
        self.set_aside = 0
        self.orphans = 0
        self._since_trim = 0

    def step(self) -> int:
        """Copy what is new, up to a bound for each journal; returns how many records.

        Raises StoreError where the store is locked, full or refuses: nothing
        is copied then and nothing forgotten, and the next step tries again.
        """
        self._look_around()
        read = {journal: self._read(journal) for journal in list(self._journals.values())}
        fresh = {journal: entries for journal, entries in read.items() if entries}
        copied = self._copy(fresh) if fresh else 0
        for journal, entries in read.items():
            self._tidy(journal, entries)
        self._trim_outbox(copied)
        return copied

    def lag_s(self) -> float:
        """Age of the oldest entry that is not in the store, 0 where there is none."""
        oldest: list[datetime] = []
        for journal in list(self._journals.values()):
            try:
                entry = journal.oldest
            except StoreError:
                continue  # ``step`` finds and tells it
            if entry is not None:
                oldest.append(entry)
        if not oldest:
            return 0.0
        return max(0.0, (self._clock.now() - min(oldest)).total_seconds())

    def status(self) -> WriterStatus:
        return WriterStatus(
            records=self.records,
            entries=self.entries,
            journals=len(self._journals),
            lag_s=self.lag_s(),
            set_aside=self.set_aside,
            orphans=self.orphans,
        )

    def close(self) -> None:
        for journal in self._journals.values():
            journal.close()
        self._journals.clear()

    def _look_around(self) -> None:
        """Open what has come, let go of what was removed or replaced."""
        for path, journal in list(self._journals.items()):
            if journal.has_moved:
                journal.close()
                del self._journals[path]
        for path in sorted(self._folder.glob(PATTERN)):
            if path not in self._journals:
                try:
                    self._journals[path] = Journal.open(path, owner=False, clock=self._clock)
                except StoreError as error:
                    if is_damage(error) and _has_tables_broken(error):
                        self._put_aside(path, error)

    def _read(self, journal: Journal) -> list[JournalEntry]:
        try:
            return journal.read(self._read_to.get(journal.id, 0), _ENTRIES_A_STEP)
        except StoreError as error:
            if is_damage(error):
                journal.close()
                del self._journals[journal.path]
                self._put_aside(journal.path, error)
            else:
                get_logger(__name__).warning("journal cannot be read now", problem=str(error))
            return []

    def _put_aside(self, path: Path, error: StoreError) -> None:
        """Its worker, if there is one, sees at its next commit that the file has moved."""
        aside = opening.set_aside(path)
        self.set_aside += 1
        get_logger(__name__).critical(
            "journal damaged, set aside", path=str(path), aside=str(aside), damage=error.what
        )

    def _copy(self, fresh: dict[Journal, list[JournalEntry]]) -> int:
        """All of it in one transaction, the oldest commit first, and how far it goes."""
        with self._store.transaction() as connection:
            cursors = _cursors(connection)
            taken = [
                entry
                for journal, entries in fresh.items()
                for entry in entries
                if entry.sequence > cursors.get(journal.id, 0)
            ]
            # A feed may have changed its worker: its older records lie in the other journal.
            # The sort is stable and a journal is in order, whatever its clock has done since.
            batch = Batch()
            for entry in _by_time(taken):
                batch.add(entry.batch)
            orphans = _write(connection, batch)
            for journal, entries in fresh.items():
                _advance(connection, journal.id, entries[-1].sequence)
        for journal, entries in fresh.items():
            self._read_to[journal.id] = entries[-1].sequence
        self.records += len(batch)
        self.entries += len(taken)
        self.orphans += orphans
        return len(batch)

    def _tidy(self, journal: Journal, entries: list[JournalEntry]) -> None:
        """What is copied is forgotten; an empty journal without a worker goes."""
        try:
            if entries:
                journal.forget(entries[-1].sequence)
            else:
                self._remove_if_dead(journal)
        except StoreError as error:
            # Only room is lost: the entries are in the store and are skipped by their cursor.
            get_logger(__name__).warning("journal cannot be emptied now", problem=str(error))

    def _trim_outbox(self, copied: int) -> None:
        """Now and then: what every sink has, and no listener asks for any more, is dropped."""
        self._since_trim += copied
        if self._since_trim >= _RECORDS_A_TRIM:
            Outbox(self._store).trim()
            self._since_trim = 0

    def _remove_if_dead(self, journal: Journal) -> None:
        lock = JournalLock.take(journal.path)
        if lock is None:
            return
        if journal.has_moved or journal.read(self._read_to.get(journal.id, 0), 1):
            lock.release()  # its worker came and went since it was read
            return
        # Under the lock nobody can write it, and a worker that starts now waits for its turn.
        journal.close()
        self._journals.pop(journal.path, None)
        for suffix in ("", "-wal", "-shm"):
            journal.path.with_name(journal.path.name + suffix).unlink(missing_ok=True)
        lock.remove()
        _forget_cursor(self._store, journal.id)
        self._read_to.pop(journal.id, None)


def _has_tables_broken(error: StoreError) -> bool:
    """Not merely a file that its worker is making at this moment."""
    return not str(error.__cause__).startswith("no such table")


def _by_time(entries: list[JournalEntry]) -> list[JournalEntry]:
    return sorted(entries, key=lambda entry: entry.at)


def _cursors(connection: sa.Connection) -> dict[str, int]:
    table = schema.journal_cursors
    rows = connection.execute(sa.select(table.c.journal, table.c.sequence))
    return {row.journal: row.sequence for row in rows}


def _advance(connection: sa.Connection, journal: str, sequence: int) -> None:
    new = insert(schema.journal_cursors).values(journal=journal, sequence=sequence)
    further = new.on_conflict_do_update(
        index_elements=["journal"],
        set_={"sequence": sa.func.max(schema.journal_cursors.c.sequence, new.excluded.sequence)},
    )
    connection.execute(further)


def _forget_cursor(store: Store, journal: str) -> None:
    table = schema.journal_cursors
    with store.transaction() as connection:
        connection.execute(sa.delete(table).where(table.c.journal == journal))


def _write(connection: sa.Connection, batch: Batch) -> int:
    """The batch, with what it lacks made up for; returns pictures and clips without an event."""
    known = {row["id"] for row in batch.sessions}
    stubs = [row for row in stub_sessions(batch) if row["id"] not in known]
    if stubs:
        new = insert(schema.sessions).on_conflict_do_nothing(["id"])
        connection.execute(new, stubs)
    orphans = _drop_orphans(connection, batch)
    batch.sessions = list({row["id"]: row for row in batch.sessions}.values())  # the latest of each
    keep(connection, batch, outbox=True)
    keep(connection, close_abandoned(connection, batch.sessions), outbox=True)
    return orphans


def _drop_orphans(connection: sa.Connection, batch: Batch) -> int:
    """Take out what refers to an event or a session that retention has already forgotten."""
    made = {row["event_id"] for row in batch.events}
    wanted = {row["event_id"] for row in (*batch.stills, *batch.clips)} - made
    there = made | present(connection, schema.events.c.event_id, wanted)
    sessions = {row["session"] for row in batch.gaps}
    sessions_there = {row["id"] for row in batch.sessions} | present(
        connection, schema.sessions.c.id, sessions
    )
    before = len(batch)
    batch.stills = [row for row in batch.stills if row["event_id"] in there]
    batch.clips = [row for row in batch.clips if row["event_id"] in there]
    batch.gaps = [row for row in batch.gaps if row["session"] in sessions_there]
    return before - len(batch)
