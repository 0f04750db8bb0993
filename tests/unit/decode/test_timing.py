from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wayside.decode.timing import MAX_GAP_S, MediaTimer, StampChoice

MS = Fraction(1, 1000)
MPEG = Fraction(1, 90_000)


def seconds(timer: MediaTimer, stamps: list[int | None]) -> list[float]:
    return [timer.at(stamp).t_s for stamp in stamps]


def test_stamps_are_believed_and_the_first_picture_is_zero() -> None:
    timer = MediaTimer(MS, rate=25)
    assert seconds(timer, [5000, 5040, 5120, 9000]) == [0.0, 0.04, 0.12, 4.0]
    assert timer.discontinuities == 0


def test_the_exact_stamp_is_kept() -> None:
    time = MediaTimer(Fraction(1001, 30_000)).at(7)
    assert (time.pts, time.time_base, time.t_s) == (7, Fraction(1001, 30_000), 0.0)


def test_missing_stamps_count_by_the_rate() -> None:
    timer = MediaTimer(MS, rate=10)
    assert seconds(timer, [None, None, None]) == pytest.approx([0.0, 0.1, 0.2])
    assert timer.at(None).pts == 300


def test_without_stamps_and_rate_there_are_25_a_second() -> None:
    assert seconds(MediaTimer(MS), [None, None]) == pytest.approx([0.0, 0.04])


def test_one_missing_stamp_does_not_shift_the_next() -> None:
    timer = MediaTimer(MS, rate=10)
    assert seconds(timer, [0, 100, None, 290]) == pytest.approx([0.0, 0.1, 0.2, 0.29])


def test_dts_stand_in_where_there_is_no_pts() -> None:
    timer = MediaTimer(MS, rate=25)
    times = [timer.at(None, dts) for dts in (100, 150, 220)]
    assert [time.t_s for time in times] == pytest.approx([0.0, 0.05, 0.12])
    assert times[-1].pts == 220


def test_a_repeated_stamp_counts_one_interval_and_is_caught_up() -> None:
    timer = MediaTimer(MS, rate=25)
    times = seconds(timer, [0, 40, 40, 80, 120, 160])
    assert times == pytest.approx([0.0, 0.04, 0.08, 0.10, 0.12, 0.16])
    assert timer.discontinuities == 0


def test_stamps_that_stand_still_go_on_by_the_rate() -> None:
    timer = MediaTimer(MS, rate=25)
    assert seconds(timer, [0] * 500)[-1] == pytest.approx(499 * 0.04)


def test_stamps_that_stand_still_for_long_are_a_break() -> None:
    timer = MediaTimer(MS, rate=25)
    last = seconds(timer, [0] * 253)[-1]
    assert timer.discontinuities == 1
    assert timer.at(5_000).t_s == pytest.approx(last + 5.0)


@pytest.mark.parametrize("jump_to", [3_600_000, -50, 0])
def test_a_jump_costs_one_interval(jump_to: int) -> None:
    timer = MediaTimer(MS, rate=25)
    seconds(timer, [1000, 1040, 1080])
    assert timer.at(jump_to).t_s == pytest.approx(0.12)
    assert timer.at(jump_to + 30).t_s == pytest.approx(0.15)
    assert timer.discontinuities == 1


def test_a_pause_of_a_few_seconds_is_a_pause() -> None:
    timer = MediaTimer(MS, rate=25)
    assert seconds(timer, [0, 9_900])[-1] == pytest.approx(9.9)
    assert timer.discontinuities == 0


def test_a_33_bit_counter_wraps_without_a_break() -> None:
    timer = MediaTimer(MPEG, rate=25)
    end = 1 << 33
    stamps = [(end - 7200 + 3600 * step) % end for step in range(5)]
    assert seconds(timer, stamps) == pytest.approx([0.0, 0.04, 0.08, 0.12, 0.16])
    assert timer.discontinuities == 0


def test_a_wrap_is_not_assumed_of_other_clocks() -> None:
    timer = MediaTimer(MS, rate=25)
    seconds(timer, [(1 << 33) - 1, 0])
    assert timer.discontinuities == 1


def test_skipped_packets_let_time_go_on() -> None:
    timer = MediaTimer(MS, rate=25)
    timer.at(0)
    for stamp in range(1000, 120_000, 1000):
        timer.skip(stamp)
    assert timer.at(120_000).t_s == pytest.approx(120.0)
    assert timer.discontinuities == 0


