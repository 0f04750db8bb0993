"""Movement is found; light, shadow, shake, noise and things at rest are not movement."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from made_pictures import raw_frame
from wayside.detect.motion import Motion, MotionDetector, MotionSettings
from wayside.domain.geometry import covered, iou
from wayside.domain.media import Picture

WIDTH, HEIGHT = 320, 180
STEP_S = 0.2
BLOCK = (40, 60)
"""Width and height of the things that move here, in pixels."""


def road(seed: int = 1) -> Picture:
    """A still street of soft texture: every channel between about 60 and 140."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(60, 140, (HEIGHT // 20, WIDTH // 20, 3)).astype(np.float32)
    return (
        cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        .clip(50, 150)
        .astype(np.uint8)
    )


ROAD = road()


def with_block(
    x: int, y: int = 80, colour: tuple[int, int, int] = (40, 60, 230), picture: Picture = ROAD
) -> Picture:
    painted = picture.copy()
    painted[y : y + BLOCK[1], x : x + BLOCK[0]] = colour
    return painted


def box_of(x: int, y: int = 80) -> np.ndarray:
    corners = np.array([[x, y, x + BLOCK[0], y + BLOCK[1]]], np.float32)
    return corners / np.array([WIDTH, HEIGHT, WIDTH, HEIGHT], np.float32)


class Camera:
    """Shows pictures to a detector at a steady pace."""

    def __init__(self, settings: MotionSettings | None = None, *, warm_s: float = 6.0) -> None:
        self.detector = MotionDetector(settings)
        self.t_s = 0.0
        if warm_s:
            self.show_for(ROAD, warm_s)

    def show(self, picture: Picture, step_s: float = STEP_S) -> Motion:
        self.t_s += step_s
        return self.detector.update(self.t_s, raw_frame(picture, self.t_s))

    def show_for(self, picture: Picture, seconds: float, step_s: float = STEP_S) -> Motion:
        for _ in range(max(round(seconds / step_s), 1)):
            motion = self.show(picture, step_s)
        return motion


class TestMovement:
    def test_a_moving_block_is_found_where_it_is(self) -> None:
        camera = Camera()
        for x in range(20, 260, 12):
            motion = camera.show(with_block(x))
            assert len(motion) == 1
            assert iou(motion.boxes, box_of(x))[0, 0] > 0.7
            assert motion.boxes.dtype == np.float32
            assert 0.8 < motion.fill[0] <= 1
            assert motion.changing[0] > 0.2
            assert not motion.flooded

    def test_two_blocks_are_two_blobs(self) -> None:
        camera = Camera()
        motion = camera.show(with_block(200, 20, picture=with_block(40)))
        assert len(motion) == 2
        found = iou(np.concatenate([box_of(40), box_of(200, 20)]), motion.boxes)
        assert (found.max(axis=1) > 0.7).all()

    def test_the_mask_covers_the_block_and_little_else(self) -> None:
        motion = Camera().show(with_block(120))
        assert motion.mask.shape == (HEIGHT, WIDTH)
        assert set(np.unique(motion.mask)) <= {0, 255}
        inside = np.count_nonzero(motion.mask[80:140, 120:160]) / (BLOCK[0] * BLOCK[1])
        assert inside > 0.9
        assert np.count_nonzero(motion.mask) < 1.2 * BLOCK[0] * BLOCK[1]

    def test_the_first_picture_shows_nothing(self) -> None:
        motion = Camera(warm_s=0).show(with_block(50))
        assert len(motion) == 0
        assert not motion.flooded

    def test_a_speck_is_noise(self) -> None:
        picture = ROAD.copy()
        picture[50:52, 50:52] = 255
        assert len(Camera().show(picture)) == 0

    def test_what_goes_leaves_the_background_at_once(self) -> None:
        camera = Camera()
        camera.show_for(with_block(120), 1.0)
        assert len(camera.show(ROAD)) == 0

    def test_it_moves_even_while_the_background_is_young(self) -> None:
        camera = Camera(warm_s=1.0)
        motion = camera.show(with_block(120))
        assert iou(motion.boxes, box_of(120)).max() > 0.7


