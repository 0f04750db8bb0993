"""One viewer's tiles: a slot for each feed's newest picture, and credit to send it.

A state machine: it sends nothing and waits for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from wayside.domain.feeds import LivePicture
from wayside.fleet.interface import OnPicture

MOST_TILES = 64

Watch = Callable[[str, int, float, OnPicture], Callable[[], None]]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A tile as a viewer asks for it. width: pixels. fps: at most so many a second."""

    feed: str
    width: int
    fps: float


class _Tile:
    """picture: the newest that was not sent yet; a newer one takes its place."""

    __slots__ = ("credit", "picture", "stop", "wanted")

    def __init__(self, wanted: Wanted, credit: int) -> None:
        self.wanted = wanted
        self.credit = credit
        self.picture: LivePicture | None = None
        self.stop: Callable[[], None] = lambda: None


class Desk:
    """All but the arrival of pictures happens on one thread. wake: called on the fleet's threads.

    skipped: pictures that a newer one replaced before they could be sent.
    """

    def __init__(self, watch: Watch, wake: Callable[[], None]) -> None:
        self._watch = watch
        self._wake = wake
        self._tiles: dict[str, _Tile] = {}
        self.skipped = 0

    def want(self, wanted: Iterable[Wanted]) -> None:
        """Replaces the whole set. A tile that stays keeps its credit; a new one has one.

        Two tiles of one feed are one, as wide and as often as the more demanding.
        """
        asked: dict[str, Wanted] = {}
        for each in wanted:
            other = asked.get(each.feed, each)
            asked[each.feed] = Wanted(
                each.feed, max(each.width, other.width), max(each.fps, other.fps)
            )
        for feed in self._tiles.keys() - asked.keys():
            self._tiles.pop(feed).stop()
        for feed, each in asked.items():
            self._want_one(feed, each)

    def painted(self, feed: str) -> None:
        """The viewer has shown a picture of that feed: its credit is back. It never exceeds one."""
        tile = self._tiles.get(feed)
        if tile is not None:
            tile.credit = 1

    def next(self) -> LivePicture | None:
        """The picture to send now: of the tile that waited longest. None without any."""
        for feed, tile in self._tiles.items():
            picture = tile.picture
            if tile.credit and picture is not None:
                tile.credit = 0
                tile.picture = None
                self._tiles[feed] = self._tiles.pop(feed)  # to the end of the row
                return picture
        return None

    def close(self) -> None:
        self.want(())

    def _want_one(self, feed: str, wanted: Wanted) -> None:
        old = self._tiles.get(feed)
        if old is not None and old.wanted == wanted:
            return
        tile = _Tile(wanted, 1 if old is None else old.credit)
        self._tiles[feed] = tile

        def on_picture(picture: LivePicture) -> None:
            # No lock: putting a reference is atomic, and who loses the race loses a picture.
            if tile.picture is not None:
                self.skipped += 1
            tile.picture = picture
            self._wake()

        tile.stop = self._watch(feed, wanted.width, wanted.fps, on_picture)
        # The new watch begins before the old one ends: the worker goes on without a pause.
        if old is not None:
            old.stop()
