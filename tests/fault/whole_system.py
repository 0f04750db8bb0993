"""The real ``wayside up`` with its workers, seen from outside: /proc, its files, a trace."""

from __future__ import annotations

import ctypes
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import wayside
from e2e.running import COMMAND, environment

WORKERS = 2
FEEDS = ("north", "south", "east", "west")
_PR_SET_CHILD_SUBREAPER = 36
_OPEN = ("open", "update")

SITE = """\
site: kills
feeds:
{feeds}
detect: {{model: motion}}
output: {{interval_s: 1}}
sinks: [{{kind: jsonl, path: events.jsonl, rotate_mb: 100}}]
"""
FEED = """\
  - id: {name}
    source: {film}
    kind: file
    loop: true
    scene:
      lines:
        - {{id: L, a: [0.5, 1.0], b: [0.5, 0.0]}}
        - {{id: M, a: [0.3, 1.0], b: [0.3, 0.0]}}
        - {{id: R, a: [0.7, 1.0], b: [0.7, 0.0]}}
      zones:
        - {{id: Z, polygon: [[0.15, 0.1], [0.85, 0.1], [0.85, 0.95], [0.15, 0.95]]}}
"""


def wait(until: Callable[[], Any], what: str, most_s: float = 90.0) -> Any:
    deadline_s = time.monotonic() + most_s
    while not (found := until()):
        assert time.monotonic() < deadline_s, f"never: {what}"
        time.sleep(0.02)
    return found


