"""The output folder: built beside, put in place when it is whole.

Everything is written to a hidden folder next to the results and moved over
file by file at the end, so a reader never sees half a result and a run that
fails leaves what was there before. Ctrl-C is not a failure: what was done
until then is moved in place like any other result.
"""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from wayside.cli.jobs import Plan
from wayside.domain.errors import OutputError
from wayside.domain.records import Event, JsonValue, Measurement
from wayside.report.contents import FeedContents, ReportContents
from wayside.report.render import write_report
from wayside.store.database import Store
from wayside.store.export import write_events_jsonl, write_measurements_csv

PARTIAL_PREFIX = ".wayside-partial-"


class Results:
    """Context manager: ``commit`` puts the results in place, leaving without it removes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._was_there = folder.exists()
        self._partial: Path | None = None
        self._store: Store | None = None

    def __enter__(self) -> Self:
        """Raises OutputError where the folder cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for stale in self.folder.glob(PARTIAL_PREFIX + "*"):
                shutil.rmtree(stale, ignore_errors=True)
            self._partial = Path(tempfile.mkdtemp(prefix=PARTIAL_PREFIX, dir=self.folder))
        except OSError as error:
            raise _unwritable(error, self.folder) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._store is not None:
            self._store.close()
        if self._partial is not None:
            shutil.rmtree(self._partial, ignore_errors=True)
        if not self._was_there and self.folder.is_dir() and not any(self.folder.iterdir()):
            self.folder.rmdir()

    def path(self, name: str) -> Path:
        """Where a file is built until the commit."""
        if self._partial is None:
            raise OutputError("the results are not open", where=str(self.folder))
        return self._partial / name

    @property
    def store(self) -> Store:
        """The run's database, opened when it is first needed."""
        if self._store is None:
            self._store = Store.open(self.path("wayside.db"))
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
        write_report(contents, self.path("report.html"))

    def commit(self) -> list[Path]:
        """Closes the database and moves every file in place. Returns them, sorted."""
        if self._store is not None:
            self._store.close()
            self._store = None
        placed = []
        try:
            for built in sorted(self.path("").iterdir()):
                target = self.folder / built.name
                built.replace(target)
                placed.append(target)
        except OSError as error:
            raise _unwritable(error, self.folder) from error
        return placed


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
