"""Whether packet sizes tell that something changed; sizes are made, no stream is read."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

from wayside.attend.sleeping import PacketListener
from wayside.domain.media import Packet

TICK = Fraction(1, 25)


def packets(sizes: Sequence[int], start: int = 0, gop: int = 0) -> list[Packet]:
    """P frames at 25 a second; every ``gop``-th is a keyframe."""
    return [
        Packet(n, n, TICK, size, bool(gop) and n % gop == 0, False, None)
        for n, size in enumerate(sizes, start)
    ]


def noise(count: int, mean: float, spread: float, seed: int) -> list[int]:
    """Log-normal sizes."""
    rng = random.Random(seed)
    return [max(1, round(mean * rng.lognormvariate(0.0, spread))) for _ in range(count)]


def learn(listener: PacketListener, given: list[Packet], *, is_still: bool = True) -> None:
    for at in range(0, len(given), 5):
        listener.learn(given[at : at + 5], is_still=is_still)


def test_after_stillness_it_may_sleep_and_movement_wakes_it() -> None:
    listener = PacketListener()
    assert not listener.may_sleep
    learn(listener, packets(noise(500, 900, 0.08, 1)))
    assert listener.may_sleep
    listener.fell_asleep()
    assert not listener.wakes(packets(noise(50, 900, 0.08, 2), 500))
    assert listener.wakes(packets(noise(8, 1600, 0.08, 3), 550))
