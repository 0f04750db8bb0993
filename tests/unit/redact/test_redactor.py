"""The redactor: covers, holds, does not let covered pixels through, and fails closed."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from made_pictures import detections_of, media_time, noise, raw_frame, tracks_of
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.errors import ConfigError
from wayside.domain.media import RawFrame
from wayside.domain.scene import Zone
from wayside.domain.tracks import Tracks
from wayside.redact.encode_jpeg import jpeg
from wayside.redact.encode_video import VideoWriter
from wayside.redact.frame import RedactedFrame
from wayside.redact.paint import Style
from wayside.redact.redactor import CORRUPT, Redactor

WIDTH, HEIGHT = 160, 96
NOTHING = Detections.empty()
PERSON_BOX = [0.4, 0.2, 0.55, 0.9]
FACE = [0.1, 0.1, 0.2, 0.3]
ZONE = Zone("yard", ((0.7, 0.6), (0.95, 0.65), (0.8, 0.95)))


class Faces:
    """Finds what it is told to and remembers what it was asked."""

    def __init__(self, *answers: object) -> None:
        self.answers = list(answers)
        self.asked: list[object] = []

    def find(self, bgr: np.ndarray, regions: np.ndarray | None = None) -> np.ndarray:
        self.asked.append(regions)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return np.asarray(answer, np.float32).reshape(-1, 4)


def covered(redact) -> np.ndarray:
    """(H, W) True where black and white input give the same output: nothing of it is left."""
    black = redact(np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    white = redact(np.full((HEIGHT, WIDTH, 3), 255, np.uint8))
    assert not black.is_blank
    assert not white.is_blank
    return np.asarray((black.pixels == white.pixels).all(2))


def at(mask: np.ndarray, x: float, y: float) -> bool:
    return bool(mask[int(y * HEIGHT), int(x * WIDTH)])


def once(tracks: Tracks, detections: Detections = NOTHING, faces: object = None, **options: object):
    return covered(
        lambda pixels: Redactor(faces=faces, **options).redact(  # type: ignore[arg-type]
            raw_frame(pixels), tracks, detections
        )
    )


class TestCovers:
    def test_head_of_a_track(self) -> None:
        mask = once(tracks_of([PERSON_BOX], [ObjectClass.PERSON]))
        assert at(mask, 0.47, 0.3)
        assert not at(mask, 0.47, 0.8)

    def test_tentative_track_too(self) -> None:
        mask = once(tracks_of([PERSON_BOX], [ObjectClass.PERSON], confirmed=[False]))
        assert at(mask, 0.47, 0.3)

    def test_detection_without_track_however_weak(self) -> None:
        mask = once(Tracks.none(0), detections_of([PERSON_BOX], [ObjectClass.PERSON], 0.01))
        assert at(mask, 0.47, 0.3)

    def test_what_only_moved_is_covered_whole(self) -> None:
        moving = Detections.of([PERSON_BOX], [ObjectClass.CAR], [0.9], [True])
        mask = once(Tracks.none(0), moving)
        assert at(mask, 0.47, 0.25)
        assert at(mask, 0.47, 0.85)

    def test_where_track_and_detection_differ_both_are_believed(self) -> None:
        tracks = tracks_of([PERSON_BOX], [ObjectClass.PERSON])
        mask = once(tracks, detections_of([PERSON_BOX], [ObjectClass.CAR]))
        assert at(mask, 0.47, 0.25)
        assert at(mask, 0.47, 0.85)

    def test_face_that_no_box_explains(self) -> None:
        mask = once(Tracks.none(0), faces=Faces([FACE]))
        assert at(mask, 0.15, 0.2)
        assert not at(mask, 0.5, 0.5)

    def test_private_zone(self) -> None:
        mask = once(Tracks.none(0), private_zones=[ZONE])
        assert at(mask, 0.8, 0.75)
        assert not at(mask, 0.2, 0.2)

    def test_nothing_else(self) -> None:
        pixels = noise(WIDTH, HEIGHT)
        frame = Redactor().redact(raw_frame(pixels), Tracks.none(0), NOTHING)
        assert np.array_equal(frame.pixels, pixels)
        assert frame.time == media_time(0)

    def test_the_raw_picture_is_left_alone(self) -> None:
        pixels = noise(WIDTH, HEIGHT)
        Redactor().redact(raw_frame(pixels), tracks_of([PERSON_BOX], [1]), NOTHING)
        assert np.array_equal(pixels, noise(WIDTH, HEIGHT))

    def test_a_bad_zone_is_an_error_at_the_door(self) -> None:
        with pytest.raises(ConfigError):
            Redactor(private_zones=[Zone("z", ((0, 0), (1, 1)))])


class TestAhead:
    """What is seen next is covered before it is seen, where somebody knows it already."""

    def soon(self, t_s: float, ahead: tuple[Tracks, Detections]) -> RedactedFrame:
        pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
        return Redactor().redact(raw_frame(pixels, t_s), Tracks.none(t_s), NOTHING, ahead=ahead)

    def is_white(self, frame: RedactedFrame, x: float, y: float) -> bool:
        return bool((frame.pixels[int(y * HEIGHT), int(x * WIDTH)] == 255).all())

    def test_a_new_detection(self) -> None:
        found = detections_of([PERSON_BOX], [ObjectClass.UNKNOWN])
        frame = self.soon(1.0, (Tracks.none(1.2), found))
        assert not self.is_white(frame, 0.47, 0.8)
        assert self.is_white(frame, 0.1, 0.1)

    def test_it_is_wider_the_later_it_is_seen(self) -> None:
        found = detections_of([PERSON_BOX], [ObjectClass.UNKNOWN])
        soon, later = (self.soon(1.0, (Tracks.none(t_s), found)) for t_s in (1.05, 1.6))
        assert self.is_white(soon, 0.66, 0.5)
        assert not self.is_white(later, 0.66, 0.5)

    def test_a_track_where_it_came_from(self) -> None:
        tracks = tracks_of([PERSON_BOX], [ObjectClass.PERSON], 1.4, velocities=[[0.8, 0.0]])
        frame = self.soon(1.0, (tracks, NOTHING))
        assert not self.is_white(frame, 0.47 - 0.32, 0.3)
        assert not self.is_white(frame, 0.47, 0.3)

    def test_it_is_not_remembered(self) -> None:
        redactor = Redactor()
        pixels = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
        found = detections_of([PERSON_BOX], [ObjectClass.UNKNOWN])
        ahead = (Tracks.none(1.2), found)
        redactor.redact(raw_frame(pixels, 1.0), Tracks.none(1.0), NOTHING, ahead=ahead)
        frame = redactor.redact(raw_frame(pixels, 1.1), Tracks.none(1.1), NOTHING)
        assert self.is_white(frame, 0.47, 0.8)

    def test_what_cannot_be_of_this_picture_withholds_it(self) -> None:
        assert self.soon(1.0, (Tracks.none(2.5), NOTHING)).is_blank
        bad = tracks_of([[0.5, 0.5, 0.4, 0.6]], [ObjectClass.PERSON], 1.1)
        assert self.soon(1.0, (bad, NOTHING)).is_blank


class TestHolds:
    def run(self, steps: list[tuple[float, Tracks, Detections]], faces: object = None):
        """Coverage after all steps, the last of which is looked at."""

        def redact(pixels: np.ndarray) -> RedactedFrame:
            answers = Faces(*faces) if faces else None
            redactor = Redactor(faces=answers)
            for t_s, tracks, detections in steps:
                frame = redactor.redact(raw_frame(pixels, t_s), tracks, detections)
            return frame

        return covered(redact)

    def test_through_missed_detections(self) -> None:
        seen = detections_of([PERSON_BOX], [ObjectClass.PERSON])
        missed = [(t / 10, Tracks.none(t / 10), NOTHING) for t in range(1, 10)]
        mask = self.run([(0.0, Tracks.none(0), seen), *missed])
        assert at(mask, 0.47, 0.3)
        mask = self.run([(0.0, Tracks.none(0), seen), (1.1, Tracks.none(1.1), NOTHING)])
        assert not mask.any()

    def test_after_a_track_ended(self) -> None:
        seen = tracks_of([PERSON_BOX], [ObjectClass.PERSON])
        mask = self.run([(0.0, seen, NOTHING), (0.9, Tracks.none(0.9), NOTHING)])
        assert at(mask, 0.47, 0.3)

    def test_faces_and_wider_every_time(self) -> None:
        steps = [(t, Tracks.none(t), NOTHING) for t in (0.0, 0.3, 0.6)]
        shares = [self.run(steps[: n + 1], faces=([FACE], [])).mean() for n in range(3)]
        assert 0 < shares[0] < shares[1] < shares[2]

    def test_picture_between_two_updates(self) -> None:
        tracks = tracks_of([PERSON_BOX], [1], velocities=[[0.5, 0.0]])
        mask = self.run([(0.3, tracks, NOTHING)])
        assert at(mask, 0.47 + 0.15, 0.3)


class TestFaceCadence:
    def ask(self, times: list[float], tracks: Tracks, **options: float) -> list[object]:
        faces = Faces([])
        redactor = Redactor(faces=faces, **options)  # type: ignore[arg-type]
        for t_s in times:
            now = Tracks(t_s, *(getattr(tracks, name) for name in tracks.__slots__[1:]))
            frame = redactor.redact(raw_frame(noise(WIDTH, HEIGHT), t_s), now, NOTHING)
            assert not frame.is_blank
        return faces.asked

    def test_every_picture_is_searched_whole_unless_told(self) -> None:
        assert self.ask([0.0, 0.1, 0.2], tracks_of([PERSON_BOX], [1])) == [None] * 3

    def test_in_between_only_boxes_are_searched(self) -> None:
        asked = self.ask([0.0, 0.1, 0.5], tracks_of([PERSON_BOX], [1]), faces_every_s=0.5)
        assert asked[0] is None
        assert asked[1] == pytest.approx(np.array([[0.4, 0.2, 0.55, 0.2 + 0.6 * 0.7]]))
        assert asked[2] is None

    def test_without_boxes_there_is_nothing_to_search_in_between(self) -> None:
        assert self.ask([0.0, 0.1, 0.2], Tracks.none(0), faces_every_s=0.5) == [None]

    def test_time_that_jumps_back_searches_whole(self) -> None:
        asked = self.ask([9.0, 0.0], tracks_of([PERSON_BOX], [1]), faces_every_s=0.5)
        assert asked == [None, None]

    def test_a_fine_search_comes_first_and_then_now_and_then(self) -> None:
        coarse, fine = Faces([]), Faces([])
        redactor = Redactor(faces=coarse, fine=fine)
        asked = []
        for t_s in (0.0, 0.3, 0.6, 0.9, 1.2, 0.0):
            redactor.redact(raw_frame(noise(WIDTH, HEIGHT), t_s), Tracks.none(t_s), NOTHING)
            asked.append((len(coarse.asked), len(fine.asked)))
        assert asked == [(0, 1), (1, 1), (2, 1), (2, 2), (3, 2), (3, 3)]
        assert not any(region is not None for region in (*coarse.asked, *fine.asked))

    def test_what_only_the_fine_search_finds_stays_covered_until_the_next(self) -> None:
        face = [[0.1, 0.1, 0.14, 0.16]]
        for t_s in (0.0, 0.5, 0.89):
            mask = covered(lambda pixels, t_s=t_s: self.after_a_fine_search(pixels, face, t_s))
            assert at(mask, 0.12, 0.13)
            assert not at(mask, 0.5, 0.5)

    def after_a_fine_search(self, pixels: np.ndarray, face: object, t_s: float) -> RedactedFrame:
        redactor = Redactor(faces=Faces([]), fine=Faces(face), faces_every_s=0.1)
        redactor.redact(raw_frame(pixels, 0.0), Tracks.none(0.0), NOTHING)
        return redactor.redact(raw_frame(pixels, t_s), Tracks.none(t_s), NOTHING)

    def test_a_fine_search_that_fails_shows_nothing_and_is_due_again(self) -> None:
        fine = Faces(RuntimeError("no"), [])
        redactor = Redactor(faces=Faces([]), fine=fine)
        for t_s, is_blank in ((0.0, True), (0.1, False), (0.2, False)):
            frame = redactor.redact(raw_frame(noise(WIDTH, HEIGHT), t_s), Tracks.none(t_s), NOTHING)
            assert frame.is_blank == is_blank
        assert len(fine.asked) == 2


class TestFailsClosed:
    def blank(self, frame: RawFrame, tracks: Tracks, detections=NOTHING, faces=None) -> Redactor:
        redactor = Redactor(faces=faces)
        result = redactor.redact(frame, tracks, detections)
        assert result.is_blank
        assert len(np.unique(result.pixels)) == 1
        return redactor

    def picture(self, t_s: float = 0.0) -> RawFrame:
        return raw_frame(noise(WIDTH, HEIGHT), t_s)

    def test_face_finder_raises(self) -> None:
        redactor = self.blank(self.picture(), Tracks.none(0), faces=Faces(RuntimeError("net")))
        assert redactor.failures == 1
        assert redactor.withheld == {"RuntimeError": 1}

    @pytest.mark.parametrize(
        "faces", [[0.1, 0.1, np.nan, 0.3], [0.3, 0.1, 0.1, 0.3], [0, 0, 90, 90]]
    )
    def test_face_finder_answers_nonsense(self, faces: list[float]) -> None:
        assert self.blank(self.picture(), Tracks.none(0), faces=Faces([faces])).failures == 1

    def test_tracks_are_late(self) -> None:
        assert self.blank(self.picture(5.0), tracks_of([PERSON_BOX], [1], 3.9)).failures == 1

    @pytest.mark.parametrize("t_s", [np.nan, np.inf])
    def test_time_is_none(self, t_s: float) -> None:
        self.blank(self.picture(t_s), Tracks.none(0))
        self.blank(self.picture(), Tracks.none(t_s))

    @pytest.mark.parametrize(
        "columns",
        [
            {"boxes": [[np.nan, 0, 1, 1]]},
            {"boxes": [[0.5, 0.5, 0.4, 0.6]]},
            {"boxes": [[0, 0, 50, 50]]},
            {"boxes": [[0, 0, 1, 1]] * 2},
            {"velocities": [[np.inf, 0]]},
            {"observed": []},
        ],
    )
    def test_tracks_are_broken(self, columns: dict[str, object]) -> None:
        boxes = columns.pop("boxes", [PERSON_BOX])
        tracks = tracks_of(boxes, [1], **columns)
        self.blank(self.picture(), tracks)

    def test_detections_are_broken(self) -> None:
        bad = Detections(
            np.array([[0, 0, np.nan, 1]], np.float32), np.ones(1, np.int8),
            np.ones(1, np.float32), np.zeros(1, bool),
        )  # fmt: skip
        self.blank(self.picture(), Tracks.none(0), bad)
        short = Detections(
            np.array([PERSON_BOX], np.float32), np.ones(1, np.int8),
            np.ones(1, np.float32), np.zeros(0, bool),
        )  # fmt: skip
        self.blank(self.picture(), Tracks.none(0), short)
        flat = Detections(
            np.array(PERSON_BOX, np.float32), np.ones(1, np.int8),
            np.ones(1, np.float32), np.zeros(1, bool),
        )  # fmt: skip
        self.blank(self.picture(), Tracks.none(0), flat)

    def test_corrupt_picture_is_withheld_but_nothing_failed(self) -> None:
        frame = raw_frame(noise(WIDTH, HEIGHT), is_corrupt=True)
        redactor = self.blank(frame, Tracks.none(0))
        assert redactor.failures == 0
        assert redactor.withheld == {CORRUPT: 1}

    def test_wrong_size_and_empty(self) -> None:
        class Lying:
            width, height = WIDTH, HEIGHT

            def bgr(self, width: int, height: int) -> np.ndarray:
                return noise(WIDTH, HEIGHT - 2)

        self.blank(RawFrame(Lying(), media_time(0)), Tracks.none(0))  # type: ignore[arg-type]
        self.blank(raw_frame(np.zeros((0, 5, 3), np.uint8)), Tracks.none(0))

    def test_said_once_while_it_lasts(self, caplog: pytest.LogCaptureFixture) -> None:
        faces = Faces(OSError("a"), OSError("b"), [], OSError("c"), [])
        redactor = Redactor(faces=faces)
        with caplog.at_level(logging.WARNING):
            blanks = [
                redactor.redact(self.picture(), Tracks.none(0), NOTHING).is_blank for _ in range(5)
            ]
        assert blanks == [True, True, False, True, False]
        assert len(caplog.records) == 2
        assert redactor.failures == 3

    def test_finder_cannot_change_the_picture(self) -> None:
        class Vandal:
            def find(self, bgr: np.ndarray, regions: object = None) -> np.ndarray:
                bgr[:] = 0
                return np.empty((0, 4), np.float32)

        self.blank(self.picture(), Tracks.none(0), faces=Vandal())


boxes = st.tuples(
    st.floats(0, 0.8), st.floats(0, 0.8), st.floats(0.05, 0.6), st.floats(0.05, 0.6)
).map(lambda b: [b[0], b[1], min(b[0] + b[2], 1), min(b[1] + b[3], 1)])
subjects = st.lists(st.tuples(boxes, st.sampled_from(list(ObjectClass))), max_size=4)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    tracked=subjects, loose=subjects, faces=st.lists(boxes, max_size=2),
    style=st.sampled_from(list(Style)), seed=st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_non_interference(tmp_path: Path, tracked, loose, faces, style, seed) -> None:
    """Pictures that differ only where covered give the same bytes, as JPEG and as video."""
    outside = noise(WIDTH, HEIGHT, 1)

    def chain(pictures: list[np.ndarray]) -> list[RedactedFrame]:
        redactor = Redactor(style, [ZONE], Faces(faces, []))
        frames = []
        for number, picture in enumerate(pictures):
            t_s = number / 5
            tracks = tracks_of([b for b, _ in tracked], [c for _, c in tracked], t_s)
            found = detections_of([b for b, _ in loose], [c for _, c in loose], 0.4)
            frames.append(redactor.redact(raw_frame(picture, t_s), tracks, found))
        return frames

    black = chain([np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 3)
    white = chain([np.full((HEIGHT, WIDTH, 3), 255, np.uint8)] * 3)
    masks = [(b.pixels == w.pixels).all(2) for b, w in zip(black, white, strict=True)]
    assert all(mask.any() for mask in masks)  # the zone at least

    one, other = [], []
    for number, mask in enumerate(masks):
        one.append(np.where(mask[..., None], noise(WIDTH, HEIGHT, seed + number), outside))
        other.append(np.where(mask[..., None], noise(WIDTH, HEIGHT, seed + 9 + number), outside))
        assert not np.array_equal(one[-1], other[-1])
    redacted = chain(one), chain(other)
    for first, second, mask in zip(*redacted, masks, strict=True):
        assert not first.is_blank
        assert np.array_equal(first.pixels[~mask], outside[~mask])
        assert jpeg(first) == jpeg(second)
        assert jpeg(first, width=100) == jpeg(second, width=100)
    videos = []
    for frames in redacted:
        with VideoWriter(tmp_path / "clip.mp4", WIDTH, HEIGHT) as writer:
            for frame in frames:
                writer.write(frame)
        videos.append((tmp_path / "clip.mp4").read_bytes())
    assert videos[0] == videos[1]
