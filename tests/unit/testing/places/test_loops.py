"""A period's end joins its beginning: in who is where, in the pictures, in the truth."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.testing.places import PLACES, Place, loop_of
from wayside.testing.places.film import Film, shown_index
from wayside.testing.places.loops import Loop
from wayside.testing.town.agents import Traveller

FAST_MPS = 34.0
QUICK = tuple(name for name in PLACES if name != "junction")
"""The junction's simulation takes seconds; it has a test of its own."""


@pytest.fixture(scope="module", params=QUICK)
def loop(request: pytest.FixtureRequest) -> Loop:
    return loop_of(PLACES[request.param]())


def presence(one: Traveller, at_s: float, period_s: float) -> list[np.ndarray]:
    """Poses of a journey at a time of the loop, one for each time it is under way."""
    times = [at_s + lap * period_s for lap in range(3)]
    inside = [t for t in times if one.t_s[0] <= t <= one.t_s[-1]]
    return [one.poses(np.array([t]))[0] for t in inside]


def check_seam(place: Place, travellers: tuple[Traveller, ...]) -> None:
    """Nobody jumps from the last picture to the first; who comes or goes is out of view."""
    step_s = 1 / place.fps
    for one in travellers:
        before = presence(one, place.period_s - step_s, place.period_s)
        after = presence(one, 0.0, place.period_s)
        for pose in before:
            near = [np.hypot(*(pose[:2] - other[:2])) for other in after]
            moves_on = any(apart <= FAST_MPS * step_s for apart in near)
            assert moves_on or np.hypot(*(pose[:2] - one.states[-1, :2])) < FAST_MPS * step_s
        begins = one.t_s[0] < step_s or one.t_s[0] > place.period_s - step_s
        assert len(after) <= len(before) + begins


def test_nobody_jumps_at_the_seam(loop: Loop) -> None:
    check_seam(loop.place, loop.travellers)


def test_journeys_begin_and_end_out_of_view(loop: Loop) -> None:
    """The shop's doorway is the one way out of view that lies in the picture."""
    camera = loop.place.camera
    for one in loop.travellers:
        for row in (0, -1):
            at = np.array([*one.states[row, :2], 0.0])
            x, y = camera.project(at) / (camera.width, camera.height)
            is_behind_the_shop = loop.place.id == "shop-door" and at[1] > 0.5
            assert is_behind_the_shop or not (0 < x < 1 and 0 < y < 1), one.kind


def test_truth_is_the_same_every_time_and_within_the_period(loop: Loop) -> None:
    again = loop_of(PLACES[loop.place.id]())
    assert again.crossings == loop.crossings
    assert all(0 <= one.t_s < loop.place.period_s for one in loop.crossings)
    assert {one.line for one in loop.crossings} == set(loop.place.marks.lines)


def test_nobody_walks_or_drives_through_another(loop: Loop) -> None:
    place = loop.place
    for at_s in np.arange(0.0, place.period_s, 1.0):
        spots = np.array(
            [pose[:2] for one in loop.travellers for pose in presence(one, at_s, place.period_s)]
        )
        if len(spots) > 1:
            apart = np.hypot(*np.moveaxis(spots[:, None] - spots[None], -1, 0))
            assert apart[~np.eye(len(spots), dtype=bool)].min() > 0.5


def test_a_period_is_a_whole_number_of_pictures_and_pieces(loop: Loop) -> None:
    place = loop.place
    assert place.period_s * place.fps == place.frame_count
    assert place.frame_count % 50 == 0


@pytest.fixture(scope="module")
def junction() -> Loop:
    return loop_of(PLACES["junction"]())


def test_the_junction_repeats_too(junction: Loop) -> None:
    """Everybody whom the period brings is there once: the simulation has settled."""
    check_seam(junction.place, junction.travellers)
    assert len(junction.travellers) > 30
    assert len({(one.kind, one.look) for one in junction.travellers}) == len(junction.travellers)


def test_pictures_depend_on_their_number_alone() -> None:
    for name in ("night", "rain", "quay"):
        place = PLACES[name]()
        travellers = loop_of(place).travellers
        film, other = Film(place, travellers), Film(place, travellers)
        film.picture(3)
        shown = film.picture(40)
        assert (shown == other.picture(40)).all()
        assert (shown == other.picture(40 + place.frame_count)).all()


def test_a_frozen_picture_does_not_move_at_all() -> None:
    place = PLACES["quay"]()
    assert place.frozen_s is not None
    first, last = (round(end * place.fps) for end in place.frozen_s)
    assert {shown_index(place, index) for index in range(first, last)} == {first}
    assert shown_index(place, last) == last
    assert shown_index(place, first - 1) == first - 1
