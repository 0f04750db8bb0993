"""Our own parsers, each with what must hold for whatever bytes it is given."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Parser:
    """attempt: raises where something does not hold. modules: that are watched while it runs.
    words: what inputs are made of. seeds: inputs to begin with. runs: of one batch, some seconds.
    """

    attempt: Callable[[bytes], None]
    modules: tuple[str, ...]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = ()
    runs: int = 20_000
    longest: int = 2_000


def address(content: bytes) -> None:
    from wayside.domain.errors import SourceRefused
    from wayside.ingest.address import host_and_port, masked, parse_address, scrubbed

    text = content.decode("utf-8", "replace")
    try:
        spec = parse_address(text)
    except SourceRefused as refused:
        assert refused.remedy  # noqa: PT017
        return
    masked(spec), scrubbed(text, spec)
    if not spec.kind.is_remote:
        return
    scheme, host = spec.address.partition(":")[0], host_and_port(spec.address)[0]
    assert scheme in ("rtsp", "rtsps", "http", "https", "tcp", "udp", "srt")
    assert host
    assert spec.address.isascii()
    assert spec.address.isprintable()
    assert parse_address(spec.address, kind=spec.kind).address == spec.address


def playlist(content: bytes) -> None:
    from wayside.domain.errors import SourceError
    from wayside.ingest.playlist import parse_playlist

    text = "#EXTM3U\n" + content.decode("utf-8", "replace")
    try:
        read = parse_playlist(text, "http://h/a/live.m3u8?k=1", "w")
    except SourceError:
        return
    assert 0 < read.target_s < 3600
    assert all(0 < s.duration_s < 3600 for s in read.segments)
    assert all(s.url.startswith(("http:", "https:")) for s in (*read.segments, *read.variants))
    assert all(s.time is None or s.time.utcoffset() is not None for s in read.segments)
    if read.variants:
        assert read.best_variant in read.variants


def multipart(content: bytes) -> None:
    """Cut anywhere, the same pictures come out as in one piece."""
    from wayside.ingest.jpeg import jpeg_size
    from wayside.ingest.multipart import MultipartSplitter

    cut = content[0] if content else 0
    whole = list(MultipartSplitter().feed(content))
    splitter = MultipartSplitter()
    pieces = [*splitter.feed(content[:cut]), *splitter.feed(content[cut:])]
    assert pieces == whole
    for picture in whole:
        size = jpeg_size(picture)
        assert size is None or min(size) > 0


def numbers(content: bytes) -> None:
    """Parameter sets, slice headers and what tells another codec."""
    from wayside.ingest.changes import parameter_set
    from wayside.ingest.loss import FrameNumbers, numbering

    for codec in ("h264", "hevc"):
        parameter_set(content, codec)
    found = numbering(content)
    assert found is None or 4 <= found.bits <= 16
    told = FrameNumbers(content[: len(content) // 2])
    assert told.lost(content[len(content) // 2 :]) in (True, False)


def wire(content: bytes) -> None:
    """What a worker that was taken over may send."""
    from wayside.fleet import codec
    from wayside.fleet.wire import FrameReader, WireError

    reader = FrameReader()
    with suppress(WireError):
        for frame in reader.feed(content):
            for read in (codec.status_from_json, codec.feed_from_json, codec.worker_from_json):
                with suppress(KeyError, TypeError, ValueError):  # the fleet closes such a channel
                    read(frame.header)
            with suppress(KeyError, TypeError, ValueError):
                codec.picture_from_json(frame.header, frame.payload)


def site(content: bytes) -> None:
    from wayside.config.load import parse_site
    from wayside.domain.errors import ConfigError

    text = content.decode("utf-8", "replace")
    try:
        read = parse_site(text, env={"VIDEOS": "v"})
    except ConfigError as error:
        assert error.exit_code == 3  # noqa: PT017
        assert "site.yaml" in str(error)  # noqa: PT017
        return
    for feed in read.feeds:
        feed.geometry()


def imports(content: bytes) -> None:
    """Lists of feeds that somebody sends, as JSON and as CSV."""
    from wayside.serve.drafts import drafts_of_csv, drafts_of_json
    from wayside.serve.problems import Refusal

    for read in (drafts_of_json, drafts_of_csv):
        with suppress(Refusal):
            read(content)


def ranges(content: bytes) -> None:
    from wayside.serve.pictures import clip_answer
    from wayside.serve.records import CoveredClip

    size = content[0] if content else 0
    wanted = content[1:].decode("latin-1")
    answer = clip_answer(CoveredClip(bytes(size)), wanted)
    assert answer.status_code in (200, 206)
    assert len(answer.body) <= size


_MEDIA = b"""#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:17
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-05-04T07:00:00.500+02:00
#EXTINF:3.5,
one.m4s
"""
_MASTER = b"#EXT-X-STREAM-INF:BANDWIDTH=5,RESOLUTION=640x360\na.m3u8\n"
_JPEG = b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x30\x00\x40" + bytes(10) + b"\xff\xd9"
_SET = bytes.fromhex("0000000167f4000a919b2bfd8088")
_SITE = b"""site: a
feeds:
  - id: f
    source: ${VIDEOS}/a.mp4
    scene: {lines: [{id: l, a: [0, 0], b: [1, 1]}]}
