"""The life of a track: born, confirmed, held, lost, found again, ended."""

import math

import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.tracks import Tracks
from wayside.track import Tracker, TrackerSettings

PERSON, CAR, TRUCK = ObjectClass.PERSON, ObjectClass.CAR, ObjectClass.TRUCK
NOBODY = Detections.empty()
AT = (0.4, 0.4, 0.5, 0.7)


def one(
    x: float = 0.0,
    *,
    box: tuple[float, float, float, float] = AT,
    kind: int = PERSON,
    score: float = 0.9,
    blob: bool = False,
) -> Detections:
    """One box, moved right by x."""
    moved = [box[0] + x, box[1], box[2] + x, box[3]]
    return Detections.of([moved], [kind], [score], [blob])


def run(tracker: Tracker, *steps: tuple[float, Detections]) -> Tracks:
    tracks = Tracks.none(0.0)
    for t_s, detections in steps:
        tracks = tracker.update(t_s, detections)
    return tracks


def seen_for(tracker: Tracker, count: int, step_s: float = 0.2, speed: float = 0.0) -> Tracks:
    return run(tracker, *((k * step_s, one(speed * k * step_s)) for k in range(count)))


def test_two_sightings_make_an_object() -> None:
    tracker = Tracker()
    first = tracker.update(0.0, one())
    assert first.confirmed.tolist() == [False]
    assert first.observed.tolist() == [True]
    second = tracker.update(0.2, one())
    assert second.confirmed.tolist() == [True]
    assert second.ids.tolist() == first.ids.tolist()
    assert second.ages_s[0] == pytest.approx(0.2)
    assert tracker.counters.confirmed == tracker.counters.started == 1


def test_an_unsure_object_needs_three() -> None:
    tracker = Tracker()
    steps = [(k / 5, one(score=0.45)) for k in range(3)]
    assert [bool(tracker.update(*s).confirmed[0]) for s in steps] == [False, False, True]


def test_one_sighting_may_be_asked_to_do() -> None:
    tracker = Tracker(TrackerSettings(confirm_hits=1))
    assert tracker.update(0.0, one()).confirmed.tolist() == [True]


def test_a_single_false_alarm_ends_unconfirmed() -> None:
    tracker = Tracker()
    tracks = run(tracker, (0.0, one()), (0.2, NOBODY))
    assert len(tracks) == 1
    tracks = tracker.update(0.4, NOBODY)
    assert len(tracks) == 0
    assert len(tracks.ended) == 1
    assert tracker.counters.confirmed == 0


def test_low_scores_extend_but_never_start() -> None:
    tracker = Tracker()
    assert len(tracker.update(0.0, one(score=0.3))) == 0
    assert len(tracker.update(0.1, one(score=0.05))) == 0
    assert tracker.counters.low_scores_dropped == 1
    tracks = run(tracker, (0.2, one()), (0.4, one()), (0.6, one(score=0.2)))
    assert tracks.observed.tolist() == [True]
    assert tracks.scores[0] == pytest.approx(0.2)


@pytest.mark.parametrize("rate", [2.0, 5.0, 10.0, 25.0])
def test_one_mover_is_one_track_at_any_rate(rate: float) -> None:
    tracker, rng = Tracker(aspect=1.0), np.random.default_rng(3)
    ids: set[int] = set()
    for k in range(int(4 * rate)):
        t_s = k / rate
        missed = k > 1 and rng.random() < 0.1
        wide = (0.05, 0.4, 0.2, 0.6)
        tracks = tracker.update(t_s, NOBODY if missed else one(0.2 * t_s, box=wide, kind=CAR))
        ids |= set(tracks.ids.tolist())
    assert len(ids) == 1
    assert tracks.velocities[0] == pytest.approx([0.2, 0.0], abs=0.02)


def test_velocity_is_in_picture_widths_a_second() -> None:
    tracker = Tracker(aspect=2.0)
    tracks = seen_for(tracker, 15, speed=0.1)
    assert tracks.velocities[0] == pytest.approx([0.1, 0.0], abs=0.01)


def test_it_is_found_again_where_it_was_going() -> None:
    tracker = Tracker(aspect=1.0)
    before = seen_for(tracker, 10, step_s=0.1, speed=0.15)
    hidden = run(tracker, *((1 + k / 10, NOBODY) for k in range(10)))
    assert hidden.ids.tolist() == before.ids.tolist()
    assert hidden.observed.tolist() == [False]
    after = tracker.update(2.0, one(0.3))
    assert after.ids.tolist() == before.ids.tolist()
    assert after.observed.all()


