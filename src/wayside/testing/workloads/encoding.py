"""A film as three cameras would send it: VBR, CBR, and a long GOP with B-frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TypeAlias

import av
import cv2
import numpy as np
from av.container import InputContainer, OutputContainer
from numpy.typing import NDArray

from wayside.domain.media import Picture

RATE = 25
QUALITY = "27"
ENCODINGS = ("vbr", "cbr", "long")
Planes: TypeAlias = NDArray[np.uint8]
"""(H * 3 / 2, W): I420, as the encoder takes it."""
NOISE_TILES = 8
_MARGIN = 64
_SMALL = 960


def options(encoding: str, size: tuple[int, int], kbps: int) -> dict[str, str]:
    """Of x264. Rate-controlled without filler, as cameras are: what is not needed is not sent.

    Large films are made with less care: they cost three times as much otherwise.
    """
    preset = "veryfast" if size[0] <= _SMALL else "superfast"
    common = {"preset": preset, "profile": "main"}
    fixed = "scenecut=0:threads=1:open-gop=0:qpmin=16"
    if encoding == "vbr":
        return {**common, "crf": QUALITY, "x264-params": f"{fixed}:keyint=50:bframes=0"}
    if encoding == "cbr":
        rate = f"bitrate={kbps}:vbv-maxrate={kbps}:vbv-bufsize={kbps}"
        return {**common, "x264-params": f"{fixed}:keyint=50:bframes=0:{rate}"}
    if encoding == "long":
        return {**common, "crf": QUALITY, "x264-params": f"{fixed}:keyint=250:bframes=2:b-adapt=0"}
    raise ValueError(f"no encoding {encoding}: {', '.join(ENCODINGS)}")


class Sensor:
    """Noise in time on luma and chroma: no two pictures of a still street are the same."""

    def __init__(self, width: int, height: int, sigma: float, seed: int) -> None:
        self._random = np.random.default_rng([seed, 7])
        self._height = height
        shape = (height + _MARGIN, width + _MARGIN)
        self._luma = [self._tile(shape, sigma) for _ in range(NOISE_TILES)]
        self._chroma = [self._tile(shape, 0.4 * sigma) for _ in range(2)]

    def _tile(self, shape: tuple[int, int], sigma: float) -> NDArray[np.int16]:
        return np.round(self._random.normal(0.0, sigma, shape)).astype(np.int16)

    def seen(self, picture: Picture) -> Planes:
        """The picture's planes with noise of this instant."""
        planes = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420), np.uint8)
        height = self._height
        self._add(planes[:height], self._luma)
        self._add(planes[height:], self._chroma)
        return planes

    def _add(self, part: Planes, tiles: list[NDArray[np.int16]]) -> None:
        tile = tiles[int(self._random.integers(len(tiles)))]
        top, left = (int(v) for v in self._random.integers(0, _MARGIN, 2))
        grain = tile[top : top + part.shape[0], left : left + part.shape[1]]
        cv2.add(part, grain, part, dtype=cv2.CV_8U)


class PieceEncoder:
    """A file of one piece: its first picture is a keyframe, nothing refers to what was before."""

    def __init__(self, path: Path, encoding: str, size: tuple[int, int], kbps: int) -> None:
        self._container = av.open(str(path), "w", format="mp4")
        self._stream = self._container.add_stream("libx264", rate=RATE)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "yuv420p"
        self._stream.options = dict[str, object](options(encoding, size, kbps))
        self._count = 0

    def add(self, planes: Planes) -> None:
        frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
        frame.pts, frame.time_base = self._count, Fraction(1, RATE)
        self._count += 1
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        self._container.mux(self._stream.encode())
        self._container.close()


def join(pieces: Sequence[tuple[Path, int]], path: Path) -> None:
    """One film of pieces of the same encoding, each shown so many times in a row."""
    with av.open(str(path), "w", format="mp4") as output:
        stream: av.VideoStream | None = None
        shown = Fraction(0)
        for piece, times in pieces:
            for _ in range(times):
                with av.open(str(piece)) as container:
                    source = container.streams.video[0]
                    if stream is None:
                        stream = output.add_stream_from_template(source)
                    count = _copy(container, source, output, stream, shown)
                shown += Fraction(count, RATE)


def _copy(
    container: InputContainer,
    source: av.VideoStream,
    output: OutputContainer,
    stream: av.VideoStream,
    shown: Fraction,
) -> int:
    """Packets of one piece, later by ``shown`` seconds. Returns how many."""
    count = 0
    for packet in container.demux(source):
        if packet.size and packet.pts is not None and packet.dts is not None:
            later = round(shown / packet.time_base)
            packet.pts, packet.dts = packet.pts + later, packet.dts + later
            packet.stream = stream
            output.mux(packet)
            count += 1
    return count


def sizes(path: Path) -> Iterator[tuple[bool, int]]:
    """Of each packet: whether it is a keyframe, and its bytes."""
    with av.open(str(path)) as container:
        for packet in container.demux(container.streams.video[0]):
            if packet.size:
                yield bool(packet.is_keyframe), packet.size
