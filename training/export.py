"""To ONNX, written node by node: weights in half precision, arithmetic in single.

Batch normalisation and the calibration go into the weights. The only output is the scores.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import onnx
import openvino as ov
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from training.crops import CLASSES, SIDE
from training.network import CENTRE, LAYERS, SPREAD, TypesNetwork


def export(
    network: TypesNetwork, temperature: float, offsets: NDArray[np.float64], path: Path
) -> None:
    """Input `levels` (N, 3, 64, 64) float32 BGR 0..255; output `scores` (N, 7), sums of one."""
    nodes, weights = [], []

    def half(name: str, values: NDArray[np.float32]) -> str:
        weights.append(numpy_helper.from_array(values.astype(np.float16), f"{name}_half"))
        nodes.append(helper.make_node("Cast", [f"{name}_half"], [name], to=TensorProto.FLOAT))
        return name

    for name, value in (("centre", CENTRE), ("spread", SPREAD)):
        weights.append(numpy_helper.from_array(np.array([value], np.float32), name))
    nodes.append(helper.make_node("Sub", ["levels", "centre"], ["shifted"]))
    nodes.append(helper.make_node("Div", ["shifted", "spread"], ["layer0"]))
    modules = list(network.body)
    for at, (_, stride) in enumerate(LAYERS):
        kernel, offset = _folded(modules[3 * at], modules[3 * at + 1])
        names = [f"layer{at}", half(f"kernel{at}", kernel), half(f"offset{at}", offset)]
        nodes.append(
            helper.make_node(
                "Conv", names, [f"sum{at}"], strides=[stride] * 2, pads=[1] * 4, kernel_shape=[3, 3]
            )
        )
        nodes.append(helper.make_node("Relu", [f"sum{at}"], [f"layer{at + 1}"]))
    nodes.append(helper.make_node("GlobalAveragePool", [f"layer{len(LAYERS)}"], ["means"]))
    nodes.append(helper.make_node("Flatten", ["means"], ["flat"]))
    head = network.head.weight.detach().numpy() / temperature
    bias = network.head.bias.detach().numpy() / temperature + offsets.astype(np.float32)
    names = ["flat", half("head", head), half("bias", bias)]
    nodes.append(helper.make_node("Gemm", names, ["logits"], transB=1))
    nodes.append(helper.make_node("Softmax", ["logits"], ["scores"], axis=1))
    graph = helper.make_graph(
        nodes,
        "types",
        [helper.make_tensor_value_info("levels", TensorProto.FLOAT, ["N", 3, SIDE, SIDE])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["N", len(CLASSES)])],
        weights,
    )
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(graph, producer_name="wayside", opset_imports=[opset], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString(deterministic=True))


def _folded(
    convolution: nn.Module, norm: nn.Module
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel and offset of a convolution and the normalisation after it, as one convolution."""
    assert isinstance(convolution, nn.Conv2d)
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_var is not None
    assert norm.running_mean is not None
    gain = (norm.weight / (norm.running_var + norm.eps).sqrt()).detach()
    kernel = convolution.weight.detach() * gain[:, None, None, None]
    offset = norm.bias.detach() - norm.running_mean * gain
    return kernel.contiguous().numpy(), offset.numpy()


class Exported:
    """The file as the product runs it: OpenVINO, one thread, f32."""

    def __init__(self, path: Path, batch: int) -> None:
        core = ov.Core()
        model = core.read_model(path)
        model.reshape([batch, 3, SIDE, SIDE])
        options = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1, "INFERENCE_PRECISION_HINT": "f32"}
        self._request = core.compile_model(model, "CPU", options).create_infer_request()
        self._batch = batch

    def __call__(self, pictures: NDArray[np.uint8]) -> NDArray[np.float64]:
        """(N, 64, 64, 3) uint8 to (N, 7) scores."""
        scores = []
        for at in range(0, len(pictures), self._batch):
            some = pictures[at : at + self._batch]
            levels = np.zeros((self._batch, 3, SIDE, SIDE), np.float32)
            levels[: len(some)] = some.transpose(0, 3, 1, 2)
            answer = self._request.infer({0: levels}, share_inputs=True)[0]
            scores.append(np.array(answer[: len(some)], np.float64))
        return np.concatenate(scores)

    def cpu_ms(self, rounds: int = 25) -> float:
        """Milliseconds of CPU a crop, the best of many short measurements."""
        levels = np.zeros((self._batch, 3, SIDE, SIDE), np.float32)
        self._request.infer({0: levels})
        took = []
        for _ in range(60):
            began = time.process_time()
            for _ in range(rounds):
                self._request.infer({0: levels}, share_inputs=True)
            took.append(time.process_time() - began)
        return min(took) / rounds / self._batch * 1000