def test_what_is_not_found_ends_after_max_lost_s() -> None:
    tracker = Tracker(TrackerSettings(max_lost_s=1.0))
    known = seen_for(tracker, 5).ids
    assert len(tracker.update(1.7, NOBODY)) == 1
    gone = tracker.update(1.85, NOBODY)
    assert len(gone) == 0
    assert gone.ended.tolist() == known.tolist()


def test_what_has_left_the_picture_ends_at_once() -> None:
    tracker = Tracker(aspect=1.0)
    run(tracker, *((k / 10, one(0.05 * k)) for k in range(11)))
    edge = tracker.update(1.1, one(0.54))
    assert len(edge) == 1
    tracks = run(tracker, (1.2, NOBODY), (1.3, NOBODY))
    assert len(tracks) == 0
    assert tracker.counters.ended == 1


def test_at_rest_and_not_looked_at_it_is_held_for_ever() -> None:
    tracker = Tracker()
    before = seen_for(tracker, 10)
    nowhere = np.empty((0, 4), np.float32)
    elsewhere = np.array([[0.0, 0.0, 0.3, 0.3]], np.float32)
    for k in range(1, 200):
        tracks = tracker.update(2 + k, NOBODY, examined=nowhere if k % 2 else elsewhere)
    assert tracks.ids.tolist() == before.ids.tolist()
    assert tracks.boxes == pytest.approx(before.boxes, abs=0.02)
    assert np.abs(tracks.velocities).max() < 1e-6
    looked = np.array([[0.3, 0.3, 0.6, 0.8]], np.float32)
    for k in range(1, 9):
        tracks = tracker.update(201 + k / 4, NOBODY, examined=looked)
    assert len(tracks) == 0


def test_moving_and_not_looked_at_it_coasts_but_not_for_ever() -> None:
    tracker = Tracker(TrackerSettings(max_blind_s=2.0), aspect=1.0)
    nowhere = np.empty((0, 4), np.float32)
    box = (0.0, 0.4, 0.1, 0.7)
    run(tracker, *((k / 10, one(0.01 * k, box=box)) for k in range(15)))
    later = tracker.update(2.4, NOBODY, examined=nowhere)
    assert later.boxes[0, 0] == pytest.approx(0.24, abs=0.03)
    assert len(tracker.update(3.3, NOBODY, examined=nowhere)) == 1
    assert len(tracker.update(3.6, NOBODY, examined=nowhere)) == 0


def blob_run(xs: list[float], step_s: float = 0.2) -> Tracks:
    tracker = Tracker(aspect=1.0)
    box = (0.1, 0.4, 0.2, 0.5)
    steps = ((k * step_s, one(x, box=box, kind=0, score=0.6, blob=True)) for k, x in enumerate(xs))
    return run(tracker, *steps)


def test_a_blob_that_travels_becomes_an_unknown_object() -> None:
    tracks = blob_run([0.03 * k for k in range(6)])
    assert tracks.confirmed.tolist() == [True]
    assert tracks.class_ids.tolist() == [ObjectClass.UNKNOWN]


def test_a_blob_that_sways_or_is_brief_does_not() -> None:
    assert not blob_run([0.03 * math.sin(2 * k) for k in range(40)]).confirmed.any()
    assert not blob_run([0.05 * k for k in range(3)]).confirmed.any()
    assert not blob_run([0.04 * k for k in range(6)], step_s=0.05).confirmed.any()


def test_a_model_names_what_began_as_a_blob() -> None:
    tracker = Tracker()
    run(tracker, (0.0, one(kind=0, blob=True)), (0.2, one(kind=CAR)))
    tracks = tracker.update(0.4, one(kind=CAR))
    assert tracks.confirmed.tolist() == [True]
    assert tracks.class_ids.tolist() == [CAR]


