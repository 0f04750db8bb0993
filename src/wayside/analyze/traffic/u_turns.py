"""Vehicles that turn round, as numbers only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class UTurnRule:
    """What is a U-turn. zone: id of where it is made, None for the whole picture."""

    least_rate: ClassVar[float] = 0.0

    zone: str | None = None
