"""Whom publication protects: anybody whose presence in the site's pictures is bounded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from wayside.publish.epsilon import epsilon_text

CHUNK_S = 10
MEMORY_S = 30
_LONGEST_S = 7 * 86400
_MOST_STAYS = 10_000


@dataclass(frozen=True, slots=True)
class Policy:
    """A (ρ, K)-bounded stay and the budget for it (Cangialosi et al., Privid, NSDI 2022).

    rho_s: ρ, the longest stay that is protected, seconds. stays: K, how many of them, over
    all feeds of the site together. budget: ε that all releases together may spend on any
    one instant of any one feed, in millionths. chunk_s: the grid of time on which counts
    are clamped. memory_s: for how long, before and after together, what is counted may
    still hang on somebody who is out of view.

    Raises ValueError for a policy that means nothing.
    """

    rho_s: int
    stays: int
    budget: int
    chunk_s: int = CHUNK_S
    memory_s: int = MEMORY_S

    def __post_init__(self) -> None:
        if not 0 < self.rho_s <= _LONGEST_S:
            raise ValueError(f"a stay lasts 1 to {_LONGEST_S} s")
        if not 0 < self.stays <= _MOST_STAYS:
            raise ValueError(f"there are 1 to {_MOST_STAYS} stays")
        if not self.budget > 0:
            raise ValueError("a budget is above 0")
        if not (0 < self.chunk_s <= 60 and 60 % self.chunk_s == 0):
            raise ValueError("a chunk is a whole part of a minute, in seconds")
        if not 0 <= self.memory_s <= 3600:
            raise ValueError("the memory is 0 to 3600 s")

    @property
    def chunks_a_stay(self) -> int:
        """How many chunks one stay touches at most: ⌈(ρ + memory) / chunk⌉ + 1.

        An interval of length L lies in ⌈L / c⌉ + 1 cells of a grid of c at most, wherever
        it begins (Privid, section 5).
        """
        return -(-(self.rho_s + self.memory_s) // self.chunk_s) + 1

    @property
    def chunks(self) -> int:
        """All that K stays touch, over all feeds."""
        return self.stays * self.chunks_a_stay

    def begin_of(self, chunk: int) -> datetime:
        """When a chunk of the grid begins, UTC."""
        return datetime.fromtimestamp(chunk * self.chunk_s, UTC)

    def __str__(self) -> str:
        return (
            f"rho {self.rho_s} s, K {self.stays}, budget {epsilon_text(self.budget)},"
            f" chunks of {self.chunk_s} s, memory {self.memory_s} s"
        )
