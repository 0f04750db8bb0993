"""The doctor names each fault with a remedy, and is content where there is none."""

from __future__ import annotations

import shutil
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest

from wayside.cli import doctor
from wayside.cli.detectors import Choice
from wayside.detect.catalogue import load_catalogue
from wayside.detect.model_store import FoundModel
from wayside.domain.detections import Detections
from wayside.domain.errors import ModelCorrupt
from wayside.domain.media import Picture

from .conftest import Cli


class BlindDetector:
    name = "blind"
    sizes = ((256, 256),)

    def detect(self, pictures: list[Picture]) -> list[Detections]:
        return [Detections.empty() for _ in pictures]


def healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    card = load_catalogue()["picodet-s"]
    found = FoundModel(card, Path("model.onnx"), "0" * 64, "somewhere")
    choice = Choice(BlindDetector(), 0.5, "first", found, "openvino")
    monkeypatch.setattr(doctor, "choose", lambda _model: choice)
    monkeypatch.setattr(doctor, "find_faces", lambda: Path("yunet.onnx"))


def test_a_machine_with_everything_is_fine(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy(monkeypatch)
    result = cli("doctor")
    assert result.exit_code == 0, result.output
    assert "picodet-s: ready in" in result.output
    assert "face detector for redaction" in result.output
    assert "one OpenCV package" in result.output
    assert "!" not in result.output


def test_missing_models_have_a_remedy(cli: Cli) -> None:
    result = cli("doctor")
    assert result.exit_code == 1
    assert "no detector model here" in result.output
    assert "wayside models --get yunet" in result.output


def test_models_that_cannot_be_used_are_faults_and_not_the_end(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def corrupt(*_arguments: object) -> NoReturn:
        raise ModelCorrupt("wrong bytes", where="model.onnx", remedy="Fetch it again")

    monkeypatch.setattr(doctor, "choose", corrupt)
    monkeypatch.setattr(doctor, "find_faces", corrupt)
    result = cli("doctor")
    assert result.exit_code == 1
    assert result.output.count("wrong bytes (model.onnx)") == 2
    assert result.output.count("Fetch it again") == 2
    assert "GiB free" in result.output


def test_two_packages_of_opencv_are_a_fault(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy(monkeypatch)
    both = [SimpleNamespace(name="opencv-python-headless"), SimpleNamespace(name="opencv-python")]
    monkeypatch.setattr(metadata, "distributions", lambda: both)
    result = cli("doctor")
    assert result.exit_code == 1
    assert "opencv-python is installed beside opencv-python-headless" in result.output
    assert "pip uninstall opencv-python" in result.output


def test_a_full_disk_is_a_fault(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    healthy(monkeypatch)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=2**20))
    result = cli("doctor")
    assert result.exit_code == 1
    assert "0 GiB free" in result.output
    assert "WAYSIDE_CACHE_DIR" in result.output


def test_a_disk_that_may_not_be_written_is_a_fault(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    healthy(monkeypatch)
    monkeypatch.setattr("os.access", lambda _path, _mode: False)
    result = cli("doctor")
    assert result.exit_code == 1
    assert "not writable" in result.output
