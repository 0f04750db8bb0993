"""A video file as a source."""

from __future__ import annotations

import errno
import re
import secrets
import stat
import threading
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Self

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition
from av.video.stream import VideoStream

from wayside.domain.errors import SourceMissing, SourceRefused, SourceUnreadable
from wayside.domain.media import MAX_PIXELS, Packet, StreamFormat
from wayside.ingest.container import open_container, read_head
from wayside.ingest.probe import first_shape, parameters, refuse_huge, trusted_rate

_ELEMENTARY = frozenset({"h264", "hevc", "mpegvideo", "m4v", "mjpeg"})
"""Demuxers of bare streams. They have no clock: times and rate are FFmpeg's guess of 25 fps."""

_ERRORS_IN_A_ROW = 64
"""Failed reads without a packet between, after which the rest of a file is given up."""

_PROBED_PACKETS = 12
"""Enough for the reorder delay of any usual encoder. Opening costs 8 ms with or without them."""

_PLACEHOLDER = 8
"""Bytes. AVI marks the empty stand-ins of packed B-pictures as keyframes; no
keyframe is so small."""

_YEARS = range(1990, 9000)
"""1904 and 1970 are how cameras without a clock write zero; later ones cannot be reckoned with."""

_LONGEST_S = 366 * 86_400.0
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")


class FileSource:
    """One video file. ``name`` is the file's name.

    start: UTC of the first picture; without it the container's creation time
    counts, and without that the file's age. rate: pictures a second for a file
    that carries no times (.h264, .hevc, .mjpeg); elsewhere the file's own
    times hold.
    """

    def __init__(
        self, path: str | Path, *, start: datetime | None = None, rate: float | None = None
    ) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError("start needs a time zone")
        if rate is not None and not rate > 0:
            raise ValueError("rate must be greater than 0")
        self.path = Path(path)
        self.name = self.path.name
        self._start = start
        self._rate = rate

    def open(self) -> FileSession:
        """Raises SourceMissing, SourceUnreadable or SourceRefused; then nothing stays open."""
        check_file(self.path)
        container = open_container(self.path)
        try:
            return FileSession(self.path, container, self._start, self._rate)
        except BaseException:
            container.close()
            raise


class FileSession:
    """One reading of a file, from its start to its end.

    corrupt_packets: marked by the demuxer. demux_errors: reads that failed.
    bytes_read: compressed bytes handed out.
    """

    def __init__(
        self, path: Path, container: InputContainer, start: datetime | None, rate: float | None
    ) -> None:
        self.id = secrets.token_hex(8)
        self.corrupt_packets = 0
        self.demux_errors = 0
        self.bytes_read = 0
        self._where = str(path)
        self._container = container
        self._lock = threading.Lock()
        self._closed = False
        self._position = 0.0
        self._is_over = False
        self._newest: tuple[int | None, int | None, int] | None = None
        self._stream = _video_stream(container, self._where)
        self._has_times = not _ELEMENTARY & set(container.format.name.split(","))
        self._demuxer = container.demux(self._stream)
        self._probed: deque[av.Packet[VideoStream]] = deque()
        self.format = self._probe(rate)
        self._first_pts = self._stream.start_time or 0
        self._bytes = max(container.size, 1)
        self.start, self.start_is_known = _start(path, container, start, self.format.duration_s)

    @property
    def position(self) -> float:
        """Share of the file already handed out, 0..1, never going back. For progress bars."""
        if not self._is_over:
            self._position = max(self._position, min(self._share(), 1.0))
        return self._position

    def packets(self) -> Iterator[Packet]:
        """Packets of the video stream, in decoding order.

        What is damaged is passed on, marked and counted. A file that was cut
        short ends where its data end. Raises SourceUnreadable where the disk
        fails.
        """
        while (packet := self._next()) is not None:
            if not packet.size:
                continue
            self.bytes_read += packet.size
            self.corrupt_packets += packet.is_corrupt
            self._newest = packet.pts, packet.pos, packet.size
            if not self._has_times:
                packet.pts = packet.dts = None
            yield Packet(
                pts=packet.pts,
                dts=packet.dts,
                time_base=self.format.time_base,
                size=packet.size,
                is_keyframe=packet.is_keyframe and packet.size > _PLACEHOLDER,
                is_corrupt=packet.is_corrupt,
                payload=packet,
            )
        if not self._closed:
            self._is_over, self._position = True, 1.0

    def close(self) -> None:
        """Release the file. Waits for a read that is under way; may be called twice."""
        with self._lock:
            self._closed = True
            self._probed.clear()
            self._container.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def _probe(self, rate: float | None) -> StreamFormat:
        context, stream = self._stream.codec_context, self._stream
        refuse_huge(context.width, context.height, self._where)
        known = parameters(context)
        self._probed.extend(islice(iter(self._read, None), _PROBED_PACKETS))
        shape = first_shape(context, (packet for packet in self._probed if packet.size))
        if not any(packet.size for packet in self._probed):
            raise SourceUnreadable(
                "a video header without any picture behind it",
                where=self._where,
                remedy="It was probably cut off while copying or recording; copy it again",
            )
        if not shape.width:
            # FFmpeg drops a size that it could not even address, such as 16384 x 16384.
            raise SourceRefused(
                "its header gives no picture size, or one far over the limit",
                where=self._where,
                remedy=f"Pictures may have up to {MAX_PIXELS // 1_000_000} million pixels;"
                " if these are smaller, the file is damaged: copy it again",
            )
        if stream.time_base is None:
            raise SourceUnreadable("its stream has no time base", where=self._where)
        return StreamFormat(
            codec=context.name,
            width=shape.width,
            height=shape.height,
            rotation=shape.rotation,
            time_base=stream.time_base,
            rate=trusted_rate(stream.average_rate) if self._has_times else rate,
            duration_s=self._duration(),
            codec_parameters=known,
        )

    def _duration(self) -> float | None:
        if not self._has_times:
            return None
        stream = self._stream
        duration_s: float | None = None
        if stream.duration is not None and stream.time_base is not None:
            duration_s = float(stream.duration * stream.time_base)
        elif self._container.duration is not None:
            duration_s = self._container.duration / av.time_base
        # A damaged header can claim thousands of years, or less than nothing.
        return duration_s if duration_s is not None and 0 < duration_s < _LONGEST_S else None

    def _next(self) -> av.Packet[VideoStream] | None:
        with self._lock:
            if self._closed:
                return None
            return self._probed.popleft() if self._probed else self._read()

    def _read(self) -> av.Packet[VideoStream] | None:
        """The next packet, over damaged places; None at the end or where nothing more comes."""
        failure: FFmpegError | None = None
        for _ in range(_ERRORS_IN_A_ROW):
            try:
                return next(self._demuxer, None)
            except FFmpegError as error:  # the generator ends with its error
                failure = error
            except IndexError:  # PyAV's word for a stream that appears in the middle
                failure = None
            self.demux_errors += 1
            self._demuxer = self._container.demux(self._stream)
        if failure is not None and failure.errno == errno.EIO:
            raise SourceUnreadable(
                "the disk fails while reading",
                where=self._where,
                remedy="Check the disk and the cable",
            ) from failure
        return None

    def _share(self) -> float:
        """Of the file, up to the packet that was handed out last."""
        if self._newest is None:
            return 0.0
        pts, place, size = self._newest
        duration = self.format.duration_s
        if duration and pts is not None:
            return float((pts - self._first_pts) * self.format.time_base) / duration
        if place is not None:
            return (place + size) / self._bytes
        return self.bytes_read / self._bytes


