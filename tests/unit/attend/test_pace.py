"""How often a feed is looked at follows how fast its own objects move."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.attend.pace import Pace, PaceSettings, swiftness
from wayside.domain.classes import ObjectClass
from wayside.domain.tracks import Trajectory

SETTINGS = PaceSettings()
LATER_S = 200.0
"""Not within the seconds at the full rate."""


def path(
    boxes_a_second: float,
    *,
    across: float = 1.0,
    rate: float = 5.0,
    steps: int = 20,
    start_s: float = 0.0,
):
    """across: share of the movement that is sideways; boxes are of 0.1 by 0.2."""
    t_s = start_s + np.arange(steps + 1) / rate
    way = np.array([0.1 * across, 0.2 * (1 - across)]) * boxes_a_second
    sizes = np.full((steps + 1, 2), (0.1, 0.2), np.float32)
    image = (0.1 + (t_s - start_s)[:, None] * way).astype(np.float32)
    return Trajectory(1, int(ObjectClass.CAR), t_s, image, None, sizes)


def visited(*paths: Trajectory) -> Pace:
    pace = Pace(12.5)
    for each in paths:
        pace.visited(each)
    return pace


@pytest.mark.parametrize("across", [0.0, 0.3, 1.0])
def test_swiftness_is_in_boxes_whichever_way(across: float) -> None:
    assert swiftness(path(3.0, across=across), 0.75, 4) == pytest.approx(3.0, rel=1e-3)


def test_the_rate_does_not_change_the_swiftness() -> None:
    found = [swiftness(path(3.0, rate=rate), 0.75, 4) for rate in (2.0, 5.0, 12.5)]
    assert found == pytest.approx([3.0] * 3, rel=1e-3)


def test_steps_in_which_the_border_cuts_the_box_say_nothing() -> None:
    one = path(3.0)
    assert one.sizes is not None
    one.sizes[3:] = np.nan
    assert swiftness(one, 0.75, 4) is None


def test_the_full_rate_holds_until_enough_is_known() -> None:
    paths = [path(2.0)] * (SETTINGS.enough - 1)
    assert visited(*paths).rate(LATER_S) == 12.5
    assert visited(*paths, path(2.0)).rate(LATER_S) < 12.5


def test_an_object_leaves_no_more_of_its_box_than_is_allowed() -> None:
    pace = visited(*[path(4.0)] * 20)
    assert 4.0 / pace.rate(LATER_S) == pytest.approx(SETTINGS.overlap, rel=1e-3)


@pytest.mark.parametrize(("swift", "rate"), [(0.3, SETTINGS.least), (30.0, 12.5)])
def test_the_rate_has_bounds(swift: float, rate: float) -> None:
    assert visited(*[path(swift)] * 20).rate(LATER_S) == rate


def test_a_few_swift_ones_among_many_count_and_a_single_one_does_not() -> None:
    slow = [path(2.0)] * 98
    assert visited(*slow, path(20.0)).rate(LATER_S) == SETTINGS.least
    swift = visited(*slow, path(5.5), path(5.5)).rate(LATER_S)
    assert swift == pytest.approx(5.5 / SETTINGS.overlap, rel=1e-3)


def test_what_was_swift_is_forgotten_when_it_stays_away() -> None:
    slow = [path(1.0, steps=15)] * SETTINGS.remembered  # within a try
    pace = visited(*[path(5.0, steps=15)] * 20, *slow)
    assert pace.rate(LATER_S) == SETTINGS.least


def test_now_and_then_the_full_rate_shows_what_the_other_would_not() -> None:
    pace = visited(*[path(1.0)] * 20)
    rates = [pace.rate(t_s) for t_s in np.arange(0.0, 900.0, 0.5)]
    share = np.mean([rate == 12.5 for rate in rates])
    assert share == pytest.approx(SETTINGS.try_s / SETTINGS.try_every_s, abs=0.01)


def test_what_a_try_has_shown_is_not_pushed_out_by_the_slow_ones_of_the_time_between() -> None:
    pace = visited(*[path(1.0)] * 20)
    swift = path(5.0, rate=12.5, steps=10, start_s=2 * SETTINGS.try_every_s + 1.0)
    pace.visited(swift)
    for _ in range(3 * SETTINGS.remembered):
        pace.visited(path(1.0, start_s=LATER_S))
    assert pace.rate(LATER_S) == pytest.approx(5.0 / SETTINGS.overlap, rel=1e-3)


def test_feeds_try_at_different_times() -> None:
    paces = [Pace(12.5, phase=phase) for phase in (0.0, 0.25, 0.5)]
    for pace in paces:
        for _ in range(20):
            pace.visited(path(1.0, start_s=50.0))
    tries = [{t for t in range(90) if pace.rate(float(t)) == 12.5} for pace in paces]
    assert [len(each) for each in tries] == [4, 4, 4] or [len(each) for each in tries] == [4, 5, 4]
    assert not tries[0] & tries[1]
    assert not tries[1] & tries[2]
