"""Networks compiled by OpenVINO for the CPU (the default backend)."""

from __future__ import annotations

import io
import tempfile
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import numpy as np
import openvino as ov
from numpy.typing import NDArray

from wayside.detect.detector import Network, Size
from wayside.domain.errors import ModelError


class OpenVinoBackend:
    """One inference thread: a worker owns a core, and its neighbours own theirs.

    precision: ``f32`` repeats bit for bit; ``auto`` lets machines with matrix
    units compute in bf16, scores shifted by about 0.003: faster for plain convolutions,
    slower for depthwise ones (NanoDet-Plus at 640x384 40 ms in f32, 51 in bf16).
    cache: folder for compiled networks. Measured for NanoDet-Plus, CPU time a
    size: 0.43 s compiled anew, 0.24 s through OpenVINO's own cache (which
    reads and reshapes the model to know its key), 0.10 s from ours.
    """

    name = "openvino"

    def __init__(self, *, precision: str = "f32", cache: Path | None = None) -> None:
        self._core = ov.Core()
        self._cache = cache
        self._options: dict[str, object] = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
        if precision == "f32":
            self._options["INFERENCE_PRECISION_HINT"] = "f32"

    def compile(self, path: str, size: Size, *, batch: int = 1) -> Network:
        """Raises ModelError where OpenVINO cannot read or reshape the file."""
        kept = self._kept_at(path, size, batch)
        compiled = self._from_cache(kept)
        if compiled is None:
            compiled = self._compiled(path, size, batch)
            if kept is not None:
                _keep(compiled, kept)
        return _OpenVinoNetwork(compiled.create_infer_request())

    def _compiled(self, path: str, size: Size, batch: int) -> ov.CompiledModel:
        width, height = size
        try:
            model = self._core.read_model(path)
            if model.inputs[0].partial_shape.is_dynamic:
                model.reshape([batch, 3, height, width])
            return self._core.compile_model(model, "CPU", self._options)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise ModelError(
                f"OpenVINO cannot load this model: {reason}",
                where=path,
                remedy="Take the file that `wayside models` names, or try --backend onnxruntime",
            ) from error

    def _from_cache(self, kept: Path | None) -> ov.CompiledModel | None:
        """None where nothing is kept, or something that this OpenVINO cannot use."""
        try:
            blob = b"" if kept is None else kept.read_bytes()
            return self._core.import_model(io.BytesIO(blob), "CPU", self._options) if blob else None
        except (OSError, RuntimeError):
            return None

    def _kept_at(self, path: str, size: Size, batch: int) -> Path | None:
        """Its name holds all that the result depends on; None where nothing can be kept."""
        if self._cache is None:
            return None
        digest = sha256()
        try:
            for file in (Path(path), Path(path).with_suffix(".bin")):
                digest.update(file.read_bytes() if file.exists() else b"")
        except OSError:
            return None
        for fact in (
            (*size, batch),
            sorted(self._options.items()),
            ov.get_version(),
            self._core.get_property("CPU", "FULL_DEVICE_NAME"),
            self._core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"),
        ):
            digest.update(repr(fact).encode())
        return self._cache / f"{digest.hexdigest()[:32]}.openvino"


def _keep(compiled: ov.CompiledModel, where: Path) -> None:
    """Whole or not at all, because others may be reading. A cache that cannot be kept is none."""
    exported = compiled.export_model()
    with suppress(OSError):
        where.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=where.parent, delete=False) as file:
            file.write(exported if isinstance(exported, bytes) else exported.getvalue())
        Path(file.name).replace(where)


class _OpenVinoNetwork:
    def __init__(self, request: ov.InferRequest) -> None:
        self._request = request

    def infer(self, tensor: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        answer = self._request.infer({0: tensor}, share_inputs=True)
        return [np.asarray(answer[index]) for index in range(len(answer))]
