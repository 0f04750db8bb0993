"""A file of JSON lines: one CloudEvent a line, whole lines only, each record once."""

from __future__ import annotations

import io
import json
import os
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from wayside.domain.errors import SinkError
from wayside.events.sinks.sink import Delivery, RecordKind

_REMEMBERED = 4096  # ids: more than a batch, which is what a kill can make come twice
_BYTES_A_LINE = 4096  # a generous guess, to find the last ids without reading the whole file


class JsonlSink:
    """Appends and syncs. ``path`` becomes ``path.1`` when it is full, ``path.1`` ``path.2`` ...

    max_bytes: of one file. keep: how many full ones stay. A line that a kill
    has cut is removed at the next start; its record comes again. A record
    whose line is there but whose delivery was not yet noted comes again too,
    and is recognised by its id among the last lines.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str = "file",
        takes: frozenset[RecordKind] = frozenset(RecordKind),
        max_bytes: int = 100_000_000,
        keep: int = 10,
    ) -> None:
        self.name = name
        self.takes = takes
        self._path = path
        self._max_bytes = max_bytes
        self._keep = keep
        self._file: io.FileIO | None = None
        self._recent: deque[str] = deque(maxlen=_REMEMBERED)
        self._known: set[str] = set()

    def deliver(self, batch: Sequence[Delivery]) -> None:
        """Raises SinkError; after it the file is opened anew, so nothing stays half written."""
        try:
            file = self._open()
            new = [each for each in batch if each.id not in self._known]
            _write_all(file, b"".join(_line(each) for each in new))
            os.fsync(file.fileno())
            self._remember([each.id for each in new])
            if file.tell() >= self._max_bytes:
                self._rotate()
        except OSError as error:
            self.close()
            raise SinkError(
                f"the file cannot be written ({error.strerror})",
                where=str(self._path),
                remedy="Free some space, or give this user the right to write it",
            ) from error

    def close(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            file.close()

    def _open(self) -> io.FileIO:
        if self._file is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # Unbuffered: a write that failed leaves nothing behind to be written at the close.
            file = io.FileIO(self._path, "ab+")
            try:
                _cut_half_line(file)
                self._recent.clear()
                self._known.clear()
                self._remember(_last_ids(_rotated(self._path, 1)) + _last_ids(self._path))
            except BaseException:
                file.close()
                raise
            self._file = file
        return self._file

    def _remember(self, ids: Sequence[str]) -> None:
        self._recent.extend(ids)
        self._known.update(ids)
        if len(self._known) > 2 * _REMEMBERED:
            self._known = set(self._recent)

    def _rotate(self) -> None:
        """From the oldest up, so that a kill in between leaves a gap in the names and no loss."""
        self.close()
        for number in range(self._keep, 0, -1):
            source = self._path if number == 1 else _rotated(self._path, number - 1)
            if source.exists():
                source.replace(_rotated(self._path, number))


def _line(delivery: Delivery) -> bytes:
    text = json.dumps(delivery.message, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"


def _rotated(path: Path, number: int) -> Path:
    return path.with_name(f"{path.name}.{number}")


def _write_all(file: io.FileIO, lines: bytes) -> None:
    """A disk that fills up takes a part before it says so."""
    left = memoryview(lines)
    while left:
        left = left[file.write(left) :]


def _cut_half_line(file: io.FileIO) -> None:
    size = file.seek(0, os.SEEK_END)
    end = size
    while end > 0:
        start = max(0, end - _BYTES_A_LINE)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        file.truncate(end)
    file.seek(0, os.SEEK_END)


def _last_ids(path: Path) -> list[str]:
    """Of the last lines, oldest first; a line that is none of ours has no id."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _REMEMBERED * _BYTES_A_LINE))
            lines = file.read().splitlines()[-_REMEMBERED:]
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        try:
            found.append(str(json.loads(line)["id"]))
        except (ValueError, KeyError, TypeError):
            continue
    return found
