"""How many pictures a second a feed needs, by how fast its own objects leave their own boxes.

A tracker joins an object's boxes of two pictures where they overlap. A person
who crosses a square covers twice its width in a second, a motorcycle on a
motorway fourteen times its length; one rate for both either loses the second or
wastes most of what is spent on the first. So each feed learns its own: paths
that have ended say how fast their boxes moved, and the swiftest of the last
hundred, but for one in fifty, decide. What is too swift to be followed at that
rate would never be heard of, so for some seconds in each minute and a half
every feed is watched at the full rate, and what is seen then is remembered
apart, where the many slow ones of the time between cannot push it out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from wayside.domain.tracks import Trajectory


@dataclass(frozen=True, slots=True)
class PaceSettings:
    """overlap: share of its box that an object may leave between two pictures. least: pictures a
    second that are taken in any case. remembered: paths whose swiftness counts; enough: from how
    many on it is known. share: of the paths that must be followed; path_share: of a path's steps
    that are no swifter than what counts for it. steps: of a path with its whole box in the
    picture, below which it says nothing.
    try_s: media seconds at the full rate, again every try_every_s.
    """

    overlap: float = 0.6
    least: float = 5.0
    remembered: int = 100
    enough: int = 12
    share: float = 0.98
    path_share: float = 0.75
    steps: int = 4
    try_s: float = 4.0
    try_every_s: float = 90.0


class Pace:
    """Of one session. full: the rate where nothing is known yet, which is never exceeded."""

    def __init__(
        self, full: float, settings: PaceSettings | None = None, *, phase: float = 0.0
    ) -> None:
        """phase: 0 to 1, where in its round the feed begins, so that not all try at once."""
        self.full = full
        self.settings = settings or PaceSettings()
        self._offset_s = phase * self.settings.try_every_s
        self._swift: deque[float] = deque(maxlen=self.settings.remembered)
        self._swift_at_full: deque[float] = deque(maxlen=self.settings.remembered)
        self._needed = full

    def rate(self, t_s: float) -> float:
        """Pictures a second that are needed at media second ``t_s``."""
        return self.full if self._is_full(t_s) else self._needed

    def visited(self, path: Trajectory) -> None:
        """An object has left."""
        settings = self.settings
        found = swiftness(path, settings.path_share, settings.steps)
        if found is None:
            return
        if self._is_full(float(path.t_s[-1])):
            self._swift_at_full.append(found)
        self._swift.append(found)
        swiftest = max(self._swiftest(self._swift), self._swiftest(self._swift_at_full))
        self._needed = min(max(swiftest / settings.overlap, settings.least), self.full)

    def _is_full(self, t_s: float) -> bool:
        settings = self.settings
        tries = (t_s + self._offset_s) % settings.try_every_s < settings.try_s
        return tries or len(self._swift) < settings.enough

    def _swiftest(self, swift: deque[float]) -> float:
        if not swift:
            return 0.0
        return float(np.quantile(swift, self.settings.share, method="higher"))


def swiftness(path: Trajectory, share: float, steps: int) -> float | None:
    """Boxes a second by which an object moved on: how far across in widths, plus how far down in
    heights. None where it was seen whole in fewer than that many steps. share: of its steps that
    were not swifter.
    """
    if path.sizes is None or len(path.t_s) <= steps:
        return None
    sizes = np.minimum(path.sizes[1:], path.sizes[:-1])  # NaN where one of the two is cut
    moved = np.abs(np.diff(path.image, axis=0)) / sizes
    swift = moved.sum(axis=1) / np.diff(path.t_s)
    swift = swift[np.isfinite(swift)]
    return float(np.quantile(swift, share)) if len(swift) >= steps else None
