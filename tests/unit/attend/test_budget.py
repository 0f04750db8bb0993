"""One worker's CPU among its feeds: evenly thinner, in turns, and steady."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.attend.budget import Budget, BudgetSettings, Demand

FEED = Demand("a", is_awake=True, base=0.001, decode=0.01, sample=0.002, wanted=6.0, least=2.0)


def feeds(count: int, **changes: object) -> list[Demand]:
    return [replace(FEED, feed=f"f{n:03d}", **changes) for n in range(count)]  # type: ignore[arg-type]


def test_what_fits_is_looked_at_in_full() -> None:
    budget = Budget()
    assert not budget.plan(0.0, feeds(30))
    assert set(budget.rates.values()) == {6.0}
    assert (budget.mode, budget.reason) == ("full", "")
    assert budget.load == pytest.approx(30 * 0.023 / 0.85)


def test_what_does_not_fit_is_thinned_evenly_and_fits_then() -> None:
    budget = Budget()
    demands = feeds(45)
    assert budget.plan(0.0, demands)
    [rate] = set(budget.rates.values())
    assert rate is not None
    assert 2.0 < rate < 6.0
    spent = sum(d.base + d.decode + d.sample * rate for d in demands)
    assert 0.97 * budget.capacity < spent <= budget.capacity
    assert budget.mode == "thinned"
    assert "%" in budget.reason


def test_far_too_many_take_turns_and_each_gets_its_share() -> None:
    budget = Budget(BudgetSettings(turn_s=20.0))
    demands = feeds(150)
    watched: dict[str, int] = {demand.feed: 0 for demand in demands}
    changes = []
    before: set[str] = set()
    for second in range(1200):
        budget.plan(float(second), demands)
        now = {feed for feed, rate in budget.rates.items() if rate is not None}
        assert all(2.0 <= (budget.rates[feed] or 0) < 2.5 for feed in now)
        spent = sum(0.01 + 0.002 * (budget.rates[feed] or 0) for feed in now)
        assert 0.001 * len(demands) + spent <= budget.capacity + 1e-9
        changes.append(len(now - before))
        before = now
        for feed in now:
            watched[feed] += 1
    assert budget.mode == "glance"
    assert "take turns" in budget.reason
    assert max(watched.values()) < 1.5 * min(watched.values())
    assert sum(changes[1:]) < 1200 / 20 * 150  # nobody is taken off the moment after it began


def test_there_is_room_for_more_well_before_anybody_is_thinned() -> None:
    budget = Budget(BudgetSettings(room=0.7))
    assert budget.has_room
    budget.plan(0.0, feeds(25))  # 0.575 of 0.85
    assert budget.has_room
    budget.plan(1.0, feeds(28))
    assert (budget.has_room, budget.mode) == (False, "full")


def test_sleepers_cost_next_to_nothing() -> None:
    budget = Budget()
    assert not budget.plan(0.0, [*feeds(400, is_awake=False), FEED])
    assert set(budget.rates.values()) == {6.0}


def test_a_rate_rises_only_after_a_while_and_falls_at_once() -> None:
    budget = Budget(BudgetSettings(rise_s=5.0))
    budget.plan(0.0, feeds(45))
    low = budget.rates["f000"]
    for second in range(1, 6):
        assert not budget.plan(float(second), feeds(10))
        assert budget.rates["f000"] == low
    assert budget.plan(6.0, feeds(10))
    assert budget.rates["f000"] == 6.0
    assert budget.plan(7.0, feeds(45))


def test_room_that_comes_and_goes_changes_nothing() -> None:
    budget = Budget(BudgetSettings(rise_s=5.0))
    budget.plan(0.0, feeds(45))
    for second in range(1, 60):
        assert not budget.plan(float(second), feeds(45 if second % 3 else 30))


def test_a_machine_with_other_work_gives_less() -> None:
    budget = Budget()
    for _ in range(20):
        budget.measured(busy=1.0, efficiency=0.5, lag_s=0.0)
    assert budget.capacity == pytest.approx(0.85 * 0.5, rel=0.01)
    for _ in range(100):
        budget.measured(busy=1.0, efficiency=1.0, lag_s=0.0)
    assert budget.capacity == pytest.approx(0.85, rel=0.01)


def test_an_idle_second_says_nothing_of_the_machine() -> None:
    budget = Budget()
    budget.measured(busy=0.05, efficiency=0.1, lag_s=0.0)
    assert budget.capacity == pytest.approx(0.85)


def test_lag_is_believed_against_the_plan() -> None:
    budget = Budget()
    for _ in range(3):
        budget.measured(busy=1.0, efficiency=1.0, lag_s=1.5)
    assert budget.capacity == pytest.approx(0.85 * 0.9**3)
    for _ in range(100):
        budget.measured(busy=1.0, efficiency=1.0, lag_s=0.1)
    assert budget.capacity == pytest.approx(0.85)


def test_a_feed_slower_than_the_least_is_taken_whole() -> None:
    budget = Budget(BudgetSettings(share=0.02))
    budget.plan(0.0, [replace(FEED, wanted=1.0), *feeds(2)])
    assert budget.rates["a"] == 1.0


def test_a_new_feed_has_what_the_others_have() -> None:
    budget = Budget()
    budget.plan(0.0, feeds(45))
    assert budget.rate("new", 6.0) == pytest.approx(budget.rates["f000"], rel=0.01)
    assert Budget().rate("new", 6.0) == 6.0


DEMAND = st.builds(
    Demand,
    feed=st.uuids().map(str),
    is_awake=st.booleans(),
    base=st.floats(0.0, 0.01),
    decode=st.floats(0.0, 0.2),
    sample=st.floats(0.0, 0.05),
    wanted=st.floats(0.5, 15.0),
    least=st.floats(0.5, 3.0),
)


@given(st.lists(st.lists(DEMAND, max_size=40, unique_by=lambda d: d.feed), max_size=8))
def test_whatever_comes_everyone_has_a_rate_and_the_plan_fits(rounds: list[list[Demand]]) -> None:
    budget = Budget()
    for second, demands in enumerate(rounds):
        budget.plan(float(second), demands)
        assert budget.rates.keys() == {demand.feed for demand in demands}
        awake = [d for d in demands if d.is_awake]
        watched = [d for d in awake if budget.rates[d.feed] is not None]
        assert bool(watched) == bool(awake)
        spent = sum(d.base for d in demands)
        spent += sum(d.decode + d.sample * (budget.rates[d.feed] or 0) for d in watched)
        assert spent <= 1.06 * budget.capacity or len(watched) == 1
        for demand in watched:
            assert budget.rates[demand.feed] <= demand.wanted + 1e-9  # type: ignore[operator]


def test_feeds_in_which_nothing_moves_cost_little_and_keep_their_rate() -> None:
    budget = Budget()
    still = feeds(45, taken=1.0)
    moving = replace(FEED, feed="moving")
    budget.plan(0.0, [*still, moving])
    assert budget.mode == "full"
    assert budget.rates["f000"] == budget.rates["moving"] == 6.0
    assert budget.load == pytest.approx((45 * 0.013 + 0.023) / 0.85)
    budget.plan(1.0, [*feeds(45), moving])
    assert budget.mode == "thinned"
