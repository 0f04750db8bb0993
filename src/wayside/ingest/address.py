"""From what a person typed to a source, and back to something that may be shown.

The only parser of addresses: FFmpeg is never handed what a user wrote. It
would open ``concat:``, ``subfile:``, ``lavfi`` filters, ``data:`` and
``pipe:`` just as gladly as a camera, so schemes are a short list of what we
want. User and password are cut out here and travel apart from the address;
an error repeats the scheme and nothing else, because where an address cannot
be parsed nobody knows which part of it is the password.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from wayside.domain.errors import SourceRefused
from wayside.domain.feeds import SourceKind, SourceSpec

MASK = "***"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(?=(//)?)")
_NETWORK = {
    "rtsp": SourceKind.RTSP,
    "rtsps": SourceKind.RTSP,
    "http": SourceKind.MJPEG,
    "https": SourceKind.MJPEG,
    "tcp": SourceKind.MPEGTS,
    "udp": SourceKind.MPEGTS,
    "srt": SourceKind.MPEGTS,
}
DEFAULT_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_PLAYLISTS = (".m3u8", ".m3u")
_STILLS = re.compile(
    r"\.(jpe?g|png)$|(^|/)(snap|still|picture|jpe?g)[a-z0-9_.-]*(/|$)", re.IGNORECASE
)
_DEVICE = re.compile(r"(?:/dev/video|usb:)(\d{1,3})$")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?\.?$")
_UNFIT = re.compile(r"[\x00-\x20\x7f\\]")
_SECRET_FIELD = re.compile(
    r"((?:password|passwd|passw|pass|pwd|psw|secret|token|auth|apikey|api_key|key|sig|signature)"
    r"=)[^&/?#;]+",
    re.IGNORECASE,
)
_USER_INFO = re.compile(r"(?<=://)[^/\s'\"]*@")
_LONGEST = 2048


def parse_address(text: str, *, kind: SourceKind | None = None) -> SourceSpec:
    """The source that ``text`` names; its kind is told by the scheme and the end of the path.

    kind: where it is known better, such as a snapshot whose path does not
    look like one; it must fit the scheme. Raises SourceRefused, without any
    part of the text but its scheme.
    """
    text = text.strip()
    scheme = _SCHEME.match(text)
    if not text or len(text) > _LONGEST or "\x00" in text:
        raise _refused("", "no address, or one of more than 2048 characters", _EXAMPLES)
    if device := _DEVICE.match(text):
        return _of_kind(SourceSpec(SourceKind.USB, f"/dev/video{int(device[1])}"), kind, "usb")
    if scheme is None:
        return _of_kind(SourceSpec(_kind_of_path(text), text), kind, "")
    name = scheme[1].lower()
    if name == "file" and text[scheme.end() :].startswith("///"):
        path = unquote(urlsplit(text).path)
        return _of_kind(SourceSpec(_kind_of_path(path), path), kind, name)
    if name not in _NETWORK or scheme[2] is None:
        raise _refused(name, "not a kind of address that wayside opens", _EXAMPLES)
    return _of_kind(_network_spec(name, text[scheme.end() + 2 :]), kind, name)


def masked(spec: SourceSpec) -> str:
    """The address for a screen or a log: with the user's name, never with a password."""
    address = _SECRET_FIELD.sub(rf"\g<1>{MASK}", spec.address)
    address = _without(address, spec.password)
    if not spec.username and not spec.password:
        return address
    scheme, separator, rest = address.partition("://")
    if not separator:
        return address
    user = quote(spec.username, safe="")
    return f"{scheme}://{user}:{MASK}@{rest}" if spec.password else f"{scheme}://{user}@{rest}"


def scrubbed(text: str, spec: SourceSpec) -> str:
    """``text``, which FFmpeg or a server wrote, without anything secret of this source."""
    text = _USER_INFO.sub(f"{MASK}@", text)
    text = _SECRET_FIELD.sub(rf"\g<1>{MASK}", text)
    return _without(text, spec.password)


def with_credentials(spec: SourceSpec, address: str) -> str:
    """``address`` as FFmpeg wants it. Secret: for FFmpeg alone, never kept, never in an error."""
    if not spec.username and not spec.password:
        return address
    scheme, _, rest = address.partition("://")
    user, password = quote(spec.username, safe=""), quote(spec.password, safe="")
    return f"{scheme}://{user}:{password}@{rest}"


