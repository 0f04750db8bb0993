"""Faces come out as boxes in the picture's own coordinates, from the whole or from regions."""

from __future__ import annotations

from pathlib import Path
from typing import get_type_hints

import cv2
import numpy as np
import pytest

from made_pictures import noise
from wayside.domain.errors import ModelError, ModelMissing
from wayside.redact import faces as module
from wayside.redact.faces import FaceFinder, YuNetFaces


class Marks:
    """Stands for the network: finds uniform red squares, so that mapping can be checked."""

    def __init__(self, *_: object) -> None:
        self.sizes: list[tuple[int, int]] = []

    def boxes(self, bgr: np.ndarray) -> np.ndarray:
        self.sizes.append((bgr.shape[1], bgr.shape[0]))
        red = ((bgr[..., 2] > 200) & (bgr[..., 0] < 60)).astype(np.uint8)
        _, _, stats, _ = cv2.connectedComponentsWithStats(red)
        x, y, w, h = stats[1:, :4].astype(np.float64).T
        return np.stack([x, y, x + w, y + h], axis=1)


@pytest.fixture
def finder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> YuNetFaces:
    monkeypatch.setattr(module, "_Network", Marks)
    path = tmp_path / "net.onnx"
    path.touch()
    return YuNetFaces(path)


def marked(width: int, height: int, *squares: tuple[int, int, int]) -> np.ndarray:
    picture = np.full((height, width, 3), 90, np.uint8)
    for x, y, side in squares:
        picture[y : y + side, x : x + side] = (0, 0, 255)
    return picture


def pixels(boxes: np.ndarray, width: int, height: int) -> np.ndarray:
    return boxes * (width, height, width, height)


def test_whole_picture(finder: YuNetFaces) -> None:
    boxes = finder.find(marked(400, 200, (100, 50, 30), (300, 20, 40)))
    found = sorted(pixels(boxes, 400, 200).round().tolist())
    assert found == [[100, 50, 130, 80], [300, 20, 340, 60]]
    assert boxes.dtype == np.float32


def test_large_picture_is_shrunk_and_small_is_not_enlarged(finder: YuNetFaces) -> None:
    boxes = finder.find(marked(1920, 1080, (960, 300, 120)))
    assert pixels(boxes, 1920, 1080)[0] == pytest.approx([960, 300, 1080, 420], abs=4)
    finder.find(marked(100, 60))
    assert finder._whole.sizes == [(640, 360), (100, 60)]


def test_a_large_picture_is_searched_for_small_faces_and_for_large_ones(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made: list[Marks] = []
    monkeypatch.setattr(module, "_Network", lambda *_: made.append(Marks()) or made[-1])
    path = tmp_path / "net.onnx"
    path.touch()
    finder = YuNetFaces(path, max_side=1280)
    boxes = finder.find(marked(1920, 1080, (960, 300, 120)))
    assert {size for one in made for size in one.sizes} == {(1280, 720), (480, 270)}
    assert len(boxes) == 2
    assert pixels(boxes, 1920, 1080) == pytest.approx(np.tile([960, 300, 1080, 420], (2, 1)), abs=5)
    for one in made:
        one.sizes.clear()
    assert len(finder.find(marked(640, 360, (300, 100, 40)))) == 1
    assert [size for one in made for size in one.sizes] == [(640, 360)]


def test_regions_map_back_to_the_picture(finder: YuNetFaces) -> None:
    squares = [(40 + 150 * n, 60 + 20 * n, 24) for n in range(6)]
    picture = marked(1000, 400, *squares)
    regions = np.array([[x - 20, y - 15, x + 60, y + 70] for x, y, _ in squares], np.float32)
    boxes = finder.find(picture, (regions / (1000, 400, 1000, 400)).astype(np.float32))
    found = np.array(sorted(pixels(boxes, 1000, 400).tolist()))
    assert found == pytest.approx(np.array([[x, y, x + s, y + s] for x, y, s in squares]), abs=2)


def test_only_regions_are_searched(finder: YuNetFaces) -> None:
    picture = marked(400, 200, (100, 50, 30), (300, 20, 40))
    region = np.array([[0.6, 0.0, 1.0, 0.6]], np.float32)
    assert len(finder.find(picture, region)) == 1
    assert len(finder.find(picture, np.empty((0, 4), np.float32))) == 0
    assert len(finder.find(picture, np.array([[0.6, 0.0, 0.601, 0.6]], np.float32))) == 0


def test_a_crowd_of_regions_costs_one_canvas(finder: YuNetFaces) -> None:
    rng = np.random.default_rng(0)
    corner = rng.uniform(0, 0.8, (40, 2))
    regions = np.concatenate([corner, corner + 0.15], axis=1).astype(np.float32)
    finder.find(noise(400, 200), regions)
    assert finder._tiles.sizes == [(512, 384)]


def test_boxes_never_leave_the_picture(finder: YuNetFaces, monkeypatch: pytest.MonkeyPatch) -> None:
    wild = np.array([[-50.0, -20, 30, 40], [390, 190, 500, 300], [-90, -90, -10, -10]])
    monkeypatch.setattr(finder._whole, "boxes", lambda _: wild)
    boxes = finder.find(marked(400, 200))
    assert len(boxes) == 2
    assert (boxes >= 0).all()
    assert (boxes <= 1).all()


def test_a_finder_says_boxes_and_nothing_else() -> None:
    assert get_type_hints(FaceFinder.find)["return"] == module.Boxes


def test_no_model_there(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"gone\.onnx"):
        YuNetFaces(tmp_path / "gone.onnx")


def test_not_a_model(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a network")
    with pytest.raises(ModelError, match=r"broken\.onnx"):
        YuNetFaces(path)


def test_real_network_finds_no_face_in_noise_and_is_quiet(
    models: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    finder = YuNetFaces(models / "face_detection_yunet_2023mar.onnx")
    view = noise(320, 180)
    view.setflags(write=False)
    assert finder.find(view).shape == (0, 4)
    assert finder.find(noise(160, 120), np.array([[0, 0, 1, 1]], np.float32)).shape == (0, 4)
    assert capfd.readouterr() == ("", "")
