"""Open a live container with FFmpeg: fixed format and options, errors without secrets.

FFmpeg's errors carry the address that they were about, password and all, and
an exception keeps the one it was raised from. So nothing that FFmpeg raised
leaves this module: it is told apart by its class, and a new error is raised
where the old one is no longer at hand.
"""

from __future__ import annotations

import math
import time
from typing import Any, Protocol

import av
from av.container import InputContainer
from av.error import (
    ConnectionRefusedError as Refused,
)
from av.error import (
    EOFError as Ended,
)
from av.error import (
    ExitError,
    FFmpegError,
    HTTPError,
    HTTPForbiddenError,
    HTTPNotFoundError,
    HTTPUnauthorizedError,
    InvalidDataError,
    ProtocolNotFoundError,
)
from av.error import (
    FileNotFoundError as NotFound,
)
from av.error import (
    TimeoutError as TimedOut,
)
from av.stream import Discard
from av.video.stream import VideoStream

from wayside.domain.errors import (
    SourceError,
    SourceLost,
    SourceMissing,
    SourceRefused,
    SourceTimedOut,
    SourceUnreadable,
)
from wayside.domain.media import MAX_PIXELS, StreamFormat
from wayside.ingest.fetch import status_error
from wayside.ingest.ffmpeg import prepare
from wayside.ingest.probe import parameters, refuse_huge, trusted_rate

AGAIN = "It is opened again by itself"
_STATUS: tuple[tuple[type[FFmpegError], int], ...] = (
    (HTTPUnauthorizedError, 401),
    (HTTPForbiddenError, 403),
    (HTTPNotFoundError, 404),
    (HTTPError, 500),
)


class ByteStream(Protocol):
    """What FFmpeg reads from, where it does not open the connection itself.

    read: b"" at the end and after a failure; an exception would pass through
    FFmpeg, which swallows some. failure: why it ended.
    """

    failure: SourceError | None

    def read(self, size: int) -> bytes: ...

    def picture(self, within_s: float) -> None:
        """A picture was complete; the next one is due within so many seconds."""
        ...


def open_input(
    source: str | ByteStream,
    *,
    where: str,
    demuxer: str,
    options: dict[str, str],
    timeout: tuple[float, float] | None = None,
) -> InputContainer:
    """The opened container; the caller closes it.

    source: an address for FFmpeg (secret), or bytes. where: for errors.
    timeout: seconds for the opening, and for each picture. Raises SourceError.
    """
    prepare()
    fixed = {
        "format_whitelist": demuxer,
        "max_pixels": str(MAX_PIXELS),
        "protocol_whitelist": "",
    }
    until_s = time.monotonic() + (timeout[0] if timeout else math.inf)
    try:
        return av.open(
            source, "r", format=demuxer, options=fixed | options, timeout=timeout,
            metadata_errors="replace",
        )  # fmt: skip
    except (FFmpegError, ValueError, IndexError) as error:
        # A TLS handshake that is broken off for its time says "input/output error".
        late = time.monotonic() >= until_s
        failure = getattr(source, "failure", None) or (
            _late(where) if late else explained(error, where)
        )
    raise failure


def explained(  # noqa: PLR0911 - one line for each thing that FFmpeg can say
    error: Exception, where: str
) -> SourceError:
    """What FFmpeg's error means for a live source. Its text is not repeated."""
    for kind, status in _STATUS:
        if isinstance(error, kind):
            return status_error(status, where)
    if isinstance(error, ExitError | TimedOut):
        return _late(where)
    if isinstance(error, Refused):
        return SourceMissing(
            "nothing listens at that port",
            where=where,
            remedy="Check that the device is on, and its address and port",
        )
    if isinstance(error, NotFound):
        return SourceMissing("there is nothing of that name", where=where, remedy="Check its name")
    if isinstance(error, ProtocolNotFoundError):
        return SourceRefused(
            "this FFmpeg cannot speak that protocol", where=where, remedy="Use another one"
        )
    if isinstance(error, InvalidDataError | ValueError):
        return SourceUnreadable(
            "what it sends is no video that wayside reads",
            where=where,
            remedy="Set the camera to H.264, H.265 or MJPEG",
        )
    what = "the connection was closed" if isinstance(error, Ended) else "the connection broke"
    return SourceLost(what, where=where, remedy=AGAIN)


def _late(where: str) -> SourceTimedOut:
    return SourceTimedOut(
        "it answers, but no picture came in time",
        where=where,
        remedy="Look whether a player shows it; the device may be overloaded",
    )


def main_video(container: InputContainer, where: str) -> VideoStream:
    """The video stream to read; all others are told to be silent.

    FFmpeg would hand out sound as well, and sound that flows while the
    pictures stand still would count as life.
    """
    found = container.streams.best("video")
    if not isinstance(found, VideoStream) or found.codec_context is None:
        raise SourceUnreadable(
            "there are no pictures in it that this FFmpeg can decode",
            where=where,
            remedy="Set the camera to H.264, H.265 or MJPEG",
        )
    for stream in container.streams:
        if stream.index != found.index:
            stream.discard = Discard.all
    return found


def live_format(stream: VideoStream, where: str) -> StreamFormat:
    """What the stream declares. Raises SourceRefused for one too large, and SourceUnreadable."""
    context: Any = stream.codec_context
    refuse_huge(context.width, context.height, where)
    if not context.width or not context.height or stream.time_base is None:
        raise SourceUnreadable(
            "no size of its pictures could be told",
            where=where,
            remedy="It may send no keyframe, or pictures far over the limit; a shorter keyframe"
            " interval helps",
        )
    return StreamFormat(
        codec=context.name,
        width=context.width,
        height=context.height,
        rotation=0,
        time_base=stream.time_base,
        rate=trusted_rate(stream.average_rate),
        duration_s=None,
        codec_parameters=parameters(context),
    )
