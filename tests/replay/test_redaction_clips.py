"""Faces in real clips are covered, as an independent search at full size sees them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from made_pictures import raw_frame
from wayside.domain.detections import Detections
from wayside.domain.tracks import Tracks
from wayside.pipeline.wiring import FACES_SIDE, FINE_FACES_SIDE, Eyes, Place, redactor
from wayside.redact.faces import YuNetFaces
from wayside.redact.paint import FILL, Style
from wayside.redact.redactor import Redactor

pytestmark = [pytest.mark.clips, pytest.mark.models, pytest.mark.slow]

TWO_PEOPLE = "intel_head-pose-female-and-male.h264"
WEIGHTS = "face_detection_yunet_2023mar.onnx"


def pictures(path: Path, every: int = 1) -> Iterator[np.ndarray]:
    av.logging.set_level(None)
    with av.open(str(path)) as file:
        for number, picture in enumerate(file.decode(video=0)):
            if number % every == 0:
                yield picture.to_ndarray(format="bgr24")


class Truth:
    """Faces by YuNet itself, at full size, without our own finder in between."""

    def __init__(self, weights: Path, score: float = 0.4) -> None:
        level = cv2.utils.logging.getLogLevel()
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        self._net = cv2.FaceDetectorYN.create(str(weights), "", (320, 320), score, 0.3, 100)
        cv2.utils.logging.setLogLevel(level)

    def faces(self, picture: np.ndarray) -> list[tuple[int, int, int, int]]:
        """x0, y0, x1, y1 in pixels, cut to the picture."""
        height, width = picture.shape[:2]
        self._net.setInputSize((width, height))
        _, found = self._net.detect(picture)
        boxes = []
        for x, y, w, h in [] if found is None else found[:, :4].tolist():
            x0, y0 = max(0, int(x)), max(0, int(y))
            x1, y1 = min(width, int(np.ceil(x + w))), min(height, int(np.ceil(y + h)))
            if x1 > x0 and y1 > y0:
                boxes.append((x0, y0, x1, y1))
        return boxes


def exposed(picture: np.ndarray, face: tuple[int, int, int, int]) -> bool:
    """True where the middle of the face or more than a tenth of it can be seen."""
    x0, y0, x1, y1 = face
    covered = (picture[y0:y1, x0:x1] == FILL).all(2)
    return bool(not covered[(y1 - y0) // 2, (x1 - x0) // 2] or covered.mean() < 0.9)


@pytest.mark.parametrize("faces_every_s", [0.0, 0.2])
def test_both_faces_are_covered_in_every_picture(
    clips: Path, models: Path, faces_every_s: float
) -> None:
    truth = Truth(models / WEIGHTS)
    redactor = Redactor(
        Style.SOLID, faces=YuNetFaces(models / WEIGHTS), faces_every_s=faces_every_s
    )
    seen = 0
    for number, picture in enumerate(pictures(clips / TWO_PEOPLE)):
        t_s = number / 25
        redacted = redactor.redact(raw_frame(picture, t_s), Tracks.none(t_s), Detections.empty())
        faces = truth.faces(picture)
        seen += len(faces)
        assert len(faces) >= 2, number
        assert not any(exposed(redacted.pixels, face) for face in faces), number
        assert (redacted.pixels == FILL).all(2).mean() < 0.6, "the rest can still be seen"
    assert number == 299
    assert seen >= 600
    assert redactor.failures == 0


def test_a_face_in_a_tall_picture_is_covered(clips: Path, models: Path) -> None:
    truth = Truth(models / WEIGHTS, score=0.6)
    redactor = Redactor(faces=YuNetFaces(models / WEIGHTS))
    seen = 0
    for number, picture in enumerate(pictures(clips / "driver_face2_eyes_incluit.mp4", every=10)):
        t_s = number / 2
        redacted = redactor.redact(raw_frame(picture, t_s), Tracks.none(t_s), Detections.empty())
        for face in truth.faces(picture):
            seen += 1
            assert not exposed(redacted.pixels, face), number
    assert seen >= 15


def test_small_faces_in_a_large_picture_are_covered(clips: Path, models: Path) -> None:
    """As a recording is covered, with nothing but faces to go by: 15 to 24 px in 1280 x 720."""
    faces = [YuNetFaces(models / WEIGHTS, max_side=side) for side in (FACES_SIDE, FINE_FACES_SIDE)]
    covering = redactor(Place(), Eyes(faces=faces[0], fine_faces=faces[1]))
    truth, size = Truth(models / WEIGHTS), (128, 72)
    place = np.full((720, 1280, 3), 120, np.uint8)
    seen = 0
    for number, picture in enumerate(pictures(clips / TWO_PEOPLE, every=4)):
        if number == 40:
            break
        t_s = number * 4 / 25
        place[324:396, 576:704] = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        covered = covering.redact(raw_frame(place, t_s), Tracks.none(t_s), Detections.empty())
        for face in truth.faces(picture):
            small = [round(side / 6) for side in face]
            moved = small[0] + 576, small[1] + 324, small[2] + 576, small[3] + 324
            seen += 1
            assert not exposed(covered.pixels, moved), number
        assert (covered.pixels == FILL).all(2).mean() < 0.02
    assert seen >= 80


def test_regions_find_what_the_whole_picture_shows(clips: Path, models: Path) -> None:
    finder = YuNetFaces(models / WEIGHTS)
    for picture in pictures(clips / TWO_PEOPLE, every=60):
        whole = finder.find(picture)
        grown = whole + np.array([-0.05, -0.05, 0.05, 0.1], np.float32)
        parts = finder.find(picture, grown)
        centres = (parts[:, :2] + parts[:, 2:]) / 2
        for face in whole:
            inside = (centres > face[:2]).all(1) & (centres < face[2:]).all(1)
            assert inside.any()
