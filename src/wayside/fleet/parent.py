"""What a process of ours does before all else: see to it that it ends with its parent.

Only the standard library is imported here, and little of it. A worker's other
imports take a second, on a busy machine several, in which nothing else would
notice that the parent has gone.
"""

from __future__ import annotations

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def end_with_parent(parent: int) -> None:
    """SIGKILL when the thread that started this process ends; at once where ``parent`` is gone.

    parent: pid. The kernel goes by the thread, not the process: who starts one must outlive it
    in that thread. Call it on the main thread.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # It may have gone before: then somebody else is our parent by now.
    if os.getppid() != parent:
        os._exit(1)
