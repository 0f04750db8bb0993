"""Vehicles that go over a line which nobody may cross, as numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wayside.domain.scene import Direction


@dataclass(frozen=True, slots=True)
class ClosedLineRule:
    """Which line is closed. direction: the one that is, None for both."""

    least_rate: ClassVar[float] = 0.0

    line: str
    direction: Direction | None = None
