"""What was seen stays covered, grows, is let go in time, and crossing objects are not mixed up."""

from __future__ import annotations

import numpy as np
import pytest

from made_pictures import detections_of, tracks_of
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.tracks import Tracks
from wayside.redact.hold import BoxHold, TrackHold, explained, hold_times

BOX = [0.4, 0.4, 0.5, 0.6]
PERSON = [ObjectClass.PERSON]


def see(hold: BoxHold, boxes: object, at_s: float, hold_s: float = 1.0) -> None:
    b = np.asarray(boxes, np.float32).reshape(-1, 4)
    hold.see(b, np.ones(len(b), np.int8), at_s, np.full(len(b), hold_s))


class TestTracks:
    def test_observed_track_is_where_it_is(self) -> None:
        subjects = TrackHold(1.0).update(tracks_of([BOX], PERSON), 0.0)
        assert subjects.boxes == pytest.approx(np.array([BOX]))
        assert subjects.growth.tolist() == [0.0]

    def test_later_picture_moves_it_along_and_grows_it(self) -> None:
        moving = tracks_of([BOX], PERSON, velocities=[[0.2, -0.1]])
        subjects = TrackHold(1.0).update(moving, 0.5)
        assert subjects.boxes[0] == pytest.approx([0.5, 0.35, 0.6, 0.55])
        assert subjects.growth[0] > 0
        assert subjects.boxes[1] == pytest.approx(BOX), "it may have stopped"

    def test_predicted_track_grows_with_time_since_it_was_seen(self) -> None:
        hold = TrackHold(1.0)
        hold.update(tracks_of([BOX], PERSON), 0.0)
        grown = [
            hold.update(tracks_of([BOX], PERSON, t, observed=[False]), t).growth[0]
            for t in (0.2, 0.4, 0.8)
        ]
        assert 0 < grown[0] < grown[1] < grown[2]

    def test_ended_track_is_held_and_then_forgotten(self) -> None:
        hold = TrackHold(1.0)
        hold.update(tracks_of([BOX], PERSON), 0.0)
        held = hold.update(Tracks.none(0.9), 0.9)
        assert held.boxes == pytest.approx(np.array([BOX]))
        assert held.growth[0] == pytest.approx(0.45)
        assert len(hold.update(Tracks.none(1.1), 1.1)) == 0

    def test_hold_starts_when_the_track_ends_not_when_it_was_last_observed(self) -> None:
        hold = TrackHold(1.0)
        hold.update(tracks_of([BOX], PERSON), 0.0)
        hold.update(tracks_of([BOX], PERSON, 0.8, observed=[False]), 0.8)
        assert len(hold.update(Tracks.none(1.5), 1.5)) == 1

    def test_doubtful_class_is_unknown(self) -> None:
        subjects = TrackHold(1.0).update(tracks_of([BOX], PERSON, class_shares=[0.4]), 0.0)
        assert subjects.class_ids.tolist() == [ObjectClass.UNKNOWN]

    def test_time_that_jumps_back_holds_anew(self) -> None:
        hold = TrackHold(1.0)
        hold.update(tracks_of([BOX], PERSON, 100.0), 100.0)
        assert len(hold.update(Tracks.none(2.0), 2.0)) == 1
        assert len(hold.update(Tracks.none(3.5), 3.5)) == 0


class TestBoxes:
    def test_missed_box_is_held_grown_and_then_forgotten(self) -> None:
        hold = BoxHold(2.0)
        see(hold, [BOX], 0.0)
        held = hold.held(0.5)
        assert held.boxes == pytest.approx(np.array([BOX]))
        assert held.growth.tolist() == [1.0]
        assert len(hold.held(1.01)) == 0

    def test_new_box_takes_the_place_of_the_old(self) -> None:
        hold = BoxHold(1.0)
        see(hold, [BOX], 0.0)
        see(hold, [[0.42, 0.4, 0.52, 0.6]], 0.2)
        assert hold.held(0.2).boxes == pytest.approx(np.array([[0.42, 0.4, 0.52, 0.6]]))

    def test_one_new_box_does_not_let_two_go(self) -> None:
        hold = BoxHold(1.0)
        see(hold, [BOX, [0.45, 0.4, 0.55, 0.6]], 0.0)
        see(hold, [[0.44, 0.4, 0.54, 0.6]], 0.2)
        assert len(hold.held(0.2)) == 2

    def test_time_that_jumps_back_holds_anew(self) -> None:
        hold = BoxHold(1.0)
        see(hold, [BOX], 50.0)
        assert hold.held(1.0).growth.tolist() == [0.0]
        assert len(hold.held(2.5)) == 0


class TestHoldTimes:
    def test_a_track_explains_its_detection(self) -> None:
        tracks = tracks_of([BOX, [0, 0, 0.1, 0.1]], [1, 1], observed=[True, False])
        detections = detections_of([[0.41, 0.4, 0.5, 0.6], [0, 0, 0.1, 0.1]], [1, 1])
        assert explained(detections, tracks).tolist() == [True, False]
        assert hold_times(detections, tracks, 1.0, 0.0).tolist() == [0.0, 1.0]

    def test_a_guess_is_held_for_less(self) -> None:
        weak = detections_of([BOX], PERSON, score=0.25)
        assert hold_times(weak, Tracks.none(0), 1.0, 0.0).tolist() == [0.5]

    def test_what_moves_is_held_whatever_its_score(self) -> None:
        moving = Detections.of([BOX], [0], [0.01], [True])
        assert hold_times(moving, Tracks.none(0), 1.0, 0.0).tolist() == [1.0]

    def test_nothing_is_dropped_before_its_own_picture(self) -> None:
        detections = detections_of([BOX], PERSON, score=0.1)
        assert hold_times(detections, tracks_of([BOX], PERSON), 1.0, 0.3).tolist() == [0.3]

    def test_a_score_that_is_none_is_taken_as_sure(self) -> None:
        bad = Detections(
            np.array([BOX], np.float32), np.ones(1, np.int8),
            np.array([np.nan], np.float32), np.zeros(1, bool),
        )  # fmt: skip
        assert hold_times(bad, Tracks.none(0), 1.0, 0.0).tolist() == [1.0]
