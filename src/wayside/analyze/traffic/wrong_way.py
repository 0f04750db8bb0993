"""Vehicles that drive against the way traffic goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from wayside.domain.records import Severity


@dataclass(frozen=True, slots=True)
class WrongWayRule:
    """What counts as driving the wrong way.

    zone: id of a lane or carriageway with a heading, None for all of them. min_distance_m: how
    far against the heading, where calibrated; elsewhere 4 m are one own size (square root of the
    box's area). min_s: for how long. min_speed_mps: slower is backing up, into a parking space
    for one, and is told only after three times the distance.
    """

    least_rate: ClassVar[float] = 4.0

    zone: str | None = None
    min_distance_m: float = 10.0
    min_s: float = 1.5
    min_speed_mps: float = 2.0
    severity: Severity = Severity.CRITICAL
