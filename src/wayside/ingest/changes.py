"""Notices that a stream goes on in another size, from its keyframes.

Demuxers do not say it: FFmpeg tells a stream's size once, at its opening. So
the parameter sets of each keyframe are compared with the last ones, byte by
byte, and only where they differ is a picture decoded to learn its size.
"""

from __future__ import annotations

from typing import Any

import av
from av.error import FFmpegError
from av.video.codeccontext import VideoCodecContext

from wayside.domain.media import MAX_PIXELS, StreamFormat
from wayside.ingest.jpeg import jpeg_size

_HEAD = 4096
_FOREIGN_IN_A_ROW = 4
_SETS = {"h264": (0x1F, 0, (7,)), "hevc": (0x3F, 1, (33,))}
"""codec: (mask, shift, types) of the NAL units that hold a sequence parameter set."""


class SizeWatch:
    """Of one session. Feed it every keyframe."""

    def __init__(self, stream_format: StreamFormat) -> None:
        self._codec = stream_format.codec
        self._size = stream_format.width, stream_format.height
        self._seen: bytes | None = None
        self._foreign = 0

    def changed(self, packet: av.Packet[Any]) -> tuple[int, int] | None:
        """(width, height) that the stream has from this keyframe on, where it is another."""
        size = self._jpeg(packet) if self._codec == "mjpeg" else self._coded(packet)
        return size if size is not None and size != self._size else None

    def is_foreign(self, packet: av.Packet[Any]) -> bool:
        """True once several packets in a row begin like those of another codec.

        FFmpeg goes on handing a transport stream's packets out under the codec
        that it was opened with, whatever the stream's tables say later. Two
        bytes tell H.264 from H.265: what one writes there, the other forbids.
        """
        self._foreign = self._foreign + 1 if _looks_foreign(packet, self._codec) else 0
        return self._foreign >= _FOREIGN_IN_A_ROW

    def _jpeg(self, packet: av.Packet[Any]) -> tuple[int, int] | None:
        return jpeg_size(bytes(memoryview(packet)[:_HEAD]))

    def _coded(self, packet: av.Packet[Any]) -> tuple[int, int] | None:
        if self._codec not in _SETS:
            return None
        found = parameter_set(bytes(memoryview(packet)[:_HEAD]), self._codec)
        if found is None or found == self._seen:
            return None
        first, self._seen = self._seen is None, found
        # The first set belongs to the pictures that the size was told from.
        return None if first else decoded_size(packet, self._codec)


def _looks_foreign(packet: av.Packet[Any], codec: str) -> bool:
    head = bytes(memoryview(packet)[:6])
    at = head.find(b"\0\0\1") + 3
    if codec not in _SETS or at < 3 or at + 1 >= len(head):
        return False
    first, second = head[at], head[at + 1]
    if codec == "h264":
        kind, is_reference = first & 0x1F, bool(first & 0x60)
        # Types 2 to 4 are of a profile that nothing here decodes.
        return bool(
            first & 0x80 or not 1 <= kind < 24 or kind in (2, 3, 4) or (
                kind in (6, 9) and is_reference
            )
        )  # fmt: skip
    layer = (first & 1) << 5 | second >> 3
    return bool(first & 0x80 or layer or not second & 7)


def parameter_set(head: bytes, codec: str) -> bytes | None:
    """The sequence parameter set at the start of an Annex B picture, None where it has none."""
    mask, shift, wanted = _SETS[codec]
    at = head.find(b"\0\0\1")
    while at >= 0 and at + 3 < len(head):
        end = head.find(b"\0\0\1", at + 3)
        if head[at + 3] >> shift & mask in wanted:
            return head[at + 3 : end if end >= 0 else None].rstrip(b"\0")
        at = end
    return None


def decoded_size(packet: av.Packet[Any], codec: str) -> tuple[int, int] | None:
    """Of a keyframe that carries its parameter sets; None where it does not decode."""
    try:
        context = av.CodecContext.create(codec, "r")
        if not isinstance(context, VideoCodecContext):
            return None
        context.thread_count = 1
        context.options = {"max_pixels": str(MAX_PIXELS)}
        copy = av.Packet(bytes(packet))
        frames = [*context.decode(copy), *context.decode(None)]
    except FFmpegError:
        return None
    return (frames[0].width, frames[0].height) if frames else None
