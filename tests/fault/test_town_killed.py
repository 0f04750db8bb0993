"""kill -9 of a server that shows the town: its cameras and who makes their films end as well."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

import wayside
from e2e.running import COMMAND, environment
from fault.whole_system import wait

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [*COMMAND, "up", "--data", "data", "--port", "0", "--workers", "1"]
    with (tmp_path / "said").open("wb") as said:
        process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=environment(tmp_path, {"PYTHONPATH": str(Path(wayside.__file__).parents[1])}),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        for pid in running(process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def running(session: int) -> dict[int, str]:
    """Command by pid of those in the session that are no zombies."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            name, _, rest = (folder / "stat").read_text().rpartition(") ")
            state, _, _, its = rest.split()[:4]
            if int(its) == session and state not in "ZX":
                command = (folder / "cmdline").read_text().replace("\0", " ")
                found[int(name.split()[0])] = command
    return found


@pytest.mark.parametrize("program", ["cameras ", "cameras.making ", "worker_start "])
def test_nobody_outlives_it_from_their_first_moment_on(
    server: subprocess.Popen[bytes], program: str
) -> None:
    def starts() -> bool:
        assert server.poll() is None, "the server has ended by itself"
        return any(program in each for each in running(server.pid).values())

    wait(starts, f"{program}starts")
    server.kill()
    server.wait()
    wait(lambda: not running(server.pid), f"all end with the server: {running(server.pid)}")
