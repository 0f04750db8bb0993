"""When a feed may fall asleep."""

from __future__ import annotations

import pytest

from wayside.attend.alertness import Alertness, AlertnessSettings


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
