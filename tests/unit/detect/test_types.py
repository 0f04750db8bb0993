"""The classifier in the wheel: what it is given, what it gives, and that it is nothing more."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from wayside.detect.catalogue import carried, load_catalogue
from wayside.detect.model_store import sha256_of
from wayside.detect.openvino_backend import OpenVinoBackend
from wayside.detect.types import SIDE, TypeReader, cut_square
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ModelRefused

CARD = load_catalogue()["types"]
WEIGHTS = carried() / "types.onnx"


class Plain:
    """A frame of one colour."""

    width, height = 320, 180

    def planes(self, width: int, height: int) -> np.ndarray:
        return np.full((3, height, width), 90, np.uint8)


class Backend:
    """Networks that answer with what they are told to."""

    name = "fake"

    def __init__(self, *widths: int) -> None:
        self._widths = widths
        self.batches: list[int] = []

    def compile(self, path: str, size: tuple[int, int], *, batch: int = 1) -> Any:
        self.batches.append(batch)
        return self

    def infer(self, tensor: np.ndarray) -> list[np.ndarray]:
        given = [np.zeros((len(tensor), width), np.float32) for width in self._widths]
        given[0][:, 4] = 1.0
        return given


def reader(backend: Backend) -> TypeReader:
    return TypeReader(CARD, "types.onnx", lambda: backend)


def boxes(count: int) -> np.ndarray:
    return np.tile(np.array([0.2, 0.2, 0.5, 0.6], np.float32), (count, 1))


def test_the_weights_are_those_of_the_catalogue_and_small() -> None:
    file = CARD.builds[0].files[0]
    assert sha256_of(WEIGHTS) == file.sha256
    assert WEIGHTS.stat().st_size == file.size < 1_000_000


def test_the_weights_give_scores_that_add_up_to_one() -> None:
    own = TypeReader(CARD, str(WEIGHTS), OpenVinoBackend)
    scores = own.scores(Plain(), boxes(3))  # type: ignore[arg-type]
    assert scores.shape == (3, len(ObjectClass))
    assert scores.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-3)


def test_columns_are_object_classes() -> None:
    scores = reader(Backend(7)).scores(Plain(), boxes(1))  # type: ignore[arg-type]
    assert scores[0, CARD.classes[4]] == 1.0


@pytest.mark.parametrize("widths", [(96,), (7, 96), (8,)])
def test_a_network_that_gives_more_than_scores_is_refused(widths: tuple[int, ...]) -> None:
    with pytest.raises(ModelRefused):
        reader(Backend(*widths)).scores(Plain(), boxes(1))  # type: ignore[arg-type]


def test_many_are_asked_together_and_few_one_by_one() -> None:
    backend = Backend(7)
    asked = reader(backend)
    for count in (1, 2, 3, 9, 20):
        assert len(asked.scores(Plain(), boxes(count))) == count  # type: ignore[arg-type]
    assert sorted(backend.batches) == [1, 8]


def test_too_small_a_box_is_not_asked_about() -> None:
    speck = np.array([[0.5, 0.5, 0.505, 0.505]], np.float32)
    backend = Backend(7)
    assert not reader(backend).scores(Plain(), speck).any()  # type: ignore[arg-type]
    assert backend.batches == []


@pytest.mark.parametrize(
    "box",
    [(0.0, 0.0, 0.3, 0.9), (0.7, 0.5, 1.0, 1.0), (0.0, 0.0, 1.0, 1.0), (0.99, 0.99, 1.0, 1.0)],
)
def test_beyond_the_border_its_last_pixels_are_repeated(box: tuple[float, ...]) -> None:
    planes = np.full((3, 90, 160), 200, np.uint8)
    into = np.zeros((3, SIDE, SIDE), np.float32)
    cut_square(planes, np.array(box, np.float32), into)
    assert into == pytest.approx(np.full_like(into, 200))


def test_the_square_is_centred_on_its_box() -> None:
    planes = np.zeros((3, 100, 100), np.uint8)
    planes[:, 40:60, 40:60] = 255
    into = np.zeros((3, SIDE, SIDE), np.float32)
    cut_square(planes, np.array([0.4, 0.4, 0.6, 0.6], np.float32), into)
    assert into[0, SIDE // 2, SIDE // 2] == 255
    assert into[0, 0, 0] == 0
    assert np.mean(into[0] > 127) == pytest.approx(1 / 1.15**2, abs=0.06)
