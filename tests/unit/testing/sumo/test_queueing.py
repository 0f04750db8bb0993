"""Queues by exact footprints: what is one queue, and what is one incident."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.testing.sumo.queueing import long_spells, longest_m


def length(*vehicles: tuple[float, float, bool], stop_m: float = 60.0) -> float:
    fronts, rears, standing = (np.array(column) for column in zip(*vehicles, strict=True))
    return longest_m(fronts, rears, standing.astype(bool), stop_m)


def test_a_queue_runs_from_the_stop_line_to_the_last_rear() -> None:
    assert length((59.0, 54.5, True), (52.0, 47.5, True)) == pytest.approx(12.5)


def test_more_than_ten_metres_of_free_road_part_two_queues() -> None:
    assert length((59.0, 54.5, True), (22.5, 18.0, True), (16.0, 11.5, True)) == 11.0
    assert length((59.0, 54.5, True), (44.5, 40.0, True)) == 20.0


def test_who_creeps_counts_between_two_that_stand_alone() -> None:
    assert length((59.0, 54.5, True), (46.0, 41.5, False), (35.0, 30.5, True)) == 29.5
    assert length((59.0, 54.5, True), (46.0, 41.5, False)) == 5.5


def _against_30(rows: list[tuple[float, float]]) -> list[tuple[float, bool, bool]]:
    return [(t_s, value > 30.0, value <= 24.0) for t_s, value in rows]


def spells(*spans: tuple[int, int], value: float = 40.0) -> list[tuple[float, float]]:
    rows = [(float(t), value if any(a <= t < b for a, b in spans) else 0.0) for t in range(400)]
    return long_spells(_against_30(rows), for_s=30.0, bridge_s=3.0, clear_s=90.0)


def test_a_spell_that_is_too_short_is_no_incident() -> None:
    assert spells((10, 35)) == []


def test_a_short_break_does_not_end_a_spell_and_a_long_one_does() -> None:
    assert spells((10, 30), (33, 60)) == [(10.0, 59.0)]
    assert spells((10, 30), (36, 60)) == []


def test_the_queues_of_one_red_after_another_are_one_incident() -> None:
    assert spells((10, 60), (90, 140)) == [(10.0, 139.0)]
    assert spells((10, 60), (150, 200)) == [(10.0, 59.0), (150.0, 199.0)]


def test_between_four_fifths_and_the_limit_a_spell_goes_on() -> None:
    rows = [(0.0, 31.0), *((float(t), 25.0) for t in range(1, 40)), (40.0, 0.0), (44.0, 0.0)]
    assert long_spells(_against_30(rows), for_s=30.0, bridge_s=3.0, clear_s=90.0) == [(0.0, 39.0)]
