"""A view is learned, recognised in another light, and missed when it is gone."""

from __future__ import annotations

import cv2
import numpy as np

from feed_health import noisy, street
from wayside.detect.view import KnownView, ViewMatch, structure_of
from wayside.domain.media import Picture


def look(view: KnownView, picture: Picture, begin: int, end: int) -> ViewMatch:
    """The last of the matches of a picture seen for some seconds, each time with new noise."""
    match = ViewMatch(is_learned=False)
    for t_s in range(begin, end):
        grey = cv2.cvtColor(noisy(picture, t_s), cv2.COLOR_BGR2GRAY)
        small = cv2.resize(grey, (160, 90), interpolation=cv2.INTER_AREA)
        match = view.update(float(t_s), structure_of(small))
    return match


def test_a_view_is_known_once_it_stood_still() -> None:
    view = KnownView()
    assert not look(view, street(1), 0, 20).is_learned
    assert look(view, street(1), 20, 25).is_learned


def test_a_view_that_changes_is_never_known() -> None:
    view = KnownView()
    learned = [look(view, street(t_s // 5), t_s, t_s + 1).is_learned for t_s in range(100)]
    assert not any(learned)


def test_an_empty_view_is_never_known() -> None:
    view = KnownView()
    assert not look(view, np.full((360, 640, 3), 90, np.uint8), 0, 100).is_learned


def test_half_the_light_is_the_same_view() -> None:
    view = KnownView()
    look(view, street(1), 0, 40)
    match = look(view, (street(1) * 0.5).astype(np.uint8), 40, 42)
    assert match.match > 0.9
    assert match.covered == 0


def test_another_place_is_told_with_how_long_it_has_been_there() -> None:
    view = KnownView()
    look(view, street(1), 0, 40)
    match = look(view, street(2), 40, 61)
    assert match.match < 0.3
    assert match.steady_s == 20
    assert look(view, street(1), 61, 64).steady_s == 0


def test_what_is_hidden_is_told_and_never_learned() -> None:
    view = KnownView()
    look(view, street(1), 0, 40)
    covered = street(1)
    covered[:, :400] = 60
    assert look(view, covered, 40, 300).covered > 0.4
    assert look(view, street(1), 300, 303).covered == 0


def test_relearning_makes_the_present_view_right() -> None:
    view = KnownView()
    look(view, street(1), 0, 40)
    view.relearn()
    match = look(view, street(2), 40, 80)
    assert match.is_learned
    assert match.match > 0.9


def test_the_view_is_known_over_the_end_of_a_session() -> None:
    view = KnownView()
    look(view, street(1), 0, 40)
    view.restart_time()
    match = look(view, street(1), 0, 1)
    assert match.is_learned
    assert match.match > 0.9
