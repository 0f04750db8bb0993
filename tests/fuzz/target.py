"""What is fuzzed: an input is made from a number, and tried."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random
from typing import Protocol

TRIES = "tries"
"""The one count that every target keeps, and by which a run knows how far it is."""


class Target(Protocol):
    """Makes inputs and tries them, in a process that may be killed.

    unit: what one try is. whole: tries of a whole run. suffix: of a kept input. seconds: of CPU
    that one input may take until it counts as hung.
    """

    name: str
    unit: str
    whole: int
    suffix: str
    seconds: float

    def make(self, random: Random) -> bytes:
        """An input as a file may keep it. The same numbers give the same input."""
        ...

    def attempt(self, content: bytes) -> Counter[str]:
        """How often what was seen, TRIES among it. Raises where something did not hold."""
        ...


def numbers_of(seed: int, target: str, case: int) -> Random:
    """All that is by chance in one case. Not for secrets, and the same on every machine."""
    return Random(f"{seed}/{target}/{case}")


NAMES = ("packets", "containers", "parsers", "configs", "requests")


def target_of(name: str, cache: Path) -> Target:
    """cache: where it may keep what it has learned. Raises KeyError for an unknown name."""
    # Each brings a large part of the house with it, so only the one that is wanted is imported.
    if name == "packets":
        from fuzz.packets import Packets

        return Packets()
    if name == "containers":
        from fuzz.containers import Containers

        return Containers()
    if name == "parsers":
        from fuzz.parsers import Parsers

        return Parsers(cache)
    if name == "configs":
        from fuzz.configs import Configs

        return Configs()
    if name == "requests":
        from fuzz.api import Requests

        return Requests()
    if name == "harmful":
        from fuzz.harmful import Harmful

        return Harmful()
    raise KeyError(name)
