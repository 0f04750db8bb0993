"""Whether a worker's death can be the fault of the feed that it was working on."""

from __future__ import annotations

import signal
from pathlib import Path

VMSTAT = Path("/proc/vmstat")


def memory_kills(vmstat: Path = VMSTAT) -> int | None:
    """Processes that the kernel has killed for want of memory since it started.

    None where it does not say, as before Linux 4.13 and in some sandboxes.
    """
    try:
        lines = vmstat.read_text("ascii").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)


def can_be_a_feeds(code: int, kills_before: int | None, kills_now: int | None) -> bool:
    """False for a kill from outside: whatever feed had its turn then has done nothing.

    code: of a process that ended by itself, as of ``Popen``. kills_before, kills_now: the
    memory_kills at its start and its end. No decoder sends SIGKILL: somebody did, or the kernel
    for want of memory, which a feed may well have used up. Where that cannot be told apart the
    feed is suspected, as one that ends its worker is worse than one that rests without need.
    """
    if code != -signal.SIGKILL:
        return True
    return kills_before is None or kills_now is None or kills_now > kills_before
