"""Small videos and pictures made on the spot, so that a test knows every byte of its input."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

av.logging.set_level(None)


def scene(index: int, width: int = 64, height: int = 48) -> np.ndarray:
    """(height, width, 3) uint8 BGR: red top left corner, blue rest, a white square moving right."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[:, :, 0] = 160
    picture[: height // 3, : width // 3] = (0, 0, 220)
    left = (4 * index) % (width - 8)
    picture[height // 2 : height // 2 + 8, left : left + 8] = 255
    return picture


def make_video(
    path: Path,
    *,
    codec: str = "libx264",
    container: str | None = None,
    frames: int = 25,
    rate: int = 25,
    size: tuple[int, int] = (64, 48),
    pixels: str = "yuv420p",
    rotation: int = 0,
    pts: Sequence[int] | None = None,
    options: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    sound: bool = False,
    still: bool = False,
    container_options: dict[str, str] | None = None,
) -> Path:
    """A video of ``scene``. rotation: degrees clockwise that a player has to turn it.

    pts: milliseconds of each frame, where they are not to be even. still: nothing moves.
    """
    with av.open(str(path), "w", format=container, options=container_options or {}) as output:
        output.metadata.update(metadata or {})
        stream = output.add_stream(codec, rate=rate, options=dict(options or {}))
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        if pts is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        if rotation:
            stream.set_display_rotation(-rotation)
        if sound:
            _add_silence(output)
        for index in range(frames):
            frame = av.VideoFrame.from_ndarray(scene(0 if still else index, *size), format="bgr24")
            frame.pts = index if pts is None else pts[index]
            frame.time_base = Fraction(1, rate) if pts is None else Fraction(1, 1000)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def make_sound(path: Path, codec: str = "aac") -> Path:
    """One second of silence and nothing to see."""
    with av.open(str(path), "w") as output:
        _add_silence(output, codec)
    return path


def make_picture(path: Path, index: int = 0, size: tuple[int, int] = (64, 48)) -> Path:
    """One picture of ``scene``, in the format that the suffix says."""
    codec, pixels = {
        ".jpg": ("mjpeg", "yuvj420p"),
        ".png": ("png", "rgb24"),
        ".bmp": ("bmp", "bgr24"),
        ".webp": ("libwebp", "yuv420p"),
    }[path.suffix]
    context = av.CodecContext.create(codec, "w")
    context.width, context.height = size
    context.pix_fmt = pixels
    context.time_base = Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(scene(index, *size), format="bgr24").reformat(format=pixels)
    packets = [*context.encode(frame), *context.encode(None)]
    path.write_bytes(b"".join(bytes(packet) for packet in packets))
    return path


def _add_silence(output: av.container.OutputContainer, codec: str = "aac") -> None:
    stream = output.add_stream(codec, rate=8000, layout="mono")
    kind = "s16" if codec.startswith("pcm") else "fltp"
    dtype = np.int16 if kind == "s16" else np.float32
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), dtype), format=kind, layout="mono")
    frame.sample_rate = 8000
    frame.pts = 0
    output.mux(stream.encode(frame))
    output.mux(stream.encode(None))
