"""A fixed-time signal with two phases, amber, all-red and a walk sign for each zebra."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Aspect(StrEnum):
    RED = "red"
    AMBER = "amber"
    GREEN = "green"


@dataclass(frozen=True, slots=True)
class Signal:
    """Phase 0: arms 0 and 2 (south, north), then phase 1: arms 1 and 3. All in seconds.

    walk_margin_s: the walk sign goes out this long before the green beside it,
    so that whoever has just stepped off reaches the other side, and those who
    turn find a gap after them.
    """

    green_s: tuple[float, float] = (26.0, 21.0)
    amber_s: float = 3.0
    all_red_s: float = 1.5
    walk_margin_s: float = 9.5

    @property
    def cycle_s(self) -> float:
        return sum(self.green_s) + 2 * (self.amber_s + self.all_red_s)

    def _into_phase(self, phase: int, t_s: float) -> float:
        """Seconds since the phase's green last began."""
        begin = 0.0 if phase == 0 else self.green_s[0] + self.amber_s + self.all_red_s
        return (t_s - begin) % self.cycle_s

    def aspect(self, arm: int, t_s: float) -> Aspect:
        """What traffic coming in on ``arm`` sees."""
        phase = arm % 2
        into = self._into_phase(phase, t_s)
        if into < self.green_s[phase]:
            return Aspect.GREEN
        return Aspect.AMBER if into < self.green_s[phase] + self.amber_s else Aspect.RED

    def may_walk(self, arm: int, t_s: float) -> bool:
        """Whether people may step onto the zebra over ``arm``: while its traffic is red."""
        phase = (arm + 1) % 2
        into = self._into_phase(phase, t_s)
        return 0.5 <= into < self.green_s[phase] - self.walk_margin_s
