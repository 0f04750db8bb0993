from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.report.contents import Gap
from wayside.report.intervals import (
    MOST_INTERVALS,
    clock_phase_s,
    intervals_of,
    merged,
    nice_step_s,
)


@given(st.floats(0.1, 40 * 86_400 * 5))
def test_a_step_cuts_into_few_enough_parts(duration_s):
    assert duration_s / nice_step_s(duration_s) <= MOST_INTERVALS * (1 + 1e-9)


def test_steps_are_those_of_the_clock():
    assert nice_step_s(30) == 1
    assert nice_step_s(3600) == 120
    assert nice_step_s(8 * 3600) == 900
    assert nice_step_s(80 * 86_400) == 2 * 86_400


def test_intervals_start_at_the_feed_where_its_start_is_a_guess(sample):
    intervals = intervals_of(sample.feed(duration_s=600.0))
    assert intervals.edges_s[0] == 0
    assert intervals.edges_s[-1] >= 600
    assert intervals.coverage == pytest.approx(np.ones(len(intervals)))


def test_intervals_are_cut_at_full_clock_times_where_the_start_is_known(sample):
    # 08:03:20, in steps of 15 min: the first edge is 08:00:00.
    intervals = intervals_of(sample.feed(duration_s=8 * 3600.0, start_known=True))
    assert intervals.step_s == 900
    assert intervals.edges_s[0] == -200
    assert intervals.coverage[0] == pytest.approx(700 / 900)
    assert intervals.coverage[1] == 1


def test_gaps_lower_the_coverage_of_their_intervals_only(sample):
    gaps = (Gap(5.0, 15.0, "lost"), Gap(12.0, 20.0, "late"))
    intervals = intervals_of(sample.feed(duration_s=400.0, gaps=gaps))
    assert intervals.step_s == 10
    assert intervals.coverage[:3] == pytest.approx([0.5, 0.0, 1.0])


def test_intervals_reach_to_an_event_after_the_end(sample):
    intervals = intervals_of(sample.feed(duration_s=10.0), last_event_s=15.0)
    assert intervals.edges_s[-1] >= 15
    assert intervals.coverage[-1] == 0


def test_a_feed_without_length_has_one_interval(sample):
    intervals = intervals_of(sample.feed(duration_s=0.0))
    assert len(intervals) == 1
    assert intervals.coverage[0] == 0


def test_an_instant_outside_goes_to_the_nearest_interval(sample):
    intervals = intervals_of(sample.feed(duration_s=60.0))
    assert list(intervals.index(np.array([-5.0, 0.0, 1.9, 2.0, 500.0]))) == [
        0,
        0,
        0,
        1,
        len(intervals) - 1,
    ]


def test_the_phase_counts_from_midnight():
    assert clock_phase_s(datetime(2026, 1, 1, 8, 3, 20, 500_000, UTC), 900) == 200.5


def test_merged_gaps_are_in_order_without_overlap_and_inside_the_feed():
    gaps = [Gap(50, 70, "c"), Gap(0, 10, "a"), Gap(5, 12, "b"), Gap(6, 9, "hidden")]
    assert merged(gaps, 60) == [Gap(0, 10, "a"), Gap(10, 12, "b"), Gap(50, 60, "c")]
