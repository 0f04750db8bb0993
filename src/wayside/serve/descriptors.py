"""File descriptors: how many connections may be open so that the house keeps enough for itself."""

from __future__ import annotations

import resource

from wayside.serve.listener import MOST

WANTED = 4096
"""Descriptors of this process, as far as it may set that itself; many systems begin with 1024."""

OURS = 384
"""Kept for databases, journals, workers and the page's files. Measured: 32 with one worker."""


def room_for_connections() -> int:
    """Raises this process's own limit where the system lets it, and tells what that leaves."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < WANTED:
        soft = WANTED if hard == resource.RLIM_INFINITY else min(WANTED, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return MOST
    return max(16, min(MOST, soft - OURS))