"""
_STATUS = (
    b'{"feed":"a","state":"live","attention":"none","since":null,"last_frame":null,"conditions":[]}'
)
_INGEST = "wayside.ingest."

PARSERS: dict[str, Parser] = {
    "address": Parser(
        address,
        (_INGEST + "address",),
        (b"rtsp://u:p@h:554/a?b=c", b"http://[::1]/live.m3u8", b"udp://@239.1.1.1:5000", b"usb:0"),
        (b"rtsp://", b"https://", b"file:///", b"concat:", b"%2e", b"@", b"xn--", b"password="),
        longest=300,
    ),
    "playlist": Parser(
        playlist,
        (_INGEST + "playlist",),
        (_MEDIA, _MASTER),
        (b"#EXTINF:", b"#EXT-X-KEY:METHOD=", b"9999-12-31T23:59:59Z", b"\n", b"http://", b"1e308"),
    ),
    "multipart": Parser(
        multipart,
        (_INGEST + "multipart", _INGEST + "jpeg"),
        (b"\x40--b\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(_JPEG), _JPEG), _JPEG * 2),
        (b"\xff\xd8\xff", b"\xff\xd9", b"Content-Length: ", b"\r\n--"),
    ),
    "numbers": Parser(
        numbers, (_INGEST + "changes", _INGEST + "loss"), (_SET + b"\0\0\1\x65\x88" + bytes(20),)
    ),
    "wire": Parser(
        wire,
        ("wayside.fleet.codec", "wayside.fleet.wire"),
        (len(_STATUS).to_bytes(4, "big") + bytes(4) + _STATUS,),
        (b'"feed"', b'"markings"', b'"geometry"', b"null", b"1e999", b"NaN"),
    ),
    "site": Parser(
        site,
        ("wayside.config.load", "wayside.config.document", "wayside.config.expand"),
        (_SITE,),
        (b"&a ", b"*a", b"<<: ", b"!!binary ", b"${", b"---\n", b"0x", b"? ", b".nan", b"1e999"),
        runs=2_000,
        longest=400,
    ),
    "imports": Parser(
        imports,
        ("wayside.serve.drafts",),
        (b'{"feeds":[{"id":"a","source":"rtsp://h/a"}]}', b"id,source\na,rtsp://h/a\n"),
        (b'"', b"[" * 50, b"\xef\xbb\xbf", b"password", b"transport", b"\0"),
        runs=10_000,
    ),
    "ranges": Parser(
        ranges, ("wayside.serve.pictures",), (b"\x20bytes=0-9", b"\x20bytes=-5"), (b"bytes=",)
    ),
}
