"""What must hold of every detector of the catalogue, behind every backend that reads it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from made_pictures import noise
from wayside.detect.catalogue import ModelCard, load_catalogue
from wayside.detect.detector import Backend
from wayside.detect.model_store import ModelStore
from wayside.detect.network_detector import NetworkDetector
from wayside.detect.onnxruntime_backend import OnnxRuntimeBackend
from wayside.detect.openvino_backend import OpenVinoBackend
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.geometry import iou
from wayside.domain.media import Picture

BACKENDS: dict[str, Callable[[], Backend]] = {
    "openvino": OpenVinoBackend,
    "onnxruntime": OnnxRuntimeBackend,
}
CARDS = [card for card in load_catalogue().values() if card.task == "objects"]
PAIRS = [
    (card, backend)
    for card in CARDS
    for backend in BACKENDS
    if backend == "openvino" or card.builds[0].files[0].path.endswith(".onnx")
]

pytestmark = pytest.mark.models


def load(card: ModelCard, backend: str, models: Path) -> NetworkDetector:
    if backend == "onnxruntime":
        pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is not installed")
    found = ModelStore([], models, online=False).find(card)
    if found is None:
        pytest.skip(f"the weights of {card.name} are not in {models}")
    return NetworkDetector(card, str(found.path), BACKENDS[backend]())


@pytest.fixture(scope="module", params=PAIRS, ids=[f"{c.name}-{b}" for c, b in PAIRS])
def detector(request: pytest.FixtureRequest, models: Path) -> NetworkDetector:
    card, backend = request.param
    return load(card, backend, models)


@pytest.fixture(scope="module")
def shop(clips: Path) -> Picture:
    """Three persons in a shop's aisle: a picture that every model of the catalogue knows."""
    path = clips / "intel_store-aisle_preview.mp4"
    if not path.is_file():
        pytest.skip(f"{path} is not there")
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]
    return frames[-1]


def confident(detector: NetworkDetector, picture: Picture) -> Detections:
    found = detector.detect([picture])[0]
    return found.where(found.scores >= detector.card.threshold)


def check(found: Detections, card: ModelCard) -> None:
    boxes = found.boxes
    assert boxes.dtype == np.float32
    assert boxes.shape == (len(found), 4)
    assert np.isfinite(boxes).all()
    assert (boxes >= 0).all()
    assert (boxes <= 1).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    assert found.scores.dtype == np.float32
    assert (found.scores > 0).all()
    assert (found.scores <= 1).all()
    assert (np.diff(found.scores) <= 0).all()
    assert found.class_ids.dtype == np.int8
    assert set(found.class_ids.tolist()) <= set(card.classes.values())
    assert not found.from_motion.any()


def same(a: Detections, b: Detections) -> bool:
    return (
        np.array_equal(a.boxes, b.boxes)
        and np.array_equal(a.class_ids, b.class_ids)
        and np.array_equal(a.scores, b.scores)
    )


def test_no_pictures_no_answers(detector: NetworkDetector) -> None:
    assert detector.detect([]) == []


def test_it_tells_its_name_and_sizes(detector: NetworkDetector) -> None:
    assert detector.name == detector.card.name
    areas = [width * height for width, height in detector.sizes]
    assert areas == sorted(areas)
    assert areas


def test_persons_are_found_once_each(detector: NetworkDetector, shop: Picture) -> None:
    found = confident(detector, shop)
    persons = found.boxes[found.class_ids == ObjectClass.PERSON]
    assert 3 <= len(persons) <= 4
    overlap = iou(persons, persons) - np.eye(len(persons), dtype=np.float32)
    assert overlap.max() < 0.65


def test_boxes_are_normalised_and_best_first(detector: NetworkDetector, shop: Picture) -> None:
    found = detector.detect([shop])[0]
    assert len(found) >= 3
    check(found, detector.card)


def test_twice_the_same(detector: NetworkDetector, shop: Picture) -> None:
    first, second = detector.detect([shop])[0], detector.detect([shop])[0]
    assert len(first)
    assert same(first, second)


def test_company_changes_nothing(detector: NetworkDetector, shop: Picture) -> None:
    pictures = [shop, noise(64, 64), shop[::-1].copy()]
    together = detector.detect(pictures)
    alone = [detector.detect([picture])[0] for picture in pictures]
    assert len(together) == len(pictures)
    assert all(same(a, b) for a, b in zip(together, alone, strict=True))


def test_the_picture_is_only_read(detector: NetworkDetector, shop: Picture) -> None:
    picture = shop.copy()
    picture.flags.writeable = False
    detector.detect([picture])
    assert (picture == shop).all()


def test_a_cut_out_of_a_picture_is_a_picture(detector: NetworkDetector, shop: Picture) -> None:
    """A view into a larger array, as attention cuts it."""
    cut = shop[20:250, 200:460]
    assert same(detector.detect([cut])[0], detector.detect([cut.copy()])[0])


def test_boxes_do_not_depend_on_the_pictures_size(detector: NetworkDetector, shop: Picture) -> None:
    small, large = confident(detector, shop), confident(detector, shop.repeat(2, 0).repeat(2, 1))
    best = iou(small.boxes[:3], large.boxes).max(axis=1)
    assert (best > 0.7).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (3000, 2), (33, 17), (2000, 1500)])
def test_any_size_of_picture(detector: NetworkDetector, size: tuple[int, int]) -> None:
    (found,) = detector.detect([noise(*size)])
    check(found, detector.card)


@pytest.mark.parametrize("value", [0, 128, 255], ids=["black", "grey", "white"])
def test_an_empty_picture_shows_no_object(detector: NetworkDetector, value: int) -> None:
    for width, height in detector.sizes:
        picture = np.full((height, width, 3), value, np.uint8)
        assert len(confident(detector, picture)) == 0


@pytest.mark.parametrize(
    "card",
    [card for card, backend in PAIRS if backend == "onnxruntime"],
    ids=lambda card: card.name,
)
def test_the_backends_agree(card: ModelCard, models: Path, shop: Picture) -> None:
    one, other = (load(card, backend, models).detect([shop])[0] for backend in BACKENDS)
    # A candidate that one backend sees just above the floor may be just below it in the other.
    clear = 0.2
    one, other = one.where(one.scores > clear), other.where(other.scores > clear)
    assert len(one) >= 3
    assert one.class_ids.tolist() == other.class_ids.tolist()
    assert one.boxes == pytest.approx(other.boxes, abs=1e-3)
    assert one.scores == pytest.approx(other.scores, abs=1e-3)
