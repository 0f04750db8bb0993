"""What a video stream delivers, from its header and its first picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from types import MappingProxyType
from typing import Any, NamedTuple

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from wayside.domain.errors import SourceRefused
from wayside.domain.media import MAX_PIXELS, MAX_SIDE

_RATES = (0.01, 1000.0)
"""Pictures a second. What lies outside is a default or a defect of the header."""


class Shape(NamedTuple):
    """Displayed picture: pixels after ``rotation``, degrees clockwise."""

    width: int
    height: int
    rotation: int


def refuse_huge(width: int, height: int, where: str) -> None:
    """Raises SourceRefused for a picture larger than wayside takes."""
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise SourceRefused(
            f"its header asks for pictures of {width} x {height} pixels",
            where=where,
            remedy=f"The limit is {MAX_SIDE} a side and {MAX_PIXELS // 1_000_000} million in all;"
            " scale it down first",
        )


def first_shape(context: VideoCodecContext, packets: Iterable[av.Packet[Any]]) -> Shape:
    """Shape of the first picture that decodes; from the header alone where none does.

    ``context`` must be the demuxer's own: only that one hands on the display
    matrix of MP4 and Matroska. It is used up by this. Width and height are 0
    where neither header nor packets tell them.
    """
    context.thread_count = 1
    context.options = {"max_pixels": str(MAX_PIXELS)}
    frame = next(_pictures(context, packets), None)
    if frame is None:
        return Shape(context.width, context.height, 0)
    rotation = -round(frame.rotation / 90) * 90 % 360
    turned = rotation % 180 == 90
    width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
    return Shape(width, height, rotation)


def _pictures(
    context: VideoCodecContext, packets: Iterable[av.Packet[Any]]
) -> Iterator[av.VideoFrame]:
    for packet in (*packets, None):
        try:
            yield from context.decode(packet)
        except FFmpegError:  # a damaged start does not make a file unreadable
            continue


def parameters(context: VideoCodecContext) -> Mapping[str, object]:
    """What a second decoder of the same stream needs: attributes to set before it opens."""
    found: dict[str, object] = {
        "extradata": context.extradata,
        "width": context.width,
        "height": context.height,
        "bits_per_coded_sample": context.bits_per_coded_sample,
        "pix_fmt": context.pix_fmt,
    }
    # A tag of arbitrary bytes is one that PyAV cannot carry and decoders do not need.
    with suppress(UnicodeDecodeError):
        found["codec_tag"] = context.codec_tag
    return MappingProxyType({name: value for name, value in found.items() if value is not None})


def trusted_rate(rate: Fraction | None) -> float | None:
    """Pictures a second, or None where the header says nothing or nonsense."""
    if rate is None:
        return None
    value = float(rate)
    return value if _RATES[0] <= value <= _RATES[1] else None
