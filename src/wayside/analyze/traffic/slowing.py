"""Who lost speed lately, how much, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from wayside.analyze.traffic.moment import Moment, Values

_LATELY_S: Final = 7.0
_APART_S: Final = 0.25
_KEPT: Final = 28
_FULL: Final = 0.1
_SHORTEST_S: Final = 0.6
FULL_BRAKING_MPS2: Final = 9.0
"""What tyres give on a dry road. Who loses speed faster hit something, or his track jumped."""


@dataclass(frozen=True, slots=True)
class Onset:
    """When a vehicle went on freely for the last time, and how fast."""

    t_s: float
    speed_mps: float


class Slowing:
    """Speeds of the last seven seconds, by slot of the histories.

    Loss of speed: from the highest of these to now, less one standard deviation of the
    difference. It began at the last instant at which the vehicle was within a tenth of the loss
    of that highest speed. No acceleration is asked: at three sights a second it is mostly noise.
    """

    def __init__(self, rules: int) -> None:
        """rules: how many ask, each of which forgets by itself."""
        self._t_s = np.full((0, _KEPT), np.nan)
        self._speeds = np.full((0, _KEPT), np.nan)
        self._sigmas = np.full((0, _KEPT), np.nan)
        self._next = np.zeros(0, np.intp)
        self._since_s = np.full((0, rules), -np.inf)

    def see(self, moment: Moment, speeds: Values) -> None:
        """Take in one instant. speeds: (N,) m/s, NaN where not known."""
        slots = moment.slots
        self._grow(int(slots.max(initial=-1)) + 1)
        born = slots[moment.steps.born]
        self._t_s[born] = np.nan
        self._since_s[born] = -np.inf
        seen = moment.tracks.observed & np.isfinite(speeds)
        slots, speeds, sigmas = slots[seen], speeds[seen], moment.speed_sigmas_mps[seen]
        last = self._t_s[slots, self._next[slots] - 1]
        due = ~(moment.t_s - last < _APART_S)
        slots, at = slots[due], self._next[slots[due]]
        self._t_s[slots, at] = moment.t_s
        self._speeds[slots, at], self._sigmas[slots, at] = speeds[due], sigmas[due]
        self._next[slots] = (at + 1) % _KEPT

    def forget(self, slot: int, rule: int, t_s: float) -> None:
        """For a rule, what this vehicle did before t_s is told and over."""
        self._since_s[slot, rule] = t_s

    def onsets(
        self, moment: Moment, speeds: Values, rule: int, *, loss_mps: float, from_mps: float
    ) -> list[tuple[int, Onset]]:
        """Rows that by now have surely lost so much from surely at least such a speed.

        Left out is who lost it at more than full braking.
        """
        slots = moment.slots
        since_s = np.maximum(self._since_s[slots, rule], moment.t_s - _LATELY_S)
        with np.errstate(invalid="ignore"):
            counts = self._t_s[slots] >= since_s[:, None]
            kept = np.where(counts, self._speeds[slots], -np.inf)
            best = kept.argmax(1)
            rows = np.arange(len(slots))
            margin = np.hypot(self._sigmas[slots, best], moment.speed_sigmas_mps)
            before = kept[rows, best]
            sure = before - self._sigmas[slots, best]
            lost = (before - speeds - margin >= loss_mps) & (sure >= from_mps)
        lost &= moment.tracks.observed
        found: list[tuple[int, Onset]] = []
        for row in np.flatnonzero(lost).tolist():
            full = before[row] - _FULL * (before[row] - speeds[row])
            at = int(np.where(kept[row] >= full, self._t_s[slots[row]], -np.inf).argmax())
            onset = Onset(float(self._t_s[slots[row], at]), float(kept[row, at]))
            took_s = moment.t_s - onset.t_s
            if took_s < _SHORTEST_S or onset.speed_mps - speeds[row] > FULL_BRAKING_MPS2 * took_s:
                self.forget(slots[row], rule, moment.t_s)
                continue
            found.append((row, onset))
        return found

    def _grow(self, size: int) -> None:
        more = size - len(self._t_s)
        if more <= 0:
            return
        blank = np.full((more, _KEPT), np.nan)
        self._t_s = np.concatenate([self._t_s, blank])
        self._speeds = np.concatenate([self._speeds, blank])
        self._sigmas = np.concatenate([self._sigmas, blank])
        self._next = np.concatenate([self._next, np.zeros(more, np.intp)])
        forgotten: NDArray[np.float64] = np.full((more, self._since_s.shape[1]), -np.inf)
        self._since_s = np.concatenate([self._since_s, forgotten])
