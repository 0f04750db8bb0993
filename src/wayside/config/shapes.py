"""Checks of one entry that are about its meaning, not its type.

Each raises a PydanticCustomError whose context carries the sentence and the
remedy, so that the loader can give both their line. What makes a line, a zone
or a calibration sound is decided in scene/; here it is only asked.
"""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from pydantic_core import PydanticCustomError

from wayside.config.addresses import source_spec
from wayside.config.secrets import Secret
from wayside.domain.errors import SourceRefused
from wayside.domain.feeds import SourceKind, SourceSpec
from wayside.domain.scene import Line, SceneGeometry, Zone
from wayside.scene.checks import geometry_problems

KIND = "shape"
"""Error type of every check here."""

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_])?\.?")


def fault(what: str, remedy: str) -> PydanticCustomError:
    """A finding whose sentences reach the reader as they are."""
    return PydanticCustomError(KIND, "{what}", {"what": what, "remedy": remedy})


def require_pair(value: Any) -> Any:
    """Refuses anything but two entries; what they are is checked after."""
    if isinstance(value, list | tuple) and len(value) == 2:
        return value
    raise fault("a point is two numbers, x and y", "Write it as [0.25, 0.5]")


def require_line(line: Line) -> None:
    """Refuses a line without length: nothing can cross it and it has no left and right."""
    _require_sound(SceneGeometry(lines=(line,)))


def require_zone(zone: Zone) -> None:
    """Refuses a polygon that crosses itself or has no area: its inside is not defined."""
    _require_sound(SceneGeometry(zones=(zone,)))


def require_ground(calibration: SceneGeometry) -> None:
    """Refuses what fixes no ground plane, as four points of which three lie on one line."""
    try:
        # Absurd points overflow on the way to being refused; nobody needs numpy's warnings.
        with np.errstate(all="ignore"):
            _require_sound(calibration)
    except np.linalg.LinAlgError:
        raise fault(
            "this calibration fixes no ground plane",
            "Check each place in the picture against what is known of it on the ground",
        ) from None


def _require_sound(geometry: SceneGeometry) -> None:
    for problem in geometry_problems(geometry):
        raise fault(problem.what, problem.remedy)


def require_one(entry: object, *keys: str) -> None:
    """Refuses an entry that does not have exactly one of ``keys``."""
    given = [key for key in keys if getattr(entry, key) is not None]
    if len(given) != 1:
        said = " and ".join(f"`{key}`" for key in given) if given else "none"
        names = ", ".join(f"`{key}`" for key in keys)
        raise fault(f"one of {names} is needed, {said} given", "Give exactly one of them")


def require_source(source: str) -> str:
    """Refuses what no source may be, such as ``concat:``; never repeats any of it."""
    try:
        source_spec(source)
    except SourceRefused as error:
        raise fault(error.what, error.remedy or "") from None
    return source


def require_fitting_kind(source: str, kind: SourceKind | None) -> None:
    """Refuses a kind that the source cannot have, as ``hls`` for ``rtsp://``."""
    try:
        source_spec(source, kind)
    except SourceRefused as error:
        raise fault(error.what, error.remedy or "") from None


def require_said_once(
    address: SourceSpec, username: str | None, password: Secret | None, file: str | None
) -> None:
    """Refuses a password or user that is said twice: one of the two would silently lose."""
    if password is not None and file is not None:
        raise fault("there is a `password` and a `password_file`", "Keep one of the two")
    has_password = password is not None or file is not None
    if not address.kind.is_remote and (has_password or username):
        raise fault("only an address takes a user and a password", "Remove them")
    if (address.username and username) or (address.password and has_password):
        raise fault(
            "the address holds a user or a password, and so does the feed",
            "Remove them from the address",
        )


def require_host(host: str) -> str:
    """Refuses what is neither a host's name nor its address, as ``localhost:80``."""
    try:
        ip_address(host)
    except ValueError:
        if not _HOST.fullmatch(host) or ".." in host:
            raise fault(
                "this is no name and no address of a host", "Give it without scheme and port"
            ) from None
    return host


def require_host_pattern(pattern: str) -> str:
    """A host, or ``*.`` and a host. A bare ``*`` would let any page's name through."""
    if pattern == "*":
        raise fault("`*` would accept any name", "List the names that browsers use")
    require_host(pattern.removeprefix("*."))
    return pattern


def require_network(text: str) -> str:
    """Refuses what is no range in CIDR notation, or one with bits behind its length."""
    try:
        ip_network(text)
    except ValueError:
        raise fault(
            "this is no range of addresses", "Write it as 10.20.0.0/16 or fd00::/8"
        ) from None
    return text


def require_proxies(text: str) -> str:
    """As require_network, and refuses the range of all: anybody could say he is anybody."""
    require_network(text)
    if ip_network(text).prefixlen == 0:
        raise fault(
            "this range would believe the headers of everybody",
            "Give the addresses of the proxies, as 127.0.0.1 or 10.20.0.5",
        )
    return text


def require_topic(topic: str) -> str:
    """Refuses wildcards, empty levels and what begins with ``$``, which brokers keep."""
    levels = topic.split("/")
    is_plain = all(levels) and topic.isprintable() and not set("+# ") & set(topic)
    if not is_plain or topic.startswith("$") or len(topic) > 200:
        raise fault("this is no topic to write to", "Write it as wayside or city/wayside")
    return topic


def require_web_address(url: str) -> str:
    """Refuses what is no http or https address, and credentials in it."""
    try:
        parts = urlsplit(url)
        has_host = bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        has_host = False
    if (
        not has_host
        or parts.scheme not in ("http", "https")
        or len(url) > 2048
        or not url.isprintable()
        or " " in url
    ):
        raise fault("this is no web address", "Write it as https://example.org/path")
    if parts.username is not None or parts.password is not None:
        raise fault(
            "the address holds a user or a password", "Remove them; the receiver checks `secret`"
        )
    return url
