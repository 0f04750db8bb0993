"""When a feed that has been watched may fall asleep."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from wayside.domain.tracks import Trajectory

STILL_SPEED = 0.01
"""Of the picture's sides a second: what moves more slowly stands still for all that is measured."""


@dataclass(frozen=True, slots=True)
class AlertnessSettings:
    """settle_s: media seconds of stillness before sleep; startled_s: the same after it was
    woken for nothing. learn_s: that a session is watched at first, whatever it shows.
    idle_rate: pictures a second that do while nothing moves; look_s: media seconds between two
    that are looked at properly where a peek finds them unchanged, asleep_look_s: in sleep.
    look_back_s: before the packets that woke a feed, pictures are analysed from here on.
    glance_s: between two keyframes that are looked at in the sleep of a feed whose sizes tell
    everything; glance_px: for a picture of so many pixels, larger ones in proportion less
    often, up to glance_most_s. visits: the last that are remembered, enough_visits: that say
    something. unknown_visit_s: how short a visit may be where that is not known. one_visit_s:
    objects that follow within so many seconds are one visit. seen_share: keyframes must come
    in this share of the shortest usual visit, so that none falls between two of them.
    """

    settle_s: float = 2.0
    startled_s: float = 0.6
    learn_s: float = 20.0
    idle_rate: float = 4.0
    look_s: float = 2.0
    asleep_look_s: float = 6.0
    look_back_s: float = 1.2
    glance_s: float = 2.0
    glance_px: int = 640 * 360
    glance_most_s: float = 4.0
    visits: int = 60
    enough_visits: int = 6
    unknown_visit_s: float = 3.0
    one_visit_s: float = 0.5
    seen_share: float = 0.8

    def glance_every_s(self, width: int, height: int) -> float:
        """Media seconds between two glances, give or take a GOP."""
        scale = max(1.0, width * height / self.glance_px)
        return min(self.glance_s * scale, self.glance_most_s)


class Alertness:
    """Of one session. still_since_s: media second since which nothing has moved; None where
    something does.

    A visit is what lies between two times in which nobody was there: one object,
    pieces of one whose track was lost in between, or a hundred. Keyframes of a
    sleeping feed need not show each object, only that somebody is there.
    """

    def __init__(self, settings: AlertnessSettings | None = None) -> None:
        self.settings = settings or AlertnessSettings()
        self.still_since_s: float | None = None
        self._began_s: float | None = None
        self._is_startled = False
        self._visits: deque[tuple[float, float]] = deque(maxlen=self.settings.visits)

    @property
    def is_still(self) -> bool:
        return self.still_since_s is not None

    def saw(self, t_s: float, *, is_still: bool) -> None:
        """An analysed picture at media second ``t_s``."""
        if self._began_s is None:
            self._began_s = t_s
        if not is_still:
            self.still_since_s = None
            self._is_startled = False
        elif self.still_since_s is None:
            self.still_since_s = t_s

    def visited(self, start_s: float, end_s: float) -> None:
        """An object moved through the picture from then until then.

        Told about in the order of their ends. What stood all the time, as parked cars do, is no
        visit: others come and go meanwhile. See ``stood``.
        """
        reach_s = start_s - self.settings.one_visit_s
        while self._visits and self._visits[-1][1] >= reach_s:
            before_s, until_s = self._visits.pop()
            start_s, end_s = min(start_s, before_s), max(end_s, until_s)
        self._visits.append((start_s, end_s))

    @property
    def short_visit_s(self) -> float:
        """How long visits last at least, but for one in ten."""
        settings = self.settings
        lasted_s = sorted(end_s - start_s for start_s, end_s in self._visits)
        if len(lasted_s) >= settings.enough_visits:
            return lasted_s[len(lasted_s) // 10]
        usual_s = lasted_s[len(lasted_s) // 2] if lasted_s else settings.unknown_visit_s
        return min(usual_s, settings.unknown_visit_s)

    def sees_all(self, gop_s: float) -> bool:
        """Whatever comes is in a keyframe before it has gone. gop_s: between two keyframes."""
        return gop_s <= self.settings.seen_share * self.short_visit_s

    def woke(self) -> None:
        """Something may have changed: stillness has to be seen anew."""
        self.still_since_s = None
        self._is_startled = True

    def may_sleep(self, t_s: float) -> bool:
        if self.still_since_s is None or self._began_s is None:
            return False
        settings = self.settings
        settle_s = settings.startled_s if self._is_startled else settings.settle_s
        return t_s - self.still_since_s >= settle_s and t_s - self._began_s >= settings.learn_s


def stood(path: Trajectory) -> bool:
    """Whether an object moved less than half of its time."""
    steps_s = np.diff(path.t_s)
    speeds = np.abs(np.diff(path.image, axis=0)).max(axis=1) / np.maximum(steps_s, 1e-6)
    return bool(steps_s[speeds >= STILL_SPEED].sum() < 0.5 * steps_s.sum())
