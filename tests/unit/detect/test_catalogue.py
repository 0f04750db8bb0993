"""Every model is named, hashed, permissively licensed, and cannot tell who somebody is."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

import pytest

from wayside.detect.catalogue import (
    ALLOWED_OUTPUTS,
    LAYOUTS,
    ModelCard,
    card_named,
    load_catalogue,
)
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ModelError, ModelMissing, ModelRefused

CATALOGUE = load_catalogue()
PERMISSIVE = {"Apache-2.0", "MIT", "BSD-2-Clause", "BSD-3-Clause"}

ENTRIES = pytest.mark.parametrize("card", CATALOGUE.values(), ids=CATALOGUE.keys())


def table(**changes: Any) -> dict[str, Any]:
    """A sound entry, as tomllib reads it."""
    return {
        "title": "A model",
        "task": "objects",
        "layout": "ssd",
        "outputs": ["box", "class", "score"],
        "licence": "MIT",
        "source": "https://example.org",
        "about": "For tests",
        "classes": {"3": "car"},
        "threshold": 0.5,
        "sizes": [[64, 32]],
        "builds": [{"files": [{"path": "a.onnx", "size": 1, "sha256": "0" * 64}]}],
        **changes,
    }


@ENTRIES
def test_an_entry_can_be_trusted(card: ModelCard) -> None:
    assert card.licence in PERMISSIVE
    assert card.source.startswith(("https://", "training/"))
    assert card.builds
    for file in (file for build in card.builds for file in build.files):
        assert re.fullmatch("[0-9a-f]{64}", file.sha256)
        assert file.size > 0
        assert file.url is None or file.url.startswith("https://")
        path = PurePosixPath(file.path)
        assert not path.is_absolute()
        assert ".." not in path.parts


@ENTRIES
def test_an_entry_gives_boxes_or_classes_and_nothing_about_a_person(card: ModelCard) -> None:
    least = {"class", "score"} if card.task == "types" else {"box", "score"}
    assert least <= card.outputs <= {"box", "class", "score"}
    assert card.task in {"objects", "faces", "types"}
    assert card.layout in LAYOUTS


@ENTRIES
def test_an_entry_can_be_read(card: ModelCard) -> None:
    assert 0 < card.threshold < 1
    assert card.sizes
    areas = [width * height for width, height in card.sizes]
    assert areas == sorted(areas)
    assert min(areas) > 0
    assert all(value > 0 for value in card.std)
    if card.task == "objects":
        assert card.classes
        assert ObjectClass.UNKNOWN not in card.classes.values()
    assert card.title
    assert card.about


def test_every_build_of_a_model_begins_with_the_same_file() -> None:
    """The store looks for that name to tell whether a folder holds the model."""
    for card in CATALOGUE.values():
        assert len({build.files[0].path for build in card.builds}) == 1


def test_names_are_their_own_keys_and_no_reserved_word() -> None:
    assert [card.name for card in CATALOGUE.values()] == list(CATALOGUE)
    assert not {"auto", "motion"} & set(CATALOGUE)
    assert any(card.task == "objects" for card in CATALOGUE.values())


@pytest.mark.parametrize(
    "output",
    [
        "embedding",
        "identity",
        "face_id",
        "reid",
        "plate_text",
        "age",
        "gender",
        "emotion",
        "ethnicity",
        "landmarks",
        "gaze",
        "Embedding",
        "",
    ],
)
def test_an_output_that_could_tell_who_is_refused(output: str) -> None:
    assert output not in ALLOWED_OUTPUTS
    with pytest.raises(ModelRefused) as refused:
        ModelCard.from_table("spy", table(outputs=["box", "score", output]))
    assert "spy" in str(refused.value)
    assert output in str(refused.value)
    assert refused.value.remedy


def test_all_refused_outputs_are_named() -> None:
    with pytest.raises(ModelRefused, match="age, gender"):
        ModelCard.from_table("spy", table(outputs=["gender", "box", "age"]))


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(ModelRefused, match="arcface"):
        ModelCard.from_table("spy", table(layout="arcface"))


@pytest.mark.parametrize("key", ["licence", "outputs", "layout", "sizes", "builds", "threshold"])
def test_an_incomplete_entry_is_refused(key: str) -> None:
    incomplete = table()
    del incomplete[key]
    with pytest.raises(KeyError, match=key):
        ModelCard.from_table("half", incomplete)


def test_a_class_outside_the_taxonomy_is_refused() -> None:
    with pytest.raises(KeyError):
        ModelCard.from_table("half", table(classes={"0": "celebrity"}))


def test_an_entry_says_what_it_says() -> None:
    card = ModelCard.from_table(
        "small", table(rgb=True, mean=[1, 2, 3], std=[4, 5, 6], sizes=[[64, 32], [128, 64]])
    )
    assert card.name == "small"
    assert card.classes == {3: ObjectClass.CAR}
    assert card.rgb
    assert (card.mean, card.std) == ((1.0, 2.0, 3.0), (4.0, 5.0, 6.0))
    assert card.sizes == ((64, 32), (128, 64))
    assert not card.builds[0].is_downloadable


def test_a_build_is_downloadable_when_all_its_files_are() -> None:
    here = {"path": "a.xml", "size": 1, "sha256": "0" * 64, "url": "https://example.org/a.xml"}
    nowhere = {"path": "a.bin", "size": 1, "sha256": "0" * 64}
    card = ModelCard.from_table(
        "two", table(builds=[{"files": [here]}, {"files": [here, nowhere]}])
    )
    assert [build.is_downloadable for build in card.builds] == [True, False]


def test_card_named() -> None:
    first = next(iter(CATALOGUE))
    assert card_named(CATALOGUE, first) is CATALOGUE[first]


def test_a_name_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ModelMissing) as missing:
        card_named(CATALOGUE, "yolo")
    assert isinstance(missing.value, ModelError)
    text = str(missing.value)
    assert "'yolo'" in text
    for card in CATALOGUE.values():
        assert (card.name in text) == (card.task == "objects")
    assert "auto" in text
    assert "motion" in text
