"""Networks run by ONNX Runtime: the second backend, an optional extra."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wayside.detect.detector import Network, Size
from wayside.domain.errors import ModelError


class OnnxRuntimeBackend:
    """Reads .onnx only. One inference thread, as the openvino backend."""

    name = "onnxruntime"

    def __init__(self) -> None:
        try:
            import onnxruntime  # noqa: PLC0415 - an optional extra, imported where it is asked for
        except ImportError as error:
            raise ModelError(
                "the onnxruntime backend is not installed",
                remedy="pip install 'wayside[onnxruntime]', or use --backend openvino",
            ) from error
        self._runtime = onnxruntime

    def compile(self, path: str, size: Size, *, batch: int = 1) -> Network:
        """Raises ModelError for a file that is no ONNX model."""
        del size, batch  # dynamic axes take any size, fixed ones were checked by the catalogue
        if not path.endswith(".onnx"):
            raise ModelError(
                "ONNX Runtime reads .onnx files only", where=path, remedy="Use --backend openvino"
            )
        options = self._runtime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            session = self._runtime.InferenceSession(
                path, options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # the package raises bare pybind exceptions
            raise ModelError(
                f"ONNX Runtime cannot load this model: {str(error).splitlines()[0]}", where=path
            ) from error
        return _OnnxNetwork(session)


class _OnnxNetwork:
    def __init__(self, session: object) -> None:
        self._session = session
        self._input = session.get_inputs()[0].name  # type: ignore[attr-defined]

    def infer(self, tensor: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        answer = self._session.run(None, {self._input: tensor})  # type: ignore[attr-defined]
        return [np.asarray(output) for output in answer]