def test_a_blob_on_a_track_extends_it_and_starts_nothing() -> None:
    tracker = Tracker()
    known = seen_for(tracker, 5)
    around = one(box=(0.38, 0.38, 0.55, 0.75), kind=0, blob=True)
    tracks = tracker.update(1.0, around)
    assert tracks.ids.tolist() == known.ids.tolist()
    assert tracks.observed.all()
    assert tracks.class_ids.tolist() == [PERSON]
    assert len(tracker.update(1.2, around.joined(one()))) == 1
    assert tracker.counters.births_refused == 1


def test_a_second_box_on_a_seen_object_starts_nothing() -> None:
    tracker = Tracker()
    seen_for(tracker, 3)
    tracks = tracker.update(0.6, one().joined(one(0.005, score=0.8)))
    assert len(tracks) == 1
    assert tracker.counters.births_refused == 1


def test_class_by_vote_of_a_life() -> None:
    tracker = Tracker()
    kinds = [CAR, TRUCK, CAR, CAR]
    tracks = run(tracker, *((k / 5, one(kind=kind)) for k, kind in enumerate(kinds)))
    assert tracks.class_ids.tolist() == [CAR]
    assert tracks.class_shares[0] == pytest.approx(0.75)


def test_an_unheard_of_class_is_unknown() -> None:
    tracks = run(Tracker(), (0.0, one(kind=99)), (0.2, one(kind=99)))
    assert tracks.class_ids.tolist() == [ObjectClass.UNKNOWN]


class Nowhere:
    def reachable(self, before: np.ndarray, now: np.ndarray, elapsed_s: np.ndarray) -> np.ndarray:
        return np.zeros((len(before), len(now)), bool)


def test_the_ground_gate_is_asked() -> None:
    tracker = Tracker()
    known = seen_for(tracker, 3).ids[0]
    tracks = tracker.update(0.6, one(0.06), ground=Nowhere())
    assert not tracks.observed[tracks.ids == known].any()
    assert len(tracks) == 2


@pytest.mark.parametrize("wrong", [0.4, 0.2, math.nan, math.inf])
def test_time_must_increase_and_a_wrong_time_changes_nothing(wrong: float) -> None:
    tracker = Tracker()
    run(tracker, (0.2, one()), (0.4, one()))
    with pytest.raises(ValueError, match="increase"):
        tracker.update(wrong, NOBODY)
    assert tracker.update(0.6, one()).ages_s[0] == pytest.approx(0.4)


def test_finish_ends_everything() -> None:
    tracker = Tracker()
    known = seen_for(tracker, 3).ids
    end = tracker.finish(0.4)
    assert len(end) == 0
    assert end.ended.tolist() == known.tolist()
    assert tracker.finish(0.5).ended.tolist() == []
    assert tracker.counters.ended == 1
    with pytest.raises(ValueError, match="after an update"):
        tracker.finish(0.1)
    later = tracker.update(1.0, one())
    assert later.ids[0] == known[0] + 1


@pytest.mark.parametrize("aspect", [0.0, -1.0, math.nan, math.inf])
def test_an_aspect_is_positive(aspect: float) -> None:
    with pytest.raises(ValueError, match="aspect"):
        Tracker(aspect=aspect)


def test_newcomers_are_numbered_alike_in_any_order() -> None:
    both = one().joined(one(0.3, score=0.7))
    forward, backward = Tracker(seed=5), Tracker(seed=5)
    a = forward.update(0.0, both)
    b = backward.update(0.0, both.where(np.array([1, 0])))
    assert a.ids.tolist() == b.ids.tolist()
    assert np.array_equal(a.boxes, b.boxes)
    assert a.scores.tolist() == pytest.approx([0.9, 0.7])


def test_a_car_that_comes_nearer_keeps_its_track_through_a_second_unseen() -> None:
    """At 20 m/s from 90 m, three pictures a second; three of them in a row show nothing."""
    tracker, ids = Tracker(aspect=1.0, seed=1), set()
    for number in range(12):
        distance = 90.0 - 20.0 * number / 3
        x, y, size = 0.5 - 2.0 / distance, 0.1 + 6.0 / distance, 2.4 / distance
        box = np.array([[x - size / 2, y - size / 2, x + size / 2, y + size / 2]], np.float32)
        found = Detections.of(box, np.array([ObjectClass.CAR]), np.array([0.8]))
        tracks = tracker.update(number / 3, Detections.empty() if 6 <= number < 9 else found)
        ids |= set(tracks.ids[tracks.confirmed].tolist())
    assert tracks.observed.all()
    assert len(ids) == 1
