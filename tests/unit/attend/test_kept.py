"""The packets since the last keyframe, in bounds."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from wayside.attend.kept import KeptPackets
from wayside.domain.media import Packet


def packet(number: int, *, key: bool = False, size: int = 10) -> Packet:
    return Packet(number, number, Fraction(1, 25), size, key, False, None)


def numbers(packets: list[Packet]) -> list[int | None]:
    return [each.pts for each in packets]


def test_the_gop_before_the_present_one_is_kept_too() -> None:
    kept = KeptPackets()
    for first in (0, 5, 10):
        kept.add([packet(first, key=True), *(packet(first + n) for n in range(1, 5))])
    assert len(kept) == 10
    assert numbers(kept.last(0.1)) == [10, 11, 12, 13, 14]
    assert numbers(kept.last(0.17)) == list(range(5, 15))
    assert numbers(kept.last(60.0)) == list(range(5, 15))


def test_without_a_keyframe_nothing_is_kept() -> None:
    kept = KeptPackets()
    kept.add([packet(1), packet(2)])
    assert not kept.has_keyframe
    assert kept.last(1.0) == []


def test_the_gop_before_goes_first_where_there_is_no_room() -> None:
    kept = KeptPackets(packets=6)
    kept.add([packet(0, key=True), packet(1), packet(2), packet(3, key=True), packet(4)])
    assert len(kept) == 5
    kept.add([packet(5), packet(6)])
    assert numbers(kept.last(60.0)) == [3, 4, 5, 6]


def test_a_gop_that_outgrows_its_bounds_is_given_up_until_the_next_keyframe() -> None:
    for bounds in ({"packets": 5}, {"size": 50}):
        kept = KeptPackets(**bounds)
        kept.add([packet(0, key=True), *(packet(n) for n in range(1, 5))])
        assert kept.is_nearly_full
        kept.add([packet(5)])
        assert not kept.has_keyframe
        kept.add([packet(6)])
        assert not kept.has_keyframe
        kept.add([packet(7, key=True)])
        assert numbers(kept.last(1.0)) == [7]
        assert not kept.is_nearly_full


def test_packets_without_stamps_are_given_whole() -> None:
    kept = KeptPackets()
    kept.add([replace(packet(n, key=n % 3 == 0), pts=None, dts=None) for n in range(6)])
    assert len(kept.last(0.0)) == 6
