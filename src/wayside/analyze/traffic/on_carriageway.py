"""People, riders and things on the carriageway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class OnCarriagewayRule:
    """Who or what must not be on a carriageway.

    zone: id of a lane or carriageway, None for all of them. classes: labels of whom to tell.
    objects: whether to tell of things that lie there too. for_s: how long on it. margin_m: so
    near to its edge, or to a crossing, still counts as off it, where calibrated; elsewhere 1 m
    is one own size (square root of a person's box's area).
    """

    least_rate: ClassVar[float] = 0.0

    zone: str | None = None
    classes: tuple[str, ...] = ("person",)
    objects: bool = True
    for_s: float = 3.0
    margin_m: float = 0.75
