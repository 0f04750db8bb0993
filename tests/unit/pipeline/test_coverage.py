"""Coverage: every second is either analysed or in a gap, and no window hides a gap."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.pipeline.coverage import CoverageMeter, Gap


def meter_of(*times: float, reach_s: float = 1.0) -> CoverageMeter:
    meter = CoverageMeter(reach_s)
    for t_s in times:
        meter.analysed(t_s)
    return meter


def test_samples_within_reach_cover_everything() -> None:
    meter = meter_of(0.0, 0.8, 1.6, 2.6)
    assert meter.gaps == []
    assert meter.share(0.0, 2.6) == 1.0


def test_a_step_beyond_the_reach_is_a_gap() -> None:
    meter = meter_of(0.0, 1.0, 4.0, 5.0)
    assert meter.gaps == [Gap(1.0, 4.0, "no pictures")]
    assert meter.share(0.0, 5.0) == pytest.approx(0.4)
    assert meter.share(2.0, 3.0) == 0.0
    assert meter.share(3.0, 5.0) == pytest.approx(0.5)


def test_a_stream_that_begins_late_begins_with_a_gap() -> None:
    assert meter_of(3.0).gaps == [Gap(0.0, 3.0, "no pictures")]


def test_what_is_lost_is_a_gap_however_short() -> None:
    meter = meter_of(0.0, 0.5)
    meter.lost(0.6, "corrupt pictures")
    meter.lost(0.7, "something else")  # the first reason stays
    meter.analysed(0.8)
    meter.analysed(1.0)
    assert meter.gaps == [Gap(0.5, 0.8, "corrupt pictures")]


def test_what_was_lost_in_the_past_is_no_gap() -> None:
    meter = meter_of(0.0, 1.0)
    meter.lost(0.5, "corrupt pictures")
    meter.analysed(1.5)
    assert meter.gaps == []


def test_a_window_that_closes_while_pictures_are_lost_shows_it() -> None:
    meter = meter_of(0.0, 1.0, 2.0)
    meter.lost(2.1, "corrupt pictures")
    assert meter.share(0.0, 4.0) == pytest.approx(0.5)
    assert meter.share(2.0, 4.0) == 0.0
    meter.analysed(4.0)
    assert meter.share(0.0, 4.0) == pytest.approx(0.5)
    assert meter.gaps == [Gap(2.0, 4.0, "corrupt pictures")]


def test_the_end_belongs_to_the_last_sample_or_to_a_gap() -> None:
    near, far = meter_of(0.0, 1.0), meter_of(0.0, 1.0)
    near.ended(1.5)
    far.ended(10.0)
    assert near.share(0.0, 1.5) == 1.0
    assert far.share(0.0, 10.0) == pytest.approx(0.1)


def test_time_that_goes_back_changes_nothing() -> None:
    meter = meter_of(0.0, 1.0, 0.2, 1.4)
    assert meter.gaps == []


@pytest.mark.parametrize("reach_s", [0.0, -1.0, float("nan")])
def test_a_reach_is_above_zero(reach_s: float) -> None:
    with pytest.raises(ValueError, match="reach"):
        CoverageMeter(reach_s)


@pytest.mark.parametrize("end_s", [1.0, 0.5, float("nan")])
def test_an_empty_window_has_no_share(end_s: float) -> None:
    with pytest.raises(ValueError, match="no window"):
        meter_of(0.0).share(1.0, end_s)


@given(
    st.lists(
        st.tuples(st.floats(0, 100), st.booleans()).map(lambda p: (round(p[0], 2), p[1])),
        max_size=30,
    ),
    st.floats(0.5, 50),
)
def test_gaps_are_apart_and_windows_add_up(steps: list[tuple[float, bool]], cut_s: float) -> None:
    meter = CoverageMeter(1.0)
    for t_s, is_lost in sorted(steps):
        if is_lost:
            meter.lost(t_s, "lost")
        else:
            meter.analysed(t_s)
    meter.ended(101.0)
    assert all(before.end_s <= after.start_s for before, after in pairwise(meter.gaps))
    assert all(gap.start_s < gap.end_s for gap in meter.gaps)
    first, second = meter.share(0.0, cut_s), meter.share(cut_s, 101.0)
    whole = (first * cut_s + second * (101.0 - cut_s)) / 101.0
    assert meter.share(0.0, 101.0) == pytest.approx(whole, abs=1e-9)


def test_told_gaps_can_be_forgotten_and_untold_ones_cannot() -> None:
    meter = CoverageMeter(1.0)
    for t_s in (0.0, 5.0, 10.0):
        meter.analysed(t_s)
    meter.forget(100.0)
    assert [(gap.start_s, gap.end_s) for gap in meter.untold()] == [(0.0, 5.0), (5.0, 10.0)]
    assert meter.untold() == []
    meter.forget(7.0)
    assert [(gap.start_s, gap.end_s) for gap in meter.gaps] == [(5.0, 10.0)]
    meter.analysed(20.0)
    assert [(gap.start_s, gap.end_s) for gap in meter.untold()] == [(10.0, 20.0)]


def test_a_late_sample_is_explained_by_what_made_it_late() -> None:
    meter = CoverageMeter(1.0)
    meter.analysed(0.0)
    meter.why_late = "overload"
    meter.analysed(0.9)
    meter.analysed(4.0)
    assert [gap.reason for gap in meter.untold()] == ["overload"]
