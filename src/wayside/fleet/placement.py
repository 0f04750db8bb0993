"""Which worker runs which feed: the least loaded one, and then always the same."""

from __future__ import annotations

from collections.abc import Iterable


class Placement:
    """Feeds keep their worker for as long as they are wanted. Not thread-safe."""

    def __init__(self, workers: int) -> None:
        """workers: at least one; they are numbered from 0."""
        if workers < 1:
            raise ValueError("a fleet has at least one worker")
        self._feeds: list[set[str]] = [set() for _ in range(workers)]
        self._place: dict[str, int] = {}

    def wanted(self, feeds: Iterable[str]) -> None:
        """These feeds and no others. New ones go where the fewest are, in the order given."""
        names = list(dict.fromkeys(feeds))
        for gone in self._place.keys() - set(names):
            self._feeds[self._place.pop(gone)].discard(gone)
        for name in names:
            if name not in self._place:
                worker = min(range(len(self._feeds)), key=lambda n: (len(self._feeds[n]), n))
                self._place[name] = worker
                self._feeds[worker].add(name)

    def worker_of(self, feed: str) -> int | None:
        """None for a feed that is not wanted."""
        return self._place.get(feed)

    def feeds_of(self, worker: int) -> list[str]:
        return sorted(self._feeds[worker])
