"""Packets of the last seconds, decodable by themselves, bounded in time and bytes."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from wayside.domain.detections import Detections
from wayside.domain.media import Packet
from wayside.domain.time import MediaTime
from wayside.domain.tracks import Tracks
from wayside.pipeline.perception import Sight
from wayside.pipeline.recent import Recent

BASE = Fraction(1, 1000)


def packet(t_s: float, *, key: bool = False, size: int = 100, dts_s: float | None = None) -> Packet:
    dts = t_s if dts_s is None else dts_s
    return Packet(round(t_s * 1000), round(dts * 1000), BASE, size, key, False, object())


def stream(seconds: int, first_s: float = 0.0, size: int = 100) -> list[Packet]:
    """Ten packets a second, a keyframe each second."""
    return [
        packet(first_s + n / 10, key=n % 10 == 0, size=size) for n in range(round(seconds * 10))
    ]


def see(recent: Recent, t_s: float) -> None:
    sight = Sight(Tracks.none(t_s), Detections.empty(), Detections.empty(), [], flooded=False)
    recent.saw(MediaTime(round(t_s * 1000), BASE, t_s), sight)


def filled(packets: list[Packet], seconds: float = 5.0, size: int = 1_000_000) -> Recent:
    recent = Recent(seconds, size)
    for one in packets:
        recent.keep(one)
    return recent


def test_what_is_left_begins_with_a_keyframe_and_reaches_back_far_enough() -> None:
    recent = filled(stream(60))
    assert recent.oldest is not None
    kept = recent.since(recent.oldest)
    assert kept[0].is_keyframe
    assert (kept[0].pts, kept[-1].pts) == (54_000, 59_900)
    assert recent.held_bytes == 100 * len(kept)


def test_from_the_keyframe_at_or_before_an_instant() -> None:
    recent = filled(stream(5))
    assert recent.since(3_500)[0].pts == 3_000
    assert recent.since(3_000)[0].pts == 3_000
    assert recent.since(-9)[0].pts == 0


def test_bytes_are_bounded_in_whole_groups() -> None:
    recent = Recent(5.0, 3_500)
    for one in stream(60):
        recent.keep(one)
        assert recent.held_bytes <= 3_500
    assert recent.since(0)[0].is_keyframe


def test_a_group_too_large_is_given_up_until_the_next_keyframe() -> None:
    recent = Recent(5.0, 550)
    for one in stream(1):
        recent.keep(one)
    assert recent.oldest is None
    assert recent.held_bytes == 0
    recent.keep(packet(1.0, key=True))
    assert recent.oldest == 1_000


def test_nothing_before_the_first_keyframe_and_nothing_without_stamps() -> None:
    recent = filled(stream(1)[3:])
    assert recent.oldest is None
    for one in stream(1):
        recent.keep(replace(one, pts=None))
    assert recent.oldest is None


def test_what_is_given_again_is_kept_once() -> None:
    """A feed that wakes up is given again what it slept over."""
    packets = stream(3)
    recent = filled(packets)
    for one in packets[20:]:
        recent.keep(one)
    assert recent.since(0) == packets
    assert recent.breaks == 0


def test_pictures_out_of_order_are_no_break() -> None:
    recent = filled([packet(0.0, key=True)])
    for shown_s, dts_s in ((0.3, 0.1), (0.1, 0.2), (0.2, 0.3)):
        recent.keep(packet(shown_s, dts_s=dts_s))
    recent.keep(replace(packet(0.6), dts=None))
    recent.keep(replace(packet(0.5), dts=None))
    assert len(recent.since(0)) == 6
    assert recent.breaks == 0


@pytest.mark.parametrize("by", ["packets", "pictures"])
def test_stamps_that_go_back_begin_anew(by: str) -> None:
    recent = filled(stream(5, first_s=100.0))
    see(recent, 104.0)
    if by == "packets":
        for one in stream(1):
            recent.keep(one)
        assert recent.oldest == 0
    else:
        see(recent, 103.0)
        assert recent.oldest is None
    assert recent.breaks == 1
    assert all(seen.pts < 104_000 for seen in recent.seen)


def test_what_was_seen_goes_with_its_packets_a_second_later() -> None:
    recent = Recent(5.0, 1_000_000)
    for one in stream(60):
        recent.keep(one)
        see(recent, (one.pts or 0) / 1000)
    assert recent.oldest == 54_000
    assert recent.seen[0].pts == 53_000
    assert recent.seen[-1].pts == 59_900
