"""The second backend: .onnx only, an optional extra, the same promises."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from wayside.detect.onnxruntime_backend import OnnxRuntimeBackend
from wayside.domain.errors import ModelError

SIZE = (320, 192)


@pytest.fixture
def backend() -> OnnxRuntimeBackend:
    pytest.importorskip("onnxruntime", reason="the extra 'onnxruntime' is not installed")
    return OnnxRuntimeBackend()


def test_runs_a_model(backend: OnnxRuntimeBackend, models: Path) -> None:
    path = models / "nanodet_plus_m_dyn_fp16w.onnx"
    if not path.is_file():
        pytest.skip("NanoDet's weights are not in the model folder")
    network = backend.compile(str(path), SIZE)
    tensor = np.zeros((1, 3, SIZE[1], SIZE[0]), np.float32)
    (first,), (second,) = network.infer(tensor), network.infer(tensor)
    assert first.shape[2] == 112
    assert (first == second).all()


@pytest.mark.parametrize("content", [b"", b"GIF89a, and no model at all"])
def test_a_file_that_is_no_model(
    backend: OnnxRuntimeBackend, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelError) as refused:
        backend.compile(str(path), SIZE)
    assert refused.value.where == str(path)


def test_a_file_that_is_not_there(backend: OnnxRuntimeBackend, tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        backend.compile(str(tmp_path / "nowhere.onnx"), SIZE)


def test_another_kind_of_file_points_to_the_other_backend(backend: OnnxRuntimeBackend) -> None:
    with pytest.raises(ModelError, match="openvino") as refused:
        backend.compile("model.xml", SIZE)
    assert refused.value.where == "model.xml"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=r"wayside\[onnxruntime\]"):
        OnnxRuntimeBackend()
