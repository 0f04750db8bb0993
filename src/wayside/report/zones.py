"""Stays in zones: how many, how long, how many at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.scene import SceneGeometry
from wayside.report.incidents import Incident
from wayside.report.intervals import Intervals
from wayside.report.palette import DISPLAY_ORDER


@dataclass(frozen=True, slots=True)
class Dwell:
    """Visits of one class to one zone; object_class None: of all classes together.

    dwell in seconds over finished visits, None where none has finished. A
    visit that was not over at the end is in ``visits`` and ``unfinished`` only:
    its length is unknown, and leaving it out of the mean is said on the page.
    """

    zone: str
    object_class: ObjectClass | None
    visits: int
    unfinished: int
    mean_s: float | None
    median_s: float | None
    longest_s: float | None


def zone_names(geometry: SceneGeometry, visits: Sequence[Incident]) -> list[str]:
    """Zones drawn, then any other that the events name."""
    drawn = list(dict.fromkeys(zone.id for zone in geometry.zones))
    return drawn + sorted({visit.place for visit in visits} - set(drawn))


def dwell_times(zone: str, visits: Sequence[Incident]) -> list[Dwell]:
    """One row a class seen in the zone, and one for all where there are several."""
    here = [visit for visit in visits if visit.place == zone]
    rows = []
    for object_class in DISPLAY_ORDER:
        own = [visit for visit in here if visit.object_class is object_class]
        if own:
            rows.append(_dwell(zone, object_class, own))
    return rows if len(rows) == 1 else [*rows, _dwell(zone, None, here)]


def occupancy(
    zone: str, visits: Sequence[Incident], intervals: Intervals, end_s: float
) -> NDArray[np.float64]:
    """(B,) mean number of objects in the zone: object-seconds over the interval's length.

    An interval that reaches beyond the feed is divided by its part inside it;
    NaN where no part is. A visit still open lasts until ``end_s``.
    """
    present = np.zeros(len(intervals))
    for visit in visits:
        if visit.place == zone:
            present += intervals.overlaps(
                max(visit.start_s, 0.0), end_s if visit.end_s is None else min(visit.end_s, end_s)
            )
    length = intervals.overlaps(0.0, end_s)
    return np.divide(present, length, out=np.full_like(present, np.nan), where=length > 0)


def most_at_once(zone: str, visits: Sequence[Incident]) -> int:
    """The largest number of objects in the zone at one instant."""
    starts = sorted(visit.start_s for visit in visits if visit.place == zone)
    ends = sorted(
        visit.end_s for visit in visits if visit.place == zone and visit.end_s is not None
    )
    gone = np.searchsorted(np.array(ends), np.array(starts), side="right")
    return int((np.arange(1, len(starts) + 1) - gone).max()) if starts else 0


def _dwell(zone: str, object_class: ObjectClass | None, visits: Sequence[Incident]) -> Dwell:
    lengths = np.array([visit.lasted_s for visit in visits if visit.lasted_s is not None])
    unfinished = len(visits) - len(lengths)
    if not len(lengths):
        return Dwell(zone, object_class, len(visits), unfinished, None, None, None)
    return Dwell(
        zone,
        object_class,
        len(visits),
        unfinished,
        float(lengths.mean()),
        float(np.median(lengths)),
        float(lengths.max()),
    )
