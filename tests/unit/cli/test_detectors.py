"""Which detector a run gets: what was asked for, else the best that is here, else motion."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from wayside.cli import detectors
from wayside.cli.detectors import cache_folder, choose, find_faces, model_store
from wayside.detect.catalogue import ModelBuild, ModelCard, ModelFile, carried, load_catalogue
from wayside.detect.model_store import FoundModel, ModelStore
from wayside.domain.errors import ConfigError, ModelCorrupt, ModelMissing

CATALOGUE = load_catalogue()
OBJECTS = [name for name, card in CATALOGUE.items() if card.task == "objects"]


class FakeStore(ModelStore):
    """Has the named models; brings those that can be brought. asked: what ``get`` was called for.

    corrupt: names whose files have the wrong bytes.
    """

    def __init__(
        self, here: Iterable[str] = (), brings: Iterable[str] = (), corrupt: Iterable[str] = ()
    ) -> None:
        self.asked: list[str] = []
        self._here, self._brings, self._corrupt = set(here), set(brings), set(corrupt)

    def find(self, card: ModelCard) -> FoundModel | None:
        if card.name in self._corrupt:
            raise ModelCorrupt("wrong bytes", where=card.name)
        return self._found(card, "somewhere") if card.name in self._here else None

    def get(self, card: ModelCard) -> FoundModel:
        self.asked.append(card.name)
        if found := self.find(card):
            return found
        if card.name in self._brings:
            return self._found(card, "downloaded")
        raise ModelMissing(f"no {card.name}")

    def _found(self, card: ModelCard, origin: str) -> FoundModel:
        file = card.builds[0].files[0]
        return FoundModel(card, Path(file.path), file.sha256, origin)


def test_motion_needs_no_store() -> None:
    for choice in (choose("motion"), choose("nanodet-plus", backend="motion")):
        assert choice.detector is None
        assert choice.described() == {"name": "motion", "backend": "motion", "why": "asked for"}


def test_auto_takes_the_first_of_the_catalogue_that_is_here() -> None:
    first, second = OBJECTS[1], OBJECTS[2]
    store = FakeStore(here=[second, first])
    choice = choose("auto", store=store)
    assert choice.found is not None
    assert choice.found.card.name == first
    assert choice.why == "first of the catalogue that is here (somewhere)"
    assert store.asked == []  # what is here is not fetched


def test_auto_without_any_model_brings_one_or_is_motion() -> None:
    downloadable = next(
        name for name in OBJECTS if any(b.is_downloadable for b in CATALOGUE[name].builds)
    )
    choice = choose("auto", store=FakeStore(brings=[downloadable]))
    assert choice.found is not None
    assert choice.found.card.name == downloadable
    store = FakeStore()
    choice = choose("auto", store=store)
    assert choice.detector is None
    assert "no detector was found" in choice.why
    assert store.asked == [downloadable]  # a network that is away is not asked again and again


def test_auto_with_nothing_to_bring_is_motion(monkeypatch: pytest.MonkeyPatch) -> None:
    cards = {name: replace(CATALOGUE[name], builds=()) for name in OBJECTS}
    monkeypatch.setattr(detectors, "load_catalogue", lambda: cards)
    store = FakeStore()
    assert choose("auto", store=store).detector is None
    assert store.asked == []


def test_auto_does_not_pass_over_wrong_bytes() -> None:
    with pytest.raises(ModelCorrupt):
        choose("auto", store=FakeStore(here=OBJECTS[1:], corrupt=OBJECTS[:1]))


def test_a_name_is_taken_from_the_store_with_the_threshold_of_its_card() -> None:
    choice = choose("picodet-s", store=FakeStore(here=["picodet-s"]))
    card = CATALOGUE["picodet-s"]
    assert choice.detector is not None
    assert choice.detector.name == "picodet-s"
    assert choice.threshold == card.threshold
    assert choice.described() == {
        "name": "picodet-s",
        "title": card.title,
        "backend": "openvino",
        "file": Path(card.builds[0].files[0].path).name,
        "sha256": card.builds[0].files[0].sha256,
        "licence": card.licence,
        "source": card.source,
        "threshold": card.threshold,
        "why": "asked for by name (somewhere)",
    }


def test_a_threshold_that_is_given_wins() -> None:
    choice = choose("picodet-s", threshold=0.7, store=FakeStore(here=["picodet-s"]))
    assert choice.threshold == choice.described()["threshold"] == 0.7


def test_a_name_that_is_not_here_or_of_no_model_is_an_error() -> None:
    with pytest.raises(ModelMissing, match="no picodet-s"):
        choose("picodet-s", store=FakeStore())
    with pytest.raises(ModelMissing, match="there is no model 'oracle'"):
        choose("oracle", store=FakeStore())


def test_a_model_of_faces_is_no_detector_of_objects() -> None:
    with pytest.raises(ModelMissing, match="'yunet' finds faces"):
        choose("yunet", store=FakeStore(here=["yunet"]))


# Paths


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model of two files that the catalogue knows; the path of the first."""
    files = []
    for name, content in (("net.xml", b"layers"), ("net.bin", b"weights")):
        (tmp_path / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        files.append(ModelFile(f"net/FP16/{name}", len(content), digest, None))
    card = replace(CATALOGUE["picodet-s"], name="pair", builds=(ModelBuild(tuple(files)),))
    monkeypatch.setattr(detectors, "load_catalogue", lambda: {"pair": card})
    return tmp_path / "net.xml"


def test_a_path_is_known_by_its_bytes(pair: Path) -> None:
    choice = choose(str(pair), store=FakeStore())
    assert choice.found is not None
    assert (choice.found.card.name, choice.found.path) == ("pair", pair)
    assert choice.why == "path given"


def test_the_second_file_is_checked_too(pair: Path) -> None:
    weights = pair.with_name("net.bin")
    weights.write_bytes(b"others")
    with pytest.raises(ModelCorrupt, match="second file") as refusal:
        choose(str(pair), store=FakeStore())
    assert refusal.value.where == str(weights)
    weights.unlink()
    with pytest.raises(ModelCorrupt, match="second file"):
        choose(str(pair), store=FakeStore())


def test_a_path_of_unknown_bytes_or_to_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "mine.onnx"
    with pytest.raises(ModelMissing, match="no such model file"):
        choose(str(path), store=FakeStore())
    path.write_bytes(b"mine")
    with pytest.raises(ModelCorrupt, match="no model of the catalogue"):
        choose(str(path), store=FakeStore())


# Backends and places


def test_each_backend_is_made_without_loading_the_model() -> None:
    for backend in ("openvino", "onnxruntime"):
        if backend == "onnxruntime":
            pytest.importorskip("onnxruntime")
        choice = choose("picodet-s", backend=backend, store=FakeStore(here=["picodet-s"]))
        assert choice.backend == choice.described()["backend"] == backend


def test_the_store_searches_the_folder_then_the_wheel_then_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = f"{tmp_path / 'cache' / 'models'} (user cache)"
    wheel = f"{carried()} (in the wheel)"
    assert model_store().searched == [wheel, cache]
    monkeypatch.setenv("WAYSIDE_MODEL_DIR", str(tmp_path))
    assert model_store().searched == [f"{tmp_path} (WAYSIDE_MODEL_DIR)", wheel, cache]


def test_a_model_folder_that_is_not_there_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAYSIDE_MODEL_DIR", "/nowhere")
    with pytest.raises(ConfigError, match="not there") as refusal:
        model_store()
    assert refusal.value.where == "/nowhere"


def test_the_cache_is_the_users_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert cache_folder().name == "cache"
    monkeypatch.delenv("WAYSIDE_CACHE_DIR")
    assert "wayside" in cache_folder().parts


def test_faces_are_optional(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_faces() is None
    monkeypatch.setattr(detectors, "model_store", lambda: FakeStore(here=["yunet"]))
    found = find_faces()
    assert found is not None
    assert "yunet" in found.name
