"""Text of an HLS playlist in, its entries out. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urljoin, urlsplit

from wayside.domain.errors import SourceRefused, SourceUnreadable

MAX_ENTRIES = 20_000
ENOUGH_HEIGHT = 360
"""Pixels. The smallest variant that is at least this high is taken: it costs least to decode."""

_YEARS = range(1990, 9000)
"""In which a playlist may be; what is later cannot be reckoned with."""

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,"]*)')


@dataclass(frozen=True, slots=True)
class Variant:
    """One quality of a stream. bandwidth: bit/s, 0 where not given; height: pixels or None."""

    url: str
    bandwidth: int
    height: int | None


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a stream. number: its place in the whole. header: URL of the part that goes
    before it, of fMP4. time: UTC of its first picture, where the playlist tells.
    """

    number: int
    url: str
    duration_s: float
    header: str | None
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Playlist:
    """Either variants (a master playlist) or segments. ended: no more will come."""

    variants: tuple[Variant, ...] = ()
    segments: tuple[Segment, ...] = ()
    target_s: float = 6.0
    ended: bool = False

    @property
    def best_variant(self) -> Variant:
        """The cheapest that is high enough; where heights are unknown, the cheapest of all."""
        known = [v for v in self.variants if v.height]
        enough = [v for v in known if (v.height or 0) >= ENOUGH_HEIGHT]
        if enough:
            return min(enough, key=lambda v: (v.height, v.bandwidth))
        if known:
            return max(known, key=lambda v: (v.height, -v.bandwidth))
        return min(self.variants, key=lambda v: v.bandwidth)


def parse_playlist(text: str, url: str, where: str) -> Playlist:
    """url: of the playlist, against which its entries are resolved.

    Raises SourceUnreadable for what is no playlist, SourceRefused for one that
    is encrypted, cut by byte ranges, or leads anywhere but http.
    """
    lines = [line.strip() for line in text.removeprefix("\ufeff").splitlines()]
    if not lines or not lines[0].startswith("#EXTM3U"):
        raise SourceUnreadable(
            "what it answers is no HLS playlist", where=where, remedy="Check the address"
        )
    if len(lines) > 4 * MAX_ENTRIES:
        raise SourceRefused("its playlist is endless", where=where, remedy="Check the address")
    if any(line.startswith("#EXT-X-STREAM-INF") for line in lines):
        return Playlist(variants=tuple(_variants(lines, url, where)))
    segments = _Segments(url, where)
    for line in lines:
        segments.read(line)
    return Playlist(
        segments=tuple(segments.found), target_s=segments.target_s, ended=segments.ended
    )


def _variants(lines: list[str], url: str, where: str) -> Iterator[Variant]:
    attributes: dict[str, str] | None = None
    for line in lines:
        if line.startswith("#EXT-X-STREAM-INF:"):
            attributes = _attributes(line)
        elif line and not line.startswith("#") and attributes is not None:
            _, _, height = attributes.get("RESOLUTION", "").partition("x")
            yield Variant(
                _joined(url, line, where),
                _whole(attributes.get("BANDWIDTH")),
                _whole(height) or None,
            )
            attributes = None


class _Segments:
    """What the lines of a media playlist have said so far."""

    def __init__(self, url: str, where: str) -> None:
        self.found: list[Segment] = []
        self.target_s = 6.0
        self.ended = False
        self._url = url
        self._where = where
        self._number = 0
        self._duration_s = 0.0
        self._header: str | None = None
        self._time: datetime | None = None

    def read(self, line: str) -> None:  # noqa: C901 - one branch for each tag
        name, _, value = line.partition(":")
        if not line.startswith("#"):
            if line:
                self._add(line)
        elif name == "#EXTINF":
            self._duration_s = _seconds(value.partition(",")[0])
        elif name == "#EXT-X-TARGETDURATION":
            self.target_s = _seconds(value) or self.target_s
        elif name == "#EXT-X-MEDIA-SEQUENCE":
            self._number = _whole(value)
        elif name == "#EXT-X-ENDLIST":
            self.ended = True
        elif name == "#EXT-X-MAP":
            self._header = _joined(self._url, _attributes(line).get("URI", ""), self._where)
        elif name == "#EXT-X-PROGRAM-DATE-TIME":
            self._time = _moment(value)
        elif name == "#EXT-X-KEY" and _attributes(line).get("METHOD") not in (None, "NONE"):
            raise self._refused("its pictures are encrypted", "Use a stream that is not")
        elif name == "#EXT-X-BYTERANGE":
            raise self._refused("its segments are parts of one file", "Use one file a segment")

    def _add(self, line: str) -> None:
        url = _joined(self._url, line, self._where)
        duration_s = self._duration_s or self.target_s
        self.found.append(Segment(self._number, url, duration_s, self._header, self._time))
        self._number += 1
        if self._time is not None:  # holds on until the playlist says otherwise
            self._time += timedelta(seconds=duration_s)

    def _refused(self, what: str, remedy: str) -> SourceRefused:
        return SourceRefused(what, where=self._where, remedy=remedy)


def _joined(base: str, reference: str, where: str) -> str:
    try:
        url = urljoin(base, reference)
        parts = urlsplit(url)
        fit = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        fit = False
    if not fit:
        raise SourceRefused(
            "its playlist leads to something that is no web address",
            where=where,
            remedy="Check that the address is that of a camera",
        )
    return url


def _attributes(line: str) -> dict[str, str]:
    _, _, rest = line.partition(":")
    return {name: value.strip('"') for name, value in _ATTRIBUTE.findall(rest)}


def _whole(text: str | None) -> int:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _seconds(text: str) -> float:
    """0 for what is no sensible duration."""
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if 0 < value < 3600 else 0.0


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo and moment.year in _YEARS else None
