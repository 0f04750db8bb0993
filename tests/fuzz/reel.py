"""A stretch of packets of one stream, which can be kept as a file and be changed."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType
from typing import Any

import av

from fuzz.parcel import packed, unpacked
from made_media import make_video
from wayside.domain.media import Packet, StreamFormat
from wayside.ingest.file import FileSource

_STAMPS = struct.Struct(">qqBB")
_NONE = -(1 << 63)
RATE = 5

X265 = "keyint=10:min-keyint=10:log-level=none:pools=none:frame-threads=1"
STREAMS: dict[str, dict[str, Any]] = {
    "h264": {"options": {"g": "10"}},
    "h264-lengths": {"options": {"g": "10"}, "container": "mp4"},
    "h264-long": {"options": {"g": "40", "bf": "0"}},
    "h264-baseline": {"options": {"g": "10", "profile": "baseline", "x264-params": "slices=2"}},
    "h264-interlaced": {"options": {"g": "10", "x264-params": "tff=1"}},
    "hevc": {"codec": "libx265", "options": {"x265-params": X265}},
    "hevc-lengths": {"codec": "libx265", "container": "mp4", "options": {"x265-params": X265}},
    "mpeg4": {"codec": "mpeg4", "container": "avi", "options": {"g": "10"}},
    "mpeg4-b": {"codec": "mpeg4", "container": "mp4", "options": {"g": "10", "bf": "2"}},
    # A constant quantiser: else the first second of a still place grows sharper, which is movement.
    "mjpeg": {
        "codec": "mjpeg",
        "container": "avi",
        "pixels": "yuvj420p",
        "options": {"qmin": "4", "qmax": "4"},
    },
}
"""Name of a stream and how it is made. "lengths": NAL units behind their lengths, as in MP4."""

SIZES = ((64, 48), (96, 80), (176, 144))


@dataclass(frozen=True, slots=True)
class Piece:
    """One packet. is_corrupt: marked by the demuxer."""

    content: bytes
    pts: int | None
    dts: int | None
    is_keyframe: bool
    is_corrupt: bool = False


@dataclass(frozen=True, slots=True)
class Reel:
    """way: how it is tried. stream: its name in STREAMS, with its size."""

    stream: str
    way: str
    codec: str
    width: int
    height: int
    time_base: Fraction
    extradata: bytes
    pieces: tuple[Piece, ...]
    changes: int = 0
    """Of its packets so many are not what the encoder made, or not where."""

    @property
    def form(self) -> StreamFormat:
        parameters = {"extradata": self.extradata or None, "width": self.width}
        parameters |= {"height": self.height}
        given = {name: value for name, value in parameters.items() if value is not None}
        return StreamFormat(
            codec=self.codec,
            width=self.width,
            height=self.height,
            rotation=0,
            time_base=self.time_base,
            rate=float(RATE),
            duration_s=None,
            codec_parameters=MappingProxyType(given),
        )

    def packets(self) -> Iterator[Packet]:
        for piece in self.pieces:
            payload: av.Packet[Any] = av.Packet(piece.content)
            payload.pts, payload.dts, payload.time_base = piece.pts, piece.dts, self.time_base
            payload.is_keyframe = piece.is_keyframe
            yield Packet(
                piece.pts,
                piece.dts,
                self.time_base,
                len(piece.content),
                piece.is_keyframe,
                piece.is_corrupt,
                payload,
            )

    def written(self) -> bytes:
        about = {
            "stream": self.stream,
            "way": self.way,
            "codec": self.codec,
            "size": (self.width, self.height),
            "time_base": self.time_base.as_integer_ratio(),
            "changes": self.changes,
        }
        parts = [self.extradata]
        for piece in self.pieces:
            stamps = (_NONE if stamp is None else stamp for stamp in (piece.pts, piece.dts))
            parts.append(_STAMPS.pack(*stamps, piece.is_keyframe, piece.is_corrupt) + piece.content)
        return packed(about, parts)

    @classmethod
    def read(cls, content: bytes) -> Reel:
        about, (extradata, *parts) = unpacked(content)
        return cls(
            about["stream"],
            about["way"],
            about["codec"],
            *about["size"],
            Fraction(*about["time_base"]),
            extradata,
            tuple(_piece(part) for part in parts),
            about["changes"],
        )


def _piece(part: bytes) -> Piece:
    pts, dts, is_keyframe, is_corrupt = _STAMPS.unpack_from(part)
    stamps = (None if stamp == _NONE else stamp for stamp in (pts, dts))
    return Piece(part[_STAMPS.size :], *stamps, bool(is_keyframe), bool(is_corrupt))


def film(folder: Path, stream: str, size: tuple[int, int], frames: int, *, still: bool) -> Reel:
    """A stream of STREAMS, whole. still: nothing moves in it."""
    how = dict(STREAMS[stream])
    suffix = how.pop("container", "ts")
    name = f"{stream}-{size[0]}x{size[1]}-{'still' if still else 'moving'}"
    path = make_video(
        folder / f"{name}.{suffix}", frames=frames, rate=RATE, size=size, still=still, **how
    )
    with FileSource(path).open() as session:
        packets = list(session.packets())
    form = session.format
    pieces = tuple(Piece(bytes(p.payload), p.pts, p.dts, p.is_keyframe) for p in packets)
    extradata = bytes((form.codec_parameters or {}).get("extradata") or b"")
    return Reel(name, "", form.codec, *size, form.time_base, extradata, pieces)


def with_pieces(reel: Reel, pieces: Sequence[Piece], changes: int) -> Reel:
    return replace(reel, pieces=tuple(pieces), changes=changes)
