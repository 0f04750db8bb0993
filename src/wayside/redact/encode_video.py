"""Redacted pictures as an MP4: a file that is whole or not there, or a short clip's bytes."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Final, Literal, Self

import av
import cv2
import numpy as np
from av.container import OutputContainer
from av.video.stream import VideoStream

from wayside.domain.errors import OutputError
from wayside.domain.media import Picture
from wayside.redact.frame import RedactedFrame, require_redacted, scaled

TIME_BASE: Final = Fraction(1, 60_000)
"""Exact for the usual frame rates, 30000/1001 too; MPEG-4 takes nothing finer than 1/65535."""

PRESET: Final = {"preset": "ultrafast", "crf": "26"}
"""Measured at 768x432 on one core: ultrafast 1.6 ms and 4.5 kB a picture at
43 dB; superfast 4.4 ms, 3.8 kB; veryfast 6.4 ms, 1.4 kB at 42 dB. CPU is what
a worker is short of."""

CLIP_PRESET: Final = {"preset": "veryfast", "crf": "28", "tune": "zerolatency"}
"""A clip is kept for weeks and copied twice on its way. Measured on 64 pictures of 640x360 of
a moving camera: ultrafast 150 ms and 420 kB, superfast 270 ms and 330 kB, veryfast 410 ms and
240 kB."""

KEYFRAME_S: Final = 4.0
_INDEX_BYTES, _INDEX_A_PICTURE = 2048, 40
"""Room for a clip's index before its pictures: without pictures 1 kB, and below 30 bytes each."""
_BT601: Final = 6
_LIMITED_RANGE: Final = 1


class VideoWriter:
    """Writes ``path`` at the pictures' own pace (variable frame rate).

    Everything goes to ``<name>.partial`` first; ``close`` checks it and gives
    it its name, ``abort`` removes it. So ``path`` holds a whole video or what
    it held before. width, height: of the video, rounded down to even; pictures
    of another size are scaled. rate_hint: about how many pictures a second.

    As a context manager it aborts on an error and closes otherwise, on Ctrl-C
    too: what was written until then is kept. Raises OutputError.
    """

    def __init__(self, path: Path, width: int, height: int, *, rate_hint: float = 25.0) -> None:
        if width < 2 or height < 2:
            raise OutputError(f"a video of {width}x{height} cannot be made", where=str(path))
        if not path.parent.is_dir():
            raise OutputError("there is no such folder", where=str(path.parent))
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._size = width // 2 * 2, height // 2 * 2
        self._rate = _fraction(rate_hint)
        self._stamps = _Stamps(self._rate)
        self._is_open = False
        with self._failing_whole():
            options = {"movflags": "+faststart"}
            self._file = av.open(str(self._partial), "w", format="mp4", options=options)
            # FFmpeg opens the file with the first picture; whether it can is asked here.
            self._partial.open("wb").close()
            self._is_open = True
            self._stream = _add_stream(self._file, self._size, self._rate, PRESET)

    def write(self, frame: RedactedFrame) -> None:
        """Appends a picture. Raises PrivacyError for a raw one, OutputError if it cannot write.

        A picture that is not later than the last one is shown one nominal
        frame after it: a player cannot go back in time.
        """
        frame = require_redacted(frame)
        if not self._is_open:
            raise OutputError("the video is closed already", where=str(self._path))
        picture = scaled(frame, *self._size)
        with self._failing_whole():
            self._file.mux(self._stream.encode(_video_frame(picture, self._stamps)))

    def close(self) -> Path | None:
        """Finishes the file and returns its path; None where no picture was written.

        Raises OutputError, and leaves nothing, where the disk did not take it
        all. Closing twice does nothing.
        """
        if not self._is_open:
            return None
        if self._stamps.last is None:
            self.abort()
            return None
        with self._failing_whole():
            self._file.mux(self._stream.encode(None))
            self._file.close()
            # FFmpeg does not say whether its last buffer reached the disk.
            if not _is_whole_mp4(self._partial):
                raise OutputError("the video came out cut short")
            _sync(self._partial)
            self._partial.replace(self._path)
        self._is_open = False
        return self._path

    def abort(self) -> None:
        """Gives up: nothing is left of the file. Aborting twice does nothing."""
        if not self._is_open:
            return
        self._is_open = False
        # The trailer of a file that is thrown away may fail as it likes.
        with suppress(av.FFmpegError, OSError):
            self._file.close()
        self._partial.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if isinstance(error, Exception):
            self.abort()
        else:
            self.close()

    @contextmanager
    def _failing_whole(self) -> Iterator[None]:
        """Turns any failure to write into one OutputError, with nothing left behind."""
        try:
            yield
        except (av.FFmpegError, OSError, OutputError) as error:
            self.abort()
            why = getattr(error, "strerror", None) or error
            raise OutputError(
                f"the video cannot be written: {why}",
                where=str(self._path),
                remedy="Check that the folder exists, can be written and has room",
            ) from error


