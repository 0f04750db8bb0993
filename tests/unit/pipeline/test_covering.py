"""A picture covered later is covered as if it had been covered at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from made_pictures import detections_of, noise, raw_frame, tracks_of
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Boxes, Detections
from wayside.domain.media import Picture, RawFrame
from wayside.domain.tracks import Tracks
from wayside.pipeline.covering import Covering, HoldingSettings
from wayside.pipeline.perception import Sight
from wayside.redact.frame import RedactedFrame
from wayside.redact.redactor import Redactor

SIZE = 64, 48
PERSON = ObjectClass.PERSON


def sights(seconds: float) -> Iterator[tuple[RawFrame, Sight]]:
    """A person who walks to the right and is missed in every third picture."""
    for n in range(round(10 * seconds)):
        t_s = n / 10
        box = [0.1 + 0.05 * t_s, 0.2, 0.3 + 0.05 * t_s, 0.9]
        tracks, found = Tracks.none(t_s), Detections.empty()
        if n % 3:
            tracks, found = tracks_of(box, [PERSON], t_s), detections_of(box, [PERSON])
        frame = raw_frame(noise(*SIZE, seed=n), t_s)
        yield frame, Sight(tracks, found, found, [], flooded=False)


def eager(seconds: float) -> list[RedactedFrame]:
    redactor = Redactor()
    return [
        redactor.redact(frame, sight.tracks, sight.to_cover) for frame, sight in sights(seconds)
    ]


def test_later_is_as_covered_as_at_once() -> None:
    covering, expected = Covering(Redactor), eager(4.0)
    for frame, sight in sights(4.0):
        covering.note(frame, sight)
    for at_s in (1.0, 2.0, 3.0, 3.9):
        picture = covering.at(at_s)
        assert picture is not None
        assert not picture.is_blank
        same = expected[round(10 * picture.time.t_s)]
        assert np.array_equal(picture.pixels, same.pixels)


def test_a_viewer_who_comes_later_sees_what_was_covered_before() -> None:
    covering, expected = Covering(Redactor), eager(4.0)
    for n, (frame, sight) in enumerate(sights(4.0)):
        covering.note(frame, sight)
        if n >= 20 and n % 2:  # not every picture is shown
            picture = covering.newest()
            assert picture is not None
            assert np.array_equal(picture.pixels, expected[n].pixels)


def test_what_is_held_is_bounded_in_time_and_bytes() -> None:
    size = SIZE[0] * SIZE[1] * 3 // 2
    for settings, most in ((HoldingSettings(), 9), (HoldingSettings(size=3 * size), 3)):
        covering = Covering(Redactor, settings)
        for frame, sight in sights(12.0):
            covering.note(frame, sight)
            assert covering.held_bytes <= most * size
        picture = covering.at(0.0)
        assert picture is not None
        assert picture.time.t_s >= 11.9 - settings.seconds - 0.1


def test_a_picture_larger_than_the_bound_is_not_held_but_the_newest_is_there() -> None:
    covering = Covering(Redactor, HoldingSettings(size=10))
    for frame, sight in sights(2.0):
        covering.note(frame, sight)
    assert covering.held_bytes == 0
    picture = covering.at(0.0)
    assert picture is not None
    assert picture.time.t_s == pytest.approx(1.9)


def test_before_the_first_picture_there_is_none() -> None:
    covering = Covering(Redactor)
    assert covering.at(0.0) is None
    assert covering.newest() is None


class BrokenFaces:
    def find(self, bgr: Picture, regions: Boxes | None = None) -> Boxes:
        raise RuntimeError("no faces today")


def test_it_fails_closed() -> None:
    covering = Covering(lambda: Redactor(faces=BrokenFaces()))
    for frame, sight in sights(1.0):
        covering.note(frame, sight)
    picture, newest = covering.at(0.5), covering.newest()
    assert picture is not None
    assert newest is not None
    assert picture.is_blank
    assert newest.is_blank
