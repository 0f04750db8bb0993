"""Runs a command and says what it cost: CPU of its whole process tree, wall time, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from resource import struct_rusage

_OURS_TO_SET = ("OPENVINO_", "OV_", "OMP_", "KMP_", "MKL_", "OPENBLAS_", "WAYSIDE_", "PYTHON")


@dataclass(frozen=True, slots=True)
class Cost:
    """cpu_s: user and system seconds of the process and of all that it waited for.
    max_rss_mb: the most memory that one of them held, in MB of 10^6 bytes.
    """

    user_s: float
    system_s: float
    wall_s: float
    max_rss_mb: float

    @property
    def cpu_s(self) -> float:
        return self.user_s + self.system_s

    def table(self) -> dict[str, float]:
        return {"cpu_s": self.cpu_s} | asdict(self)


def neutral_environment(extra: Mapping[str, str]) -> dict[str, str]:
    """The caller's, without what tunes threads, OpenVINO, Python or wayside; then ``extra``."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(_OURS_TO_SET)}
    return kept | dict(extra)


def metered(
    command: Iterable[str | Path],
    environment: Mapping[str, str],
    log: Path,
    *,
    watch: Callable[[int], None] | None = None,
    every_s: float = 1.0,
) -> Cost:
    """Waits for the command; output goes to ``log``. Ends the program where the command fails.

    watch: called with the process id about every ``every_s`` while it runs.
    """
    words = [str(word) for word in command]
    began = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            words, env=dict(environment), stdout=file, stderr=subprocess.STDOUT
        )
        try:
            status, usage = _wait(process.pid, watch, every_s)
        except BaseException:
            process.kill()
            process.wait()
            raise
    wall_s = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        tail = log.read_text("utf-8", errors="replace")[-3000:]
        sys.exit(f"{' '.join(words)}\nended with {process.returncode}:\n{tail}")
    kilobyte = 1 if sys.platform == "darwin" else 1024
    return Cost(usage.ru_utime, usage.ru_stime, wall_s, usage.ru_maxrss * kilobyte / 1e6)


def _wait(
    pid: int, watch: Callable[[int], None] | None, every_s: float
) -> tuple[int, struct_rusage]:
    if watch is None:
        _, status, usage = os.wait4(pid, 0)
        return status, usage
    due = time.monotonic()
    while True:
        ended, status, usage = os.wait4(pid, os.WNOHANG)
        if ended:
            return status, usage
        watch(pid)
        due += every_s
        time.sleep(max(due - time.monotonic(), 0.01))