def host_and_port(address: str) -> tuple[str, int]:
    """Of an address that parse_address has made. The port may be the scheme's default."""
    parts = urlsplit(address)
    return parts.hostname or "", parts.port or DEFAULT_PORTS.get(parts.scheme, 0)


def at_host(address: str, ip: str) -> str:
    """The same address with its host replaced by a resolved one, so that it cannot resolve anew."""
    parts = urlsplit(address)
    host = f"[{ip}]" if ":" in ip else ip
    port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    return parts._replace(netloc=f"{host}:{port}").geturl()


_EXAMPLES = "Give for example rtsp://HOST/PATH, http://HOST/video.m3u8 or a path of a file"


def _refused(scheme: str, what: str, remedy: str) -> SourceRefused:
    return SourceRefused(what, where=f"{scheme[:20]}:..." if scheme else None, remedy=remedy)


def _of_kind(spec: SourceSpec, kind: SourceKind | None, scheme: str) -> SourceSpec:
    if kind is None or kind is spec.kind:
        return spec
    over_http = (SourceKind.MJPEG, SourceKind.HLS, SourceKind.SNAPSHOT)
    on_disk = (SourceKind.FILE, SourceKind.PICTURES)
    if not any(kind in group and spec.kind in group for group in (over_http, on_disk)):
        raise _refused(scheme, f"such an address is no source of the kind {kind}", _EXAMPLES)
    return SourceSpec(kind, spec.address, username=spec.username, password=spec.password)


def _kind_of_path(path: str) -> SourceKind:
    return SourceKind.PICTURES if path.endswith("/") or Path(path).is_dir() else SourceKind.FILE


def _network_spec(scheme: str, rest: str) -> SourceSpec:
    authority, path = _split_authority(rest)
    user_info, _, place = authority.rpartition("@")
    if _UNFIT.search(place + path) or not (place + path).isascii():
        path = quote(path, safe="/?&=#%:@!$'()*+,;~[]-._")
        if _UNFIT.search(place + path):
            raise _refused(scheme, "a space, backslash or control character in it", "Type it again")
    username, _, password = user_info.partition(":")
    netloc = _place(scheme, place)
    path = path.partition("#")[0]
    if scheme in ("tcp", "udp", "srt"):
        # What stands behind the port would be options of FFmpeg's protocol.
        path = ""
    return SourceSpec(
        _kind_of_url(scheme, path),
        f"{scheme}://{netloc}{path}",
        username=unquote(username),
        password=unquote(password),
    )


def _split_authority(rest: str) -> tuple[str, str]:
    end = re.search(r"[/?#]", rest)
    return (rest[: end.start()], rest[end.start() :]) if end else (rest, "")


def _place(scheme: str, place: str) -> str:
    """``host`` or ``host:port``, checked."""
    if place.startswith("["):
        host, closed, port = place[1:].partition("]")
        try:
            host = f"[{IPv6Address(host).compressed}]"
        except AddressValueError:
            raise _refused(scheme, "what is in brackets is no IPv6 address", _EXAMPLES) from None
        port = port[1:] if closed and port[:1] in ("", ":") else "?"
    else:
        host, _, port = place.partition(":")
        # udp://@:5000 is how players write "whatever comes in at this port".
        host = "0.0.0.0" if scheme == "udp" and not host else _ascii_host(scheme, host)  # noqa: S104
    if not port:
        if scheme not in DEFAULT_PORTS:
            raise _refused(scheme, "it names no port", f"Give {scheme}://HOST:PORT")
        return host
    if not (port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 65536):
        raise _refused(
            scheme,
            "what follows the host's colon is no port",
            "A password with / ? # @ or : in it must be given apart, or percent-encoded",
        )
    return f"{host}:{int(port)}"


def _ascii_host(scheme: str, host: str) -> str:
    try:
        plain = host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        plain = ""
    if not _HOST.match(plain) or ".." in plain:
        raise _refused(scheme, "it names no host", _EXAMPLES)
    return plain


def _kind_of_url(scheme: str, path: str) -> SourceKind:
    kind = _NETWORK[scheme]
    if kind is not SourceKind.MJPEG:
        return kind
    plain = path.partition("?")[0].lower()
    if plain.endswith(_PLAYLISTS):
        return SourceKind.HLS
    return SourceKind.SNAPSHOT if _STILLS.search(plain) else SourceKind.MJPEG


def _without(text: str, password: str) -> str:
    if not password:
        return text
    for form in {password, quote(password, safe=""), quote(password)}:
        text = text.replace(form, MASK)
    return text
