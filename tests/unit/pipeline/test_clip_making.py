"""A clip shows only what was analysed, covered in every picture, and ends where nobody looked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from made_clips import (
    RATE,
    RedFilm,
    crossing,
    grey_share,
    made_of,
    order_of,
    red_film,
    red_pixels,
    shown,
)
from wayside.domain.detections import Boxes
from wayside.domain.media import Picture
from wayside.pipeline.clip_making import BETWEEN_S, ClipInWork, ClipShape
from wayside.redact.redactor import Redactor


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> RedFilm:
    return red_film(tmp_path_factory.mktemp("film") / "a.mp4", 8.0)


def test_what_moves_is_covered_in_every_picture_also_between_analysed_ones(film: RedFilm) -> None:
    made = made_of(order_of(film, film.seen(range(0, 200, 4)), 1.0, 5.0))
    assert made is not None
    pictures = shown(made.mp4)
    assert len(pictures) == pytest.approx(4 * 8, abs=2)
    assert pictures[-1][0] == pytest.approx(4.0, abs=0.15)
    assert [red_pixels(picture) for _, picture in pictures] == [0] * len(pictures)
    assert min(grey_share(picture) for _, picture in pictures) > 0.5
    # The check itself can fail: the film does show red.
    blind = replace(film, where=lambda _t_s: None)
    revealed = made_of(order_of(film, blind.seen(range(0, 200, 4)), 2.2, 3.2))
    assert revealed is not None
    assert all(red_pixels(picture) for _, picture in shown(revealed.mp4))


def test_what_is_new_in_the_next_analysed_picture_is_covered_before_it(film: RedFilm) -> None:
    first_seen = 56  # it came in picture 50, was overlooked in 52 and is a good way inside by 56
    film = replace(film, where=lambda t_s: crossing(t_s) if t_s >= first_seen / RATE else None)
    seen = film.seen(range(0, 53, 4)) + film.seen(range(first_seen, 80, 4))
    made = made_of(order_of(film, seen, 2.12, 3.0))
    assert made is not None
    pictures = shown(made.mp4)
    assert red_pixels(pictures[0][1]) == 0


def test_nothing_after_the_last_analysed_picture_is_shown(film: RedFilm) -> None:
    made = made_of(order_of(film, film.seen(range(0, 76, 4)), 1.0, 5.0))
    assert made is not None
    pictures = shown(made.mp4)
    assert pictures[-1][0] <= 72 / RATE - 1.0 + 1e-3
    assert all(red_pixels(picture) == 0 for _, picture in pictures)


def test_where_few_pictures_were_analysed_only_those_are_shown(film: RedFilm) -> None:
    apart = round(RATE * (BETWEEN_S + 0.1))
    seen = film.seen(range(0, 200, apart))
    made = made_of(order_of(film, seen, 0.0, 5.0))
    assert made is not None
    expected = [number / RATE for number in range(0, 5 * RATE + 1, apart)]
    assert [t_s for t_s, _ in shown(made.mp4)] == pytest.approx(expected, abs=1e-3)
    assert all(red_pixels(picture) == 0 for _, picture in shown(made.mp4))


def test_seconds_of_media_are_those_of_the_session_not_of_the_stamps(film: RedFilm) -> None:
    """The session has counted a jump that the stamps of the clip do not show."""
    told: list[float] = []

    class Listening(Redactor):
        def redact(self, frame, *given, **more):  # type: ignore[no-untyped-def]
            told.append(frame.time.t_s)
            return super().redact(frame, *given, **more)

    shifted = []
    for one in film.seen(range(0, 100, 4)):
        tracks = replace(one.sight.tracks, t_s=one.t_s + 1000.0)
        shifted.append(replace(one, sight=replace(one.sight, tracks=tracks)))
    made = made_of(order_of(film, shifted, 2.0, 3.0, Listening))
    assert made is not None
    assert told[0] == pytest.approx(1002.0)
    assert told[-1] == pytest.approx(1003.0, abs=0.13)
    assert all(red_pixels(picture) == 0 for _, picture in shown(made.mp4))


class BrokenFaces:
    def find(self, bgr: Picture, regions: Boxes | None = None) -> Boxes:
        raise RuntimeError("no faces today")


class LateFaces:
    """Finds none but in the third picture."""

    def __init__(self) -> None:
        self.asked = 0

    def find(self, bgr: Picture, regions: Boxes | None = None) -> Boxes:
        self.asked += 1
        if self.asked == 3:
            raise RuntimeError("not this one")
        return np.empty((0, 4), np.float32)


def test_a_picture_that_cannot_be_covered_is_blank(film: RedFilm) -> None:
    faces = LateFaces()
    order = order_of(film, film.seen(range(0, 200, 4)), 2.5, 3.5, lambda: Redactor(faces=faces))
    work = ClipInWork(order)
    while work.step():
        pass
    made = work.finish()
    assert made is not None
    assert work.blanks == 1
    spread = [float(picture.std()) for _, picture in shown(made.mp4)]
    assert spread[2] < 2.0  # uniform
    assert min(spread[:2] + spread[3:]) > 10.0


def test_a_clip_of_blank_pictures_alone_is_none(film: RedFilm) -> None:
    broken = lambda: Redactor(faces=BrokenFaces())  # noqa: E731
    assert made_of(order_of(film, film.seen(range(0, 200, 4)), 2.5, 3.5, broken)) is None


def test_nothing_analysed_is_no_clip(film: RedFilm) -> None:
    assert made_of(order_of(film, [], 2.5, 3.5)) is None
    assert made_of(order_of(film, film.seen(range(0, 40, 4)), 2.5, 3.5)) is None


def test_a_broken_packet_shows_nothing_of_what_it_damaged(film: RedFilm) -> None:
    broken = [
        replace(packet, is_corrupt=number == 60) for number, packet in enumerate(film.packets)
    ]
    work = ClipInWork(
        order_of(replace(film, packets=broken), film.seen(range(0, 200, 4)), 2.0, 4.0)
    )
    while work.step():
        pass
    made = work.finish()
    assert made is not None
    assert 0 < work.blanks < work.pictures
    blank = [t_s for t_s, picture in shown(made.mp4) if picture.std() < 2.0]
    assert blank
    assert all(0.2 < t_s < 1.05 for t_s in blank)  # from the damage to the next keyframe


def test_a_step_makes_one_picture_at_most(film: RedFilm) -> None:
    work = ClipInWork(order_of(film, film.seen(range(0, 200, 4)), 2.0, 4.0))
    before, steps = 0, 0
    while work.step():
        steps += 1
        assert work.pictures - before <= 1
        before = work.pictures
    assert steps >= work.pictures > 10


def test_it_is_no_wider_and_no_longer_than_asked(film: RedFilm) -> None:
    order = order_of(film, film.seen(range(0, 200, 4)), 0.0, 7.5)
    work = ClipInWork(order, ClipShape(rate=8.0, width=100, longest_s=2.0))
    while work.step():
        pass
    made = work.finish()
    assert made is not None
    pictures = shown(made.mp4)
    assert pictures[0][1].shape[1] == 100
    assert len(pictures) <= 18


def test_giving_up_leaves_nothing_to_finish(film: RedFilm) -> None:
    work = ClipInWork(order_of(film, film.seen(range(0, 200, 4)), 2.0, 4.0))
    for _ in range(30):
        work.step()
    work.abandon()
    assert work.finish() is None
