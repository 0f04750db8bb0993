"""Pictures on their way out. Only covered ones have a way: their types are the door.

A LivePicture, a Probe and what the archive kept were made by redact/ in a
worker; nothing else becomes an answer.
"""

from __future__ import annotations

import base64
import re

from starlette.responses import Response

from wayside.domain.errors import PrivacyError
from wayside.domain.feeds import LivePicture, Probe
from wayside.serve.records import CoveredClip, CoveredJpeg

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")
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


def clip_answer(clip: object, wanted: str | None = None) -> Response:
    """wanted: the Range header, if there is one. Safari plays nothing without an answer to it,
    and no browser seeks. What is not one range of bytes gets the whole clip, as HTTP allows.
    """
    if type(clip) is not CoveredClip:
        raise PrivacyError(f"{type(clip).__name__} is no covered clip")
    headers = {**_PRIVATE, "Accept-Ranges": "bytes"}
    part = _part(wanted or "", len(clip.data))
    if part is None:
        return Response(clip.data, media_type="video/mp4", headers=headers)
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(clip.data)}"
    data = clip.data[part.start : part.stop]
    return Response(data, 206, media_type="video/mp4", headers=headers)


def _part(wanted: str, size: int) -> range | None:
    """The bytes of ``bytes=first-last``, ``bytes=first-`` or ``bytes=-count``; None for others."""
    found = _RANGE.fullmatch(wanted.strip())
    if found is None or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        return range(max(0, size - int(last)), size) if int(last) else None
    stop = min(int(last) + 1, size) if last else size
    return range(int(first), stop) if int(first) < stop else None


def data_url(picture: object) -> str | None:
    """``data:image/jpeg;base64,…``; None for an empty picture."""
    data = jpeg_of(picture)
    return f"data:image/jpeg;base64,{base64.b64encode(data).decode()}" if data else None
