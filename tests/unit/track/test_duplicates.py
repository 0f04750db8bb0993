"""One object, one track; two objects, two."""

import numpy as np

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.track import Tracker, TrackerSettings

PERSON, CAR = ObjectClass.PERSON, ObjectClass.CAR


def shifted(box: list[float], by: float) -> list[float]:
    return [box[0] + by, box[1], box[2] + by, box[3]]


def test_a_box_that_comes_twice_becomes_one_track() -> None:
    tracker = Tracker(aspect=1.0, seed=1)
    whole, part = [0.1, 0.2, 0.3, 0.7], [0.11, 0.22, 0.29, 0.55]
    for k in range(12):
        by = 0.01 * k
        rows = [shifted(whole, by)] if k == 0 else [shifted(whole, by), shifted(part, by)]
        tracks = tracker.update(
            k / 10, Detections.of(rows, [PERSON] * len(rows), [0.9, 0.8][: len(rows)])
        )
    assert tracks.boxes[0, 3] > 0.6  # the whole one, with more sightings, stays
    assert len(tracks) == 1
    assert tracker.counters.duplicates_ended == 1  # and the double is not born again and again
    assert tracker.counters.births_refused > 0


def test_walkers_who_pass_each_other_keep_their_tracks() -> None:
    tracker = Tracker(aspect=1.0, seed=1)
    ids = set()
    for k in range(41):
        by = 0.02 * k
        rows = [shifted([0.1, 0.2, 0.2, 0.6], by), shifted([0.8, 0.2, 0.9, 0.6], -by)]
        tracks = tracker.update(k / 20, Detections.of(rows, [PERSON, PERSON], [0.9, 0.9]))
        ids |= set(tracks.ids.tolist())
    assert tracker.counters.duplicates_ended == 0
    assert len(ids) == 2
    right = tracks.boxes[tracks.ids == min(ids)][0]
    assert right[0] > 0.8  # who walked right is still walking right


def test_a_person_beside_a_car_is_not_the_car() -> None:
    tracker = Tracker(aspect=1.0, seed=1)
    for k in range(20):
        rows = [[0.2, 0.2, 0.8, 0.6], [0.4, 0.25, 0.5, 0.55]]
        tracks = tracker.update(k / 10, Detections.of(rows, [CAR, PERSON], [0.9, 0.9]))
    assert len(tracks) == 2


def test_who_comes_out_from_cover_in_part_goes_on_as_before() -> None:
    tracker = Tracker(aspect=1.0, seed=1)
    for k in range(10):
        tracks = tracker.update(
            k / 10, Detections.of([shifted([0.1, 0.2, 0.2, 0.6], 0.02 * k)], [PERSON], [0.9])
        )
    known = tracks.ids[0]
    for k in range(10, 14):
        tracker.update(k / 10, Detections.empty())
    half = shifted([0.15, 0.2, 0.2, 0.35], 0.02 * 14)
    tracks = tracker.update(1.4, Detections.of([half], [PERSON], [0.9]))
    assert len(tracks) == 2  # too small to be known as the same
    for k in range(15, 20):
        tracks = tracker.update(
            k / 10, Detections.of([shifted([0.1, 0.2, 0.2, 0.6], 0.02 * k)], [PERSON], [0.9])
        )
    assert tracks.ids.tolist() == [known]
    assert tracks.observed.all()


def test_a_track_takes_over_what_its_double_saw() -> None:
    tracker = Tracker(TrackerSettings(size_penalty=50.0), aspect=1.0, seed=1)
    small, large = [0.4, 0.4, 0.5, 0.6], [0.39, 0.39, 0.51, 0.62]
    for k in range(6):
        tracks = tracker.update(k / 10, Detections.of([small], [PERSON], [0.9]))
    known = tracks.ids[0]
    # The size penalty forbids the match, so a new track starts and at once hands over.
    tracks = tracker.update(0.6, Detections.of([large], [PERSON], [0.9]))
    assert tracks.ids.tolist() == [known]
    assert tracks.observed.tolist() == [True]
    assert np.allclose(tracks.boxes[0], large, atol=0.01)
    assert tracks.ended.tolist() == [known + 1]