@dataclass(slots=True)
class Trace:
    """What workers said that they did; see traced/sitecustomize.py. Read on from where it was."""

    path: Path
    lines: list[dict[str, Any]] = field(default_factory=list)
    broken: int = 0
    _read: int = 0

    def read(self) -> list[dict[str, Any]]:
        """All lines so far."""
        if self.path.exists():
            with self.path.open("rb") as file:
                file.seek(self._read)
                text = file.read()
            # The last line may still be in the making.
            whole, _, _ = text.rpartition(b"\n")
            self._read += len(whole)
            self._take(whole)
        return self.lines

    def read_all(self) -> list[dict[str, Any]]:
        """The same when nobody writes any more."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            text = file.read()
        self._read += len(text)
        self._take(text)
        return self.lines

    def ids(self, what: str) -> set[str]:
        """Of events and measurements that were ``made`` or ``kept``."""
        return {
            each
            for line in self.lines
            if line["what"] == what
            for each in (*line["events"], *line["measurements"])
        }

    def _take(self, text: bytes) -> None:
        for line in text.split(b"\n"):
            try:
                if line:
                    self.lines.append(json.loads(line))
            except ValueError:
                self.broken += 1


class System:
    """``wayside up`` in a process group of its own, which may be killed and started again."""

    def __init__(self, folder: Path, films: list[Path], data: Path | None = None) -> None:
        self.folder = folder
        self.data = data or folder / "data"
        self.sink = folder / "events.jsonl"
        self.trace = Trace(folder / "trace")
        self.starts = 0
        self._options = ["--site", "site.yaml", "--data", str(self.data), "--port", "0"]
        self._options += ["--workers", str(WORKERS)]
        self._server: subprocess.Popen[bytes] | None = None
        self._groups: list[int] = []
        feeds = [
            FEED.format(name=name, film=films[index % len(films)])
            for index, name in enumerate(FEEDS)
        ]
        (folder / "site.yaml").write_text(SITE.format(feeds="".join(feeds)))

    @property
    def log(self) -> str:
        return "".join(path.read_text() for path in sorted(self.folder.glob("said-*")))

    def start(self, *, listens: bool = True) -> None:
        """Returns when it listens, or, where that is not asked for, at once."""
        self.starts += 1
        said = self.folder / f"said-{self.starts:03d}"
        traced = Path(__file__).parent / "traced"
        paths = os.pathsep.join([str(traced), str(Path(wayside.__file__).parents[1])])
        changes = {"WAYSIDE_TRACE": str(self.trace.path), "PYTHONPATH": paths}
        with said.open("wb") as file:
            self._server = subprocess.Popen(
                [*COMMAND, "up", *self._options],
                cwd=self.folder,
                env=environment(self.folder, changes),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._groups.append(self._server.pid)
        if listens:
            wait(lambda: self._listens(said), "it listens")

    def _listens(self, said: Path) -> bool:
        assert self.server.poll() is None, said.read_text()
        return "Ctrl-C ends it" in said.read_text()

    @property
    def server(self) -> subprocess.Popen[bytes]:
        assert self._server is not None
        return self._server

    def workers(self) -> dict[int, int]:
        """pid by place, of those alive that have opened their journal."""
        alive = set(self.members())
        began = [line for line in self.trace.read() if line["what"] == "began"]
        return {line["place"]: line["pid"] for line in began if line["pid"] in alive}

    def all_work(self) -> dict[int, int]:
        return wait(lambda: len(self.workers()) == WORKERS and self.workers(), "all workers run")

    def sees_all(self) -> bool:
        """In every feed a worker that is alive has found something."""
        alive = set(self.workers().values())
        made = [line for line in self.trace.read() if line["what"] == "made"]
        return {line["feed"] for line in made if line["pid"] in alive} == set(FEEDS)

    def members(self, *, zombies: bool = False) -> list[int]:
        """Processes of all lives of this system but dead ones whose parent has not yet asked."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                name, _, rest = stat.read_text().rpartition(") ")
                state, _, _, session = rest.split()[:4]
                if int(session) in self._groups and (zombies or state not in "ZX"):
                    found.append(int(name.split()[0]))
        return found

    def kill_server(self) -> None:
        """Its workers are left to end by themselves."""
        self.server.kill()
        self.server.wait()

    def kill_all(self) -> None:
        os.killpg(self.server.pid, signal.SIGKILL)
        self.server.wait()

    def reap_orphans(self) -> None:
        """What a killed server leaves behind falls to this process, as it would to init."""
        for pid in self.members(zombies=True):
            if pid != self.server.pid:
                with suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)

    def orphans_end_s(self, most_s: float) -> float:
        """Seconds until nobody is left of a server that was killed. AssertionError beyond."""
        since_s = time.monotonic()
        while left := self.members():
            took_s = time.monotonic() - since_s
            assert took_s < most_s, [(pid, _state(pid)) for pid in left]
            time.sleep(0.02)
        return time.monotonic() - since_s

    def end(self) -> int:
        """In order; the exit code."""
        self.server.send_signal(signal.SIGTERM)
        return self.server.wait(60)

    def sessions(self, feed: str) -> list[tuple[str, str]]:
        """(id, status) in the store, by start."""
        query = "SELECT id, status FROM sessions WHERE feed = ? ORDER BY start_us"
        return [(row[0], row[1]) for row in self.rows(query, feed)]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        address = f"{(self.data / 'wayside.db').as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=30)) as connection:
            return connection.execute(query, values).fetchall()

    def stored(self) -> Counter[str]:
        """How often each event and measurement is in the store."""
        return Counter(
            row[0].replace("-", "")
            for table, key in (("events", "event_id"), ("measurements", "measurement_id"))
            for row in self.rows(f"SELECT {key} FROM {table}")
        )

    def delivered(self) -> Counter[str]:
        """How often each is in the sink's file."""
        lines = self.sink.read_text().splitlines() if self.sink.exists() else []
        return Counter(json.loads(line)["id"].replace("-", "") for line in lines)

    def open_incidents(self) -> list[tuple[Any, ...]]:
        query = "SELECT feed, kind, session, phase FROM incidents WHERE phase IN (?, ?)"
        return self.rows(query, *_OPEN)


def _state(pid: int) -> str:
    """What it is and what each of its threads is doing."""
    found = []
    with suppress(OSError):
        folder = Path(f"/proc/{pid}")
        found.append((folder / "cmdline").read_text().replace("\0", " ")[-120:])
        for task in sorted((folder / "task").iterdir()):
            state = (task / "stat").read_text().rpartition(") ")[2][:1]
            found.append(f"{state} {(task / 'wchan').read_text()}")
    return ", ".join(found)


def has_faults_in(log: str) -> list[str]:
    """Lines that no kill explains."""
    return re.findall(r"(?m)^.*(?:Traceback|critical|Exception ignored|set aside).*$", log)


@contextmanager
def system(folder: Path, films: list[Path], data: Path | None = None) -> Iterator[System]:
    """Whatever is left of it at the end is killed; orphans become this process's own to reap."""
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    it = System(folder, films, data)
    try:
        yield it
    finally:
        for pid in it.members(zombies=True):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            if pid != it.server.pid:
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)
        if it.starts:
            it.server.wait()
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
