"""Pictures on their way out. Only covered ones have a way: their types are the door.

A LivePicture, a Probe and what the archive kept were made by redact/ in a
worker; nothing else becomes an answer.
"""

from __future__ import annotations

import base64

from starlette.responses import Response

from wayside.domain.errors import PrivacyError
from wayside.domain.feeds import LivePicture, Probe
from wayside.serve.records import CoveredClip, CoveredJpeg

_PRIVATE = {"Cache-Control": "no-store", "Content-Disposition": "inline"}


def jpeg_of(picture: object) -> bytes:
    """Raises PrivacyError for anything but the types above, by exact type."""
    if type(picture) is LivePicture or type(picture) is Probe:
        data = picture.jpeg
    elif type(picture) is CoveredJpeg:
        data = picture.data
    else:
        raise PrivacyError(f"{type(picture).__name__} is no covered picture")
    if type(data) is not bytes:
        raise PrivacyError("a covered picture holds encoded bytes")
    return data


def jpeg_answer(picture: object) -> Response:
    return Response(jpeg_of(picture), media_type="image/jpeg", headers=_PRIVATE)


def clip_answer(clip: object) -> Response:
    if type(clip) is not CoveredClip:
        raise PrivacyError(f"{type(clip).__name__} is no covered clip")
    return Response(clip.data, media_type="video/mp4", headers=_PRIVATE)


def data_url(picture: object) -> str | None:
    """``data:image/jpeg;base64,…``; None for an empty picture."""
    data = jpeg_of(picture)
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}" if data else None
