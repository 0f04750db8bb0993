"""A folder of pictures as a source: time-lapse, exported frames, snapshots."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Self

import av

from wayside.domain.errors import SourceError, SourceMissing, SourceUnreadable
from wayside.domain.media import PICTURES, Packet, StreamFormat
from wayside.ingest.container import PICTURE_DEMUXERS, open_container
from wayside.ingest.probe import Shape, first_shape, refuse_huge

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp"})

_SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"RIFF")
_MAX_FILE = 256 * 1024 * 1024


class PictureFolderSource:
    """The pictures of one folder in natural order (img2 before img10), sub-folders left out.

    rate: pictures a second of the scene, not of processing. start: UTC of the
    first picture; without it the first file's age counts.
    """

    def __init__(
        self, path: str | Path, rate: float = 1.0, *, start: datetime | None = None
    ) -> None:
        if not rate > 0:
            raise ValueError("rate must be greater than 0")
        if start is not None and start.tzinfo is None:
            raise ValueError("start needs a time zone")
        self.path = Path(path)
        self.name = self.path.name
        self._rate = rate
        self._start = start

    def open(self) -> PictureSession:
        """Raises SourceMissing, or SourceUnreadable where no picture can be read."""
        return PictureSession(self.path, self._list(), self._rate, self._start)

    def _list(self) -> list[Path]:
        where = str(self.path)
        try:
            entries = [
                entry
                for entry in self.path.iterdir()
                if entry.suffix.lower() in SUFFIXES and not entry.name.startswith(".")
            ]
        except FileNotFoundError as error:
            raise SourceMissing(
                "there is no such folder", where=where, remedy="Check the path and its spelling"
            ) from error
        except OSError as error:
            raise SourceUnreadable(
                f"the folder cannot be read ({error.strerror})",
                where=where,
                remedy="Check that it is a folder, and its permissions",
            ) from error
        if not entries:
            raise SourceUnreadable(
                "a folder without pictures",
                where=where,
                remedy="Pictures end in .jpg, .png, .bmp or .webp; give videos one by one",
            )
        return sorted(entries, key=natural_order)


class PictureSession:
    """One reading of a folder. Each picture is one packet, and a keyframe.

    unreadable_pictures: skipped, because they are no picture, too large, or
    may not be read. What is only damaged inside is passed on; the decoder
    notices. A skipped picture keeps its moment: the next one is not early.
    """

    def __init__(
        self, path: Path, pictures: list[Path], rate: float, start: datetime | None
    ) -> None:
        self.id = secrets.token_hex(8)
        self.corrupt_packets = 0
        self.unreadable_pictures = 0
        self.bytes_read = 0
        self._pictures = pictures
        self._done = 0
        self._closed = False
        first, shape = _first_readable(path, pictures)
        exact_rate = Fraction(rate).limit_denominator(1_000_000)
        self.format = StreamFormat(
            codec=PICTURES,
            width=shape.width,
            height=shape.height,
            rotation=0,  # each picture may carry its own (EXIF)
            time_base=1 / exact_rate,
            rate=rate,
            duration_s=len(pictures) / rate,
            codec_parameters=None,
        )
        self.start_is_known = start is not None
        self.start = start or datetime.fromtimestamp(first.stat().st_mtime, UTC)

    @property
    def position(self) -> float:
        """Share of the pictures already handed out, 0..1."""
        return self._done / len(self._pictures)

    def packets(self) -> Iterator[Packet]:
        """One packet for each readable picture."""
        for index in range(self._done, len(self._pictures)):
            if self._closed:
                return
            self._done = index + 1
            content = _content(self._pictures[index])
            if content is None:
                self.unreadable_pictures += 1
                continue
            self.bytes_read += len(content)
            yield self._packet(index, content)

    def close(self) -> None:
        """End packets(). No file is open between two pictures."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _packet(self, index: int, content: bytes) -> Packet:
        payload: av.Packet[av.stream.Stream] = av.Packet(content)
        payload.pts = payload.dts = index
        payload.time_base = self.format.time_base
        payload.is_keyframe = True
        return Packet(
            pts=index,
            dts=index,
            time_base=self.format.time_base,
            size=len(content),
            is_keyframe=True,
            is_corrupt=False,
            payload=payload,
        )


def natural_order(path: Path) -> tuple[list[tuple[int, int, str]], str]:
    """Sort key that compares runs of digits as numbers: img2 before img10."""
    parts = re.split(r"(\d+)", path.name.casefold())
    key = [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts if part]
    return key, path.name


def _content(path: Path) -> bytes | None:
    """The file's bytes, or None where it is no picture that can be read."""
    try:
        if not path.is_file() or path.stat().st_size > _MAX_FILE:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    return content if content.startswith(_SIGNATURES) else None


def _first_readable(folder: Path, pictures: list[Path]) -> tuple[Path, Shape]:
    """The first picture that opens, and its shape. Raises SourceUnreadable where none does."""
    reason: SourceError | None = None
    for path in pictures:
        if _content(path) is None:
            continue
        try:
            shape = _shape(path)
        except SourceError as error:
            reason = error
            continue
        if shape.width:
            return path, shape
    raise SourceUnreadable(
        f"none of its {len(pictures)} pictures can be read",
        where=str(folder),
        remedy="Check that the files are whole and may be read",
    ) from reason


def _shape(path: Path) -> Shape:
    with open_container(path, PICTURE_DEMUXERS) as container:
        stream = container.streams.video[0]
        refuse_huge(stream.codec_context.width, stream.codec_context.height, str(path))
        return first_shape(stream.codec_context, container.demux(stream))
