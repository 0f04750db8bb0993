"""``wayside up`` as a child process, someone who asks it, and all that it leaves behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from e2e.running import COMMAND, environment
from live_servers import eventually

START_S = 60.0
END_S = 15.0
LIVE_S = 60.0


class Up:
    """A server that runs. folder: its current folder, with ``data``, ``out`` and ``err``.

    client: a program without cookies until it signs in.
    """

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.folder = folder
        self.process = process
        self.url, _, self.secret = self._link().partition("/#link=")
        self.client = httpx.Client(base_url=self.url, headers={"Origin": self.url}, timeout=20.0)

    @property
    def said(self) -> str:
        """Standard output and error so far."""
        return "".join((self.folder / name).read_text("utf-8") for name in ("out", "err"))

    def sign_in(self) -> None:
        assert self._by_link().json()["must_create_user"] is True

    def is_refused_by_link(self) -> bool:
        with httpx.Client(base_url=self.url, headers={"Origin": self.url}) as another:
            answer = another.post("/api/v1/session", json={"link": self.secret})
        return answer.status_code == 401

    def get(self, path: str, **query: str | int) -> Any:
        """The JSON at a path below /api/v1."""
        answer = self.client.get(f"/api/v1{path}", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def statuses(self) -> dict[str, dict[str, Any]]:
        return {feed["id"]: feed["status"] for feed in self.get("/feeds")["items"]}

    def live(self) -> set[str]:
        return {name for name, status in self.statuses().items() if status["state"] == "live"}

    def wait(self, condition: Callable[[], bool], within_s: float = LIVE_S) -> None:
        """Fails with what the server said where the condition does not come."""

        def holds() -> bool:
            assert self.process.poll() is None, self.said
            return condition()

        assert eventually(holds, within_s), self.said

    def end(self, number: signal.Signals = signal.SIGTERM, *, group: bool = False) -> int:
        """Its exit code. group: told to all its processes, as a terminal does with Ctrl-C."""
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(END_S)

    def processes(self) -> dict[int, str]:
        """See ``processes_of``."""
        return processes_of(self.process.pid)

    def _by_link(self) -> httpx.Response:
        return self.client.post("/api/v1/session", json={"link": self.secret}).raise_for_status()

    def _link(self) -> str:
        pattern = re.compile(r"http://\S+/#link=\S+")
        assert eventually(
            lambda: bool(pattern.search(self.said)) or self.process.poll() is not None, START_S
        ), self.said
        found = pattern.search(self.said)
        assert found, self.said
        return found[0]


def processes_of(session: int) -> dict[int, str]:
    """Command line of each process of a session, by process id."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            status = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(status[3]) == session and status[0] not in "ZX":
                found[int(entry.name)] = (entry / "cmdline").read_text("utf-8", "replace")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
    return found


@contextmanager
def up(
    folder: Path, *arguments: str | Path, env: Mapping[str, str | None] | None = None
) -> Iterator[Up]:
    """One worker on a free port, in a session of its own; whatever is left of it is killed."""
    command = [*COMMAND, "up", "--data", "data", "--port", "0", "--workers", "1"]
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen(
            [*command, *map(str, arguments)],
            cwd=folder,
            env=environment(folder, env),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
        )
    running = None
    try:
        running = Up(folder, process)
        yield running
    finally:
        if running is not None:
            running.client.close()
        for number in processes_of(process.pid):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        process.wait()
