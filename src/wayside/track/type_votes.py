"""A track's type, voted over the looks at it.

A look gives each class a score; scores are added up over a track's life and forgotten with it.
Bicycle and motorcycle stand together until one is asked for, so do bus and truck: what looks
like both is not doubtful between two-wheelers and cars.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from wayside.domain.classes import ObjectClass
from wayside.domain.tracks import Tracks
from wayside.track.votes import CLASS_COUNT

EAGER_LOOKS = 8
EAGER_S = 0.15
"""Seconds between looks at a track while there were fewer than EAGER_LOOKS."""
CALM_S = 0.6
MOST_LOOKS = 24
"""No more looks at one track than that: it is what it is."""
LEAST_LOOKS = 2
YOUNG_S = 0.2
EDGE = 0.005
"""Share of the picture's side within which a box counts as cut by the border."""
CUT_WEIGHT = 0.25
"""What a look at a cut box weighs."""

TOGETHER = (
    (ObjectClass.PERSON,),
    (ObjectClass.BICYCLE, ObjectClass.MOTORCYCLE),
    (ObjectClass.CAR,),
    (ObjectClass.BUS, ObjectClass.TRUCK),
)


@dataclass(slots=True)
class _Votes:
    """sums: (7,) scores by ObjectClass. weight: of the looks they come from."""

    sums: NDArray[np.float64] = field(default_factory=lambda: np.zeros(CLASS_COUNT))
    weight: float = 0.0
    looks: int = 0
    last_s: float = -1e9


class TypeVotes:
    """Of the live tracks of one session. threshold: mean score from which a type is believed.

    among: what a track can be; other classes' scores are not looked at.
    """

    def __init__(
        self, threshold: float, among: tuple[ObjectClass, ...] = tuple(ObjectClass)
    ) -> None:
        self._threshold = threshold
        self._among = [int(one) for one in among]
        self._votes: dict[int, _Votes] = {}

    def due(self, tracks: Tracks, wanted: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Rows to look at now: of the wanted ones, those seen now that are not settled."""
        live = set(tracks.ids.tolist())
        if len(live) < len(self._votes) or not live.issuperset(self._votes):
            self._votes = {track: v for track, v in self._votes.items() if track in live}
        able = wanted & tracks.observed & (tracks.ages_s >= YOUNG_S)
        rows = [
            row for row in np.flatnonzero(able) if self._is_due(int(tracks.ids[row]), tracks.t_s)
        ]
        return np.array(rows, np.intp)

    def _is_due(self, track: int, t_s: float) -> bool:
        votes = self._votes.get(track)
        if votes is None:
            return True
        pause_s = EAGER_S if votes.looks < EAGER_LOOKS else CALM_S
        return votes.looks < MOST_LOOKS and t_s - votes.last_s >= pause_s - 1e-6

    def add(self, tracks: Tracks, rows: NDArray[np.intp], scores: NDArray[np.float32]) -> None:
        """scores: (K, 7) of the rows, by ObjectClass; a row of zeros says nothing."""
        boxes = tracks.boxes[rows]
        cut: NDArray[np.bool_] = np.any(
            np.concatenate([boxes[:, :2] < EDGE, boxes[:, 2:] > 1 - EDGE], axis=1), axis=1
        )
        for row, given, is_cut in zip(rows.tolist(), scores, cut.tolist(), strict=True):
            votes = self._votes.setdefault(int(tracks.ids[row]), _Votes())
            votes.last_s = tracks.t_s
            votes.looks += 1
            kept = given[self._among].astype(np.float64)
            if kept.sum() > 0:
                weight = CUT_WEIGHT if is_cut else 1.0
                votes.sums[self._among] += weight * kept / kept.sum()
                votes.weight += weight

    def named(self, tracks: Tracks, wanted: NDArray[np.bool_]) -> Tracks:
        """The tracks, the wanted ones with the type that won where it is believed."""
        class_ids, shares = tracks.class_ids.copy(), tracks.class_shares.copy()
        for row in np.flatnonzero(wanted):
            votes = self._votes.get(int(tracks.ids[row]))
            if votes is None or votes.looks < LEAST_LOOKS or votes.weight <= 0:
                continue
            sums = [sum(votes.sums[one] for one in kind) for kind in TOGETHER]
            best = int(np.argmax(sums))
            if sums[best] >= self._threshold * votes.weight:
                class_ids[row] = max(TOGETHER[best], key=lambda one: votes.sums[one])
                shares[row] = sums[best] / sum(sums)
        return replace(tracks, class_ids=class_ids, class_shares=shares)
