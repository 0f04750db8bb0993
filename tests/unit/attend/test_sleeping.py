"""Whether packet sizes tell that something changed; sizes are made, no stream is read."""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.attend.sleeping import PacketListener
from wayside.domain.media import Packet

TICK = Fraction(1, 25)
STEP = 5
BATCH = 8
GOP = 50


def packets(sizes: Sequence[int], start: int = 0, gop: int = GOP) -> list[Packet]:
    """P frames at 25 a second; every ``gop``-th is a keyframe of 30 kB (0: none)."""
    made = []
    for n, size in enumerate(sizes, start):
        is_key = bool(gop) and n % gop == 0
        made.append(Packet(n, n, TICK, 30_000 if is_key else size, is_key, False, None))
    return made


def noise(count: int, mean: float, spread: float, seed: int) -> list[int]:
    """Log-normal sizes."""
    rng = random.Random(seed)
    return [max(1, round(mean * rng.lognormvariate(0.0, spread))) for _ in range(count)]


def learn(listener: PacketListener, given: Sequence[Packet], *, is_still: bool = True) -> None:
    for at in range(0, len(given), STEP):
        listener.learn(given[at : at + STEP], is_still=is_still)


def sleep(listener: PacketListener, given: Sequence[Packet], *, glances: bool = True) -> int | None:
    """Packets heard until it woke, None where it slept on. Each keyframe is glanced at."""
    for at in range(0, len(given), BATCH):
        batch = given[at : at + BATCH]
        if listener.wakes(batch):
            return at + len(batch)
        if glances and any(packet.is_keyframe for packet in batch):
            listener.glanced(is_still=True)
    return None


def false_wakes(listener: PacketListener, still: Sequence[Packet]) -> int:
    """Times it woke in this stillness; each time the eyes look for three seconds."""
    before, at = listener.false_wakes, 0
    while (woke := sleep(listener, still[at:])) is not None:
        learn(listener, still[at + woke : at + woke + 75])
        listener.fell_asleep()
        at += woke + 75
    return listener.false_wakes - before


def asleep(still: Sequence[Packet]) -> PacketListener:
    """A listener that learned this stillness and went to sleep."""
    listener = PacketListener()
    learn(listener, still)
    assert listener.may_sleep, listener.reason
    listener.fell_asleep()
    return listener


def test_at_first_too_little_is_known() -> None:
    listener = PacketListener()
    assert not listener.may_sleep
    assert listener.reason == "too little stillness seen"
    learn(listener, packets(noise(25, 900, 0.1, 1)))
    assert not listener.may_sleep


def test_after_stillness_it_may_sleep_and_movement_wakes_it() -> None:
    listener = asleep(packets(noise(750, 900, 0.08, 1)))
    assert sleep(listener, packets(noise(500, 900, 0.08, 2), 750)) is None
    woke = sleep(listener, packets(noise(50, 1600, 0.08, 3), 1250))
    assert woke is not None
    assert woke <= 16
    assert listener.wakes_told == 1


@pytest.mark.parametrize("spread", [0.03, 0.1, 0.3])
def test_wakes_without_cause_are_rare(spread: float) -> None:
    listener = asleep(packets(noise(1000, 900, spread, 4)))
    assert (
        false_wakes(listener, packets(noise(15_000, 900, spread, 10), 1000)) <= 5
    )  # in 10 minutes


def pyramid(count: int, scale: float, seed: int, start: int = 0) -> list[Packet]:
    """P B b b in decoding order, P ten times as heavy as b."""
    rng = random.Random(seed)
    made = []
    for n in range(start, start + count):
        group, place = divmod(n, 4)
        pts = 4 * group + (4, 2, 1, 3)[place]
        size = (2000, 600, 200, 220)[place] * scale * rng.lognormvariate(0.0, 0.1)
        is_key = n % 48 == 0
        made.append(Packet(pts, n, TICK, 30_000 if is_key else round(size), is_key, False, None))
    return made


def test_b_frames_have_weights_of_their_own() -> None:
    listener = asleep(pyramid(1200, 1.0, 5))
    assert sleep(listener, pyramid(480, 1.0, 6, 1200)) is None
    woke = sleep(listener, pyramid(48, 1.6, 7, 1680))
    assert woke is not None
    assert woke <= 16


