"""The output folder: built beside, put in place when it is whole.

Everything is written to a hidden folder next to the results and moved over
file by file at the end, so a reader never sees half a result and a run that
fails leaves what was there before. Ctrl-C is not a failure: what was done
until then is moved in place like any other result.
"""

from __future__ import annotations

import errno
import fcntl
import os
import re
import shutil
import signal
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from wayside.cli.detectors import cache_folder
from wayside.cli.jobs import Plan
from wayside.domain.errors import OutputError, StoreError, WaysideError
from wayside.domain.records import Event, JsonValue, Measurement
from wayside.observe.logging import get_logger
from wayside.report.contents import FeedContents, ReportContents
from wayside.report.render import write_report
from wayside.store.database import Store
from wayside.store.export import write_events_jsonl, write_measurements_csv

PARTIAL_PREFIX = ".wayside-partial-"

_LOCK = ".lock"
_DATABASE = "wayside.db"
_DATABASE_LOGS = tuple(_DATABASE + suffix for suffix in ("-wal", "-shm", "-journal"))
_RESULT = re.compile(
    r"events\.jsonl|measurements\.csv|report\.html|wayside\.db|tagged(-\d{3,}-[a-z0-9-]+)?\.mp4"
)


def is_result_name(name: str) -> bool:
    """True for the names that a run gives to its files, and replaces at the next run."""
    return _RESULT.fullmatch(name) is not None


class Results:
    """Context manager: ``commit`` puts the results in place, leaving without it removes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._made: list[Path] = []
        self._partial: Path | None = None
        self._lock: int | None = None
        self._store: Store | None = None

    def __enter__(self) -> Self:
        """Raises OutputError where the folder cannot be written, or another run writes there."""
        try:
            self._made = [p for p in (self.folder, *self.folder.parents) if not p.exists()]
            self.folder.mkdir(parents=True, exist_ok=True)
            self._check_targets()
            self._remove_abandoned()
            self._partial = Path(tempfile.mkdtemp(prefix=PARTIAL_PREFIX, dir=self.folder))
            self._lock = _locked(self._partial)
        except OSError as error:
            self._clear()
            raise _unwritable(error, self.folder) from error
        except OutputError:
            self._clear()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if self._store is not None:
                self._store.close()
        except StoreError:
            if error is None:
                raise
        finally:
            if isinstance(error, WaysideError) and error.where and self._partial is not None:
                # The hidden folder is gone when this is read.
                error.where = error.where.replace(str(self._partial), str(self.folder))
            self._clear()

    def path(self, name: str) -> Path:
        """Where a file is built until the commit."""
        if self._partial is None:
            raise OutputError("the results are not open", where=str(self.folder))
        return self._partial / name

    @property
    def store(self) -> Store:
        """The run's database, opened when it is first needed."""
        if self._store is None:
            self._store = Store.open(self.path(_DATABASE))
        return self._store

    def export(self, events: Iterable[Event], measurements: Iterable[Measurement]) -> None:
        """events.jsonl and measurements.csv. Raises OutputError."""
        write_events_jsonl(events, self.path("events.jsonl"))
        write_measurements_csv(measurements, self.path("measurements.csv"))

    def report(
        self,
        plan: Plan,
        feeds: list[FeedContents],
        *,
        settings: dict[str, JsonValue],
        model: dict[str, JsonValue],
        versions: dict[str, str],
    ) -> None:
        """report.html. Raises OutputError."""
        contents = ReportContents(
            site=plan.site,
            generated_at=datetime.now(UTC),
            feeds=feeds,
            settings=settings,
            model=model,
            versions=versions,
        )
        write_report(contents, self.path("report.html"), cache=cache_folder() / "templates")

    def commit(self) -> list[Path]:
        """Closes the database and moves every file in place. Returns them, sorted.

        Results of an earlier run go, those too that this run has no file for:
        an old video beside new counts would be taken for theirs.
        """
        if self._store is not None:
            self._store.close()
            self._store = None
        try:
            self._check_targets()
            with _undisturbed():
                return self._replace_all()
        except OSError as error:
            raise _unwritable(error, self.folder) from error

    def _replace_all(self) -> list[Path]:
        for name in _DATABASE_LOGS:
            # SQLite would replay the log of the old database into the new one.
            (self.folder / name).unlink(missing_ok=True)
        placed = []
        for built in sorted(p for p in self.path("").iterdir() if p.name != _LOCK):
            target = self.folder / built.name
            built.replace(target)
            placed.append(target)
        for old in self._earlier_results():
            if old not in placed:
                old.unlink()
        return placed

    def _earlier_results(self) -> list[Path]:
        return [entry for entry in self.folder.iterdir() if is_result_name(entry.name)]

    def _check_targets(self) -> None:
        for entry in self._earlier_results():
            if entry.is_dir() and not entry.is_symlink():
                raise OutputError(
                    "a folder is in the place of a result",
                    where=str(entry),
                    remedy="Move it away, or choose another folder with -o",
                )

    def _remove_abandoned(self) -> None:
        """Removes what a killed run left. Raises OutputError where the run is still alive."""
        for partial in self.folder.glob(PARTIAL_PREFIX + "*/"):
            try:
                os.close(_locked(partial))
            except BlockingIOError as error:
                raise OutputError(
                    "another wayside is writing here",
                    where=str(self.folder),
                    remedy="Wait until it is done, or choose another folder with -o",
                ) from error
            shutil.rmtree(partial, ignore_errors=True)

    def _clear(self) -> None:
        """Removes the hidden folder, and the folders made for it that are empty."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None
        if self._partial is not None:
            shutil.rmtree(self._partial, ignore_errors=True)
        for folder in self._made:
            try:
                folder.rmdir()
            except OSError:  # not empty, or never made
                break


def _locked(folder: Path) -> int:
    """A handle that holds the folder until it is closed, or its process dies.

    Raises BlockingIOError where another process holds it. A file system that
    knows no locks (some network shares) gives a handle that holds nothing.
    """
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise
    except OSError as error:
        get_logger(__name__).info("no locks here", folder=str(folder), reason=error.strerror)
    return handle


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits until the block is done."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _unwritable(error: OSError, folder: Path) -> OutputError:
    if error.errno == errno.ENOSPC:
        return OutputError(
            "the disk is full", where=str(folder), remedy="Free some space or choose another -o"
        )
    return OutputError(
        f"the output folder cannot be written: {error.strerror or error}",
        where=str(folder),
        remedy="Choose another folder with -o",
    )
