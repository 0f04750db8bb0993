"""Who watches which feed: many viewers, one subscription at the feed's worker."""

from __future__ import annotations

from dataclasses import dataclass

from wayside.domain.feeds import LivePicture
from wayside.fleet.interface import OnPicture


@dataclass(frozen=True, slots=True)
class _Viewer:
    width: int
    fps: float
    on_picture: OnPicture


class Watchers:
    """Not thread-safe. Each change answers with what the worker is to be asked for now."""

    def __init__(self) -> None:
        self._viewers: dict[str, dict[int, _Viewer]] = {}
        self._next = 0

    def add(self, feed: str, width: int, fps: float, on_picture: OnPicture) -> int:
        """The viewer's token. Raises ValueError for a width or rate that is none."""
        if width < 1 or not fps > 0:
            raise ValueError("a viewer needs a width and a rate above 0")
        self._next += 1
        self._viewers.setdefault(feed, {})[self._next] = _Viewer(width, fps, on_picture)
        return self._next

    def remove(self, feed: str, token: int) -> None:
        """A second time does nothing."""
        viewers = self._viewers.get(feed, {})
        viewers.pop(token, None)
        if not viewers:
            self._viewers.pop(feed, None)

    def wanted(self, feed: str) -> tuple[int, float] | None:
        """(width, fps) of the most demanding; None where nobody watches."""
        viewers = self._viewers.get(feed, {}).values()
        if not viewers:
            return None
        return max(each.width for each in viewers), max(each.fps for each in viewers)

    def of(self, picture: LivePicture) -> list[OnPicture]:
        """Whom to call with it."""
        return [each.on_picture for each in self._viewers.get(picture.feed, {}).values()]
