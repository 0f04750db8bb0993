"""When a feed may fall asleep."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.attend.alertness import Alertness, AlertnessSettings, stood
from wayside.domain.classes import ObjectClass
from wayside.domain.tracks import Trajectory


def alertness() -> Alertness:
    return Alertness(AlertnessSettings(settle_s=2.0, learn_s=10.0))


def test_a_session_is_watched_for_a_while_first() -> None:
    alert = alertness()
    alert.saw(0.0, is_still=True)
    assert not alert.may_sleep(9.9)
    assert alert.may_sleep(10.0)


def test_nothing_may_have_moved_for_a_while() -> None:
    alert = alertness()
    alert.saw(0.0, is_still=True)
    alert.saw(20.0, is_still=False)
    assert not alert.is_still
    assert not alert.may_sleep(30.0)
    alert.saw(30.0, is_still=True)
    alert.saw(31.0, is_still=True)
    assert not alert.may_sleep(31.9)
    assert alert.may_sleep(32.0)


def test_waking_asks_for_stillness_anew() -> None:
    alert = alertness()
    alert.saw(0.0, is_still=True)
    alert.woke()
    assert not alert.may_sleep(60.0)


def test_nothing_seen_yet_is_not_stillness() -> None:
    assert not alertness().may_sleep(100.0)


@pytest.mark.parametrize(
    ("size", "every_s"), [((640, 360), 2.0), ((320, 180), 2.0), ((1920, 1080), 4.0)]
)
def test_large_pictures_are_glanced_at_less_often(size: tuple[int, int], every_s: float) -> None:
    assert AlertnessSettings(glance_s=2.0, glance_most_s=4.0).glance_every_s(*size) == every_s


def test_keyframes_must_come_more_often_than_visits_end() -> None:
    alert = Alertness(AlertnessSettings(unknown_visit_s=3.0, seen_share=0.8, enough_visits=5))
    assert alert.sees_all(2.0)
    assert not alert.sees_all(2.5)
    for start_s in range(0, 600, 10):
        alert.visited(start_s, start_s + 9.0)
    assert alert.sees_all(7.0)
    for start_s in range(600, 670, 10):
        alert.visited(start_s, start_s + 1.0)
    assert not alert.sees_all(2.0)


def test_a_few_visits_say_that_they_may_be_short_and_not_that_they_are_long() -> None:
    alert = Alertness(AlertnessSettings(unknown_visit_s=3.0, seen_share=0.8, enough_visits=5))
    alert.visited(10.0, 19.0)
    assert not alert.sees_all(2.5)
    alert.visited(20.0, 21.0)
    assert alert.short_visit_s == 3.0
    alert.visited(30.0, 31.0)
    assert alert.short_visit_s == 1.0


def test_pieces_of_one_and_objects_that_overlap_are_one_visit() -> None:
    alert = Alertness(AlertnessSettings(enough_visits=1, one_visit_s=0.5))
    for start_s, end_s in [(10.0, 11.0), (12.0, 13.0), (13.4, 14.0), (11.2, 15.0)]:
        alert.visited(start_s, end_s)
    assert alert.short_visit_s == 5.0
    alert.visited(16.0, 17.0)
    assert alert.short_visit_s == 1.0


def test_woken_for_nothing_it_may_sleep_again_sooner() -> None:
    alert = Alertness(AlertnessSettings(settle_s=2.0, startled_s=0.5, learn_s=0.0))
    alert.saw(0.0, is_still=True)
    assert not alert.may_sleep(1.0)
    alert.woke()
    alert.saw(10.0, is_still=True)
    assert alert.may_sleep(10.5)
    alert.saw(11.0, is_still=False)
    alert.saw(12.0, is_still=True)
    assert not alert.may_sleep(13.0)
    assert alert.may_sleep(14.0)


def test_a_long_one_that_is_told_late_ends_no_earlier_than_it_did() -> None:
    alert = Alertness(AlertnessSettings(enough_visits=1))
    alert.visited(0.0, 100.0)
    alert.visited(50.0, 60.0)
    assert alert.short_visit_s == 100.0


@pytest.mark.parametrize(("moves_s", "stands"), [(0.0, True), (20.0, True), (60.0, False)])
def test_what_stood_most_of_its_time_has_stood(moves_s: float, stands: bool) -> None:
    t_s = np.arange(0.0, 100.0, 0.5)
    x = 0.1 + 0.012 * np.minimum(t_s, moves_s)
    image = np.stack([x, np.full_like(x, 0.5)], axis=1).astype(np.float32)
    assert stood(Trajectory(1, int(ObjectClass.CAR), t_s, image, None)) is stands
