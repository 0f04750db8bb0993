"""A clock that moves only when told to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """A domain Clock for tests: both of its times advance together, by ``advance`` alone.

    start: timezone-aware; a naive datetime raises ValueError, as no stored time may be one.
    """

    def __init__(self, start: datetime = datetime(2026, 5, 4, 7, tzinfo=UTC)) -> None:
        if start.tzinfo is None:
            raise ValueError("a clock needs a time zone")
        self._start = start.astimezone(UTC)
        self._elapsed_s = 0.0

    def monotonic_s(self) -> float:
        return self._elapsed_s

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed_s)

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass. Raises ValueError for a negative span: time has one way."""
        if not seconds >= 0:
            raise ValueError(f"a clock cannot go back ({seconds} s)")
        self._elapsed_s += seconds
