"""Several byte strings with a few words about them, in one file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


def packed(about: Mapping[str, Any], parts: Sequence[bytes]) -> bytes:
    """One line of JSON, then the parts behind each other."""
    head = json.dumps({**about, "sizes": [len(part) for part in parts]}, separators=(",", ":"))
    return b"".join([head.encode(), b"\n", *parts])


def unpacked(content: bytes) -> tuple[dict[str, Any], list[bytes]]:
    """(about, parts). Raises ValueError for what ``packed`` did not write."""
    head, _, rest = content.partition(b"\n")
    about = json.loads(head)
    parts, at = [], 0
    for size in about.pop("sizes"):
        parts.append(rest[at : at + size])
        at += size
    if at != len(rest):
        raise ValueError("not a parcel, or a part of one")
    return about, parts
