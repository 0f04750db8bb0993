"""A process that must not outlive the one that started it: its standard input ends first."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

STDIN = 0


def when_parent_is_gone(act: Callable[[], object], descriptor: int = STDIN) -> threading.Thread:
    """Call ``act``, in a thread of its own, once ``descriptor`` has come to its end."""

    def wait() -> None:
        # Not sys.stdin: a buffered read that never returns would hold up the interpreter's end.
        while os.read(descriptor, 4096):
            pass
        act()

    watcher = threading.Thread(target=wait, name="parent", daemon=True)
    watcher.start()
    return watcher
