"""How long to wait before the next try: longer each time, and never all at once."""

from __future__ import annotations

import random
from collections.abc import Callable


class Backoff:
    """Exponential with full jitter (Brooker, "Exponential Backoff And Jitter", 2015).

    The wait is drawn evenly from ``first_s / 2`` to a ceiling that doubles with each
    failure in a row, from ``first_s`` up to ``longest_s``.
    """

    def __init__(
        self,
        first_s: float = 0.5,
        longest_s: float = 300.0,
        draw: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._draw = draw
        self._ceiling_s = first_s

    def failed(self) -> float:
        """Seconds to wait now."""
        ceiling_s = self._ceiling_s
        self._ceiling_s = min(self._longest_s, 2 * ceiling_s)
        return self._draw(self._first_s / 2, ceiling_s)

    def succeeded(self) -> None:
        self._ceiling_s = self._first_s