def test_a_rate_filled_up_to_be_constant_says_nothing() -> None:
    listener = PacketListener()
    learn(listener, packets([2500 + n % 3 for n in range(1000)]))
    assert not listener.may_sleep
    assert "constant rate" in listener.reason


def test_a_picture_without_noise_is_not_taken_for_a_filled_up_rate() -> None:
    listener = asleep(packets([31] * 750))
    assert sleep(listener, packets([31] * 500, 750)) is None
    assert sleep(listener, packets([31, 31, 140, 150, 160, 150, 160, 150], 1250)) == BATCH


def test_where_the_rate_control_reacts_the_first_packets_tell() -> None:
    listener = asleep(packets(noise(1000, 2000, 0.08, 8)))
    rise = [2100, 3400, 3900, 3600, 2900, 2300, 2000, 1900, *noise(25, 1950, 0.08, 9)]
    woke = sleep(listener, packets(rise, 1001))
    assert woke is not None
    assert woke <= 16


def test_virtual_keyframes_of_a_long_gop_do_not_wake() -> None:
    def smart(count: int, mean: float, seed: int, start: int = 0) -> list[Packet]:
        sizes = noise(count, mean, 0.1, seed)
        heavy = [size * 12 if (n + start) % 50 == 25 else size for n, size in enumerate(sizes)]
        return packets(heavy, start, gop=250)

    listener = asleep(smart(1500, 800, 11))
    assert false_wakes(listener, smart(6000, 800, 12, 1500)) <= 2  # in 4 minutes
    assert sleep(listener, smart(50, 1600, 13, 7500)) is not None


