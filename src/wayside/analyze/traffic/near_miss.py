"""Encounters that nearly ended in a collision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Final

import numpy as np

from wayside.analyze.traffic.conflict import Severities
from wayside.domain.classes import ClassGroup, ObjectClass
from wayside.domain.records import JsonValue, Severity

KIND = "traffic.near_miss"

_SERIOUS_TTC_S = 0.75
_SERIOUS_PET_S = 0.5
_SERIOUS_DRAC_MPS2 = 6.0
_DRAC_TTC: Final = 1.5
_LEISURE_MPS2 = 2.5
_LATE_TTC_S = 1.0
_HELD_S = 0.4
_NO_TIME_S = 0.2
_SPARE_S = 0.5
_SPARE_SHARE = 0.7
_IMPOSSIBLE_MPS2 = 12.0


@dataclass(frozen=True, slots=True)
class NearMissRule:
    """What counts as a near miss.

    zone: id of where, None for the whole picture. ttc_s, pet_s: time to collision and
    post-encroachment time below which; drac_mps2: deceleration to avoid the crash above which,
    where the time to collision is below one and a half times ttc_s. min_speed_mps: of how fast
    they come closer at the least time to collision, and of the second one for the
    post-encroachment time. classes: labels, of which both must be; empty for all.
    """

    least_rate: ClassVar[float] = 5.0

    zone: str | None = None
    ttc_s: float = 1.5
    pet_s: float = 1.0
    drac_mps2: float = 3.35
    min_speed_mps: float = 5.0
    classes: tuple[str, ...] = ()


def reasons(
    severities: Severities, rule: NearMissRule, kinds: tuple[ObjectClass, ObjectClass]
) -> list[str]:
    """Which of ``ttc``, ``pet``, ``drac`` make it one; empty for none."""
    if rule.classes and not all(kind.label in rule.classes for kind in kinds):
        return []
    needed = severities.drac_mps2 or 0.0
    found: list[str] = []
    closes = severities.closing_mps >= rule.min_speed_mps
    ttc = np.inf if severities.ttc_s is None else severities.ttc_s
    # Of one that shrinks as time goes by, 0.4 s earlier it was as much longer.
    is_held = severities.ttc_held_s < rule.ttc_s + _HELD_S
    on_foot = [kind.group is ClassGroup.PERSON for kind in kinds]
    # Who yields to somebody on foot comes near in time, and stops at leisure.
    at_leisure = any(on_foot) and needed < _LEISURE_MPS2 and ttc > _LATE_TTC_S
    if ttc < rule.ttc_s and is_held and closes and not at_leisure:
        found.append("ttc")
    comes_fast = severities.second_mps >= rule.min_speed_mps
    # Who walks on right behind a car that passed was not in danger.
    pet = np.inf if severities.pet_s is None else severities.pet_s
    if pet < rule.pet_s and comes_fast and not on_foot[severities.second]:
        found.append("pet")
    if is_held and needed > rule.drac_mps2 and ttc < _DRAC_TTC * rule.ttc_s and closes:
        found.append("drac")
    return found


def is_sure(slim: Severities, rule: NearMissRule, kinds: tuple[ObjectClass, ObjectClass]) -> bool:
    """Whether it still is one, or is by half a second no more, where ``slim`` is what it came to
    with footprints made smaller by what their places and sizes may err.

    False also for what contradicts itself: a deceleration that nobody can make, though they did
    not collide, or next to no time between the two without a time to collision.
    """
    if (slim.drac_mps2 or 0.0) > _IMPOSSIBLE_MPS2:
        return False
    no_time = slim.pet_s is not None and slim.pet_s <= _NO_TIME_S
    if no_time and (slim.ttc_s is None or slim.ttc_s >= rule.ttc_s):
        return False
    limits = replace(
        rule,
        ttc_s=rule.ttc_s + _SPARE_S,
        pet_s=rule.pet_s + _SPARE_S,
        drac_mps2=rule.drac_mps2 * _SPARE_SHARE,
    )
    return bool(reasons(slim, limits, kinds))


def severity_of(severities: Severities) -> Severity:
    """WARNING for what was serious: TTC under 0.75 s, PET under 0.5 s or DRAC over 6 m/s²."""
    ttc, pet, drac = severities.ttc_s, severities.pet_s, severities.drac_mps2
    serious = ttc is not None and ttc < _SERIOUS_TTC_S
    serious |= pet is not None and pet < _SERIOUS_PET_S
    serious |= drac is not None and drac > _SERIOUS_DRAC_MPS2
    return Severity.WARNING if serious else Severity.INFO


def values(severities: Severities) -> dict[str, JsonValue]:
    """The minima, for the data of an event; None where it did not come to one."""
    return {
        "ttc_s": _rounded(severities.ttc_s),
        "pet_s": _rounded(severities.pet_s),
        "drac_mps2": _rounded(severities.drac_mps2),
        "closing_mps": _rounded(severities.closing_mps),
        "angle_deg": round(severities.angle_deg),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
