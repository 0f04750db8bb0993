"""Named counts whose names are fixed when they are made.

A mistyped name is an error on its first use and not a second, silent counter.
"""

from __future__ import annotations

from typing import Self


class Counters:
    """Integers that only grow, one for each name.

    Belongs to one thread; ``merge`` adds another thread's counts afterwards.
    """

    __slots__ = ("_counts",)

    def __init__(self, *names: str) -> None:
        self._counts = dict.fromkeys(names, 0)

    def add(self, name: str, amount: int = 1) -> None:
        """Raises KeyError for a name not given at the start, ValueError for a negative amount."""
        if amount < 0:
            raise ValueError(f"{name} cannot be counted down by {-amount}")
        self._counts[name] += amount

    def __getitem__(self, name: str) -> int:
        return self._counts[name]

    def totals(self) -> dict[str, int]:
        """A copy, in the order in which the names were given."""
        return dict(self._counts)

    def merge(self, other: Counters) -> Self:
        """Add the other's counts to these. Raises KeyError if a name is unknown here."""
        unknown = other._counts.keys() - self._counts.keys()
        if unknown:
            raise KeyError(", ".join(sorted(unknown)))
        for name, count in other._counts.items():
            self._counts[name] += count
        return self

    def __repr__(self) -> str:
        return f"Counters({', '.join(f'{k}={v}' for k, v in self._counts.items())})"
