"""Media time, and the clock of the machine.

A stream counts time in integer ticks (``pts``) of a rational ``time_base``;
that is exact and is kept as long as possible. ``t_s`` is the same instant as
float seconds since the first picture of its session and is what analyzers
use. Durations come from media or monotonic time, never from the wall clock:
a daylight-saving change must not make a car stand still for an hour.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Protocol


@dataclass(frozen=True, slots=True)
class MediaTime:
    """One instant of one session.

    pts: ticks of ``time_base`` (exact). t_s: seconds since the session's first
    picture. Two MediaTimes compare only inside one session.
    """

    pts: int
    time_base: Fraction
    t_s: float


class Clock(Protocol):
    """What state machines are given instead of ``time`` and ``datetime``."""

    def monotonic_s(self) -> float: ...

    def now(self) -> datetime:
        """The present UTC time, timezone-aware."""
        ...


class SystemClock:
    """The machine's own clock."""

    def monotonic_s(self) -> float:
        return time.monotonic()

    def now(self) -> datetime:
        return datetime.now(UTC)


def utc_at(start: datetime, t_s: float) -> datetime:
    """UTC of media second ``t_s`` in a session whose first picture was taken at ``start``."""
    return start + timedelta(seconds=t_s)


def rfc3339(moment: datetime) -> str:
    """``2026-11-22T09:15:00.250Z``: UTC, milliseconds, ``Z``.

    Raises ValueError for a naive datetime: a time without a zone is a guess.
    """
    if moment.tzinfo is None:
        raise ValueError("a stored time needs a time zone")
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
