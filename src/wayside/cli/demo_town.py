"""The town that runs when there is no site.yaml: its cameras, and what they truly showed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from wayside.domain.errors import OutputError, StoreError
from wayside.domain.time import Clock
from wayside.serve.records import TrueCount
from wayside.store.crossings import CrossingCount

SETTLING_S = 8.0
"""A crossing is told some seconds after it was seen, when its class has settled."""
KEPT = timedelta(days=1)
"""How far back the two are compared."""
_END_S = 5.0


class Town:
    """Cameras in a process of their own; it ends with this one. Context manager.

    The cameras are a part of ``wayside.testing``, which shipped code does not
    import: they are as foreign to the server as a real camera is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[str] | None = None

    @property
    def truth(self) -> Path:
        return self._folder / "truth.jsonl"

    def __enter__(self) -> Self:
        """Raises OutputError where the folder cannot be written."""
        try:
            self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)  # the data folder
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"the demo's folder cannot be made ({error.strerror})",
                where=str(self._folder),
                remedy="Choose another with --data",
            ) from error
        # They end with this thread, which is the server's main one.
        command = [sys.executable, "-m", "wayside.testing.cameras", "--parent", str(os.getpid())]
        command += ["--folder", str(self._folder)]
        # A group of their own: a terminal's Ctrl-C is for the server, which ends them last.
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
        )
        return self

    def site_file(self) -> Path:
        """Waits for the cameras' site.yaml. Raises OutputError where they cannot start."""
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        try:
            return Path(json.loads(line)["site"])
        except (ValueError, KeyError) as error:
            raise OutputError(
                "the demo's cameras did not start",
                where=str(self._folder),
                remedy="See the lines above; or give a site of your own with --site",
            ) from error

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        process = self._process
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


class TownTruth:
    """True crossings beside those counted, read from the cameras' own file as it grows.

    counted: asks the store, event by event: windows of measurements are up to a
    minute old. Neither side is shown before it has settled, nor from before the
    file begins.
    """

    def __init__(
        self,
        path: Path,
        counted: Callable[[datetime, datetime], Sequence[CrossingCount]],
        clock: Clock,
    ) -> None:
        self._path = path
        self._counted = counted
        self._clock = clock
        self._read_to = 0
        self._lock = threading.Lock()
        self._began: datetime | None = None
        self._seen: deque[tuple[datetime, tuple[str, str, str, str]]] = deque()

    def counts(self, since: datetime, until: datetime) -> list[TrueCount]:
        """Of what was visible. Raises StoreError."""
        now = self._clock.now()
        until = min(until, now - timedelta(seconds=SETTLING_S))
        with self._lock:  # each request has a thread of its own
            self._read_on()
            while self._seen and self._seen[0][0] < now - KEPT:
                self._began = self._seen.popleft()[0]
            since = max(since, self._began or until)
            true = Counter(key for moment, key in self._seen if since <= moment < until)
        counted = {
            (each.feed, each.line, each.direction, each.class_label): each.count
            for each in (self._counted(since, until) if since < until else ())
        }
        keys = sorted(true.keys() | counted.keys())
        return [TrueCount(*key, true[key], counted.get(key, 0)) for key in keys]

    def _read_on(self) -> None:
        try:
            with self._path.open("rb") as file:
                if self._path.stat().st_size < self._read_to:
                    self._forget()  # the cameras began anew
                file.seek(self._read_to)
                text = file.read()
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"the truth cannot be read: {error}", where=str(self._path)) from error
        whole = text[: text.rfind(b"\n") + 1]
        self._read_to += len(whole)
        for line in whole.splitlines():
            crossing = json.loads(line)
            moment = datetime.fromisoformat(crossing["time"])
            self._began = self._began or moment
            if crossing["seen"]:
                key = tuple(crossing[name] for name in ("feed", "line", "direction", "class"))
                self._seen.append((moment, key))

    def _forget(self) -> None:
        self._read_to, self._began = 0, None
        self._seen.clear()
