"""``wayside up`` as a child process, and somebody who has opened its link."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from e2e.running import COMMAND, environment

PATIENCE_S = 60.0
END_S = 15.0
"""Within which an orderly end is promised."""
_LINK = re.compile(r"(http://[^\s#]+)/#link=(\S+)")
_Found = TypeVar("_Found")


@dataclass(slots=True)
class Up:
    """process: the server. said: every line of its output so far."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    url: str = ""
    secret: str = ""

    @contextmanager
    def signed_in(self) -> Iterator[httpx.Client]:
        """A browser that came by the link."""
        with httpx.Client(base_url=self.url, headers={"Origin": self.url}, timeout=20) as client:
            answer = client.post("/api/v1/session", json={"link": self.secret})
            assert answer.status_code < 300, answer.text
            yield client

    def end(self, number: signal.Signals = signal.SIGTERM, *, group: bool = False) -> int:
        """Its exit code. group: told to its whole group, as terminals and supervisors do."""
        if group:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        return self.process.wait(END_S)


@contextmanager
def running_up(
    folder: Path, *arguments: str, env: Mapping[str, str | None] | None = None
) -> Iterator[Up]:
    """Ready when its link is printed; killed with all its children at the end, if need be."""
    process = subprocess.Popen(
        [*COMMAND, "up", "--data", str(folder / "data"), "--port", "0", *arguments],
        cwd=folder,
        # Libraries of a server warn at their own discretion; of ours, unit tests do not allow any.
        env=environment(folder, {"PYTHONWARNINGS": None} | dict(env or {})),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    up = Up(process)
    reader = threading.Thread(target=_listen, args=(up,))
    reader.start()
    try:
        link = eventually(lambda: _LINK.search("\n".join(up.said)) if alive(up) else None)
        up.url, up.secret = link.group(1), link.group(2)
        yield up
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        reader.join()
        assert process.stdout is not None
        process.stdout.close()


def alive(up: Up) -> bool:
    assert up.process.poll() is None, "\n".join(["the server has ended:", *up.said])
    return True


def eventually(look: Callable[[], _Found | None], patience_s: float = PATIENCE_S) -> _Found:
    """What ``look`` finds in the end. Fails where it finds nothing in time."""
    last = time.monotonic() + patience_s
    while time.monotonic() < last:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {patience_s:.0f} s")


def feeds_of(client: httpx.Client) -> dict[str, dict[str, Any]]:
    answer = client.get("/api/v1/feeds")
    assert answer.status_code == 200, answer.text
    return {feed["id"]: feed for feed in answer.json()["items"]}


def children_of(pid: int) -> list[int]:
    """All processes below it."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    own = [int(word) for word in found.stdout.split()]
    return own + [below for child in own for below in children_of(child)]


def _listen(up: Up) -> None:
    assert up.process.stdout is not None
    for line in up.process.stdout:
        up.said.append(line.rstrip())