class TestLight:
    @pytest.mark.parametrize("gain", [0.75, 0.9, 1.1, 1.3])
    def test_a_change_of_exposure_is_no_movement(self, gain: float) -> None:
        camera = Camera()
        brighter = (ROAD * gain).clip(0, 255).astype(np.uint8)
        for _ in range(10):
            motion = camera.show(brighter)
            assert not motion.flooded
            assert len(motion) == 0

    def test_a_block_is_found_through_a_change_of_exposure(self) -> None:
        camera = Camera()
        motion = camera.show((with_block(120) * 0.8).astype(np.uint8))
        assert len(motion) == 1
        assert iou(motion.boxes, box_of(120))[0, 0] > 0.7

    def test_a_slow_dusk_is_no_movement(self) -> None:
        camera = Camera()
        for gain in np.linspace(1.0, 0.4, 100):
            assert len(camera.show((ROAD * gain).astype(np.uint8))) == 0

    def test_another_view_floods_and_says_nothing(self) -> None:
        camera = Camera()
        motion = camera.show(255 - road(2)[::-1])
        assert motion.flooded
        assert len(motion) == 0

    def test_lights_on_in_the_dark_flood(self) -> None:
        camera = Camera(warm_s=0)
        camera.show_for(ROAD // 20, 6.0)
        assert camera.show(ROAD).flooded

    def test_after_a_flood_the_new_view_is_learnt_and_movement_seen_again(self) -> None:
        camera = Camera(warm_s=0)
        camera.show_for(ROAD // 20, 6.0)
        motion = camera.show_for(ROAD, 10.0)
        assert not motion.flooded
        assert len(motion) == 0
        assert iou(camera.show(with_block(120)).boxes, box_of(120)).max() > 0.7

    def test_a_soft_shadow_is_no_movement(self) -> None:
        camera = Camera()
        for x in range(20, 260, 12):
            shaded = ROAD.copy()
            patch = shaded[80:140, x : x + 40]
            shaded[80:140, x : x + 40] = (patch * 0.65).astype(np.uint8)
            # An outline remains at the very edge; it must not be an object of the shadow's size.
            motion = camera.show(shaded)
            assert not len(motion) or covered(box_of(x), motion.boxes).max() < 0.3

    def test_a_dark_object_is_not_taken_for_a_shadow(self) -> None:
        motion = Camera().show(with_block(120, colour=(15, 15, 15)))
        assert iou(motion.boxes, box_of(120)).max() > 0.7


class TestCamera:
    @pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (1280, 720)])
    def test_a_shake_of_one_pixel_is_no_movement(self, size: tuple[int, int]) -> None:
        street = cv2.resize(ROAD, size)
        street[: size[1] // 3, : size[0] // 2] = 30  # a dark house front against a bright sky
        street[: size[1] // 3, size[0] // 2 :] = 230
        for mast in range(50, size[0] if size[0] > WIDTH else 0, 90):
            street[:, mast : mast + 4] = 20
        camera = Camera(warm_s=0)
        camera.show_for(street, 6.0)
        for dx, dy in [(1, 0), (0, 1), (-1, 0), (0, -1), (1, 1), (-1, 1)]:
            shaken = np.pad(street, ((1, 1), (1, 1), (0, 0)), mode="edge")
            shaken = shaken[1 + dy :, 1 + dx :][: size[1], : size[0]]
            assert len(camera.show(np.ascontiguousarray(shaken))) == 0
            assert len(camera.show(street)) == 0

    @pytest.mark.parametrize("sigma", [3, 6, 10])
    def test_noise_is_no_movement(self, sigma: float) -> None:
        rng = np.random.default_rng(0)

        def noisy(picture: Picture) -> Picture:
            grain = rng.normal(0, sigma, picture.shape)
            return (picture + grain).clip(0, 255).astype(np.uint8)

        camera = Camera(warm_s=0)
        for _ in range(60):
            camera.show(noisy(ROAD))
        for _ in range(30):
            assert len(camera.show(noisy(ROAD))) == 0
        motion = camera.show(noisy(with_block(120)))
        assert iou(motion.boxes, box_of(120)).max() > 0.6

    def test_a_change_of_picture_size_begins_again(self) -> None:
        camera = Camera()
        square = cv2.resize(ROAD, (200, 200))
        motion = camera.show(square)
        assert len(motion) == 0
        assert motion.mask.shape == (200, 200)
        assert len(camera.show_for(square, 1.0)) == 0

    def test_reset_forgets_the_view(self) -> None:
        camera = Camera()
        camera.detector.reset()
        assert len(camera.show(with_block(120))) == 0
        assert not camera.show(with_block(120)).flooded

    @pytest.mark.parametrize(
        ("size", "working"),
        [((1920, 1080), (320, 180)), ((1080, 1920), (180, 320)), ((160, 90), (160, 90))],
    )
    def test_the_working_picture_keeps_the_aspect_and_is_never_enlarged(
        self, size: tuple[int, int], working: tuple[int, int]
    ) -> None:
        camera = Camera(MotionSettings(long_side=320), warm_s=0)
        motion = camera.show(cv2.resize(ROAD, size))
        assert motion.mask.shape == working[::-1]

    def test_boxes_are_of_the_picture_whatever_its_size(self) -> None:
        camera = Camera(warm_s=0)
        camera.show_for(cv2.resize(ROAD, (960, 540)), 3.0, step_s=0.5)
        motion = camera.show(cv2.resize(with_block(120), (960, 540)))
        assert iou(motion.boxes, box_of(120)).max() > 0.7

    @pytest.mark.parametrize("size", [(1, 1), (2, 300), (8, 8)])
    def test_a_tiny_picture_is_no_accident(self, size: tuple[int, int]) -> None:
        camera = Camera(warm_s=0)
        for value in (0, 0, 255):
            motion = camera.show(np.full((size[1], size[0], 3), value, np.uint8))
            assert len(motion) == 0 or np.isfinite(motion.boxes).all()

    def test_a_repeated_time_is_no_accident(self) -> None:
        camera = Camera()
        motion = camera.show(with_block(120), step_s=0.0)
        assert iou(motion.boxes, box_of(120)).max() > 0.7


class TestRest:
    SETTINGS = MotionSettings(absorb_s=10.0)

    def rest(self, hold: np.ndarray | None, seconds: float) -> Motion:
        camera = Camera(self.SETTINGS)
        motion = camera.show(with_block(120))
        for _ in range(round(seconds / 0.5)):
            if hold is not None:
                camera.detector.hold(hold)
            motion = camera.show(with_block(120), 0.5)
        return motion

    def test_a_held_object_does_not_sink_into_the_background(self) -> None:
        motion = self.rest(box_of(120), 100.0)
        assert len(motion) == 1
        assert iou(motion.boxes, box_of(120))[0, 0] > 0.7

    def test_an_object_that_nobody_holds_sinks(self) -> None:
        assert len(self.rest(None, 2.0)) == 1
        assert len(self.rest(None, 100.0)) == 0

    @pytest.mark.parametrize(
        "elsewhere",
        [
            pytest.param([[0.0, 0.0, 0.2, 0.2]], id="another place"),
            pytest.param([[-0.5, -0.5, -0.1, -0.1]], id="outside, above left"),
            pytest.param([[0.4, -0.9, 0.5, -0.2], [1.2, 0.4, 1.5, 0.8]], id="outside"),
            pytest.param(np.empty((0, 4)), id="nothing"),
        ],
    )
    def test_holding_elsewhere_holds_nothing_here(self, elsewhere: object) -> None:
        assert len(self.rest(np.array(elsewhere, np.float32), 100.0)) == 0

    def test_an_object_let_go_sinks(self) -> None:
        camera = Camera(self.SETTINGS)
        camera.show(with_block(120))
        camera.detector.hold(box_of(120))
        assert len(camera.show_for(with_block(120), 60.0, 0.5)) == 1
        camera.detector.hold(np.empty((0, 4), np.float32))
        assert len(camera.show_for(with_block(120), 60.0, 0.5)) == 0

    def test_what_was_held_is_forgotten_with_the_view(self) -> None:
        """A mask of the old size would not fit the new pictures."""
        camera = Camera(self.SETTINGS)
        camera.detector.hold(box_of(120))
        square, marked = (cv2.resize(p, (200, 200)) for p in (ROAD, with_block(120)))
        camera.show_for(square, 6.0, 0.5)
        assert len(camera.show(marked)) == 1
        assert len(camera.show_for(marked, 100.0, 0.5)) == 0

    def test_what_only_the_first_picture_shows_leaves_no_ghost(self) -> None:
        camera = Camera(warm_s=0)
        camera.show(with_block(120))
        assert len(camera.show_for(ROAD, 4.0)) == 0

    def test_holding_before_the_first_picture_is_harmless(self) -> None:
        camera = Camera(warm_s=0)
        camera.detector.hold(box_of(120))
        assert len(camera.show(ROAD)) == 0

    def test_an_object_at_rest_is_there_but_not_changing(self) -> None:
        camera = Camera()
        assert camera.show(with_block(120)).changing[0] > 0.9
        motion = camera.show(with_block(120))
        assert len(motion) == 1
        assert motion.changing[0] == 0

    def test_a_ghost_is_not_changing(self) -> None:
        """What stood there since before the first picture drives away: its place remains."""
        camera = Camera(warm_s=0)
        camera.show_for(with_block(120), 6.0)
        camera.show(ROAD)
        motion = camera.show(ROAD)
        assert iou(motion.boxes, box_of(120)).max() > 0.7
        assert (motion.changing == 0).all()


def test_no_blob_has_no_length() -> None:
    mask = np.zeros((4, 6), np.uint8)
    motion = Motion.none(mask, flooded=True)
    assert len(motion) == 0
    assert motion.boxes.shape == (0, 4)
    assert motion.flooded
    assert motion.mask is mask
