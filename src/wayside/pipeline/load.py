"""How often a worker looks at each feed, when it cannot look as often as it should.

A state machine: it is told how late the worker is and answers with the rate
for all its feeds. It goes down fast and up slowly, and each relapse makes the
next rise wait longer, so that it does not swing.
"""

from __future__ import annotations

from dataclasses import dataclass

FULL, THINNED, GLANCE = "full", "thinned", "glance"


@dataclass(frozen=True, slots=True)
class LoadSettings:
    """late_s: lag of the latest feed from which the rate falls. calm_s: lag below which it may
    rise. step: factor of one step down. least: samples a second below which only keyframes are
    decoded. settle_s: after a step down, until the next. patience_s: of calm before a step up,
    doubled by a relapse up to patience_most_s.
    """

    late_s: float = 1.0
    calm_s: float = 0.3
    step: float = 0.7
    least: float = 1.0
    settle_s: float = 2.0
    patience_s: float = 8.0
    patience_most_s: float = 120.0


class LoadController:
    """rate: samples a second for every feed, None for keyframes only. reason: "" at full rate.

    changes: steps so far, in both directions.
    """

    def __init__(self, wanted: float, settings: LoadSettings | None = None) -> None:
        """wanted: samples a second without any load."""
        if not wanted > 0:
            raise ValueError("a rate is above 0")
        self.changes = 0
        self.rate: float | None = wanted
        self._wanted = wanted
        self._settings = settings or LoadSettings()
        self._level = 0
        self._lowest = self._levels()
        self._stepped_s = -self._settings.settle_s
        self._rose_s: float | None = None
        self._calm_since_s: float | None = None
        self._patience_s = self._settings.patience_s

    @property
    def mode(self) -> str:
        if self._level == 0:
            return FULL
        return GLANCE if self.rate is None else THINNED

    @property
    def reason(self) -> str:
        if self._level == 0:
            return ""
        if self.rate is None:
            return "the worker is too slow: only keyframes are looked at"
        return f"the worker is too slow: {self.rate:.1f} pictures a second are looked at"

    def update(self, now_s: float, lag_s: float) -> bool:
        """lag_s: of the feed that is farthest behind, backlog included. True where it changed."""
        settings = self._settings
        if lag_s >= settings.late_s:
            self._calm_since_s = None
            return self._lower(now_s, 2 if lag_s >= 1.5 * settings.late_s else 1)
        if lag_s > settings.calm_s:
            self._calm_since_s = None
            return False
        if self._calm_since_s is None:
            self._calm_since_s = now_s
        if self._level == 0:
            if now_s - self._calm_since_s >= settings.patience_most_s:
                self._patience_s = settings.patience_s
            return False
        if now_s - self._calm_since_s < self._patience_s:
            return False
        self._rose_s = self._calm_since_s = now_s
        self._set(self._level - 1)
        return True

    def _lower(self, now_s: float, steps: int) -> bool:
        if self._level >= self._lowest or now_s - self._stepped_s < self._settings.settle_s:
            return False
        if self._rose_s is not None and now_s - self._rose_s < 2 * self._patience_s:
            self._patience_s = min(2 * self._patience_s, self._settings.patience_most_s)
        self._stepped_s = now_s
        self._set(min(self._level + steps, self._lowest))
        return True

    def _levels(self) -> int:
        level = 1
        while self._wanted * self._settings.step**level >= self._settings.least:
            level += 1
        return level

    def _set(self, level: int) -> None:
        self.changes += 1
        self._level = level
        is_glance = level >= self._lowest
        self.rate = None if is_glance else self._wanted * self._settings.step**level
