"""Surrogate safety: minima that near misses were told with, against SUMO's SSM device."""

from __future__ import annotations

import math

from wayside.domain.records import JsonValue
from wayside.testing.sumo.judging import Compared, Numbers
from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.truth import Encounter
from wayside.testing.sumo.watching import Told, Watched

_NEAR_S = 1.5
_FIELDS = (("ttc", "ttc_s", 0.2), ("pet", "pet_s", 0.2), ("drac", "drac_mps2", 0.5))


def minima(recording: Recording, watched: Watched) -> Numbers:
    """TTC, PET (s) and DRAC (m/s²) of each near miss that was told, paired with the encounter
    that SUMO reports nearest in time of its minimum; without one there is nothing to compare.
    """
    compared: Numbers = []
    for told in watched.of_kind("traffic.near_miss"):
        paired = _paired(recording, told)
        if paired is None:
            continue
        for what, name, room in _FIELDS:
            got, want = told.finding.data.get(name), getattr(paired, name)
            if _is_number(got) and want is not None:
                value = float(got)  # type: ignore[arg-type]
                holds = abs(value - want) <= room
                compared.append(Compared(what, told.finding.place, value, want, holds))
    return compared


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _paired(recording: Recording, told: Told) -> Encounter | None:
    ranked = sorted((_apart_s(told, e), n) for n, e in enumerate(recording.truth.encounters))
    if not ranked or ranked[0][0] > _NEAR_S:
        return None
    return recording.truth.encounters[ranked[0][1]]


def _apart_s(told: Told, encounter: Encounter) -> float:
    times = [encounter.ttc_at_s, encounter.pet_at_s, encounter.drac_at_s]
    known = [abs(told.finding.start_s - t) for t in times if t is not None]
    return min(known, default=math.inf)
