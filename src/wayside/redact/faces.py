"""Faces as boxes, so that they can be covered. Nothing else about them is kept."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from wayside.domain.detections import Boxes
from wayside.domain.errors import ModelError, ModelMissing
from wayside.domain.media import Picture, reduced

TILE_PX: Final = 128
"""A region's room on the canvas; a head in it is 30 to 100 pixels, where YuNet is best."""

MOST_TILES: Final = 12
_COLUMNS: Final = 4
_MOST_ENLARGED: Final = 4.0

_LARGE_SIDE: Final = 768
_COARSE_SIDE: Final = 480
"""A picture searched at more than the first of these pixels is searched at the second as well:
YuNet learned faces of up to a few hundred pixels, and one that fills the picture is larger."""


class FaceFinder(Protocol):
    """Says where faces are, never whose."""

    def find(self, bgr: Picture, regions: Boxes | None = None) -> Boxes:
        """(N, 4) float32, xyxy, normalised to the picture, inside it.

        regions: (M, 4) normalised; look only there. None: the whole picture.
        """
        ...


class YuNetFaces:
    """YuNet, a small face detector (Wu et al. 2023, Machine Intelligence Research 20).

    score: least confidence. 0.3 is low on purpose: a face too many costs a
    grey spot, one too few costs a person's anonymity. max_side: the longer side
    that the picture is shrunk to, never enlarged. Measured on one core at 16:9:
    1280 px 70 ms, 768 px 24 ms, 640 px 18 ms, 480 px 11 ms, 320 px 6 ms a picture.
    Of faces of 12 to 24 px after shrinking all were found, of 8 to 12 px most,
    below that none (``benchmarks/redaction.py``).

    Not thread-safe: one for each redactor. Raises ModelMissing or ModelError.
    """

    def __init__(self, model_path: Path, *, score: float = 0.3, max_side: int = 640) -> None:
        if not model_path.is_file():
            raise ModelMissing(
                "no face detector there",
                where=str(model_path),
                remedy="Get it with: wayside models",
            )
        self._max_side = max_side
        # One for each, because changing the input size costs a rebuild of the network.
        self._whole = _Network(model_path, score)
        self._coarse = self._whole if max_side <= _LARGE_SIDE else _Network(model_path, score)
        self._tiles = _Network(model_path, score)

    def find(self, bgr: Picture, regions: Boxes | None = None) -> Boxes:
        """As FaceFinder. At most the 12 largest regions are looked at."""
        if regions is None:
            return self._find_whole(bgr)
        return self._find_within(bgr, regions)

    def _find_whole(self, bgr: Picture) -> Boxes:
        side = min(self._max_side, max(bgr.shape[:2]))
        found = self._find_at(bgr, self._whole, side)
        if side <= _LARGE_SIDE:
            return found
        return np.concatenate([found, self._find_at(bgr, self._coarse, _COARSE_SIDE)])

    def _find_at(self, bgr: Picture, network: _Network, side: int) -> Boxes:
        height, width = bgr.shape[:2]
        size = reduced(width, height, side, least=1)
        picture = (
            bgr if size == (width, height) else cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
        )
        return _clipped(network.boxes(picture) / (size * 2))

    def _find_within(self, bgr: Picture, regions: Boxes) -> Boxes:
        height, width = bgr.shape[:2]
        crops = _crops(regions, width, height)
        if not len(crops):
            return np.empty((0, 4), np.float32)
        rows = -(-len(crops) // _COLUMNS)
        columns = min(len(crops), _COLUMNS)
        canvas = np.zeros((rows * TILE_PX, columns * TILE_PX, 3), np.uint8)
        scales = np.empty(len(crops))
        for tile, (x0, y0, x1, y1) in enumerate(crops.tolist()):
            scale = min(TILE_PX / (x1 - x0), TILE_PX / (y1 - y0), _MOST_ENLARGED)
            size = max(1, round((x1 - x0) * scale)), max(1, round((y1 - y0) * scale))
            how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
            top, left = tile // _COLUMNS * TILE_PX, tile % _COLUMNS * TILE_PX
            canvas[top : top + size[1], left : left + size[0]] = cv2.resize(
                bgr[y0:y1, x0:x1], size, interpolation=how
            )
            scales[tile] = scale
        found = _from_tiles(self._tiles.boxes(canvas), crops, scales)
        return _clipped(found / (width, height, width, height))


class _Network:
    """One compiled YuNet with its input size."""

    def __init__(self, model_path: Path, score: float) -> None:
        try:
            with _quiet():
                self._net: Any = cv2.FaceDetectorYN.create(
                    str(model_path), "", (320, 320), score, 0.3, 500
                )
        except cv2.error as error:
            raise ModelError(
                "not a face detector that OpenCV can read",
                where=str(model_path),
                remedy="Use face_detection_yunet_2023mar.onnx",
            ) from error

    def boxes(self, bgr: Picture) -> NDArray[np.float64]:
        """(N, 4) xyxy in pixels of ``bgr``; eyes, nose, mouth and score are dropped here."""
        size = (bgr.shape[1], bgr.shape[0])
        if tuple(self._net.getInputSize()) != size:
            self._net.setInputSize(size)
        _, found = self._net.detect(bgr)
        if found is None:
            return np.empty((0, 4))
        xywh = np.asarray(found, np.float64)[:, :4]
        return np.concatenate([xywh[:, :2], xywh[:, :2] + xywh[:, 2:]], axis=1)


def _crops(regions: Boxes, width: int, height: int) -> NDArray[np.int64]:
    """(M, 4) whole pixels of the largest regions, those under 8 pixels left out."""
    scaled = np.clip(regions.astype(np.float64), 0, 1) * (width, height, width, height)
    crops = np.concatenate([np.floor(scaled[:, :2]), np.ceil(scaled[:, 2:])], axis=1)
    sides = crops[:, 2:] - crops[:, :2]
    large = np.flatnonzero((sides >= 8).all(1))
    order = large[np.argsort(-sides[large].prod(1), kind="stable")][:MOST_TILES]
    return crops[order].astype(np.int64)


def _from_tiles(
    found: NDArray[np.float64], crops: NDArray[np.int64], scales: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Boxes on the canvas as boxes in the picture, in pixels; each goes to its centre's tile."""
    centres = (found[:, :2] + found[:, 2:]) / 2
    column, row = (centres // TILE_PX).astype(np.int64).T
    tile = row * _COLUMNS + column
    real = (tile >= 0) & (tile < len(crops)) & (column >= 0) & (column < _COLUMNS)
    found, tile = found[real], tile[real]
    corner = np.stack([tile % _COLUMNS, tile // _COLUMNS], axis=1) * TILE_PX
    at = (found - np.tile(corner, 2)) / scales[tile][:, None]
    return np.asarray(at + np.tile(crops[tile, :2], 2))


def _clipped(boxes: NDArray[np.float64]) -> Boxes:
    """Inside 0..1; what has no area left there is dropped."""
    inside = np.clip(boxes, 0, 1).astype(np.float32)
    real = (inside[:, 2] > inside[:, 0]) & (inside[:, 3] > inside[:, 1])
    return inside[real]


@contextmanager
def _quiet() -> Iterator[None]:
    """OpenCV 5 warns about a target that nobody asked for, on every network."""
    level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
    try:
        yield
    finally:
        cv2.utils.logging.setLogLevel(level)
