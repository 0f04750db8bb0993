"""The live tracks of one tracker, in columns.

``state`` (5, 4, M) and ``votes`` (7, M) are explained in ``kalman.py`` and
``votes.py``. ``ledger`` (15, M) float64 has a row per thing counted or timed;
one array, so that a birth or a death copies five arrays and not nineteen.
Arrays handed out in ``Tracks`` are never written to again: every change makes
a new one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from wayside.track.kalman import Columns, State
from wayside.track.votes import CLASS_COUNT


class Row(IntEnum):
    """Rows of the ledger. Times in media seconds, places in picture heights."""

    FIRST_S = 0  # first sighting
    SEEN_S = 1  # last sighting
    UNSEEN_S = 2  # time looked for in vain since then
    BLIND_S = 3  # time not looked for since then
    MISSES = 4  # looks in vain in a row
    HITS = 5  # sightings
    NAMED = 6  # sightings that a model named
    SCORE = 7  # of the last sighting
    BEST = 8  # best score of a named sighting
    START_X = 9
    START_Y = 10
    LAST_X = 11  # where it was at the last sighting
    LAST_Y = 12
    PATH = 13  # length of the way from sighting to sighting
    DOUBLED_S = 14  # when a double of it was last ended or refused


@dataclass(slots=True)
class TrackTable:
    """Columns of M live tracks. ids, confirmed: (M,); the rest as said above."""

    ids: NDArray[np.int64]
    state: State
    votes: Columns
    ledger: Columns
    confirmed: NDArray[np.bool_]

    @classmethod
    def empty(cls) -> TrackTable:
        return cls(
            np.empty(0, np.int64),
            np.empty((5, 4, 0)),
            np.empty((CLASS_COUNT, 0)),
            np.empty((len(Row), 0)),
            np.empty(0, np.bool_),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def keep(self, mask: NDArray[np.bool_]) -> None:
        """Forget the tracks where mask (M,) is False."""
        rows = mask.nonzero()[0]
        self.ids = self.ids.take(rows)
        self.state = self.state.take(rows, 2)
        self.votes = self.votes.take(rows, 1)
        self.ledger = self.ledger.take(rows, 1)
        self.confirmed = self.confirmed.take(rows)

    def append(self, other: TrackTable) -> None:
        """Add the other's tracks after these."""
        self.ids = np.concatenate((self.ids, other.ids))
        self.state = np.concatenate((self.state, other.state), axis=2)
        self.votes = np.concatenate((self.votes, other.votes), axis=1)
        self.ledger = np.concatenate((self.ledger, other.ledger), axis=1)
        self.confirmed = np.concatenate((self.confirmed, other.confirmed))


def first_entries(
    t_s: float, places: Columns, scores: NDArray[np.float64], from_motion: NDArray[np.bool_]
) -> Columns:
    """(15, N) ledger of newcomers at ``places`` (2, N)."""
    ledger = np.zeros((len(Row), len(scores)))
    ledger[: Row.SEEN_S + 1] = t_s
    ledger[Row.DOUBLED_S] = -np.inf
    ledger[Row.HITS] = 1
    ledger[Row.NAMED] = ~from_motion
    ledger[Row.SCORE] = scores
    ledger[Row.BEST] = np.where(from_motion, 0.0, scores)
    ledger[Row.START_X : Row.START_Y + 1] = places
    ledger[Row.LAST_X : Row.LAST_Y + 1] = places
    return ledger


class IdSequence:
    """int64 ids, +1 each, from a random start, so that an id says nothing outside its session."""

    def __init__(self, seed: int | None) -> None:
        # Below 2**52: JSON numbers in a browser stay exact, with room to count.
        self._next = int(np.random.default_rng(seed).integers(2**32, 2**52))

    def take(self, count: int) -> NDArray[np.int64]:
        first = self._next
        self._next += count
        return np.arange(first, first + count, dtype=np.int64)
