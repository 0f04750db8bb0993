"""When something that failed is tried again, and when it has done enough harm."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuarantineSettings:
    """most: faults within within_s that lead into quarantine for rest_s. first_s, longest_s: of
    the waits before, doubling.
    """

    most: int = 5
    within_s: float = 60.0
    rest_s: float = 600.0
    first_s: float = 0.5
    longest_s: float = 8.0


class Quarantine:
    """The faults of one feed. A state machine: seconds in, seconds to wait out."""

    def __init__(self, settings: QuarantineSettings | None = None) -> None:
        self.faults = 0
        self._settings = settings or QuarantineSettings()
        self._recent: deque[float] = deque()
        self._until_s = 0.0

    def fault(self, now_s: float) -> float:
        """Notes one; returns the seconds until the feed may be tried again."""
        settings = self._settings
        self.faults += 1
        self._recent.append(now_s)
        while now_s - self._recent[0] > settings.within_s:
            self._recent.popleft()
        if len(self._recent) >= settings.most:
            self._recent.clear()
            self._until_s = now_s + settings.rest_s
            return settings.rest_s
        return float(min(settings.first_s * 2.0 ** (len(self._recent) - 1), settings.longest_s))

    def is_quarantined(self, now_s: float) -> bool:
        return now_s < self._until_s
