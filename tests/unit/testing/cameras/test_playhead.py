"""Pacing: the right pictures at the right times, for ever."""

from __future__ import annotations

from wayside.testing.cameras.playhead import Breaks, Due, Playhead
from wayside.testing.clock import FakeClock

FPS, COUNT = 12.5, 50


def test_pictures_come_at_their_rate_and_the_loop_goes_on() -> None:
    clock = FakeClock()
    head = Playhead(FPS, COUNT, clock.monotonic_s())
    found: list[Due] = []
    for _ in range(250):
        found += head.due(clock.monotonic_s(), COUNT)
        clock.advance(0.04)
    assert len(found) == 125
    assert [due.slot for due in found] == list(range(125))
    assert [due.position for due in found] == [slot % COUNT for slot in range(125)]


def test_slots_pass_empty_where_the_film_is_not_made_yet() -> None:
    head = Playhead(FPS, COUNT, 0.0)
    assert len(head.due(1.0, 10)) == 10
    assert head.due(1.5, 10) == []
    later = head.due(1.6, 20)
    assert later == [Due(19, 10), Due(20, 11)]


def test_after_a_long_standstill_no_flood() -> None:
    head = Playhead(FPS, COUNT, 0.0)
    head.due(0.0, COUNT)
    burst = head.due(60.0, COUNT)
    assert len(burst) <= 26
    assert burst[-1].slot == 750
    assert burst[0].position == 1


def test_the_connection_is_cut_eight_seconds_each_minute() -> None:
    breaks = Breaks()
    cut = [second for second in range(120) if breaks.is_cut(second)]
    assert cut == [*range(45, 53), *range(105, 113)]
