"""Feeds spread evenly and stay where they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.fleet.placement import Placement

NAMES = st.lists(st.sampled_from([f"f{n}" for n in range(12)]), unique=True)


@given(st.integers(1, 4), st.lists(NAMES, max_size=6))
def test_who_stays_is_not_moved_and_everybody_has_one_place(
    workers: int, rounds: list[list[str]]
) -> None:
    placement = Placement(workers)
    before: dict[str, int | None] = {}
    for names in rounds:
        placement.wanted(names)
        now = {name: placement.worker_of(name) for name in names}
        assert all(now[name] == place for name, place in before.items() if name in now)
        placed = [name for worker in range(workers) for name in placement.feeds_of(worker)]
        assert sorted(placed) == sorted(names)
        before = now


def test_new_feeds_go_to_the_least_loaded() -> None:
    placement = Placement(3)
    placement.wanted([f"f{n}" for n in range(7)])
    assert [len(placement.feeds_of(n)) for n in range(3)] == [3, 2, 2]
    placement.wanted(["f0", "f1", "f2", "f3", "f6", "new"])  # f4 and f5 left workers 1 and 2
    assert placement.worker_of("new") == 1


def test_an_unwanted_feed_has_no_place() -> None:
    placement = Placement(1)
    placement.wanted(["a"])
    placement.wanted([])
    assert placement.worker_of("a") is None


def test_a_fleet_without_workers_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        Placement(0)
