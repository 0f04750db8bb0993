"""Numbers of stays: how many at once, how many came and went, how long they stayed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

from wayside.domain.records import Reading


@dataclass(frozen=True, slots=True)
class Stay:
    """One object in one zone from entry_s to end_s (media seconds; None: still there)."""

    number: int
    zone: str
    label: str
    entry_s: float
    end_s: float | None


class StayLog:
    """Occupancy, entries, exits and dwell per zone and class.

    For a window of T seconds and stays i with overlap o_i of the window:
    ``occupancy_mean`` = Σ o_i / T, the time average L of the number inside, unit
    objects; ``occupancy_max``, the largest number at one instant. ``entries``,
    ``exits``: stays that began, or ended, in the window; unit objects.
    ``dwell_mean``, ``dwell_median``, ``dwell_max``: of the stays that ended in
    the window, unit s; undefined (None) where none did. Stays cut off by the
    end of the stream count for occupancy, not as exits nor for dwell.
    Over a span that begins and ends empty, L = λ W holds exactly, λ being
    entries / T and W the mean dwell (J. Little, Operations Research 9(3), 1961).
    Rows with an empty class are totals.
    """

    def __init__(self, zone_ids: tuple[str, ...]) -> None:
        self._classes: dict[str, set[str]] = {zone: set() for zone in zone_ids}
        self._going_on: list[Stay] = []
        self._over: dict[int, tuple[Stay, bool]] = {}
        self._entered: set[int] = set()

    def ended(self, stay: Stay, *, is_complete: bool) -> None:
        """A stay is over; is_complete False where the stream ended before it did."""
        self._over[stay.number] = (stay, is_complete)

    def goes_on(self, stay: Stay) -> None:
        """A stay not yet over, told anew before each window's readings."""
        self._going_on.append(stay)

    def readings(self, start_s: float, end_s: float) -> list[Reading]:
        over = [stay for stay, _ in self._over.values()]
        stays = [stay for stay in (*over, *self._going_on) if stay.entry_s < end_s]
        entered = [stay for stay in stays if stay.number not in self._entered]
        left = [
            stay
            for stay, is_complete in self._over.values()
            if is_complete and stay.end_s is not None and stay.end_s < end_s
        ]
        for stay in stays:
            self._classes[stay.zone].add(stay.label)
        rows = [
            row
            for zone, labels in self._classes.items()
            for label in ("", *sorted(labels))
            for row in _rows(
                (zone, label),
                (start_s, end_s),
                _chosen(stays, zone, label),
                _chosen(entered, zone, label),
                _chosen(left, zone, label),
            )
        ]
        self._forget(stays, end_s)
        return rows

    def _forget(self, stays: Sequence[Stay], end_s: float) -> None:
        self._entered.update(stay.number for stay in stays)
        self._going_on.clear()
        for number, (stay, _) in list(self._over.items()):
            if stay.end_s is not None and stay.end_s < end_s:
                del self._over[number]
                self._entered.discard(number)


def _chosen(stays: Sequence[Stay], zone: str, label: str) -> list[Stay]:
    return [stay for stay in stays if stay.zone == zone and label in ("", stay.label)]


def _rows(
    place: tuple[str, str],
    window: tuple[float, float],
    stays: Sequence[Stay],
    entered: Sequence[Stay],
    left: Sequence[Stay],
) -> list[Reading]:
    mean, most = _occupancy(stays, *window)
    dwells = [stay.end_s - stay.entry_s for stay in left if stay.end_s is not None]
    where = ("zone", *place)
    return [
        Reading("occupancy_mean", mean, "objects", *where),
        Reading("occupancy_max", float(most), "objects", *where),
        Reading("entries", float(len(entered)), "objects", *where),
        Reading("exits", float(len(left)), "objects", *where),
        Reading("dwell_mean", fmean(dwells) if dwells else None, "s", *where),
        Reading("dwell_median", median(dwells) if dwells else None, "s", *where),
        Reading("dwell_max", max(dwells) if dwells else None, "s", *where),
    ]


def _occupancy(stays: Sequence[Stay], start_s: float, end_s: float) -> tuple[float, int]:
    """Mean and largest number inside over the window."""
    changes: list[tuple[float, int]] = []
    occupied_s = 0.0
    for stay in stays:
        begin = max(stay.entry_s, start_s)
        end = end_s if stay.end_s is None else min(stay.end_s, end_s)
        if end > begin:
            occupied_s += end - begin
            changes += [(begin, 1), (end, -1)]
    number = most = 0
    for _, change in sorted(changes):  # at one instant, who leaves comes first
        number += change
        most = max(most, number)
    return occupied_s / (end_s - start_s), most
