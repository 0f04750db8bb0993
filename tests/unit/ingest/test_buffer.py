"""The buffer between reader and worker: what it drops, and what it never does."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.errors import SourceLost
from wayside.domain.media import Packet
from wayside.ingest.buffer import Lost, Opened, PacketBuffer

LOST = Lost(SourceLost("x"), 1.0, None)


def packet(number: int, *, key: bool = False, size: int = 10, at_s: float | None = None) -> Packet:
    arrived_s = number * 0.1 if at_s is None else at_s
    return Packet(number, number, Fraction(1, 10), size, key, False, None, arrived_s)


def gops(buffer: PacketBuffer, count: int, length: int = 5, first: int = 0) -> None:
    for number in range(first, first + count * length):
        buffer.put(packet(number, key=number % length == 0))


def numbers(buffer: PacketBuffer) -> list[int]:
    return [item.pts for item in buffer.take(10_000) if isinstance(item, Packet)]  # type: ignore[misc]


def test_items_come_out_in_order_and_by_the_limit() -> None:
    buffer = PacketBuffer()
    gops(buffer, 2)
    assert [item.pts for item in buffer.take(3)] == [0, 1, 2]  # type: ignore[union-attr]
    assert numbers(buffer) == list(range(3, 10))
    assert buffer.take(5) == []


def test_a_full_buffer_drops_whole_gops_oldest_first() -> None:
    buffer = PacketBuffer(packets=12)
    gops(buffer, 3)
    assert buffer.dropped == 5
    assert numbers(buffer) == list(range(5, 15))


@pytest.mark.parametrize("bounds", [{"size": 125}, {"seconds": 1.15}])
def test_bytes_and_seconds_are_bounds_too(bounds: dict[str, float]) -> None:
    buffer = PacketBuffer(**bounds)  # type: ignore[arg-type]
    gops(buffer, 3)
    assert buffer.dropped == 5
    assert numbers(buffer) == list(range(5, 15))


def test_without_another_keyframe_all_goes_until_one_comes() -> None:
    buffer = PacketBuffer(packets=4)
    gops(buffer, 1, length=8)
    assert len(buffer) == 0
    assert buffer.dropped == 8
    gops(buffer, 1, length=4, first=8)
    assert numbers(buffer) == [8, 9, 10, 11]


def test_openings_and_losses_are_never_dropped() -> None:
    buffer = PacketBuffer(packets=3)
    opened = Opened(None)  # type: ignore[arg-type]
    buffer.put(opened)
    gops(buffer, 1, length=3)
    buffer.put(LOST)
    buffer.put(opened)
    gops(buffer, 2, length=3)
    items = buffer.take(100)
    assert [item for item in items if not isinstance(item, Packet)] == [opened, LOST, opened]
    assert [item.pts for item in items if isinstance(item, Packet)] == [3, 4, 5]
    # What comes after a drop that took everything is still in its own session.
    assert items.index(LOST) < items.index(next(i for i in items if isinstance(i, Packet)))


def test_depth_is_the_arrival_of_what_waits() -> None:
    buffer = PacketBuffer()
    assert buffer.depth_s == 0.0
    gops(buffer, 2)
    assert buffer.depth_s == pytest.approx(0.9)
    buffer.take(5)
    assert buffer.depth_s == pytest.approx(0.4)
    buffer.take(5)
    assert buffer.depth_s == 0.0


def test_the_listener_hears_each_put() -> None:
    buffer = PacketBuffer()
    heard: list[int] = []
    buffer.set_listener(lambda: heard.append(len(buffer)))
    gops(buffer, 1, length=3)
    buffer.set_listener(None)
    buffer.put(LOST)
    assert heard == [1, 2, 3]


def test_what_is_put_quietly_is_told_later() -> None:
    buffer = PacketBuffer()
    heard: list[int] = []
    buffer.set_listener(lambda: heard.append(len(buffer)))
    for number in range(3):
        buffer.put(packet(number, key=number == 0), tell=False)
    assert heard == []
    buffer.tell()
    assert heard == [3]


def test_a_buffer_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="room"):
        PacketBuffer(packets=0)


STEP = st.tuples(
    st.sampled_from(["key", "key", "picture", "picture", "picture", "lost", "take"]),
    st.integers(1, 40),
)


@given(st.lists(STEP, max_size=120), st.integers(1, 12), st.integers(1, 200))
def test_nothing_is_lost_uncounted_and_all_that_is_left_decodes(
    steps: list[tuple[str, int]], packets: int, size: int
) -> None:
    buffer = PacketBuffer(packets=packets, size=size)
    put, lost, taken = 0, 0, []
    for number, (what, amount) in enumerate(steps):
        if what == "take":
            taken += buffer.take(amount)
        elif what == "lost":
            buffer.put(LOST)
            lost += 1
        else:
            buffer.put(packet(number, key=what == "key", size=amount))
            put += 1
        assert buffer._packets <= packets
        assert buffer._size <= size
    taken += buffer.take(1_000)
    came = [item for item in taken if isinstance(item, Packet)]
    assert len(taken) - len(came) == lost
    assert len(came) + buffer.dropped == put
    stamps = [item.pts for item in came]
    assert stamps == sorted(stamps)  # type: ignore[type-var]
    # Behind a place where packets were dropped the next one is a keyframe.
    pictures = [n for n, (what, _) in enumerate(steps) if what in ("key", "picture")]
    for before, after in zip([None, *came], came, strict=False):
        at = pictures.index(after.pts)  # type: ignore[arg-type]
        previous = pictures[at - 1] if at else None
        if previous != (before.pts if before else None):
            kinds = [steps[n][0] for n in range(previous or 0, after.pts)]  # type: ignore[arg-type]
            assert after.is_keyframe or "lost" in kinds
