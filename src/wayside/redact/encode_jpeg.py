"""One redacted picture as JPEG."""

from __future__ import annotations

import simplejpeg

from wayside.redact.frame import RedactedFrame, require_redacted, scaled


def jpeg(frame: RedactedFrame, *, width: int | None = None, quality: int = 85) -> bytes:
    """A baseline JPEG (4:2:0). Raises PrivacyError for anything but a RedactedFrame.

    width: in pixels; the picture keeps its aspect and is never enlarged.
    quality: 1..100.
    """
    frame = require_redacted(frame)
    if width is not None and width < frame.width:
        height = max(1, round(frame.height * width / frame.width))
        frame = scaled(frame, max(1, width), height)
    encoded = simplejpeg.encode_jpeg(
        frame.pixels, quality=quality, colorspace="BGR", colorsubsampling="420"
    )
    return bytes(encoded)
