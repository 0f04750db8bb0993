"""OpenVINO reads the models, repeats itself in f32, and says clearly what it cannot read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from wayside.detect.openvino_backend import OpenVinoBackend
from wayside.domain.errors import ModelError

SIZE = (320, 192)


def tensor(seed: int = 0) -> np.ndarray:
    shape = (1, 3, SIZE[1], SIZE[0])
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


@pytest.fixture(scope="module")
def nanodet(models: Path) -> str:
    path = models / "nanodet_plus_m_dyn_fp16w.onnx"
    if not path.is_file():
        pytest.skip("NanoDet's weights are not in the model folder")
    return str(path)


def test_a_dynamic_input_takes_the_size_asked_for(nanodet: str) -> None:
    network = OpenVinoBackend().compile(nanodet, SIZE)
    (output,) = network.infer(tensor())
    cells = sum(-(-SIZE[0] // s) * -(-SIZE[1] // s) for s in (8, 16, 32, 64))
    assert output.shape == (1, cells, 112)
    assert output.dtype == np.float32


def test_f32_repeats_bit_for_bit_and_answers_stay_what_they_were(nanodet: str) -> None:
    network = OpenVinoBackend(precision="f32").compile(nanodet, SIZE)
    first = network.infer(tensor(1))[0]
    kept = first.copy()
    network.infer(tensor(2))
    assert (first == kept).all()
    again = OpenVinoBackend(precision="f32").compile(nanodet, SIZE).infer(tensor(1))[0]
    assert (again == kept).all()


def test_a_kept_network_answers_as_the_one_that_was_compiled(nanodet: str, tmp_path: Path) -> None:
    cache = tmp_path / "compiled"
    first = OpenVinoBackend(cache=cache).compile(nanodet, SIZE).infer(tensor())
    (kept,) = cache.iterdir()
    written = kept.stat().st_mtime_ns
    second = OpenVinoBackend(cache=cache).compile(nanodet, SIZE).infer(tensor())
    assert (first[0] == second[0]).all()
    assert kept.stat().st_mtime_ns == written


def test_each_size_and_precision_is_kept_by_itself(nanodet: str, tmp_path: Path) -> None:
    for precision, size in (("f32", SIZE), ("f32", (448, 256)), ("auto", SIZE)):
        OpenVinoBackend(precision=precision, cache=tmp_path).compile(nanodet, size)
    assert len(list(tmp_path.iterdir())) == 3


@pytest.mark.parametrize("damage", [b"", b"no network", None])
def test_a_damaged_cache_is_replaced(nanodet: str, tmp_path: Path, damage: bytes | None) -> None:
    first = OpenVinoBackend(cache=tmp_path).compile(nanodet, SIZE).infer(tensor())
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    damaged = whole[: len(whole) // 2] if damage is None else damage
    kept.write_bytes(damaged)
    again = OpenVinoBackend(cache=tmp_path).compile(nanodet, SIZE).infer(tensor())
    assert (first[0] == again[0]).all()
    # OpenVINO does not write the same bytes, nor as many, each time.
    assert len(kept.read_bytes()) > 0.9 * len(whole)
    written = kept.stat().st_mtime_ns
    OpenVinoBackend(cache=tmp_path).compile(nanodet, SIZE)
    assert kept.stat().st_mtime_ns == written


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(
    nanodet: str, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    network = OpenVinoBackend(cache=blocked).compile(nanodet, SIZE)
    assert network.infer(tensor())[0].shape[0] == 1


def test_auto_precision_gives_nearly_the_same_scores(nanodet: str) -> None:
    exact = OpenVinoBackend(precision="f32").compile(nanodet, SIZE).infer(tensor())[0]
    fast = OpenVinoBackend(precision="auto").compile(nanodet, SIZE).infer(tensor())[0]
    assert fast[..., :80] == pytest.approx(exact[..., :80], abs=0.05)


@pytest.mark.parametrize("name", ["model.onnx", "model.xml", "model.bin", "model"])
@pytest.mark.parametrize("content", [b"", b"GIF89a, and no model at all", b"<net><layers/></net>"])
def test_a_file_that_is_no_model(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelError) as refused:
        OpenVinoBackend().compile(str(path), SIZE)
    assert refused.value.where == str(path)
    assert refused.value.remedy


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nowhere"):
        OpenVinoBackend().compile(str(tmp_path / "nowhere.onnx"), SIZE)


def test_a_size_the_network_cannot_take(nanodet: str) -> None:
    with pytest.raises(ModelError):
        OpenVinoBackend().compile(nanodet, (33, 17))
