"""A feed's ``source``: a path of this machine, a device, or an address.

Addresses are parsed in ingest/, by the one parser there is. Here it is only
decided which sources are addresses, and what else of the feed goes with them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

from wayside.domain.errors import SourceRefused
from wayside.domain.feeds import SourceKind, SourceSpec
from wayside.ingest.address import parse_address

MAX_CHARACTERS = 4096

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_DEVICE = re.compile(r"(?:usb:)?(/dev/(?:video\d{1,3}|v4l/by-(?:id|path)/[\w.:+-]{1,200}))$")
ON_DISK = (SourceKind.FILE, SourceKind.PICTURES)

PASSWORD_HERE = "{password}"  # noqa: S105 (the place of one, not one)
USERNAME_HERE = "{username}"


def is_local(source: str) -> bool:
    """Whether the source is a file or a folder: it has no scheme and is no device."""
    return _SCHEME.match(source) is None and _DEVICE.match(source) is None


def source_spec(
    source: str, kind: SourceKind | None = None, *, username: str = "", password: str = ""
) -> SourceSpec:
    """Where a source is, with the credentials in its address or those given.

    ``{username}`` and ``{password}`` in an address stand for them, percent-encoded: some
    cameras want them in the query. A local path stays as it is written. Raises
    SourceRefused, whose text shows nothing of the source but its scheme.
    """
    if device := _DEVICE.match(source):
        if kind not in (None, SourceKind.USB):
            raise _mismatch(kind)
        return SourceSpec(SourceKind.USB, device[1])
    if is_local(source):
        return _local(source, kind)
    spec = parse_address(source, kind=kind)
    spec = replace(
        spec,
        username=username or spec.username,
        password=password or spec.password,
    )
    address = spec.address
    for mark, value in ((USERNAME_HERE, spec.username), (PASSWORD_HERE, spec.password)):
        if value:
            address = address.replace(mark, quote(value, safe=""))
    return replace(spec, address=address)


def _local(source: str, kind: SourceKind | None) -> SourceSpec:
    if not source or len(source) > MAX_CHARACTERS:
        raise SourceRefused(
            f"the source is empty or longer than {MAX_CHARACTERS} characters",
            remedy="Give the path of a recording or the address of a camera",
        )
    if any(ord(character) < 32 for character in source):
        raise SourceRefused(
            "the path holds a control character", remedy="Give the path on one line"
        )
    if kind not in (None, *ON_DISK):
        raise _mismatch(kind)
    # Whether it is a folder is seen when it is looked for, see specs.py. Nothing is opened here.
    is_folder = source.endswith("/")
    return SourceSpec(kind or (SourceKind.PICTURES if is_folder else SourceKind.FILE), source)


def _mismatch(kind: SourceKind | None) -> SourceRefused:
    return SourceRefused(
        f"this source cannot be of the kind {kind}",
        remedy="Leave `kind` out: the scheme or the path tells it",
    )
