"""The protocol that every network behind wayside speaks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from wayside.domain.detections import Detections
from wayside.domain.media import Picture

Size: TypeAlias = tuple[int, int]
"""(width, height) in pixels."""


class Detector(Protocol):
    """Names objects in pictures.

    name: of the model, as in the catalogue. sizes: inputs it can run, smallest
    first; a picture of another size is resized to the nearest one, without
    keeping its aspect.
    """

    @property
    def name(self) -> str: ...

    @property
    def sizes(self) -> tuple[Size, ...]: ...

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        """One Detections a picture, boxes normalised to that picture, best score first.

        pictures: (H, W, 3) uint8 BGR, each of any size.
        """
        ...


class Network(Protocol):
    """A compiled network of one backend and one input size: tensors in, tensors out."""

    def infer(self, tensor: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """tensor: (B, 3, H, W). Returns the outputs in the model's order."""
        ...


class Backend(Protocol):
    """Compiles model files into networks."""

    name: str

    def compile(self, path: str, size: Size, *, batch: int = 1) -> Network:
        """Raises ModelError where the file is no model this backend reads."""
        ...
