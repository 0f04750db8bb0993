"""Who gets which row, and in which order the rows are given out."""

import numpy as np
import pytest

from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.track.kalman import ConstantVelocity
from wayside.track.settings import TrackerSettings
from wayside.track.stages import Stages, reachable_pairs
from wayside.track.table import Row, TrackTable, first_entries
from wayside.track.view import View, corners_of
from wayside.track.votes import first_votes

SETTINGS = TrackerSettings()
PERSON, CAR = ObjectClass.PERSON, ObjectClass.CAR


def table_of(boxes: list[list[float]], class_ids: list[int], *, blobs: bool = False) -> TrackTable:
    rows = np.full(len(boxes), blobs)
    detections = Detections.of(boxes, class_ids, np.full(len(boxes), 0.9), rows)
    found = View(1.0).found(detections, SETTINGS)
    return TrackTable(
        np.arange(len(boxes)),
        ConstantVelocity(SETTINGS).start(found.centres, rows),
        first_votes(found.class_ids, found.scores.astype(float)),
        first_entries(0.0, found.centres[:2], found.scores.astype(float), rows),
        np.ones(len(boxes), bool),
    )


def pairs(
    table: TrackTable,
    class_ids: list[int],
    detections: Detections,
    reachable: np.ndarray | None = None,
) -> dict[int, int]:
    stages = Stages(SETTINGS)
    prediction = stages.predicted(table, corners_of(table.state[0]), np.array(class_ids, np.int8))
    found = View(1.0).found(detections, SETTINGS)
    tracks, rows = stages.pairs(table, prediction, found, reachable)
    return dict(zip(tracks.tolist(), rows.tolist(), strict=True))


def test_a_high_row_goes_before_a_better_placed_low_one() -> None:
    table = table_of([[0.1, 0.1, 0.2, 0.3]], [PERSON])
    rows = Detections.of(
        [[0.1, 0.1, 0.2, 0.3], [0.12, 0.1, 0.22, 0.3]], [PERSON, PERSON], [0.3, 0.8]
    )
    assert pairs(table, [PERSON], rows) == {0: 1}


def test_a_low_row_extends_what_the_high_rows_left() -> None:
    table = table_of([[0.1, 0.1, 0.2, 0.3], [0.6, 0.1, 0.7, 0.3]], [PERSON, PERSON])
    rows = Detections.of([[0.6, 0.1, 0.7, 0.3], [0.1, 0.1, 0.2, 0.3]], [PERSON, PERSON], [0.9, 0.2])
    assert pairs(table, [PERSON, PERSON], rows) == {0: 1, 1: 0}


def test_a_person_does_not_become_a_car_but_a_car_may_become_a_truck() -> None:
    table = table_of([[0.1, 0.1, 0.3, 0.3]], [CAR])
    moved = [[0.13, 0.12, 0.33, 0.32]]
    assert pairs(table, [CAR], Detections.of(moved, [PERSON], [0.9])) == {}
    assert pairs(table, [CAR], Detections.of(moved, [ObjectClass.TRUCK], [0.9])) == {0: 0}


def test_a_box_of_another_size_is_another_object() -> None:
    table = table_of([[0.1, 0.1, 0.2, 0.3]], [PERSON])
    table.state[2, :2] = 0.01  # long unseen: its place is uncertain
    alike = Detections.of([[0.17, 0.1, 0.27, 0.3]], [PERSON], [0.9])
    small = Detections.of([[0.17, 0.2, 0.22, 0.3]], [PERSON], [0.9])
    assert pairs(table, [PERSON], alike) == {0: 0}
    assert pairs(table, [PERSON], small) == {}


def test_of_two_claims_the_surer_wins() -> None:
    table = table_of([[0.1, 0.1, 0.2, 0.3], [0.1, 0.1, 0.2, 0.3]], [PERSON, PERSON])
    table.state[2, :2, 0] = 0.01
    row = Detections.of([[0.1, 0.1, 0.2, 0.3]], [PERSON], [0.9])
    assert pairs(table, [PERSON, PERSON], row) == {1: 0}


def test_a_blob_with_a_shadow_extends_a_track() -> None:
    table = table_of([[0.1, 0.1, 0.2, 0.3]], [PERSON])
    blob = Detections.of([[0.08, 0.08, 0.42, 0.34]], [0], [0.5], [True])
    assert pairs(table, [PERSON], blob) == {0: 0}


def test_something_small_in_front_of_a_parked_truck_is_not_the_truck() -> None:
    small = Detections.of([[0.2, 0.3, 0.3, 0.5]], [0], [0.5], [True])
    parked = [[0.1, 0.1, 0.5, 0.5]]
    assert pairs(table_of(parked, [ObjectClass.TRUCK]), [ObjectClass.TRUCK], small) == {}
    larger = Detections.of([[0.1, 0.15, 0.4, 0.5]], [0], [0.5], [True])
    assert pairs(table_of(parked, [0], blobs=True), [0], larger) == {0: 0}


def test_what_the_ground_rules_out_is_not_paired() -> None:
    table = table_of([[0.1, 0.1, 0.2, 0.3]], [PERSON])
    row = Detections.of([[0.1, 0.1, 0.2, 0.3]], [PERSON], [0.9])
    assert pairs(table, [PERSON], row, np.array([[False]])) == {}


class Recorder:
    def reachable(self, before: np.ndarray, now: np.ndarray, elapsed_s: np.ndarray) -> np.ndarray:
        self.asked = (before, now, elapsed_s)
        return np.ones((len(before), len(now)), bool)


def test_the_ground_is_asked_about_the_lower_edge_in_picture_coordinates() -> None:
    aspect, gate = 2.0, Recorder()
    detections = Detections.of([[0.1, 0.1, 0.2, 0.3]], [PERSON], [0.9])
    found = View(aspect).found(detections, SETTINGS)
    table = table_of([[0.0, 0.0, 0.1, 0.1]], [PERSON])
    table.state[0, :, 0] = [0.8, 0.5, 0.1, 0.2]
    table.ledger[[Row.LAST_X, Row.LAST_Y, Row.SEEN_S], 0] = [0.8, 0.5, 1.0]
    assert reachable_pairs(gate, 3.0, table, found, aspect).shape == (1, 1)
    before, now, elapsed_s = gate.asked
    assert before[0] == pytest.approx([0.4, 0.6])
    assert now[0] == pytest.approx([0.15, 0.3])
    assert elapsed_s.tolist() == [2.0]