class ClipWriter:
    """A short video in memory: no disk, so that whoever makes one waits for none.

    width, height: as for VideoWriter. pictures: how many at most; more are
    refused with OutputError, because room for the index is set aside before
    them, so that a player can begin at once. rate_hint: about how many a second.
    """

    def __init__(self, width: int, height: int, *, pictures: int, rate_hint: float) -> None:
        if width < 2 or height < 2 or pictures < 1:
            raise OutputError(f"a clip of {width}x{height} cannot be made")
        self._size = width // 2 * 2, height // 2 * 2
        self._left = pictures
        self._bytes = io.BytesIO()
        rate = _fraction(rate_hint)
        self._stamps = _Stamps(rate)
        room = _INDEX_BYTES + _INDEX_A_PICTURE * pictures
        options = {"moov_size": str(room)}
        self._file = av.open(self._bytes, "w", format="mp4", options=options)
        self._stream = _add_stream(self._file, self._size, rate, CLIP_PRESET)

    def write(self, frame: RedactedFrame) -> None:
        """As VideoWriter.write."""
        picture = scaled(require_redacted(frame), *self._size)
        if self._left < 1:
            raise OutputError("the clip is longer than it was to be")
        self._left -= 1
        try:
            self._file.mux(self._stream.encode(_video_frame(picture, self._stamps)))
        except (av.FFmpegError, OSError) as error:
            raise OutputError(f"the clip cannot be made: {error}") from error

    def close(self) -> bytes | None:
        """The whole MP4; None where no picture was written. Call once, then no more."""
        if self._stamps.last is None:
            self.abort()
            return None
        try:
            self._file.mux(self._stream.encode(None))
            self._file.close()
        except (av.FFmpegError, OSError) as error:
            raise OutputError(f"the clip cannot be made: {error}") from error
        return self._bytes.getvalue()

    def abort(self) -> None:
        """Gives up. Aborting twice does nothing."""
        with suppress(av.FFmpegError, OSError):
            self._file.close()


class _Stamps:
    """Ticks of TIME_BASE that only go forward, the first 0. last: None before the first."""

    def __init__(self, rate: Fraction) -> None:
        self.last: int | None = None
        self._first_s = 0.0
        self._step = max(1, round(1 / (rate * TIME_BASE)))

    def next(self, t_s: float) -> int:
        """Of a picture at media second ``t_s``; one step on where that is not later."""
        if self.last is None:
            self._first_s, self.last = t_s, 0
            return 0
        pts = round((t_s - self._first_s) / TIME_BASE)
        self.last = pts if pts > self.last else self.last + self._step
        return self.last


def _fraction(rate_hint: float) -> Fraction:
    rate = rate_hint if math.isfinite(rate_hint) and rate_hint > 0 else 25.0
    return Fraction(min(rate, 1000.0)).limit_denominator(1001) or Fraction(1)


def _add_stream(
    file: OutputContainer, size: tuple[int, int], rate: Fraction, preset: dict[str, str]
) -> VideoStream:
    # Every build of FFmpeg has mpeg4; wheels with x264 are the rule.
    name: Literal["libx264", "mpeg4"] = "libx264" if "libx264" in av.codecs_available else "mpeg4"
    stream = file.add_stream(name, rate=rate, options=preset if name == "libx264" else None)
    codec = stream.codec_context
    codec.width, codec.height = size
    codec.pix_fmt = "yuv420p"
    codec.time_base = TIME_BASE
    codec.gop_size = max(1, round(rate * KEYFRAME_S))
    codec.thread_count = 1  # a worker has one core, and one thread repeats exactly
    codec.colorspace = codec.color_primaries = codec.color_trc = _BT601
    codec.color_range = _LIMITED_RANGE
    return stream


def _video_frame(picture: RedactedFrame, stamps: _Stamps) -> av.VideoFrame:
    frame = av.VideoFrame.from_ndarray(_i420(picture.pixels), format="yuv420p")
    frame.time_base = TIME_BASE
    frame.pts = stamps.next(picture.time.t_s)
    return frame


def _i420(bgr: Picture) -> Picture:
    """(H * 3 / 2, W) uint8, BT.601 limited range; a fifth of the time that swscale takes."""
    return np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV_I420), np.uint8)


def _is_whole_mp4(path: Path) -> bool:
    """True where the boxes of the file end exactly at its end and the index is among them."""
    left = path.stat().st_size
    names = []
    with path.open("rb") as file:
        while left > 0:
            head = file.read(16)
            size, name = int.from_bytes(head[:4]), head[4:8]
            if size == 1:
                size = int.from_bytes(head[8:16])
            if size < 8:
                return False
            names.append(name)
            left -= size
            file.seek(size - len(head), os.SEEK_CUR)
    return left == 0 and b"moov" in names and b"mdat" in names


def _sync(path: Path) -> None:
    """Returns when the bytes are on the disk: a rename must not outrun them."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
