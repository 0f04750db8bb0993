"""A picture reaches the network as it was trained, and its answer comes back as objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from made_pictures import noise
from wayside.detect.catalogue import ModelCard
from wayside.detect.detector import Size
from wayside.detect.layouts import STRIDES
from wayside.detect.network_detector import NetworkDetector
from wayside.domain.classes import ObjectClass

Outputs = Callable[[Size], list[np.ndarray]]
CAR_COLUMN = 2


class ScriptedBackend:
    """Compiles anything into a network that says what it was told to, and remembers."""

    name = "scripted"

    def __init__(self, outputs: Outputs) -> None:
        self.outputs = outputs
        self.compiled: list[tuple[str, Size]] = []
        self.tensors: list[np.ndarray] = []

    def compile(self, path: str, size: Size) -> ScriptedNetwork:
        self.compiled.append((path, size))
        return ScriptedNetwork(self, size)


class ScriptedNetwork:
    def __init__(self, backend: ScriptedBackend, size: Size) -> None:
        self._backend, self._size = backend, size

    def infer(self, tensor: np.ndarray) -> list[np.ndarray]:
        self._backend.tensors.append(tensor.copy())
        return self._backend.outputs(self._size)


def card(layout: str = "ssd", **changes: Any) -> ModelCard:
    table: dict[str, Any] = {
        "title": "Scripted",
        "task": "objects",
        "layout": layout,
        "outputs": ["box", "class", "score"],
        "licence": "MIT",
        "source": "https://example.org",
        "about": "For tests",
        "classes": "coco" if layout != "ssd" else {"0": "car", "1": "person"},
        "threshold": 0.5,
        "sizes": [[64, 32], [128, 64]],
        "builds": [{"files": [{"path": "a.onnx", "size": 1, "sha256": "0" * 64}]}],
    }
    return ModelCard.from_table("scripted", table | changes)


def ssd_answer(*rows: tuple[float, ...]) -> Outputs:
    table = np.full((1, 1, 20, 7), -1, np.float32)
    table[0, 0, : len(rows)] = np.array(rows, np.float32).reshape(-1, 7)
    return lambda _size: [table]


def grid_answer(size: Size, stride: int, column: int, row: int) -> list[np.ndarray]:
    """One car of 2x2 strides around one cell, as four (scores, distances) levels."""
    scores, distances = [], []
    for s in STRIDES:
        columns, rows = -(-size[0] // s), -(-size[1] // s)
        scores.append(np.zeros((1, columns * rows, 80), np.float32))
        distances.append(np.full((1, columns * rows, 4, 8), -50, np.float32))
        distances[-1][..., 1] = 50  # one stride to each side
        if s == stride:
            scores[-1][0, row * columns + column, CAR_COLUMN] = 0.9
    return [*scores, *(d.reshape(1, -1, 32) for d in distances)]


NOTHING = ssd_answer()


def test_name_and_sizes_are_the_cards() -> None:
    detector = NetworkDetector(card(), "a.onnx", ScriptedBackend(NOTHING))
    assert detector.name == "scripted"
    assert detector.sizes == ((64, 32), (128, 64))


def test_nothing_is_compiled_before_it_is_needed_and_nothing_twice() -> None:
    backend = ScriptedBackend(NOTHING)
    detector = NetworkDetector(card(), "models/a.onnx", backend)
    assert detector.detect([]) == []
    assert backend.compiled == []
    detector.detect([noise(64, 32), noise(64, 32), noise(128, 64)])
    detector.detect([noise(128, 64)])
    assert backend.compiled == [("models/a.onnx", (64, 32)), ("models/a.onnx", (128, 64))]


@pytest.mark.parametrize(
    ("picture", "used"),
    [
        ((64, 32), (64, 32)),
        ((70, 40), (64, 32)),
        ((1, 1), (64, 32)),
        ((128, 64), (128, 64)),
        ((1920, 1080), (128, 64)),
    ],
)
def test_a_picture_takes_the_nearest_input_size(picture: Size, used: Size) -> None:
    backend = ScriptedBackend(NOTHING)
    NetworkDetector(card(), "a.onnx", backend).detect([noise(*picture)])
    assert [size for _, size in backend.compiled] == [used]
    assert backend.tensors[0].shape == (1, 3, used[1], used[0])
    assert backend.tensors[0].dtype == np.float32


@pytest.mark.parametrize("rgb", [False, True])
def test_the_tensor_is_normalised_in_the_models_channel_order(rgb: bool) -> None:
    backend = ScriptedBackend(NOTHING)
    mean, std = (10.0, 20.0, 30.0), (2.0, 4.0, 5.0)
    detector = NetworkDetector(card(rgb=rgb, mean=mean, std=std), "a.onnx", backend)
    picture = noise(64, 32)
    before = picture.copy()
    detector.detect([picture])
    ordered = picture[..., ::-1] if rgb else picture
    expected = ((ordered.astype(np.float64) - mean) / std).transpose(2, 0, 1)[None]
    assert backend.tensors[0] == pytest.approx(expected, abs=1e-4)
    assert (picture == before).all()


def test_a_picture_of_another_size_fills_the_whole_input() -> None:
    backend = ScriptedBackend(NOTHING)
    picture = np.zeros((300, 200, 3), np.uint8)
    picture[:150] = 200
    NetworkDetector(card(sizes=[[64, 32]]), "a.onnx", backend).detect([picture])
    tensor = backend.tensors[0][0]
    assert (tensor[:, :15] == 200).all()
    assert (tensor[:, 17:] == 0).all()


def test_ssd_answers_become_detections() -> None:
    answer = ssd_answer((0, 1, 0.6, 0.1, 0.2, 0.3, 0.4), (0, 0, 0.9, 0.5, 0.5, 0.7, 0.7))
    found = NetworkDetector(card(), "a.onnx", ScriptedBackend(answer)).detect([noise(64, 32)])
    assert len(found) == 1
    assert found[0].class_ids.tolist() == [ObjectClass.CAR, ObjectClass.PERSON]
    assert found[0].scores == pytest.approx([0.9, 0.6])
    assert not found[0].from_motion.any()


def test_scores_below_the_floor_are_not_looked_at() -> None:
    answer = ssd_answer((0, 0, 0.4, 0.1, 0.2, 0.3, 0.4))
    for floor, count in [(0.3, 1), (0.5, 0)]:
        detector = NetworkDetector(card(), "a.onnx", ScriptedBackend(answer), floor=floor)
        assert len(detector.detect([noise(64, 32)])[0]) == count


def test_the_floor_is_below_every_threshold_so_that_fusion_has_something_to_raise() -> None:
    answer = ssd_answer((0, 0, 0.3, 0.1, 0.2, 0.3, 0.4))
    detector = NetworkDetector(card(), "a.onnx", ScriptedBackend(answer))
    assert len(detector.detect([noise(64, 32)])[0]) == 1


@pytest.mark.parametrize(("layout", "offset"), [("nanodet", 0.0), ("picodet", 0.5)])
@pytest.mark.parametrize("size", [(64, 32), (128, 64)])
def test_grid_answers_become_detections(layout: str, offset: float, size: Size) -> None:
    def answer(asked: Size) -> list[np.ndarray]:
        levels = grid_answer(asked, 8, 3, 1)
        if layout == "picodet":
            return levels
        scores, distances = np.concatenate(levels[:4], 1), np.concatenate(levels[4:], 1)
        return [np.concatenate([scores, distances], 2)]

    detector = NetworkDetector(card(layout), "a.onnx", ScriptedBackend(answer))
    found = detector.detect([noise(*size)])[0]
    x, y = (3 + offset) * 8, (1 + offset) * 8
    expected = np.array([x - 8, y - 8, x + 8, y + 8]) / [*size, *size]
    assert found.boxes == pytest.approx(expected[None], abs=1e-5)
    assert found.class_ids.tolist() == [ObjectClass.CAR]
    assert found.scores == pytest.approx([0.9])
