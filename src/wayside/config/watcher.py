"""When to look at a file again: after it has changed, and has then been left alone."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from pathlib import Path

from wayside.domain.time import Clock

EVERY_S = 1.0
SETTLE_S = 0.5


def stamp_of(paths: Iterable[Path]) -> Hashable:
    """What tells one state of the files from another; None for one that is not there.

    The inode is a part of it: most editors write beside a file and then move it in place.
    """
    found: list[Hashable] = []
    for path in paths:
        try:
            status = path.stat()
        except OSError:
            found.append(None)
        else:
            found.append((status.st_mtime_ns, status.st_ino, status.st_size))
    return tuple(found)


class Watcher:
    """Asks ``stamp`` once a second, and is patient with whoever is still writing.

    Nothing runs by itself: its owner calls ``changed`` whenever it comes by.
    """

    def __init__(
        self,
        stamp: Callable[[], Hashable],
        clock: Clock,
        *,
        every_s: float = EVERY_S,
        settle_s: float = SETTLE_S,
    ) -> None:
        self._stamp = stamp
        self._clock = clock
        self._every_s = every_s
        self._settle_s = settle_s
        self._told = self._seen = stamp()
        self._seen_at = self._asked_at = clock.monotonic_s()

    def changed(self) -> bool:
        """True once for each change, when it has stood for ``settle_s``."""
        now = self._clock.monotonic_s()
        is_settling = self._seen != self._told
        if now - self._asked_at < (self._settle_s if is_settling else self._every_s):
            return False
        self._asked_at = now
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen, self._seen_at = stamp, now
            return False
        if self._seen == self._told or now - self._seen_at < self._settle_s:
            return False
        self._told = self._seen
        return True

    def caught_up(self) -> None:
        """What is there now is known: its owner has written it."""
        self._told = self._seen = self._stamp()
