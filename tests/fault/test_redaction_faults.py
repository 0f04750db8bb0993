"""Whatever goes wrong on the way, no raw pixel gets out of the redactor."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest

from made_pictures import detections_of, media_time, tracks_of
from wayside.domain.detections import Detections
from wayside.domain.media import RawFrame
from wayside.domain.tracks import Tracks
from wayside.redact.encode_jpeg import jpeg
from wayside.redact.frame import BLANK, RedactedFrame
from wayside.redact.redactor import Redactor

WIDTH, HEIGHT = 48, 32
CANARY = (13, 240, 7)
FAULTS = 10_000
NONSENSE = (np.nan, np.inf, -np.inf, 1e30, -50.0)
ERRORS: tuple[type[Exception], ...] = (
    RuntimeError, ValueError, MemoryError, OSError, KeyError, TypeError, ZeroDivisionError,
    AttributeError, TimeoutError, StopIteration, RecursionError, AssertionError,
)  # fmt: skip


class Pixels:
    """A canary picture that fails as it is told."""

    width, height = WIDTH, HEIGHT

    def __init__(self, answer: Callable[[], object]) -> None:
        self._answer = answer

    def bgr(self, width: int, height: int) -> object:
        return self._answer()


class Finder:
    """Faces that fail as they are told."""

    def __init__(self) -> None:
        self.answer: Callable[[], object] = lambda: np.empty((0, 4), np.float32)

    def find(self, bgr: object, regions: object = None) -> object:
        return self.answer()


Case = tuple[RawFrame, Tracks, Detections, Callable[[], object]]


def canary() -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 3), CANARY, np.uint8)


def raising(error: Exception) -> Callable[[], object]:
    def raise_it() -> object:
        raise error

    return raise_it


def case(rng: np.random.Generator, t_s: float) -> Case:
    """A picture with two objects in it and exactly one thing wrong with it."""
    boxes = np.sort(rng.uniform(0, 1, (2, 2, 2)), axis=1).reshape(2, 4)
    boxes[:, 2:] += 0.01
    tracks = tracks_of(boxes, rng.integers(0, 7, 2), t_s)
    detections = detections_of(boxes, rng.integers(0, 7, 2))
    answer: Callable[[], object] = canary
    faces: Callable[[], object] = lambda: np.empty((0, 4), np.float32)  # noqa: E731
    bad = float(rng.choice(NONSENSE))
    row, column = int(rng.integers(2)), int(rng.integers(4))
    error = ERRORS[rng.integers(len(ERRORS))]("injected")
    match int(rng.integers(9)):
        case 0:
            answer = raising(error)
        case 1:
            faces = raising(error)
        case 2:
            shapes = [(HEIGHT, WIDTH), (HEIGHT - 1, WIDTH, 3), (0, 0, 3), (HEIGHT, WIDTH, 4)]
            shape = shapes[rng.integers(4)]
            answer = lambda: np.full(shape, CANARY[0], np.uint8)  # noqa: E731
        case 3:
            answer = lambda: canary().astype(np.float32)  # noqa: E731
        case 4:
            tracks.boxes[row, column] = bad
        case 5:
            detections.boxes[row, column] = bad
        case 6:
            found = boxes.copy()
            found[row, column] = bad
            shaped = [found, found[:, :3], found[0], [], None]
            wrong = shaped[rng.integers(4 if rng.integers(2) else 5)]
            wrong = found if isinstance(wrong, list) else wrong
            faces = lambda: wrong  # noqa: E731
        case 7:
            late = float(rng.choice([1.1, -1.1, 60.0, np.nan, np.inf]))
            tracks = replace(tracks, t_s=t_s + late)
        case _:
            short = [
                {"class_ids": tracks.class_ids[:1]},
                {"velocities": tracks.velocities[:1]},
                {"observed": tracks.observed[:0]},
                {"boxes": tracks.boxes[:1]},
            ]
            tracks = replace(tracks, **short[rng.integers(4)])
    return RawFrame(Pixels(answer), media_time(t_s)), tracks, detections, faces  # type: ignore[arg-type]


def cases(seed: int) -> Iterator[tuple[int, Case]]:
    rng = np.random.default_rng(seed)
    for number in range(FAULTS):
        yield number, case(rng, number / 25)


def is_uniform(frame: RedactedFrame) -> bool:
    return frame.is_blank and bool((frame.pixels == BLANK).all())


def test_ten_thousand_faults_let_nothing_out(
    caplog: pytest.LogCaptureFixture, record_property: Callable[[str, object], None]
) -> None:
    record_property("tries", FAULTS)
    finder = Finder()
    redactor = Redactor(faces=finder)  # type: ignore[arg-type]
    with caplog.at_level(logging.CRITICAL):
        for number, (frame, tracks, detections, faces) in cases(seed=20):
            finder.answer = faces
            result = redactor.redact(frame, tracks, detections)
            assert is_uniform(result), number
            assert (result.width, result.height) == (WIDTH, HEIGHT)
    assert redactor.failures == FAULTS
    assert redactor.withheld.total() == FAULTS
    assert len(redactor.withheld) < 30, "the counter must not grow with the messages"


def test_it_works_again_as_soon_as_the_fault_is_over() -> None:
    finder = Finder()
    redactor = Redactor(faces=finder)  # type: ignore[arg-type]
    rng = np.random.default_rng(5)
    for number in range(200):
        t_s = number / 25
        frame, tracks, detections, finder.answer = case(rng, t_s)
        assert redactor.redact(frame, tracks, detections).is_blank
        finder.answer = lambda: np.empty((0, 4), np.float32)
        good = RawFrame(Pixels(canary), media_time(t_s))  # type: ignore[arg-type]
        result = redactor.redact(good, Tracks.none(t_s), Detections.empty())
        assert not result.is_blank
    assert redactor.failures == 200


def test_a_blank_frame_tells_nothing_about_the_picture() -> None:
    encoded = set()
    for colour in (CANARY, (0, 0, 0), (255, 255, 255)):
        finder = Finder()
        finder.answer = raising(RuntimeError("injected"))
        picture = np.full((HEIGHT, WIDTH, 3), colour, np.uint8)
        frame = RawFrame(Pixels(lambda it=picture: it), media_time(0))  # type: ignore[arg-type, misc]
        redactor = Redactor(faces=finder)  # type: ignore[arg-type]
        encoded.add(jpeg(redactor.redact(frame, Tracks.none(0), Detections.empty())))
    assert len(encoded) == 1


@pytest.mark.parametrize("size", ["raises", (0, 10), (-4, 4)])
def test_a_frame_that_does_not_know_its_size_is_blank_all_the_same(size: object) -> None:
    class Broken:
        @property
        def width(self) -> int:
            if size == "raises":
                raise OSError("gone")
            return size[0]  # type: ignore[index]

        @property
        def height(self) -> int:
            return size[1]  # type: ignore[index]

    redactor = Redactor()
    broken = RawFrame(Broken(), media_time(0))  # type: ignore[arg-type]
    assert is_uniform(redactor.redact(broken, Tracks.none(0), Detections.empty()))
    assert redactor.failures == 1


def test_ctrl_c_is_not_a_fault() -> None:
    frame = RawFrame(Pixels(raising(KeyboardInterrupt())), media_time(0))  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        Redactor().redact(frame, Tracks.none(0), Detections.empty())
