"""Which detector a run uses, and why."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from wayside.detect.catalogue import ModelBuild, ModelCard, card_named, carried, load_catalogue
from wayside.detect.detector import Backend, Detector
from wayside.detect.model_store import FoundModel, ModelStore, sha256_of
from wayside.detect.types import TypeReader
from wayside.domain.classes import ObjectClass
from wayside.domain.errors import ConfigError, ModelCorrupt, ModelMissing
from wayside.domain.records import JsonValue

MOTION = "motion"
AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Choice:
    """detector None: motion alone. why: one sentence for the terminal and the report."""

    detector: Detector | None
    threshold: float
    why: str
    found: FoundModel | None
    backend: str

    @property
    def any_vehicle(self) -> ObjectClass | None:
        """The class by which the detector means every vehicle."""
        return self.found.card.any_vehicle if self.found else None

    def types(self) -> TypeReader | None:
        """What says of which type things are that this detector does not name, or only roughly.

        None for a detector that says it itself.
        """
        if self.detector is not None and self.any_vehicle is None:
            return None
        found = model_store().get(load_catalogue()["types"])
        return TypeReader(found.card, str(found.path), lambda: _backend("openvino", "f32"))

    def described(self) -> dict[str, JsonValue]:
        """For the store and the report."""
        if self.found is None:
            return {"name": MOTION, "backend": MOTION, "why": self.why}
        return {
            "name": self.found.card.name,
            "title": self.found.card.title,
            "backend": self.backend,
            "file": self.found.path.name,
            "sha256": self.found.sha256,
            "licence": self.found.card.licence,
            "source": self.found.card.source,
            "threshold": self.threshold,
            "why": self.why,
        }


def model_store(progress: Callable[[str, int, int], None] | None = None) -> ModelStore:
    """The store of this environment: WAYSIDE_MODEL_DIR, what the wheel carries, then the user's
    cache, then the network.

    WAYSIDE_OFFLINE=1 never connects. Raises ConfigError for a model folder that is not there.
    """
    folders: list[tuple[Path, str]] = []
    if given := os.environ.get("WAYSIDE_MODEL_DIR"):
        folder = Path(given)
        if not folder.is_dir():
            raise ConfigError(
                "WAYSIDE_MODEL_DIR names a folder that is not there",
                where=given,
                remedy="Correct it, or unset it to search the user cache only",
            )
        folders.append((folder, "WAYSIDE_MODEL_DIR"))
    folders.append((carried(), "in the wheel"))
    online = os.environ.get("WAYSIDE_OFFLINE", "") in ("", "0")
    return ModelStore(folders, cache_folder() / "models", online=online, progress=progress)


def cache_folder() -> Path:
    """Where downloads and compiled networks are kept between runs."""
    return Path(os.environ.get("WAYSIDE_CACHE_DIR") or user_cache_path("wayside"))


def choose(
    model: str,
    *,
    backend: str = "openvino",
    precision: str = "f32",
    threshold: float | None = None,
    store: ModelStore | None = None,
) -> Choice:
    """The detector for ``model``: auto, motion, a catalogue name or the path of a model file."""
    if MOTION in (model, backend):
        return _motion("asked for")
    catalogue = load_catalogue()
    store = store or model_store()
    if model == AUTO:
        found = _best(catalogue, store)
        if found is None:
            return _motion(
                "no detector was found in WAYSIDE_MODEL_DIR or the user cache and none could be "
                "downloaded; objects are found by their movement, and named by size and speed "
                "where the feed is calibrated"
            )
        why = f"first of the catalogue that is here ({found.origin})"
    elif Path(model).suffix:
        found = _from_file(catalogue, Path(model))
        why = "path given"
    else:
        found = store.get(_card_of_objects(catalogue, model))
        why = f"asked for by name ({found.origin})"
    return _network(found, backend, precision, threshold, why)


def _motion(why: str) -> Choice:
    return Choice(None, 0.0, why, None, MOTION)


def _best(catalogue: dict[str, ModelCard], store: ModelStore) -> FoundModel | None:
    cards = [card for card in catalogue.values() if card.task == "objects"]
    for card in cards:
        if found := store.find(card):
            return found
    for card in cards:
        if any(build.is_downloadable for build in card.builds):
            try:
                return store.get(card)
            except ModelMissing:
                return None
    return None


def _card_of_objects(catalogue: dict[str, ModelCard], name: str) -> ModelCard:
    """Raises ModelMissing for a name that is none, or is that of a model of faces."""
    card = card_named(catalogue, name)
    if card.task != "objects":
        raise ModelMissing(
            f"model '{name}' finds {card.task}, and no objects",
            remedy="`wayside models` lists those that do",
        )
    return card


def _from_file(catalogue: dict[str, ModelCard], path: Path) -> FoundModel:
    """A file is used only if the catalogue knows its bytes: its layout follows from that.

    The other files of the same build (weights of an .xml) must lie beside it.
    """
    if not path.is_file():
        raise ModelMissing(
            "there is no such model file",
            where=str(path),
            remedy="Check the path, or name a model of `wayside models`",
        )
    digest = sha256_of(path)
    for card in catalogue.values():
        for build in card.builds:
            if build.files[0].sha256 == digest and card.task == "objects":
                _check_companions(build, path)
                return FoundModel(card, path, digest, "path given")
    raise ModelCorrupt(
        "these bytes are no model of the catalogue",
        where=str(path),
        remedy="`wayside models` lists what can be read, with each sha256",
    )


def _check_companions(build: ModelBuild, path: Path) -> None:
    for file in build.files[1:]:
        companion = path.with_name(Path(file.path).name)
        if not companion.is_file() or sha256_of(companion) != file.sha256:
            raise ModelCorrupt(
                "the model's second file is not there, or has other bytes than the catalogue says",
                where=str(companion),
                remedy="Fetch both again: `wayside models --get NAME`",
            )


def _network(
    found: FoundModel, backend: str, precision: str, threshold: float | None, why: str
) -> Choice:
    # Imported here: OpenVINO takes 0.3 s to import and motion alone never needs it.
    from wayside.detect.network_detector import NetworkDetector  # noqa: PLC0415

    detector = NetworkDetector(found.card, str(found.path), _backend(backend, precision))
    level = found.card.threshold if threshold is None else threshold
    return Choice(detector, level, why, found, backend)


def _backend(name: str, precision: str) -> Backend:
    if name == "onnxruntime":
        from wayside.detect.onnxruntime_backend import OnnxRuntimeBackend  # noqa: PLC0415

        return OnnxRuntimeBackend()
    from wayside.detect.openvino_backend import OpenVinoBackend  # noqa: PLC0415

    return OpenVinoBackend(precision=precision, cache=cache_folder() / "compiled")


def find_faces() -> Path | None:
    """The face detector's file where it is on this machine or can be brought; else None."""
    card = load_catalogue()["yunet"]
    try:
        return model_store().get(card).path
    except ModelMissing:
        return None