def test_skipped_packets_without_stamps_count_too() -> None:
    timer = MediaTimer(MS, rate=10)
    timer.at(None)
    timer.skip(None)
    timer.skip(None)
    assert timer.at(None).t_s == pytest.approx(0.3)


def test_a_picture_held_back_behind_skipped_packets_is_no_break() -> None:
    timer = MediaTimer(MS, rate=25)
    timer.at(0)
    timer.skip(200)
    assert timer.at(40).t_s == pytest.approx(0.04)
    assert timer.at(240).t_s == pytest.approx(0.24)
    assert timer.discontinuities == 0


def test_a_session_may_begin_with_skipped_packets() -> None:
    timer = MediaTimer(MS, rate=25)
    timer.skip(1000)
    timer.skip(1040)
    assert timer.at(1080).t_s == pytest.approx(0.08)
    late = MediaTimer(MS, rate=25)
    late.skip(1_000_000)
    assert late.at(5).t_s == pytest.approx(0.04)
    assert late.discontinuities == 1


def test_a_jump_among_skipped_packets_is_counted_once() -> None:
    timer = MediaTimer(MS, rate=25)
    timer.at(0)
    timer.skip(40)
    timer.skip(5_000_000)
    assert timer.at(5_000_040).t_s == pytest.approx(0.12)
    assert timer.discontinuities == 1


def test_dts_win_where_pts_are_shuffled() -> None:
    choice = StampChoice()
    shuffled = [(1, 3), (4, 4), (6, 5), (5, 6), (7, 7), (9, 8), (8, 9), (10, 10)]
    assert [choice.of(pts, dts) for pts, dts in shuffled] == [1, 4, 6, 6, 7, 8, 9, 10]


def test_pts_win_where_both_go_back_together() -> None:
    choice = StampChoice()
    assert [choice.of(pts, pts - 2) for pts in (10, 11, 3, 4)] == [10, 11, 3, 4]


def test_shuffled_pts_make_no_breaks() -> None:
    timer = MediaTimer(Fraction(1, 60), rate=60)
    shuffled = [(1, 3), (4, 4), (6, 5), (5, 6), (7, 7), (9, 8), (8, 9), (10, 10)]
    times = [timer.at(pts, dts).t_s for pts, dts in shuffled]
    assert times == sorted(set(times))
    assert times[-1] == pytest.approx(9 / 60)
    assert timer.discontinuities == 0


STAMPS = st.one_of(st.none(), st.integers(-(1 << 40), 1 << 40), st.integers(0, 200))
STEPS = st.lists(st.tuples(st.booleans(), STAMPS, STAMPS), max_size=60)


@settings(deadline=None)
@given(STEPS, st.sampled_from([MS, MPEG, Fraction(1, 25)]))
def test_whatever_the_stamps_time_moves_forward(
    steps: list[tuple[bool, int | None, int | None]], base: Fraction
) -> None:
    timer = MediaTimer(base, rate=25)
    last = None
    for is_skipped, pts, dts in steps:
        if is_skipped:
            timer.skip(pts, dts)
            continue
        time = timer.at(pts, dts)
        if last is not None:
            assert time.t_s > last
        last = time.t_s


@settings(deadline=None)
@given(st.lists(st.integers(1, int(MAX_GAP_S * 1000)), min_size=1, max_size=50))
def test_increasing_stamps_are_kept_to_the_tick(gaps: list[int]) -> None:
    timer = MediaTimer(MS)
    stamp = 0
    timer.at(stamp)
    for gap in gaps:
        stamp += gap
        assert timer.at(stamp).t_s == pytest.approx(stamp / 1000)
    assert timer.discontinuities == 0


def test_a_rewound_picture_keeps_the_time_that_its_stamps_say() -> None:
    timer = MediaTimer(Fraction(1, 25), 25.0)
    first = [timer.at(n, n).t_s for n in range(5)]
    for n in range(5, 300):
        timer.skip(n, n)
    assert timer.reached_s == pytest.approx(299 / 25)
    timer.rewind(2, 2)
    assert [timer.at(n, n).t_s for n in range(2, 8)] == pytest.approx(
        [*first[2:], 5 / 25, 6 / 25, 7 / 25]
    )
    assert timer.discontinuities == 0


def test_rewinding_before_anything_was_seen_changes_nothing() -> None:
    timer = MediaTimer(Fraction(1, 25), 25.0)
    timer.rewind(7, 7)
    timer.rewind(None)
    assert timer.at(100, 100).t_s == 0.0
    assert timer.at(101, 101).t_s == pytest.approx(0.04)
