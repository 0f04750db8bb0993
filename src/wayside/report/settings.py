"""Settings as an indented outline, without the passwords in them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

MASK = "•••"

_SECRET_KEY = re.compile(r"passw(or)?d|passphrase|secret|token|credential|api_?key", re.IGNORECASE)
_URL_LOGIN = re.compile(r"(?<=://)[^/\s@]*@")


def without_login(text: str) -> str:
    """The text with the user and password of any URL in it masked.

    Whoever makes a report should have taken them out before; a page is mailed
    around, so it is made sure here too.
    """
    return _URL_LOGIN.sub(f"{MASK}@", text)


def lines(settings: Mapping[str, object], depth: int = 0) -> list[str]:
    """``key: value`` lines, two spaces a level, list items after a dash: to read, not to parse."""
    found: list[str] = []
    for key, value in settings.items():
        found += _entry(f"{'  ' * depth}{key}:", value, depth, secret=bool(_SECRET_KEY.search(key)))
    return found


def _entry(head: str, value: object, depth: int, *, secret: bool) -> list[str]:
    if secret:
        return [f"{head} {MASK}"]
    if isinstance(value, Mapping) and value:
        return [head, *lines(value, depth + 1)]
    if isinstance(value, Sequence) and not isinstance(value, str) and _is_nested(value):
        inner = [
            line
            for item in value
            for line in _entry(f"{'  ' * (depth + 1)}-", item, depth + 1, secret=False)
        ]
        return [head, *inner]
    return [f"{head} {scalar(value)}"]


def scalar(value: object) -> str:
    """One value on one line: ``null``, ``true``, ``[0.1, 0.5]``, text as it is."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return without_login(value) or '""'
        case Mapping():
            return "{}"
        case Sequence():
            return f"[{', '.join(scalar(item) for item in value)}]"
    return str(value)


def _is_nested(value: Sequence[object]) -> bool:
    return any(isinstance(item, (Mapping, list, tuple)) for item in value)
