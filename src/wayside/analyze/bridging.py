"""Which new track carries on where another was lost.

A tracker that loses an object behind a pole or in a crowd begins a new track
when it finds it again. For a stay in a place that would be two short stays.
The heir takes over the stay, by place, time and class alone and only while the
scene is in memory: nothing about the object is kept that could find it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.histories import TrackHistories
from wayside.domain.classes import ClassGroup

BRIDGE_S = 1.5
"""Longest time between the last sight of the lost track and the first of its heir."""

CONFIRMATION_S = 0.5
"""How long an heir may need from its first sight to being confirmed."""

_LONGEST_COAST_S = 3.0


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """A track at one end of its life: when it was seen, its box (4,) and what it was."""

    track: int
    t_s: float
    box: NDArray[np.float32]
    group: ClassGroup


class Succession:
    """Keeps the stays of lost tracks open until an heir turns up or none can any more."""

    def __init__(self, histories: TrackHistories, aspect: float) -> None:
        self._histories = histories
        self._aspect = aspect
        self._lost: dict[int, Sight] = {}
        self._ended_s: dict[int, float] = {}

    def lose(self, track: int, t_s: float) -> None:
        """A track with a stay ended; to be told before its history is released."""
        slot = self._histories.slot(track)
        self._lost[track] = self._sight(track, slot, present_until(self._last_s(slot), t_s))
        self._ended_s[track] = t_s

    def inherit(self, confirmed: Iterable[int], holders: Iterable[int]) -> list[tuple[int, int]]:
        """Pairs (lost track, heir).

        confirmed: tracks that have just become so, the possible heirs. holders:
        tracks with a stay; one that is live but was not seen since before the
        heir's birth may be lost already, only its tracker does not know yet.
        """
        born = [self._birth(track) for track in confirmed]
        if not born:
            return []
        heir_ids = {sight.track for sight in born}
        lost = [
            self._sight(track, slot, self._last_s(slot))
            for track in holders
            if track in self._histories and track not in heir_ids
            for slot in (self._histories.slot(track),)
        ]
        lost.extend(self._lost.values())
        pairs = [(lost[old].track, born[new].track) for old, new in heirs(lost, born, self._aspect)]
        for old, _ in pairs:
            self._forget(old)
        return pairs

    def without_heir(self, t_s: float) -> list[tuple[int, float]]:
        """(track, when it was there last) of the lost for whom no heir can come any more."""
        patience = BRIDGE_S + CONFIRMATION_S
        gone = [sight for sight in self._lost.values() if t_s - sight.t_s >= patience]
        for sight in gone:
            self._forget(sight.track)
        return [(sight.track, sight.t_s) for sight in gone]

    def lost_before(self, t_s: float) -> list[tuple[int, float]]:
        """The same for all that ended before ``t_s``, when the stream does.

        A tracker ends all its tracks with the stream; those have not left, they
        are cut off.
        """
        gone = [s for s in self._lost.values() if self._ended_s[s.track] < t_s]
        for sight in gone:
            self._forget(sight.track)
        return [(sight.track, sight.t_s) for sight in gone]

    def lost_since(self) -> dict[int, float]:
        """When each lost track was there last, by track."""
        return {track: sight.t_s for track, sight in self._lost.items()}

    def _forget(self, track: int) -> None:
        self._lost.pop(track, None)
        self._ended_s.pop(track, None)

    def _last_s(self, slot: int) -> float:
        return float(self._histories.last_s[slot])

    def _sight(self, track: int, slot: int, t_s: float) -> Sight:
        box = self._histories.last_box[slot].copy()  # the slot will be another track's
        return Sight(track, t_s, box, self._histories.group(slot))

    def _birth(self, track: int) -> Sight:
        slot = self._histories.slot(track)
        return Sight(
            track,
            float(self._histories.birth_s[slot]),
            self._histories.birth_box[slot],
            self._histories.group(slot),
        )


def present_until(last_s: float, ended_s: float) -> float:
    """When a track that ended was there last, in media seconds.

    That is its last observation. But no tracker guesses on for more than some
    seconds: one that was not observed for longer was held on purpose, at rest
    where nobody looked because nothing changed, and was there until it ended.
    """
    return last_s if ended_s - last_s <= _LONGEST_COAST_S else ended_s


def heirs(lost: Sequence[Sight], born: Sequence[Sight], aspect: float) -> list[tuple[int, int]]:
    """Pairs of indices (into lost, into born), nearest first, each used once.

    A pair needs: born within BRIDGE_S after the loss, centres within one box
    size (square root of the larger box's area, in picture heights), and equal
    class groups or one that is unknown.
    """
    candidates: list[tuple[float, int, int]] = []
    for old, ended in enumerate(lost):
        for new, begun in enumerate(born):
            if not 0 < begun.t_s - ended.t_s <= BRIDGE_S or not _compatible(ended, begun):
                continue
            distance = _distance(ended.box, begun.box, aspect)
            if distance <= 1.0:
                candidates.append((distance, old, new))
    pairs: list[tuple[int, int]] = []
    used_old: set[int] = set()
    used_new: set[int] = set()
    for _, old, new in sorted(candidates):
        if old not in used_old and new not in used_new:
            pairs.append((old, new))
            used_old.add(old)
            used_new.add(new)
    return pairs


def _compatible(a: Sight, b: Sight) -> bool:
    return a.group == b.group or ClassGroup.UNKNOWN in (a.group, b.group)


def _distance(a: NDArray[np.float32], b: NDArray[np.float32], aspect: float) -> float:
    """Between the centres of two (4,) boxes, in sizes of the larger."""
    scale = np.array([aspect, 1.0])
    centres = [((box[:2] + box[2:]) / 2 * scale) for box in (a, b)]
    size = max(float(np.sqrt(np.prod((box[2:] - box[:2]) * scale))) for box in (a, b))
    if size <= 0:
        return float("inf")
    return float(np.hypot(*(centres[1] - centres[0]))) / size
