"""The last few seconds as small redacted pictures, so that an event can show its moment.

An event is often known only after it happened: a class has to settle, an
object has to stand still for ten seconds. The picture of the moment is still
here then. Only redacted pictures ever come in.
"""

from __future__ import annotations

from collections import deque

from wayside.redact.encode_jpeg import jpeg
from wayside.redact.frame import RedactedFrame, scaled

WIDTH = 480


class StillRing:
    """Redacted pictures of the last ``seconds`` media seconds, at most ``WIDTH`` wide."""

    def __init__(self, seconds: float = 4.0, width: int = WIDTH) -> None:
        self._seconds = seconds
        self._width = width
        self._frames: deque[RedactedFrame] = deque()

    def add(self, frame: RedactedFrame) -> None:
        if frame.width > self._width:
            frame = scaled(frame, self._width, round(frame.height * self._width / frame.width))
        self._frames.append(frame)
        while frame.time.t_s - self._frames[0].time.t_s > self._seconds:
            self._frames.popleft()

    def at(self, t_s: float) -> tuple[bytes, int, int] | None:
        """JPEG, width and height of the picture nearest to ``t_s``; None where there is none."""
        if not self._frames:
            return None
        frame = min(self._frames, key=lambda kept: abs(kept.time.t_s - t_s))
        return jpeg(frame, quality=80), frame.width, frame.height
