"""A catalogue entry and a backend made into a Detector."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.detect.catalogue import ModelCard
from wayside.detect.detector import Backend, Network, Size
from wayside.detect.layouts import GridDecoder, GridHead, SsdDecoder, split_grid
from wayside.domain.detections import Detections
from wayside.domain.media import Picture

Reader = Callable[[list[NDArray[np.float32]]], Detections]


class NetworkDetector:
    """Compiles an input size when it is first needed and keeps it.

    floor: scores below it are not looked at at all. What is between the floor
    and the model's own threshold is kept for fusion and for the tracker's
    second stage, which know more than one picture shows.
    """

    def __init__(
        self, card: ModelCard, path: str, backend: Backend, *, floor: float = 0.15
    ) -> None:
        self.card = card
        self._path = path
        self._backend = backend
        self._floor = floor
        self._compiled: dict[Size, tuple[Network, Reader]] = {}
        self._mean = np.array(card.mean, np.float32)
        self._scale = 1 / np.array(card.std, np.float32)

    @property
    def name(self) -> str:
        return self.card.name

    @property
    def sizes(self) -> tuple[Size, ...]:
        return self.card.sizes

    def detect(self, pictures: Sequence[Picture]) -> list[Detections]:
        return [self._detect_one(picture) for picture in pictures]

    def _detect_one(self, picture: Picture) -> Detections:
        height, width = picture.shape[:2]
        size = min(self.sizes, key=lambda s: abs(s[0] - width) + abs(s[1] - height))
        network, read = self._compiled.get(size) or self._compile(size)
        return read(network.infer(self._tensor(picture, size)))

    def _tensor(self, picture: Picture, size: Size) -> NDArray[np.float32]:
        """(1, 3, H, W) float32, normalised as the model was trained."""
        if (picture.shape[1], picture.shape[0]) != size:
            shrinking = picture.shape[1] > size[0]
            how = cv2.INTER_AREA if shrinking else cv2.INTER_LINEAR
            picture = cv2.resize(picture, size, interpolation=how)
        if self.card.rgb:
            picture = picture[:, :, ::-1]
        tensor = np.empty((1, 3, size[1], size[0]), np.float32)
        for channel in range(3):
            np.subtract(picture[:, :, channel], self._mean[channel], out=tensor[0, channel])
            tensor[0, channel] *= self._scale[channel]
        return tensor

    def _compile(self, size: Size) -> tuple[Network, Reader]:
        network = self._backend.compile(self._path, size)
        self._compiled[size] = network, self._reader(size)
        return self._compiled[size]

    def _reader(self, size: Size) -> Reader:
        card = self.card
        if card.layout == "ssd":
            ssd = SsdDecoder(card.classes, self._floor)
            return lambda outputs: ssd(outputs[0])
        head = GridHead(*size, 0.5 if card.layout == "picodet" else 0.0, card.classes)
        grid = GridDecoder(head, self._floor)
        if card.layout == "picodet":
            return lambda outputs: grid(*split_grid(outputs))
        return lambda outputs: grid(outputs[0][0, :, :80], outputs[0][0, :, 80:])
