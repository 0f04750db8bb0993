"""Whose journal it is: a lock that the kernel lets go of when its process dies, however it dies.

A file beside the journal, because closing any handle of an SQLite file drops
all of SQLite's own locks on it (POSIX).
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path
from typing import Self

from wayside.domain.errors import StoreError

_LOOK_AGAIN_S = 0.01


class JournalLock:
    """Held until ``release`` or the end of the process."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    @classmethod
    def take(cls, journal: Path) -> Self | None:
        """None where another holds it. Raises StoreError for a folder that cannot be written."""
        path = journal.with_name(f"{journal.name}.lock")
        while True:
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise StoreError(
                    f"the journal cannot be locked ({error.strerror})",
                    where=str(journal.parent),
                    remedy="Give this user the right to write the folder",
                ) from error
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(handle)
                return None
            if _is_at(handle, path):
                return cls(path, handle)
            os.close(handle)  # removed between opening and locking: the next one is the real one

    @classmethod
    def wait(cls, journal: Path, timeout_s: float) -> Self | None:
        """As ``take``, but waits: the store writer holds it while it removes an empty journal."""
        give_up_s = time.monotonic() + timeout_s
        while (lock := cls.take(journal)) is None and time.monotonic() < give_up_s:
            time.sleep(_LOOK_AGAIN_S)
        return lock

    def release(self) -> None:
        os.close(self._handle)

    def remove(self) -> None:
        """Release, and leave no file behind."""
        self._path.unlink(missing_ok=True)
        os.close(self._handle)


def _is_at(handle: int, path: Path) -> bool:
    try:
        return os.fstat(handle).st_ino == path.stat().st_ino
    except FileNotFoundError:
        return False
