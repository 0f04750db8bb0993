"""From pictures to tracks, with a detector that names what is bright."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from made_pictures import detections_of, raw_frame
from wayside.detect.detector import Size
from wayside.detect.separate import look_at
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.media import Picture, RawFrame
from wayside.pipeline.perception import Perception, PerceptionSettings, Sight
from wayside.track.settings import TrackerSettings

SIZE = 640, 360
STREET = cv2.cvtColor(
    cv2.resize(np.random.default_rng(7).integers(90, 140, (9, 16), np.uint8), SIZE),
    cv2.COLOR_GRAY2BGR,
)


class BrightDetector:
    """Every bright patch is a car. asked: size of each picture it was given, in turn."""

    name = "bright"
    sizes: tuple[Size, ...] = ((160, 96), (320, 192))

    def __init__(self, score: float = 0.9) -> None:
        self.asked: list[tuple[int, int]] = []
        self._score = score

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        return [self._one(picture) for picture in pictures]

    def _one(self, picture: Picture) -> Detections:
        height, width = picture.shape[:2]
        self.asked.append((width, height))
        bright = (picture.min(axis=2) > 200).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(bright)
        boxes = [
            (x / width, y / height, (x + w) / width, (y + h) / height)
            for x, y, w, h, _ in stats[1:count]
        ]
        return detections_of(boxes, [ObjectClass.CAR] * len(boxes), self._score)


def box_at(t_s: float) -> tuple[float, float, float, float]:
    """A block that drives to the right from second 1 on."""
    x = 0.05 + 0.15 * max(t_s - 1.0, 0.0)
    return x, 0.45, x + 0.1, 0.55


def frame(t_s: float, *boxes: tuple[float, float, float, float]) -> RawFrame:
    picture = STREET.copy()
    for x1, y1, x2, y2 in boxes:
        left, right = round(x1 * SIZE[0]), round(x2 * SIZE[0])
        picture[round(y1 * SIZE[1]) : round(y2 * SIZE[1]), max(left, 0) : right] = 250
    return raw_frame(picture, t_s)


def seen(perception: Perception, end_s: float, rate: float = 8.0) -> list[Sight]:
    times = [n / rate for n in range(round(end_s * rate))]
    return [perception.see(frame(t, *([box_at(t)] if t >= 1.0 else []))) for t in times]


def test_what_the_detector_names_becomes_one_track_where_it_is() -> None:
    detector = BrightDetector()
    sights = seen(Perception(detector, SIZE), 6.0)
    ids = {int(i) for sight in sights for i in sight.tracks.ids[sight.tracks.confirmed]}
    assert len(ids) == 1
    late = [sight.tracks for sight in sights if sight.tracks.t_s > 2.0]
    for tracks in late:
        assert list(tracks.class_ids) == [ObjectClass.CAR]
        np.testing.assert_allclose(tracks.boxes[0], box_at(tracks.t_s), atol=0.02)
    assert len(detector.asked) == sum(len(sight.looks) for sight in sights) > 0


def test_motion_alone_finds_what_moves_and_looks_nowhere() -> None:
    sights = seen(Perception(None, SIZE), 6.0, rate=12.5)
    late = [sight.tracks for sight in sights if sight.tracks.t_s > 3.0]
    for tracks in late:
        confirmed = tracks.where(tracks.confirmed)
        assert len(confirmed) == 1
        np.testing.assert_allclose(confirmed.boxes[0], box_at(tracks.t_s), atol=0.04)
    assert not any(sight.looks for sight in sights)


def test_finish_ends_every_track() -> None:
    perception = Perception(BrightDetector(), SIZE)
    last = seen(perception, 3.0)[-1].tracks
    ended = perception.finish(3.0)
    assert len(ended) == 0
    assert set(last.ids) <= set(ended.ended)


def test_the_faint_and_the_moving_are_covered_though_not_believed() -> None:
    perception = Perception(BrightDetector(score=0.3), SIZE, PerceptionSettings(threshold=0.6))
    late = [sight for sight in seen(perception, 4.0) if sight.tracks.t_s > 2.0]
    assert any(sight.to_cover.class_ids[~sight.to_cover.from_motion].size for sight in late)
    assert all(len(sight.to_cover) for sight in late)


def test_a_picture_that_changed_altogether_is_told() -> None:
    perception = Perception(None, SIZE)
    for n in range(20):
        assert not perception.see(frame(n / 8)).flooded
    tiles = np.random.default_rng(5).integers(0, 256, (9, 16, 3), np.uint8)
    elsewhere = cv2.resize(tiles, SIZE, interpolation=cv2.INTER_NEAREST)
    assert perception.see(raw_frame(elsewhere, 2.5)).flooded


def test_the_tracker_may_be_set() -> None:
    settings = PerceptionSettings(
        tracker=TrackerSettings(confirm_hits=99, confirm_hits_low=99, motion_hits=99)
    )
    sights = seen(Perception(BrightDetector(), SIZE, settings), 4.0)
    assert not any(sight.tracks.confirmed.any() for sight in sights)


# The two halves of see()


def test_the_halves_make_the_whole() -> None:
    at_once = seen(Perception(BrightDetector(), SIZE), 4.0)
    perception, detector = Perception(BrightDetector(), SIZE), BrightDetector()
    for n, sight in enumerate(at_once):
        t_s = n / 8
        pending = perception.begin(frame(t_s, *([box_at(t_s)] if t_s >= 1.0 else [])))
        named = look_at(detector, pending.frame, pending.looks)
        halved = perception.complete(pending, named)
        np.testing.assert_array_equal(halved.tracks.boxes, sight.tracks.boxes)
        assert list(halved.looks) == list(sight.looks)


def test_one_picture_is_completed_before_the_next_begins() -> None:
    perception = Perception(BrightDetector(), SIZE)
    first = perception.begin(frame(0.0))
    with pytest.raises(RuntimeError, match="was not completed"):
        perception.begin(frame(0.1))
    with pytest.raises(RuntimeError, match="was not completed"):
        perception.finish(0.1)
    perception.complete(first, Detections.empty())
    with pytest.raises(RuntimeError, match="not open"):
        perception.complete(first, Detections.empty())
    perception.begin(frame(0.1))


def test_without_a_network_nothing_is_asked() -> None:
    pending = Perception(None, SIZE).begin(frame(0.0))
    assert pending.looks == ()
