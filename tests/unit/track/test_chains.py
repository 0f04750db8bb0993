"""First sightings of what moves by more than its own size between two pictures."""

from __future__ import annotations

import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.track.tracker import Tracker

STEP_S = 1 / 3


def seen(*boxes, classes=None, motion=False):
    count = len(boxes)
    return Detections(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.array(classes or [ObjectClass.CAR] * count, np.int8),
        np.full(count, 0.8, np.float32),
        np.full(count, motion, bool),
    )


def car(x, y=0.5, size=0.06):
    return (x - size / 2, y - size / 2, x + size / 2, y + size / 2)


def played(pictures, step_s=STEP_S):
    tracker = Tracker(aspect=1.0, seed=1)
    return [tracker.update(i * step_s, found) for i, found in enumerate(pictures)], tracker


def test_three_leaps_of_a_fast_car_are_one_track_from_its_first_sighting():
    shown, tracker = played([seen(car(0.1 + 0.15 * i)) for i in range(6)])
    first = int(shown[0].ids[0])
    for tracks in shown[2:]:
        assert [int(track) for track in tracks.ids[tracks.confirmed]] == [first]
        assert tracks.observed[tracks.ids == first].all()
    assert tracker.counters.joined == 1
    assert shown[2].ages_s[shown[2].ids == first][0] == pytest.approx(2 * STEP_S)
    assert shown[3].velocities[0, 0] == pytest.approx(0.45, rel=0.05)


def test_one_that_goes_away_gets_smaller_and_slower_as_perspective_has_it():
    depths = 12.0 + 10.0 * np.arange(7)
    places = [0.2 + 6.0 / d for d in depths]
    pictures = [seen(car(0.3, y, 2.4 / d)) for y, d in zip(places, depths, strict=True)]
    shown, _ = played(pictures)
    first = int(shown[0].ids[0])
    assert [int(tracks.ids[tracks.confirmed][0]) for tracks in shown[2:]] == [first] * 5


def test_a_step_aside_is_no_chain():
    shown, tracker = played([seen(car(0.1)), seen(car(0.25)), seen(car(0.4, y=0.62))])
    assert tracker.counters.joined == 0
    assert not shown[-1].confirmed.any()


@pytest.mark.parametrize(
    "third",
    [
        seen(car(0.4, size=0.12)),
        seen(car(0.4), classes=[ObjectClass.PERSON]),
        seen(car(0.52)),
    ],
    ids=["another size", "another class", "another speed"],
)
def test_what_is_not_alike_is_no_chain(third):
    _, tracker = played([seen(car(0.1)), seen(car(0.25)), third])
    assert tracker.counters.joined == 0


def test_a_car_cannot_leap_across_the_picture():
    _, tracker = played(
        [seen(car(0.05, size=0.02)), seen(car(0.45, size=0.02)), seen(car(0.85, size=0.02))]
    )
    assert tracker.counters.joined == 0


def test_two_side_by_side_keep_apart():
    shown, tracker = played(
        [seen(car(0.1 + 0.15 * i, y=0.4), car(0.1 + 0.15 * i, y=0.55)) for i in range(5)]
    )
    assert tracker.counters.joined == 2
    ids = {tuple(sorted(tracks.ids[tracks.confirmed].tolist())) for tracks in shown[2:]}
    assert len(ids) == 1
    rows = shown[-1].boxes[:, 1].tolist()
    assert len(rows) == 2


def test_a_blob_that_is_spent_is_told_as_ended():
    shown, _ = played([seen(car(0.1 + 0.15 * i)) for i in range(4)])
    second = int(shown[1].ids[-1])
    assert second in shown[2].ended.tolist()
    assert second not in shown[2].ids.tolist()
