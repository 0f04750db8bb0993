"""What moves by more than its own size between two pictures: its first sightings, joined.

A newcomer's speed is not known, and association looks for it near where it was. A car that
comes into view at 30 m/s is ten metres on in the next of three pictures a second: no box
touches the last, and each sighting would start a track of its own. Three of them in a row that
lie on a straight, even way, alike in size and class, are one object.

Source of the idea: track initiation from M of N sightings, Y. Bar-Shalom and X. R. Li,
Multitarget-Multisensor Tracking, 1995, section 3.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.track.kalman import Columns
from wayside.track.settings import TrackerSettings
from wayside.track.table import Row, TrackTable
from wayside.track.view import NOTHING, Found, Indices

_ALIKE = 0.3  # class penalty under which two sightings may be of one object


@dataclass(frozen=True, slots=True)
class Joined:
    """C chains: rows of the table for the first and second sighting, of the detections for the
    third; velocities (4, C) of place and size in picture heights a second.
    """

    first: Indices
    second: Indices
    third: Indices
    velocities: Columns

    def __len__(self) -> int:
        return len(self.third)


NONE = Joined(NOTHING, NOTHING, NOTHING, np.empty((4, 0)))


class Chains:
    """Finds chains among tracks that were seen once. Keeps constants only."""

    def __init__(self, settings: TrackerSettings, penalties: Columns) -> None:
        self._settings = settings
        self._penalties = penalties

    def found(
        self,
        t_s: float,
        table: TrackTable,
        class_ids: NDArray[np.int8],
        found: Found,
        observed: NDArray[np.bool_],
        free: Indices,
    ) -> Joined:
        """The best chains that end at ``t_s`` in one of the ``free`` detections, each used once."""
        ledger = table.ledger
        once = (~observed & (ledger[Row.HITS] == 1)).nonzero()[0]
        if len(once) < 2 or not len(free):
            return NONE
        a, b = self._pairs(table, class_ids, once)
        if not len(a):
            return NONE
        places = ledger[Row.LAST_X : Row.LAST_Y + 1]
        seen_s = ledger[Row.SEEN_S]
        wait_s = t_s - seen_s[b]
        share = wait_s / (seen_s[b] - seen_s[a])
        sizes = np.sqrt(table.state[0, 2] * table.state[0, 3])
        there = found.centres[:2].take(free, 1)
        size = np.sqrt(found.centres[2:].take(free, 1).prod(0))
        # Depth goes as 1 / size. On a straight, even way in space it changes evenly, and a step
        # in the picture is as long as the step before times the size now over the size then.
        depth = 1 / sizes[b] + share * (1 / sizes[b] - 1 / sizes[a])
        step = (places[:, b] - places[:, a]) * share / sizes[a]
        expected = places[:, b][:, :, None] + step[:, :, None] * size
        miss = np.hypot(*(there[:, None, :] - expected))
        away = np.hypot(*step)[:, None] * size
        allowed = self._settings.chain_error * size + self._settings.chain_bend * away
        error = miss / allowed
        with np.errstate(invalid="ignore"):  # a depth under 0 is behind the camera: no object
            fits = (error < 1) & (np.abs(np.log(depth[:, None] * size)) < self._settings.chain_size)
        fits &= (wait_s <= self._settings.chain_wait_s)[:, None]
        fits &= self._penalties[class_ids[b][:, None], found.class_ids[free]] < _ALIKE
        return self._chosen(t_s, table, found, (a, b, free), np.where(fits, error, np.inf))

    def _pairs(
        self, table: TrackTable, class_ids: NDArray[np.int8], once: Indices
    ) -> tuple[Indices, Indices]:
        """Earlier and later sighting of what may have gone from one to the other."""
        settings, ledger = self._settings, table.ledger
        first, second = (grid.ravel() for grid in np.meshgrid(once, once, indexing="ij"))
        waited = ledger[Row.SEEN_S, second] - ledger[Row.SEEN_S, first]
        keep = (waited > 0) & (waited <= settings.chain_wait_s)
        first, second, waited = first[keep], second[keep], waited[keep]
        sizes = np.sqrt(table.state[0, 2] * table.state[0, 3])
        way = ledger[Row.LAST_X : Row.LAST_Y + 1]
        length = np.hypot(*(way[:, second] - way[:, first]))
        keep = length <= settings.chain_speed * waited * np.maximum(sizes[first], sizes[second])
        keep &= np.abs(np.log(sizes[first] / sizes[second])) < settings.chain_depth
        keep &= self._penalties[class_ids[first], class_ids[second]] < _ALIKE
        return first[keep], second[keep]

    def _chosen(
        self,
        t_s: float,
        table: TrackTable,
        found: Found,
        candidates: tuple[Indices, Indices, Indices],
        error: Columns,
    ) -> Joined:
        a, b, free = candidates
        taken_tracks: set[int] = set()
        taken_rows: set[int] = set()
        chosen: list[tuple[int, int, int]] = []
        order = np.argsort(error, axis=None, kind="stable")
        for flat in order[: int(np.isfinite(error).sum())].tolist():
            pair, column = divmod(flat, len(free))
            one, two, row = int(a[pair]), int(b[pair]), int(free[column])
            if taken_tracks.isdisjoint((one, two)) and row not in taken_rows:
                chosen.append((one, two, row))
                taken_tracks.update((one, two))
                taken_rows.add(row)
        if not chosen:
            return NONE
        first, second, third = np.array(chosen, np.intp).T
        # The last step tells best how fast it goes on, as perspective shortens or lengthens all.
        before, now = table.state[0].take(second, 1), found.centres.take(third, 1)
        growth = np.sqrt((now[2:] / before[2:]).prod(0))
        wait_s = t_s - table.ledger[Row.SEEN_S, second]
        ways = np.concatenate(((now[:2] - before[:2]) * growth, now[2:] * np.log(growth)))
        return Joined(first, second, third, ways / wait_s)
