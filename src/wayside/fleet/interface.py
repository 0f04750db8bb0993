"""What the server, the page and the command line know of a fleet, whatever runs it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from wayside.domain.feeds import (
    FeedSpec,
    FeedStatus,
    LivePicture,
    Probe,
    SourceSpec,
    WorkerStatus,
)

OnPicture = Callable[[LivePicture], None]
"""Called on a thread of the fleet; it must return at once."""


class Fleet(Protocol):
    """Any thread may call any of these; none waits for a worker unless it says so."""

    def apply(self, feeds: Sequence[FeedSpec]) -> None:
        """These feeds shall run, and no others. What has not changed is not touched."""
        ...

    def statuses(self) -> dict[str, FeedStatus]:
        """The newest of every feed, by its id."""
        ...

    def workers(self) -> list[WorkerStatus]: ...

    def watch(self, feed: str, width: int, fps: float, on_picture: OnPicture) -> Callable[[], None]:
        """Asks for covered pictures of a feed; the answer ends it. An unknown feed gives none.

        Several may watch one feed: its worker makes pictures once, as wide and as often as the
        most demanding asks.
        """
        ...

    def still(self, feed: str, width: int, timeout_s: float = 5.0) -> LivePicture | None:
        """One covered picture, the next that is analysed. Waits; None where none came in time."""
        ...

    def confirm_view(self, feed: str) -> None:
        """The view that the feed has now is right: it is learned, and its geometry holds again.

        Nothing happens where the feed is unknown or has no picture.
        """
        ...

    def probe(self, source: SourceSpec, timeout_s: float = 12.0) -> Probe:
        """Tries a source in a process of its own. Waits; never raises for a bad source."""
        ...

    def close(self) -> None:
        """Ends every worker, in order, within 10 s."""
        ...
