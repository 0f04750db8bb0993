"""A target that does all the harm there is, to try what watches over targets."""

from __future__ import annotations

import os
import signal
from collections import Counter
from random import Random

from fuzz.target import TRIES

BREAKS, DIES, SPINS = 3, 5, 7
"""Cases."""


class Harmful:
    name = "harmful"
    unit = "cases"
    whole = 12
    suffix = "txt.input"
    seconds = 0.3

    def make(self, random: Random) -> bytes:
        # Cases are made in order from a number each; which one this is, only its number tells.
        numbers = {Random(f"1/harmful/{case}").random(): case for case in range(100)}
        return str(numbers[random.random()]).encode()

    def attempt(self, content: bytes) -> Counter[str]:
        case = int(content)
        if case == BREAKS:
            raise ValueError("broken")
        if case == DIES:
            os.kill(os.getpid(), signal.SIGSEGV)
        while case == SPINS:
            pass
        return Counter({TRIES: 1})
