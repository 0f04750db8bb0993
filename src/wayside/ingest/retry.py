"""When to try a lost source again. A state machine: errors and seconds in, a delay out."""

from __future__ import annotations

import random
from collections.abc import Callable

from wayside.domain.errors import (
    SourceChanged,
    SourceError,
    SourceRefused,
    SourceUnauthorized,
)

FIRST_S = 0.5
LONGEST_S = 30.0
KEEN_S = 60.0
"""After its pictures were lost a source is tried often for so long: it heals within 5 s."""
KEEN_LONGEST_S = 4.0
LEAST_S = 0.1
"""No two tries are closer, however the dice fall: a refusing host is not to be hammered."""
HEALTHY_S = 30.0
"""Pictures for so long, and an earlier loss is forgotten."""
CHANGE_PAUSE_S = 2.0
"""A stream that changed again this soon is not opened again at once a second time."""

_SLOW = {SourceUnauthorized: (60.0, 600.0), SourceRefused: (30.0, 300.0)}
"""(least, most) seconds. Cameras lock an account out after a few wrong passwords."""


class Retry:
    """Delays of one feed: exponential with full jitter, quick at first.

    Full jitter (each delay is drawn from 0 to its bound) keeps a hundred
    cameras behind one switch from all being opened in the same instant when
    the switch comes back. attempt: failed tries in a row.
    """

    def __init__(self, dice: Callable[[], float] = random.random) -> None:
        """dice: uniform in [0, 1)."""
        self.attempt = 0
        self._dice = dice
        self._lost_s: float | None = None
        self._live_s: float | None = None
        self._changed_s: float | None = None

    def failed(self, error: SourceError, now_s: float) -> float:
        """Seconds to wait before the next try. now_s: monotonic."""
        was_live, self._live_s = self._live_s is not None, None
        if isinstance(error, SourceChanged) and self._may_hurry(now_s):
            return 0.0
        if self._lost_s is None or was_live:
            self._lost_s = now_s
        self.attempt += 1
        for kind, (least_s, most_s) in _SLOW.items():
            if isinstance(error, kind):
                bound_s = min(most_s, least_s * 2.0 ** min(self.attempt - 1, 16))
                return least_s + self._dice() * (bound_s - least_s)
        bound_s = min(LONGEST_S, FIRST_S * 2.0 ** min(self.attempt - 1, 16))
        if now_s - self._lost_s < KEEN_S:
            bound_s = min(bound_s, KEEN_LONGEST_S)
        return max(LEAST_S, self._dice() * bound_s)

    def pictures(self, now_s: float) -> None:
        """A picture came. After HEALTHY_S of them, without a failure, all is forgotten."""
        if self._live_s is None:
            self._live_s = now_s
        elif now_s - self._live_s >= HEALTHY_S:
            self.attempt = 0
            self._lost_s = None

    def _may_hurry(self, now_s: float) -> bool:
        before_s, self._changed_s = self._changed_s, now_s
        return before_s is None or now_s - before_s >= CHANGE_PAUSE_S