def check_file(path: Path) -> None:
    """Raises SourceError for everything that can be told before FFmpeg sees the path."""
    where = str(path)
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        if scheme := _SCHEME.match(where):
            # Only the scheme is repeated: an address may carry a password.
            raise SourceRefused(
                "an address, not a file",
                where=f"{scheme[0]}...",
                remedy="Only files and folders are read here; give a plain path",
            ) from error
        raise SourceMissing(
            "there is no such file", where=where, remedy="Check the path and its spelling"
        ) from error
    except (OSError, ValueError) as error:
        raise SourceUnreadable(
            f"the file cannot be reached ({error})",
            where=where,
            remedy="Check the permissions of the folders above it",
        ) from error
    if stat.S_ISDIR(mode):
        raise SourceUnreadable(
            "a folder, not a video file", where=where, remedy="Give a file, or a folder of pictures"
        )
    if not stat.S_ISREG(mode):
        # A pipe without a writer would block the open for ever.
        raise SourceRefused(
            "a device, pipe or socket, not a file", where=where, remedy="Give a regular file"
        )
    read_head(path)


def _video_stream(container: InputContainer, where: str) -> VideoStream:
    """The main video stream; the cover picture of a song is none."""
    streams = [s for s in container.streams.video if not s.disposition & Disposition.attached_pic]
    best = container.streams.best("video")
    stream = next((s for s in streams if s is best), streams[0] if streams else None)
    if stream is None:
        sound = bool(container.streams.audio)
        raise SourceUnreadable(
            "sound only, without any picture" if sound else "there is no video stream in it",
            where=where,
            remedy="Give a file with a video stream",
        )
    if stream.codec_context is None:
        raise SourceUnreadable(
            "its pictures are coded in a way that this FFmpeg cannot decode",
            where=where,
            remedy="Convert it to H.264: ffmpeg -i FILE out.mp4",
        )
    return stream


def _start(
    path: Path, container: InputContainer, given: datetime | None, duration_s: float | None
) -> tuple[datetime, bool]:
    """(UTC of the first picture, whether that is known)."""
    if given is not None:
        return given.astimezone(UTC), True
    created = _creation_time(container)
    if created is not None:
        return created, True
    # A recorder writes until the last picture, so the file's age is that of its end.
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return written - timedelta(seconds=duration_s or 0.0), False


def _creation_time(container: InputContainer) -> datetime | None:
    text = container.metadata.get("creation_time")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC) if moment.year in _YEARS else None
