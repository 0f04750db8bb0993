"""Redacted pictures as an MP4 file that is whole or not there."""

from __future__ import annotations

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

KEYFRAME_S: Final = 4.0
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
        rate = rate_hint if math.isfinite(rate_hint) and rate_hint > 0 else 25.0
        self._rate = Fraction(min(rate, 1000.0)).limit_denominator(1001) or Fraction(1)
        self._first_s = 0.0
        self._last_pts: int | None = None
        self._is_open = False
        with self._failing_whole():
            options = {"movflags": "+faststart"}
            self._file = av.open(str(self._partial), "w", format="mp4", options=options)
            # FFmpeg opens the file with the first picture; whether it can is asked here.
            self._partial.open("wb").close()
            self._is_open = True
            self._stream = self._add_stream(self._file)

    def write(self, frame: RedactedFrame) -> None:
        """Appends a picture. Raises PrivacyError for a raw one, OutputError if it cannot write.

        A picture that is not later than the last one is shown one nominal
        frame after it: a player cannot go back in time.
        """
        frame = require_redacted(frame)
        if not self._is_open:
            raise OutputError("the video is closed already", where=str(self._path))
        picture = _i420(scaled(frame, *self._size).pixels)
        with self._failing_whole():
            video_frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            video_frame.time_base = TIME_BASE
            video_frame.pts = self._pts(frame.time.t_s)
            self._file.mux(self._stream.encode(video_frame))

    def close(self) -> Path | None:
        """Finishes the file and returns its path; None where no picture was written.

        Raises OutputError, and leaves nothing, where the disk did not take it
        all. Closing twice does nothing.
        """
        if not self._is_open:
            return None
        if self._last_pts is None:
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

    def _add_stream(self, file: OutputContainer) -> VideoStream:
        # Every build of FFmpeg has mpeg4; wheels with x264 are the rule.
        name: Literal["libx264", "mpeg4"] = (
            "libx264" if "libx264" in av.codecs_available else "mpeg4"
        )
        options = PRESET if name == "libx264" else None
        stream = file.add_stream(name, rate=self._rate, options=options)
        codec = stream.codec_context
        codec.width, codec.height = self._size
        codec.pix_fmt = "yuv420p"
        codec.time_base = TIME_BASE
        codec.gop_size = max(1, round(self._rate * KEYFRAME_S))
        codec.thread_count = 1  # a worker has one core, and one thread repeats exactly
        codec.colorspace = codec.color_primaries = codec.color_trc = _BT601
        codec.color_range = _LIMITED_RANGE
        return stream

    def _pts(self, t_s: float) -> int:
        if self._last_pts is None:
            self._first_s, self._last_pts = t_s, 0
            return 0
        pts = round((t_s - self._first_s) / TIME_BASE)
        if pts <= self._last_pts:
            pts = self._last_pts + max(1, round(1 / (self._rate * TIME_BASE)))
        self._last_pts = pts
        return pts

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
