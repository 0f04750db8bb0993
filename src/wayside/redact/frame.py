"""The only picture that may be encoded, stored, sent or shown."""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from typing import Final, NoReturn, final

import cv2
import numpy as np

from wayside.domain.errors import PrivacyError
from wayside.domain.media import Picture
from wayside.domain.time import MediaTime

BLANK: Final = (96, 96, 96)
"""BGR of a frame that shows nothing because it could not be covered safely."""

_SEAL: Final = object()


@final
@dataclass(frozen=True, slots=True, eq=False)
class RedactedFrame:
    """A picture without faces, plates and private zones.

    pixels: (H, W, 3) uint8 BGR, read-only. time: of the raw frame. is_blank:
    True where nothing of the picture could be shown. Only ``seal`` and
    ``blank`` make one; the constructor refuses everyone else with PrivacyError.
    """

    pixels: Picture
    time: MediaTime
    is_blank: bool = False
    _seal: InitVar[object] = None

    def __post_init__(self, _seal: object) -> None:
        if _seal is not _SEAL:
            raise PrivacyError(
                "a redacted frame was made outside the redactor",
                remedy="Pass the raw frame to Redactor.redact",
            )
        if self.pixels.ndim != 3 or self.pixels.shape[2] != 3 or self.pixels.dtype != np.uint8:
            raise PrivacyError(f"not a BGR picture: {self.pixels.shape} {self.pixels.dtype}")
        self.pixels.setflags(write=False)

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    def __reduce__(self) -> NoReturn:
        # Unpickling skips the constructor, so a pickle would be a second door.
        raise PrivacyError("only encoded pictures leave a worker", remedy="Encode it first")

    def __reduce_ex__(self, _protocol: object) -> NoReturn:
        self.__reduce__()

    def __repr__(self) -> str:
        kind = "blank " if self.is_blank else ""
        return f"RedactedFrame({kind}{self.width}x{self.height} at {self.time.t_s:.3f} s)"


def seal(pixels: Picture, time: MediaTime, *, is_blank: bool = False) -> RedactedFrame:
    """Declares ``pixels`` covered and makes them read-only. For redact/ alone."""
    return RedactedFrame(np.ascontiguousarray(pixels), time, is_blank, _SEAL)


def blank(width: int, height: int, time: MediaTime) -> RedactedFrame:
    """A uniform grey picture: the answer whenever covering failed."""
    return seal(np.full((height, width, 3), BLANK, np.uint8), time, is_blank=True)


def scaled(frame: RedactedFrame, width: int, height: int) -> RedactedFrame:
    """The same picture at another size, in pixels. Raises PrivacyError for a raw frame.

    Scaling comes after covering, never before: it mixes neighbours, and a
    covered pixel's neighbour would carry a trace of it.
    """
    frame = require_redacted(frame)
    if (frame.width, frame.height) == (width, height):
        return frame
    # Averaging costs 2 ms from 768 to 480 wide; up to a half, bilinear looks the same.
    how = cv2.INTER_AREA if width * 2 < frame.width else cv2.INTER_LINEAR
    pixels = np.asarray(cv2.resize(frame.pixels, (width, height), interpolation=how), np.uint8)
    return seal(pixels, frame.time, is_blank=frame.is_blank)


def require_redacted(frame: object) -> RedactedFrame:
    """``frame`` itself. Raises PrivacyError for anything but a RedactedFrame.

    The exact type is asked for: ``isinstance`` believes what an object says
    about its own class.
    """
    if type(frame) is not RedactedFrame:
        raise PrivacyError(
            f"{type(frame).__name__} is not a redacted frame and cannot be encoded",
            remedy="Pass the raw frame to Redactor.redact",
        )
    return frame