def test_a_refresh_that_sweeps_the_picture_does_not_wake() -> None:
    def swept(count: int, mean: float, seed: int, start: int = 0) -> list[Packet]:
        sizes = noise(count, mean, 0.05, seed)
        return packets(
            [s if (n + start) % GOP < 38 else s * 2 // 3 for n, s in enumerate(sizes)], start
        )

    listener = asleep(swept(1500, 3300, 14))
    assert sleep(listener, swept(1000, 3300, 15, 1500)) is None
    assert sleep(listener, swept(25, 4600, 16, 2500)) is not None


def test_after_a_keyframe_packets_are_light_and_movement_shows_there() -> None:
    def settling(count: int, scale: float, seed: int, start: int = 0) -> list[Packet]:
        sizes = noise(count, 560 * scale, 0.1, seed)
        ramp = [1.0, 0.16, 0.25, 0.5, 0.6, 0.7]
        return packets(
            [
                round(s * (ramp[p] if (p := (n + start) % GOP) < 6 else 1))
                for n, s in enumerate(sizes)
            ],
            start,
        )

    listener = asleep(settling(1000, 1.0, 17))
    assert sleep(listener, settling(1000, 1.0, 18, 1000)) is None
    woke = sleep(listener, settling(50, 1.9, 19, 2000))
    assert woke is not None
    assert woke <= 16


def drifting(start: int, count: int) -> list[Packet]:
    """Night falls: the noise weighs five times as much after three minutes."""
    rng = random.Random(20)
    return packets(
        [round(900 * 5 ** (n / 4500) * rng.lognormvariate(0, 0.1)) for n in range(count)], start
    )


def test_a_drift_that_glances_confirmed_is_followed() -> None:
    listener = asleep(packets(noise(1000, 900, 0.1, 21)))
    assert false_wakes(listener, drifting(1000, 4500)) <= 3


def test_a_drift_that_nobody_looked_at_wakes() -> None:
    listener = asleep(packets(noise(1000, 900, 0.1, 21)))
    assert sleep(listener, drifting(1000, 4500), glances=False) is not None


def test_where_movement_does_not_show_it_may_not_sleep() -> None:
    listener = PacketListener()
    learn(listener, packets(noise(1000, 2300, 0.1, 22)))
    assert listener.may_sleep
    for n in range(3):
        learn(listener, packets(noise(25, 2300, 0.1, 30 + n), 1000), is_still=False)
        learn(listener, packets(noise(100, 2300, 0.1, 40 + n), 1025))
    assert listener.noticed == 0.0
    assert not listener.may_sleep
    assert listener.reason == "movement does not show in the sizes"


def test_where_movement_shows_it_may_and_one_missed_onset_does_not_decide() -> None:
    listener = PacketListener()
    learn(listener, packets(noise(1000, 900, 0.1, 23)))
    for n in range(8):
        weight = 900 if n == 4 else 1800
        learn(listener, packets(noise(25, weight, 0.1, 50 + n), 1000), is_still=False)
        learn(listener, packets(noise(100, 900, 0.1, 60 + n), 1025))
    assert listener.noticed == pytest.approx(7 / 8)
    assert listener.may_sleep


def test_glances_that_found_what_sizes_had_missed_end_sleeping() -> None:
    listener = asleep(packets(noise(1000, 2300, 0.1, 24)))
    for n in range(2):
        assert sleep(listener, packets(noise(40, 2300, 0.1, 70 + n), 1001)) is None
        listener.glanced(is_still=False)
    assert listener.misses == 2
    assert not listener.may_sleep


def shocks(*, have_cause: bool) -> int:
    """How many of ten like shocks wake a listener."""
    listener = asleep(packets(noise(750, 900, 0.08, 25)))
    woken = 0
    for n in range(10):
        start = 750 + 100 * n
        assert not listener.wakes(packets(noise(10, 900, 0.08, 100 + n), start))
        if listener.wakes(packets([1700, 1700, 1700, 1700, 900, 900], start + 10)):
            woken += 1
            learn(listener, packets(noise(25, 900, 0.08, n), start + 16), is_still=not have_cause)
        learn(listener, packets(noise(59, 900, 0.08, 50 + n), start + 41))
        listener.fell_asleep()
    assert listener.false_wakes == (0 if have_cause else woken)
    return woken


def test_wakes_without_cause_teach_it_and_wakes_with_one_do_not() -> None:
    assert shocks(have_cause=True) == 10
    assert 1 <= shocks(have_cause=False) <= 6


def test_what_was_heard_before_does_not_count_after_falling_asleep() -> None:
    listener = asleep(packets(noise(750, 900, 0.08, 27)))
    nearly = packets([1300, 1300], 751)
    for _ in range(20):
        assert not listener.wakes(nearly)
        listener.fell_asleep()


def test_without_stamps_it_works_on_sizes_alone() -> None:
    def bare(sizes: Sequence[int]) -> list[Packet]:
        return [Packet(None, None, TICK, size, False, False, None) for size in sizes]

    listener = asleep(bare(noise(750, 900, 0.08, 28)))
    assert sleep(listener, bare(noise(500, 900, 0.08, 29))) is None
    assert sleep(listener, bare(noise(25, 1600, 0.08, 30))) is not None


def test_nothing_heard_changes_nothing() -> None:
    listener = asleep(packets(noise(750, 900, 0.08, 31)))
    listener.learn([], is_still=True)
    assert not listener.wakes([])
    listener.glanced(is_still=True)
    assert listener.may_sleep


SIZES = st.lists(st.integers(0, 10_000_000), max_size=40)
STAMPS = st.lists(st.one_of(st.none(), st.integers(-(2**62), 2**62)), min_size=40, max_size=40)


@settings(max_examples=100, deadline=None)
@given(SIZES, STAMPS, st.lists(st.booleans(), min_size=40, max_size=40), st.booleans())
def test_any_packets_can_be_learned_and_heard(
    sizes: list[int], stamps: list[int | None], keys: list[bool], is_still: bool
) -> None:
    listener = PacketListener()
    odd = [
        Packet(pts, pts, TICK, size, key, False, None)
        for size, pts, key in zip(sizes, stamps, keys, strict=False)
    ]
    for _ in range(12):
        learn(listener, odd, is_still=is_still)
    listener.fell_asleep()
    listener.wakes(odd)
    listener.glanced(is_still)
    assert 0.0 <= listener.noticed <= 1.0
    assert listener.may_sleep == (listener.reason == "")


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 5000), min_size=1, max_size=20), st.integers(0, 5000))
def test_heavier_packets_wake_no_later(sizes: list[int], more: int) -> None:
    listener = asleep(_STILL)
    heavier = copy.deepcopy(listener)
    if listener.wakes(packets(sizes, 751)):
        assert heavier.wakes(packets([size + more for size in sizes], 751))


_STILL = packets(noise(750, 900, 0.1, 32))
