"""A network and movement make one list: nothing twice, nothing that moves left out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from wayside.detect.fusion import (
    FusionSettings,
    foreground_share,
    fuse,
    join_riders,
    supported,
    unexplained,
    without_echoes,
)
from wayside.detect.motion import Motion
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections

Box = Sequence[float]

SETTINGS = FusionSettings(
    echo_overlap=0.3,
    echo_inside=0.7,
    support_overlap=0.4,
    support_fill=0.45,
    support_gain=0.4,
    explained=0.5,
    company=0.4,
    blob_score=0.3,
    still=0.05,
)
CAR, PERSON, BICYCLE, UNKNOWN = (
    ObjectClass.CAR,
    ObjectClass.PERSON,
    ObjectClass.BICYCLE,
    ObjectClass.UNKNOWN,
)
NOWHERE = np.empty((0, 4), np.float32)


def motion_of(*boxes: Box, changing: float = 1.0) -> Motion:
    """Blobs that fill their boxes in a picture of 200x100."""
    b = np.array(boxes, np.float32).reshape(-1, 4)
    mask = np.zeros((100, 200), np.uint8)
    for x1, y1, x2, y2 in (b * [200, 100, 200, 100]).round().astype(int):
        mask[y1:y2, x1:x2] = 255
    ones = np.ones(len(b), np.float32)
    return Motion(b, ones, ones * np.float32(changing), mask, flooded=False)


def found(*rows: tuple[Box, int, float]) -> Detections:
    boxes, ids, scores = zip(*rows, strict=True) if rows else ((), (), ())
    return Detections.of(boxes, ids, scores)


class TestEchoes:
    CAR_BOX = (0.2, 0.2, 0.6, 0.6)
    BONNET = (0.22, 0.3, 0.4, 0.6)

    def test_a_faint_part_of_an_object_goes(self) -> None:
        kept = without_echoes(found((self.BONNET, CAR, 0.3), (self.CAR_BOX, CAR, 0.9)), SETTINGS)
        assert kept.boxes == pytest.approx(np.array([self.CAR_BOX], np.float32))

    def test_a_faint_box_around_an_object_and_its_neighbour_goes(self) -> None:
        rows = found((self.BONNET, CAR, 0.9), (self.CAR_BOX, CAR, 0.4))
        assert without_echoes(rows, SETTINGS).scores == pytest.approx([0.9])

    def test_two_of_nearly_the_same_score_stay(self) -> None:
        assert (
            len(without_echoes(found((self.BONNET, CAR, 0.8), (self.CAR_BOX, CAR, 0.9)), SETTINGS))
            == 2
        )

    def test_another_kind_stays(self) -> None:
        rows = found((self.BONNET, PERSON, 0.3), (self.CAR_BOX, CAR, 0.9))
        assert len(without_echoes(rows, SETTINGS)) == 2

    def test_a_faint_object_elsewhere_stays(self) -> None:
        rows = found(([0.8, 0.8, 0.9, 0.9], CAR, 0.2), (self.CAR_BOX, CAR, 0.9))
        assert len(without_echoes(rows, SETTINGS)) == 2

    def test_best_first_and_few_pass_through(self) -> None:
        rows = found((self.CAR_BOX, CAR, 0.7), ([0.8, 0.8, 0.9, 0.9], CAR, 0.9))
        assert without_echoes(rows, SETTINGS).scores == pytest.approx([0.9, 0.7])
        assert len(without_echoes(Detections.empty(), SETTINGS)) == 0
        assert len(without_echoes(rows.where(np.array([0])), SETTINGS)) == 1


class TestRiders:
    WHEELS = (0.40, 0.50, 0.50, 0.70)
    RIDER = (0.42, 0.35, 0.48, 0.64)

    def test_a_rider_and_his_bicycle_are_one_bicycle_with_the_box_of_both(self) -> None:
        joined = join_riders(found((self.RIDER, PERSON, 0.8), (self.WHEELS, BICYCLE, 0.5)))
        assert joined.class_ids.tolist() == [BICYCLE]
        assert joined.boxes[0] == pytest.approx([0.40, 0.35, 0.50, 0.70])
        assert 0.8 <= joined.scores[0] <= 1  # no weaker than the surer of the two

    def test_a_motorcycle_has_riders_too(self) -> None:
        rows = found((self.RIDER, PERSON, 0.8), (self.WHEELS, ObjectClass.MOTORCYCLE, 0.5))
        assert join_riders(rows).class_ids.tolist() == [ObjectClass.MOTORCYCLE]

    def test_a_second_reading_of_the_rider_goes_with_him(self) -> None:
        torso = [0.42, 0.36, 0.48, 0.52]
        rows = found((self.RIDER, PERSON, 0.8), (torso, PERSON, 0.4), (self.WHEELS, BICYCLE, 0.5))
        assert join_riders(rows).class_ids.tolist() == [BICYCLE]

    @pytest.mark.parametrize(
        "walker",
        [
            pytest.param([0.30, 0.40, 0.36, 0.70], id="beside"),
            pytest.param([0.42, 0.20, 0.48, 0.49], id="behind, feet above the wheels"),
            pytest.param([0.42, 0.45, 0.48, 0.95], id="in front, feet far below"),
            pytest.param([0.43, 0.60, 0.47, 0.70], id="no taller than the wheels"),
        ],
    )
    def test_somebody_near_a_bicycle_is_not_its_rider(self, walker: Box) -> None:
        rows = found((walker, PERSON, 0.8), (self.WHEELS, BICYCLE, 0.5))
        joined = join_riders(rows)
        assert joined.class_ids.tolist() == [PERSON, BICYCLE]
        assert joined.boxes == pytest.approx(rows.boxes)

    def test_one_person_rides_one_bicycle(self) -> None:
        nearby = [0.41, 0.51, 0.51, 0.71]
        rows = found((self.RIDER, PERSON, 0.8), (self.WHEELS, BICYCLE, 0.9), (nearby, BICYCLE, 0.5))
        joined = join_riders(rows)
        assert joined.class_ids.tolist() == [BICYCLE, BICYCLE]
        assert joined.boxes[joined.scores < 0.6] == pytest.approx(np.array([nearby]))

    def test_two_riders_side_by_side_stay_two(self) -> None:
        def moved(box: Box) -> Box:
            return [box[0] + 0.2, box[1], box[2] + 0.2, box[3]]

        rows = found(
            (self.RIDER, PERSON, 0.8),
            (moved(self.RIDER), PERSON, 0.7),
            (self.WHEELS, BICYCLE, 0.5),
            (moved(self.WHEELS), BICYCLE, 0.6),
        )
        assert join_riders(rows).class_ids.tolist() == [BICYCLE, BICYCLE]

    def test_nothing_to_join(self) -> None:
        people = found((self.RIDER, PERSON, 0.8), (self.WHEELS, PERSON, 0.7))
        assert join_riders(people) is people
        bikes = found((self.WHEELS, BICYCLE, 0.7))
        assert join_riders(bikes) is bikes


class TestSupport:
    BOX = (0.2, 0.2, 0.4, 0.6)
    FAINT = found((BOX, CAR, 0.3))

    def test_a_detection_on_a_moving_blob_is_believed_more(self) -> None:
        raised = supported(self.FAINT, motion_of(self.BOX), SETTINGS)
        assert raised.scores == pytest.approx([0.3 + 0.4 * 0.7])
        assert raised.boxes is self.FAINT.boxes

    def test_an_object_that_fills_a_part_of_a_merged_blob_is_supported(self) -> None:
        merged = motion_of([0.2, 0.2, 0.95, 0.6])  # IoU 0.27, but the box is full of movement
        assert supported(self.FAINT, merged, SETTINGS).scores[0] > 0.3

    def test_no_support_from_a_blob_that_is_elsewhere_or_does_not_change(self) -> None:
        elsewhere = motion_of([0.7, 0.7, 0.9, 0.9])
        ghost = motion_of(self.BOX, changing=0.0)
        for motion in (elsewhere, ghost, motion_of()):
            assert supported(self.FAINT, motion, SETTINGS).scores == pytest.approx([0.3])

    def test_scores_stay_scores(self) -> None:
        sure = found((self.BOX, CAR, 1.0))
        assert supported(sure, motion_of(self.BOX), SETTINGS).scores == pytest.approx([1.0])
        assert len(supported(Detections.empty(), motion_of(self.BOX), SETTINGS)) == 0


class TestUnexplained:
    CAR_BOX = np.array([[0.2, 0.4, 0.4, 0.6]], np.float32)

    def test_without_objects_every_blob_is_unexplained(self) -> None:
        motion = motion_of([0.1, 0.1, 0.2, 0.2], [0.5, 0.5, 0.6, 0.6])
        assert unexplained(NOWHERE, motion, SETTINGS) == pytest.approx(motion.boxes)
        assert unexplained(self.CAR_BOX, motion_of(), SETTINGS).shape == (0, 4)

    @pytest.mark.parametrize(
        "blob",
        [
            pytest.param([0.21, 0.42, 0.39, 0.58], id="the object"),
            pytest.param([0.25, 0.45, 0.30, 0.50], id="a limb"),
            pytest.param([0.40, 0.5, 0.44, 0.6], id="a shadow beside it"),
            pytest.param([0.15, 0.3, 0.55, 0.65], id="the object with its shadow"),
        ],
    )
    def test_what_belongs_to_an_object_is_explained(self, blob: Box) -> None:
        assert len(unexplained(self.CAR_BOX, motion_of(blob), SETTINGS)) == 0

    @pytest.mark.parametrize(
        "blob",
        [
            pytest.param([0.7, 0.4, 0.8, 0.6], id="somewhere else"),
            pytest.param([0.0, 0.0, 1.0, 1.0], id="far larger than the object"),
        ],
    )
    def test_what_does_not_is_handed_on(self, blob: Box) -> None:
        motion = motion_of(blob)
        assert unexplained(self.CAR_BOX, motion, SETTINGS) == pytest.approx(motion.boxes)


class TestForegroundShare:
    def test_share_of_the_pixels(self) -> None:
        mask = np.zeros((100, 200), np.uint8)
        mask[:50, :100] = 255
        boxes = np.array(
            [[0, 0, 0.5, 0.5], [0, 0, 1, 1], [0.25, 0, 0.75, 0.5], [0.6, 0.6, 1, 1]], np.float32
        )
        assert foreground_share(mask, boxes) == pytest.approx([1, 0.25, 0.5, 0])

    def test_a_box_thinner_than_a_pixel_still_has_one(self) -> None:
        mask = np.full((10, 10), 255, np.uint8)
        boxes = np.array([[0.5, 0.5, 0.501, 0.501], [1, 1, 1, 1]], np.float32)
        assert foreground_share(mask, boxes) == pytest.approx([1, 0])

    def test_no_boxes(self) -> None:
        assert foreground_share(np.zeros((10, 10), np.uint8), NOWHERE).shape == (0,)


class TestFuse:
    CAR_BOX = (0.2, 0.4, 0.4, 0.6)
    STRANGER = (0.7, 0.4, 0.8, 0.6)

    def test_named_objects_first_then_what_moves_without_a_name(self) -> None:
        named = found((self.CAR_BOX, CAR, 0.5))
        fused = fuse(named, motion_of(self.CAR_BOX, self.STRANGER), NOWHERE, SETTINGS)
        assert fused.class_ids.tolist() == [CAR, UNKNOWN]
        assert fused.from_motion.tolist() == [False, True]
        assert fused.scores == pytest.approx([0.5 + 0.4 * 0.5, SETTINGS.blob_score])
        assert fused.boxes[1] == pytest.approx(self.STRANGER)

    def test_what_is_known_to_be_there_is_not_new(self) -> None:
        known = np.array([self.STRANGER], np.float32)
        assert len(fuse(Detections.empty(), motion_of(self.STRANGER), known, SETTINGS)) == 0

    def test_a_rider_is_one_object_after_all_steps(self) -> None:
        named = found(
            (TestRiders.RIDER, PERSON, 0.8),
            (TestRiders.WHEELS, BICYCLE, 0.5),
        )
        both = [0.40, 0.35, 0.50, 0.70]
        fused = fuse(named, motion_of(both), NOWHERE, SETTINGS)
        assert fused.class_ids.tolist() == [BICYCLE]

    def test_still_scene_passes_the_network_through(self) -> None:
        named = found((self.CAR_BOX, CAR, 0.5), (self.STRANGER, PERSON, 0.6))
        fused = fuse(named, motion_of(), NOWHERE, SETTINGS)
        assert sorted(fused.scores) == pytest.approx([0.5, 0.6])
        assert len(fuse(Detections.empty(), motion_of(), NOWHERE, SETTINGS)) == 0
