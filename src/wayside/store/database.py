"""The store: one SQLite file, written whole or not at all, read by plain questions.

Write-ahead log with ``synchronous=FULL``: what ``write`` has returned from is
on the disk. Readers never wait for the writer nor the writer for readers.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from uuid import UUID

import sqlalchemy as sa

from wayside.domain.errors import StoreError
from wayside.domain.records import Event, Measurement
from wayside.domain.tracks import Trajectory
from wayside.store import opening, rows, schema
from wayside.store.batches import batch_of
from wayside.store.database_faults import store_faults
from wayside.store.keeping import chunks, keep
from wayside.store.records import Clip, Gap, SessionRecord, Still
from wayside.store.upgrade import upgrade

_WRITES = "wayside_writes"


class Store:
    """Open with ``Store.open``; close it, or use it as a context manager.

    Any thread may use it. Of several processes one writes at a time; the
    others wait up to ``busy_timeout_s``.
    """

    def __init__(self, engine: sa.Engine, path: Path) -> None:
        self._engine = engine
        self._is_closed = False
        self.path = path

    @classmethod
    def open(cls, path: Path, *, busy_timeout_s: float = 10.0) -> Self:
        """Open the database, made or upgraded as needed.

        Raises StoreError, with what to do, for a file that is no wayside
        database or is too new (both left untouched), is damaged (set aside),
        cannot be written, is locked, or does not fit on the disk.
        """
        opening.prepare(path, busy_timeout_s, schema.APPLICATION_ID)
        store = cls(_engine(path, busy_timeout_s), path)
        try:
            with store.transaction() as connection:
                upgrade(connection, path)
        except BaseException:
            store._engine.dispose()
            raise
        return store

    def write(
        self,
        session: SessionRecord | None = None,
        *,
        events: Iterable[Event] = (),
        measurements: Iterable[Measurement] = (),
        trajectories: Iterable[Trajectory] = (),
        stills: Iterable[Still] = (),
        gaps: Iterable[Gap] = (),
        clips: Iterable[Clip] = (),
    ) -> None:
        """Keep all of it in one transaction, or none of it.

        Writing again what is already there changes nothing, so after a fault
        the same call may simply be made again; only the session is brought up
        to date, by its id. ``trajectories`` are those of ``session``, which
        must be given with them. Raises ValueError for a record that cannot be
        kept (before anything is written) and StoreError for a database that
        cannot keep it.
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
        with self.transaction() as connection:
            keep(connection, batch)

    def events(
        self,
        feed: str | None = None,
        kind: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        session: str | None = None,
    ) -> list[Event]:
        """By start, then in the order in which they were made; since <= start < until."""
        table = schema.events
        query = _between(sa.select(table), table.c.start_us, since, until)
        query = _matching(query, table, feed=feed, kind=kind, session=session)
        return [
            rows.event_of(row) for row in self.select(query.order_by(table.c.start_us, "event_id"))
        ]

    def measurements(
        self,
        feed: str | None = None,
        metric: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        session: str | None = None,
    ) -> list[Measurement]:
        """By window, then in the order in which they were made; since <= window start < until."""
        table = schema.measurements
        query = _between(sa.select(table), table.c.window_start_us, since, until)
        query = _matching(query, table, feed=feed, metric=metric, session=session)
        query = query.order_by(table.c.window_start_us, "measurement_id")
        return [rows.measurement_of(row) for row in self.select(query)]

    def trajectories(self, feed: str | None = None, session: str | None = None) -> list[Trajectory]:
        """By start. Their media seconds compare only inside one session.

        Raises StoreError for points that cannot be read.
        """
        table = schema.trajectories
        query = _matching(sa.select(table), table, feed=feed, session=session)
        found = self.select(query.order_by(table.c.start_us, "track"))
        try:
            return [rows.trajectory_of(row) for row in found]
        except ValueError as error:
            raise StoreError(
                str(error), where=str(self.path), remedy="Restore the database from a backup"
            ) from error

    def stills(self, event_ids: Iterable[UUID]) -> dict[UUID, Still]:
        """The stills of those events that have one."""
        table = schema.stills
        found: dict[UUID, Still] = {}
        for some in chunks(list(event_ids)):
            for row in self.select(sa.select(table).where(table.c.event_id.in_(some))):
                found[row["event_id"]] = rows.still_of(row)
        return found

    def sessions(self, feed: str | None = None) -> list[SessionRecord]:
        """By start."""
        table = schema.sessions
        query = _matching(sa.select(table), table, feed=feed).order_by(table.c.start_us, "id")
        return [rows.session_of(row) for row in self.select(query)]

    def gaps(self, feed: str | None = None, session: str | None = None) -> list[Gap]:
        """By session, then by start."""
        table = schema.gaps
        query = _matching(sa.select(table), table, feed=feed, session=session)
        return [rows.gap_of(row) for row in self.select(query.order_by("session", "start_s"))]

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """For the modules of store/: one write transaction, rolled back on any error.

        It takes the write lock at once: a transaction that began by reading
        and wanted the lock later would fail at once where this one can wait.
        """
        with (
            store_faults(self.path),
            self._connect().execution_options(**{_WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def select(self, query: sa.Select[Any] | sa.CompoundSelect[Any]) -> list[sa.RowMapping]:
        """For the modules of store/: all rows of one query. Raises StoreError."""
        with store_faults(self.path), self._connect() as connection:
            return list(connection.execute(query).mappings())

    def compact(self) -> bool:
        """Give freed pages back to the disk and empty the write-ahead log into the file.

        False when a reader still holds an older state: the log then keeps its
        bytes until the next call. Raises StoreError.
        """
        with store_faults(self.path), self._connect() as connection:
            # As a script it is stepped to its end; ``execute`` stops after one page.
            _driver(connection).executescript("PRAGMA incremental_vacuum")
            return _empty_log(_driver(connection))

    def close(self) -> None:
        """Leave one whole file: nothing stays in the write-ahead log.

        With another process still connected the log stays, as it must.
        Raises StoreError if the disk refuses; nothing is lost then. Closing
        again does nothing.
        """
        if self._is_closed:
            return
        try:
            with store_faults(self.path), self._connect() as connection:
                _empty_log(_driver(connection))
        finally:
            self._is_closed = True
            self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.close()
        except StoreError as failed:
            if error is None:
                raise
            error.add_note(str(failed))  # what went wrong first is what is told

    def _connect(self) -> sa.Connection:
        if self._is_closed:
            raise StoreError(
                "the store is closed", where=str(self.path), remedy="Open it again to use it"
            )
        return self._engine.connect()


def _engine(path: Path, busy_timeout_s: float) -> sa.Engine:
    # Only a file that is there: a new connection must not make an empty
    # database where somebody moved the present one away.
    address = f"{path.resolve().as_uri()}?mode=rw"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(
            address,
            uri=True,
            timeout=busy_timeout_s,
            # Autocommit for the driver: it would begin its transactions too late
            # (before the first change) and never before a change of the schema.
            isolation_level=None,
            check_same_thread=False,  # the pool gives a connection to one thread at a time
        )

    engine = sa.create_engine(
        "sqlite://",
        creator=connect,
        poolclass=sa.QueuePool,
        max_overflow=-1,
        hide_parameters=True,  # records stay out of error messages
    )
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _driver(connection: sa.Connection) -> sqlite3.Connection:
    """The driver's own connection, outside any transaction, for what must not be in one."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


def _empty_log(connection: sqlite3.Connection) -> bool:
    """Copy the write-ahead log into the file and cut it to nothing; False while it is read."""
    (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return bool(busy == 0)


def _configure(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in (
        "foreign_keys = ON",
        "synchronous = FULL",
        "secure_delete = ON",  # what is deleted is overwritten with zeros
        "temp_store = MEMORY",  # no record in a temporary file
    ):
        connection.execute(f"PRAGMA {pragma}").fetchall()


def _begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _between(
    query: sa.Select[Any],
    column: sa.Column[Any],
    since: datetime | None,
    until: datetime | None,
) -> sa.Select[Any]:
    if since is not None:
        query = query.where(column >= rows.to_microseconds(since))
    if until is not None:
        query = query.where(column < rows.to_microseconds(until))
    return query


def _matching(query: sa.Select[Any], table: sa.Table, **wanted: str | None) -> sa.Select[Any]:
    for name, value in wanted.items():
        if value is not None:
            query = query.where(table.c[name] == value)
    return query
