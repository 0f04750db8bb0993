"""When a feed that has been watched may fall asleep."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertnessSettings:
    """settle_s: media seconds of stillness before sleep. learn_s: that a session is watched at
    first, whatever it shows. idle_rate: pictures a second that do while nothing moves.
    look_back_s: before the packets that woke a feed, pictures are analysed from here on.
    glance_s: between two keyframes that are looked at in sleep; glance_px: for a picture of
    so many pixels, larger ones in proportion less often, up to glance_most_s.
    """

    settle_s: float = 2.0
    learn_s: float = 20.0
    idle_rate: float = 4.0
    look_back_s: float = 1.2
    glance_s: float = 2.0
    glance_px: int = 640 * 360
    glance_most_s: float = 4.0

    def glance_every_s(self, width: int, height: int) -> float:
        """Media seconds between two glances, give or take a GOP."""
        scale = max(1.0, width * height / self.glance_px)
        return min(self.glance_s * scale, self.glance_most_s)


class Alertness:
    """Of one session. still_s: since when nothing has moved, media seconds; None where it does."""

    def __init__(self, settings: AlertnessSettings | None = None) -> None:
        self.settings = settings or AlertnessSettings()
        self.still_since_s: float | None = None
        self._began_s: float | None = None

    @property
    def is_still(self) -> bool:
        return self.still_since_s is not None

    def saw(self, t_s: float, *, is_still: bool) -> None:
        """An analysed picture at media second ``t_s``."""
        if self._began_s is None:
            self._began_s = t_s
        if not is_still:
            self.still_since_s = None
        elif self.still_since_s is None:
            self.still_since_s = t_s

    def woke(self) -> None:
        """Something has changed: stillness has to be seen anew."""
        self.still_since_s = None

    def may_sleep(self, t_s: float) -> bool:
        if self.still_since_s is None or self._began_s is None:
            return False
        settings = self.settings
        return (
            t_s - self.still_since_s >= settings.settle_s
            and t_s - self._began_s >= settings.learn_s
        )
