"""The fleet as far as it runs some feeds."""

# ruff: noqa: ARG002 - what is refused needs nothing of what was asked

from __future__ import annotations

from collections.abc import Callable, Sequence

from wayside.domain.feeds import (
    FeedSpec,
    FeedStatus,
    LivePicture,
    Probe,
    SourceSpec,
    WorkerStatus,
)
from wayside.fleet.interface import Fleet, OnPicture
from wayside.serve.limited.seen import Seen
from wayside.serve.problems import Refusal


class LimitedFleet:
    """A fleet.interface.Fleet. Who is limited sees no workers: their numbers are of all feeds."""

    def __init__(self, fleet: Fleet, seen: Seen) -> None:
        self._fleet = fleet
        self._seen = seen

    def apply(self, feeds: Sequence[FeedSpec]) -> None:
        raise Refusal(403, "this is for who sees every feed")

    def statuses(self) -> dict[str, FeedStatus]:
        feeds = self._seen.feeds()
        return {feed: each for feed, each in self._fleet.statuses().items() if feed in feeds}

    def workers(self) -> list[WorkerStatus]:
        return []

    def watch(self, feed: str, width: int, fps: float, on_picture: OnPicture) -> Callable[[], None]:
        if feed not in self._seen.feeds():
            return lambda: None  # as of a feed that there is not
        return self._fleet.watch(feed, width, fps, on_picture)

    def still(self, feed: str, width: int, timeout_s: float = 5.0) -> LivePicture | None:
        if feed not in self._seen.feeds():
            return None
        return self._fleet.still(feed, width, timeout_s)

    def confirm_view(self, feed: str) -> None:
        if feed in self._seen.feeds():
            self._fleet.confirm_view(feed)

    def probe(self, source: SourceSpec, timeout_s: float = 12.0) -> Probe:
        raise Refusal(403, "this is for who sees every feed")

    def close(self) -> None:
        raise Refusal(403, "this is for who sees every feed")
