"""The models wayside knows, read from catalogue.toml.

The list of outputs a model may have is closed. A model that would give an
embedding, an identity, the text of a plate, an age, a gender or an emotion
has no entry here and cannot be given one: `ModelCard` refuses it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from wayside.detect.detector import Size
from wayside.detect.layouts import COCO
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ModelMissing, ModelRefused

ALLOWED_OUTPUTS = frozenset({"box", "class", "score"})
LAYOUTS = frozenset({"nanodet", "picodet", "scores", "ssd", "yunet"})


@dataclass(frozen=True, slots=True)
class ModelFile:
    """path: relative to a model folder. size: bytes. url: None where there is no public one."""

    path: str
    size: int
    sha256: str
    url: str | None


@dataclass(frozen=True, slots=True)
class ModelBuild:
    """One set of bytes of a model; the first file is the one a backend opens."""

    files: tuple[ModelFile, ...]

    @property
    def is_downloadable(self) -> bool:
        return all(file.url for file in self.files)


@dataclass(frozen=True, slots=True)
class ModelCard:
    """How to find, trust and read one model. task: objects, faces or types.

    any_vehicle: the class by which it means every vehicle; None where it tells them apart.
    """

    name: str
    title: str
    task: str
    layout: str
    outputs: frozenset[str]
    licence: str
    source: str
    about: str
    classes: dict[int, ObjectClass]
    threshold: float
    rgb: bool
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    sizes: tuple[Size, ...]
    builds: tuple[ModelBuild, ...]
    any_vehicle: ObjectClass | None = None

    def __post_init__(self) -> None:
        if extra := self.outputs - ALLOWED_OUTPUTS:
            raise ModelRefused(
                f"model '{self.name}' outputs {', '.join(sorted(extra))}",
                remedy="wayside runs models that give boxes, classes and scores, nothing that "
                "could tell who somebody is",
            )
        if self.layout not in LAYOUTS:
            raise ModelRefused(f"model '{self.name}' has an unknown layout '{self.layout}'")

    @classmethod
    def from_table(cls, name: str, table: Mapping[str, Any]) -> ModelCard:
        """From one table of catalogue.toml. Raises ModelRefused, KeyError."""
        return cls(
            name=name,
            title=table["title"],
            task=table["task"],
            layout=table["layout"],
            outputs=frozenset(table["outputs"]),
            licence=table["licence"],
            source=table["source"],
            about=table["about"],
            classes=_classes(table.get("classes", {})),
            threshold=float(table["threshold"]),
            rgb=bool(table.get("rgb", False)),
            mean=_triple(table.get("mean", (0, 0, 0))),
            std=_triple(table.get("std", (1, 1, 1))),
            sizes=tuple((int(w), int(h)) for w, h in table["sizes"]),
            builds=tuple(_build(build) for build in table["builds"]),
            any_vehicle=_class(table.get("any_vehicle")),
        )


def _triple(values: Any) -> tuple[float, float, float]:
    first, second, third = (float(value) for value in values)
    return first, second, third


def _classes(table: str | Mapping[str, str]) -> dict[int, ObjectClass]:
    if table == "coco":
        return COCO
    assert not isinstance(table, str)
    return {int(index): ObjectClass.from_label(label) for index, label in table.items()}


def _class(label: str | None) -> ObjectClass | None:
    return None if label is None else ObjectClass.from_label(label)


def _build(table: Mapping[str, Any]) -> ModelBuild:
    return ModelBuild(
        tuple(
            ModelFile(file["path"], int(file["size"]), file["sha256"], file.get("url"))
            for file in table["files"]
        )
    )


def carried() -> Path:
    """The folder of the weights that the wheel carries: those that we trained ourselves."""
    return Path(str(files("wayside.detect").joinpath("weights")))


def load_catalogue() -> dict[str, ModelCard]:
    """All entries by name, in the file's order, which is the order of preference."""
    text = files("wayside.detect").joinpath("catalogue.toml").read_text("utf-8")
    return {name: ModelCard.from_table(name, table) for name, table in tomllib.loads(text).items()}


def card_named(catalogue: Mapping[str, ModelCard], name: str) -> ModelCard:
    """Raises ModelMissing, naming what there is, for a name that is not in the catalogue."""
    if name in catalogue:
        return catalogue[name]
    known = ", ".join(
        ["auto", "motion", *(c.name for c in catalogue.values() if c.task == "objects")]
    )
    raise ModelMissing(f"there is no model '{name}'", remedy=f"Known models: {known}")
