import random
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.time import SystemClock
from wayside.events.identifiers import Identifiers

START = datetime(2026, 5, 4, 3, 2, 1, 500_000, tzinfo=UTC)


class HandClock:
    def __init__(self, now: datetime = START) -> None:
        self.time = now

    def monotonic_s(self) -> float:
        return 0.0

    def now(self) -> datetime:
        return self.time


def milliseconds_of(identifier: UUID) -> int:
    return identifier.int >> 80


def test_the_example_of_the_rfc() -> None:
    # RFC 9562, appendix A.6: 2022-02-22T19:22:22Z, rand_a 0xCC3, rand_b 0x18C4DC0C0C07398F.
    tail = (0xCC3 << 62) | 0x18C4DC0C0C07398F
    clock = HandClock(datetime(2022, 2, 22, 19, 22, 22, tzinfo=UTC))
    identifiers = Identifiers(clock, lambda bits: tail)
    assert str(identifiers.new()) == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"


def test_it_is_version_7_with_the_time_of_the_clock() -> None:
    identifier = Identifiers(HandClock()).new()
    assert identifier.version == 7
    assert identifier.variant == RFC_4122
    assert milliseconds_of(identifier) == int(START.timestamp() * 1000)


@given(st.lists(st.integers(-3_600_000, 3_600_000), min_size=1, max_size=60), st.integers())
def test_each_is_greater_than_the_one_before_whatever_the_clock_does(
    steps_ms: list[int], seed: int
) -> None:
    clock = HandClock()
    identifiers = Identifiers(clock, random.Random(seed).getrandbits)
    made = []
    for step in steps_ms:
        clock.time += timedelta(milliseconds=step)
        made += [identifiers.new(), identifiers.new()]
    assert all(a < b for a, b in pairwise(made))
    assert {(identifier.version, identifier.variant) for identifier in made} == {(7, RFC_4122)}


def test_a_full_tail_borrows_the_next_millisecond() -> None:
    ones = Identifiers(HandClock(), lambda bits: (1 << bits) - 1)
    start_ms = int(START.timestamp() * 1000)
    ones._milliseconds, ones._tail = start_ms, (1 << 74) - 2
    after = ones.new()
    assert milliseconds_of(after) == start_ms + 1
    assert after.version == 7


def test_two_makers_do_not_meet() -> None:
    one, other = Identifiers(SystemClock()), Identifiers(SystemClock())
    made = {maker.new() for maker in (one, other) for _ in range(5_000)}
    assert len(made) == 10_000


def test_the_same_seed_gives_the_same_identifiers() -> None:
    def three() -> list[UUID]:
        identifiers = Identifiers(HandClock(), random.Random(7).getrandbits)
        return [identifiers.new() for _ in range(3)]

    assert three() == three()
