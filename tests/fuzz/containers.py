"""Mutated files, streams and servers' answers through the doors of ingest, and decoded.

Files go the way of a recording. Everything live goes through a real socket to a server on the
loopback address that answers what the case says, and through the source of its kind.
"""

from __future__ import annotations

import re
import tempfile
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cached_property
from ipaddress import ip_network
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from fuzz.mutation import changed, place
from fuzz.parcel import packed, unpacked
from fuzz.rtp import interleaved
from fuzz.scripted import PLAIN, ScriptedServer
from fuzz.target import TRIES
from made_media import make_picture, make_video
from wayside.decode.decoder import Decoder
from wayside.domain.errors import SourceError
from wayside.domain.feeds import SourceKind, SourceSpec
from wayside.domain.media import MAX_PIXELS, Session
from wayside.domain.time import Clock, SystemClock
from wayside.ingest.file import FileSource
from wayside.ingest.halt import Halt
from wayside.ingest.live import source_of
from wayside.ingest.network import NetworkPolicy
from wayside.ingest.pictures import PictureFolderSource
from wayside.testing.clock import FakeClock

X265 = {"x265-params": "keyint=10:log-level=none:pools=none:frame-threads=1"}
FILES: dict[str, dict[str, Any]] = {
    "mp4": {},
    "turned.mp4": {"rotation": 90, "metadata": {"creation_time": "2026-05-04T07:00:00Z"}},
    "fragmented.mp4": {"fragmented": True},
    "hevc.mp4": {"codec": "libx265", "options": X265},
    "mkv": {"sound": True},
    "flv": {},
    "ts": {},
    "hevc.ts": {"codec": "libx265", "options": X265},
    "avi": {"codec": "mpeg4"},
    "mjpeg.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "mpg": {"codec": "mpeg2video"},
    "mov": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "h264": {},
    "hevc": {"codec": "libx265", "options": X265},
    "mjpeg": {"codec": "mjpeg", "pixels": "yuvj420p"},
    "gif": {"codec": "gif", "pixels": "rgb8"},
}
"""Suffix of a file and how it is made."""

PICTURES = (".jpg", ".png", ".bmp", ".webp")
LIVE = ("tcp-ts", "hls-ts", "hls-mp4", "multipart", "snapshot", "rtsp")
PACKETS = 150
"""Of one session; enough to come past everything that is in a case."""
ASKED = 8
"""The same where each costs a connection of its own."""
_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
"""Where files cost no disk."""
_SIZE = re.compile(rb"[0-9]+")
_WORDS = (b"0", b"-1", b"1e9", b"99999999999999999999", b"nan", b"", b"*", b"\xff", b"%00", b"\r\n")


class Containers:
    name = "containers"
    unit = "mutated containers"
    whole = 100_000
    suffix = "parcel"
    seconds = 10.0

    def make(self, random: Random) -> bytes:
        kind = random.choice((*FILES, *FILES, "pictures", *LIVE))
        if kind in FILES:
            content = self._contents[kind]
            return packed({"kind": kind}, [_changed_file(random, kind, content)])
        if kind == "pictures":
            names = [f"{index}{random.choice(PICTURES)}" for index in range(4)]
            parts = [changed(random, self._contents[Path(name).suffix]) for name in names]
            return packed({"kind": kind, "names": names}, parts)
        script = dict(self._scripts[kind])
        for asked in random.sample(sorted(script), random.randint(1, len(script))):
            script[asked] = _changed_answer(random, asked, script[asked])
        return packed({"kind": kind, "asked": list(script)}, list(script.values()))

    def attempt(self, content: bytes) -> Counter[str]:
        about, parts = unpacked(content)
        kind = about["kind"]
        seen = Counter({TRIES: 1, f"of {kind}": 1})
        threads = threading.active_count()
        if kind in LIVE:
            script = dict(zip(about["asked"], parts, strict=True))
            return seen + self._live(kind, script)
        with tempfile.TemporaryDirectory(prefix="containers-", dir=_MEMORY) as folder:
            if kind == "pictures":
                for name, part in zip(about["names"], parts, strict=True):
                    (Path(folder) / name).write_bytes(part)
                seen += _read(PictureFolderSource(folder, 1.0).open, PACKETS)
            else:
                path = Path(folder) / f"a.{kind}"
                path.write_bytes(parts[0])
                seen += _read(FileSource(path).open, PACKETS)
        assert threading.active_count() <= threads
        return seen

    def _live(self, kind: str, script: Mapping[str, bytes]) -> Counter[str]:
        self._server.answers = script
        clock: Clock = FakeClock(datetime(2026, 5, 4, 7, tzinfo=UTC))
        if kind == "rtsp":  # FFmpeg's own reads are broken off by real time
            clock = SystemClock()
        source = source_of(self._spec(kind), network=_NETWORK, clock=clock, stall_s=0.5, open_s=1.0)
        if isinstance(clock, FakeClock):
            source._halt = SwiftHalt(clock)  # type: ignore[attr-defined]
        try:
            return _read(source.open, ASKED if kind == "snapshot" else PACKETS)
        finally:
            source.interrupt()

    def _spec(self, kind: str) -> SourceSpec:
        port = self._server.port
        if kind == "tcp-ts":
            return SourceSpec(SourceKind.MPEGTS, f"tcp://127.0.0.1:{port}")
        if kind == "rtsp":
            return SourceSpec(SourceKind.RTSP, f"rtsp://127.0.0.1:{port}/a")
        known = {"multipart": SourceKind.MJPEG, "snapshot": SourceKind.SNAPSHOT}
        return SourceSpec(known.get(kind, SourceKind.HLS), f"http://127.0.0.1:{port}/a")

    @cached_property
    def _server(self) -> ScriptedServer:
        return ScriptedServer()

    @cached_property
    def _contents(self) -> dict[str, bytes]:
        with tempfile.TemporaryDirectory(prefix="containers-") as folder:
            made = {kind: _made(Path(folder), kind, how) for kind, how in FILES.items()}
            for suffix in PICTURES:
                made[suffix] = make_picture(Path(folder) / f"a{suffix}").read_bytes()
            return made

    @cached_property
    def _scripts(self) -> dict[str, dict[str, bytes]]:
        """The right answers of each kind of server."""
        contents = self._contents
        ts, mp4, jpeg = contents["ts"], contents["fragmented.mp4"], contents[".jpg"]
        head = mp4.find(b"moof") - 4
        parts = b"".join(
            b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(p), p)
            for p in [jpeg] * 6
        )
        multipart = "multipart/x-mixed-replace; boundary=b"
        master = b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=9,RESOLUTION=64x48\n/b\n"
        return {
            "tcp-ts": {PLAIN: ts},
            "hls-ts": {
                "GET /a": _http(master),
                "GET /b": _http(_playlist("/1.ts", "/2.ts")),
                "GET /1.ts": _http(ts, "video/mp2t"),
                "GET /2.ts": _http(ts, "video/mp2t"),
            },
            "hls-mp4": {
                "GET /a": _http(_playlist("/1.m4s", header="/0.mp4")),
                "GET /0.mp4": _http(mp4[:head]),
                "GET /1.m4s": _http(mp4[head:]),
            },
            "multipart": {"GET /a": _http(parts, multipart, length=False)},
            "snapshot": {"GET /a": _http(jpeg, "image/jpeg", "ETag: 1")},
            "rtsp": _rtsp(contents["h264"]),
        }


class SwiftHalt(Halt):
    """Whoever waits for something else than bytes does not have to: time goes on by itself."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, seconds: float) -> bool:
        self._clock.advance(max(seconds, 0.001))
        return self.is_set


def _loopback(host: str, _port: int) -> list[str]:
    """Nothing leaves this machine, not even a question to its name server."""
    if re.fullmatch(r"[0-9.]+|[0-9a-f:]+", host):
        return [host]
    raise OSError


_NETWORK = NetworkPolicy((ip_network("127.0.0.0/8"),), _loopback)


def _read(open_session: Callable[[], Session], most: int) -> Counter[str]:
    """As a worker does it: each packet is decoded, each picture is looked at."""
    seen: Counter[str] = Counter()
    try:
        session = open_session()
    except SourceError as error:
        assert error.what  # noqa: PT017
        return Counter({"refused": 1, f"refused, {type(error).__name__}": 1})
    seen["opened"] += 1
    try:
        seen += _all_of(session, most)
    except SourceError as error:
        seen[f"ended, {type(error).__name__}"] += 1
    finally:
        session.close()
    return seen


def _all_of(session: Session, most: int) -> Counter[str]:
    seen: Counter[str] = Counter()
    assert session.start.tzinfo is not None
    decoder = Decoder(session.format)
    reached_s = -1.0
    for packet in islice(session.packets(), most):
        seen["packets"] += 1
        assert 0.0 <= session.position <= 1.0
        for frame in decoder.decode(packet):
            seen["pictures"] += 1
            seen["marked pictures"] += frame.is_corrupt
            assert 0 < frame.width * frame.height <= MAX_PIXELS
            assert frame.luma(32, 24).shape == (24, 32)
            assert frame.time.t_s > reached_s
            reached_s = frame.time.t_s
    seen["pictures"] += len(decoder.flush())
    return seen


def _made(folder: Path, kind: str, how: Mapping[str, Any]) -> bytes:
    how = dict(how)
    options = {"g": "10"} | how.pop("options", {})
    if how.pop("fragmented", False):
        how["container_options"] = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    path = make_video(folder / f"a.{kind}", frames=25, options=options, **how)
    return path.read_bytes()


def _changed_file(random: Random, kind: str, content: bytes) -> bytes:
    if kind.endswith("ts"):
        return changed(random, content, more=(_transport,))
    if kind.endswith(("mp4", "mov")):
        return changed(random, content, more=(_box,))
    return changed(random, content)


def _transport(random: Random, content: bytearray) -> None:
    """One of the 188-byte packets: lost, doubled, of another stream, or its header changed."""
    count = len(content) // 188
    if not count:
        return
    at = 188 * random.randrange(min(count, 4) if random.random() < 0.4 else count)
    kind = random.randrange(4)
    if kind == 0:
        del content[at : at + 188]
    elif kind == 1:
        content[at:at] = content[at : at + 188]
    elif kind == 2:
        other = 188 * random.randrange(count)
        content[at + 1 : at + 3] = content[other + 1 : other + 3]
    elif at + 20 < len(content):
        content[at + random.randrange(20)] = random.randrange(256)


_BOX = re.compile(rb"[a-z][a-zA-Z0-9]{3}")


def _box(random: Random, content: bytearray) -> None:
    """A box of an MP4 gets another length, another name, or other numbers inside."""
    boxes = [found.start() for found in _BOX.finditer(content) if found.start() >= 4]
    if not boxes:
        return
    at = random.choice(boxes)
    kind = random.randrange(3)
    if kind == 0:
        length = random.choice((0, 1, 7, 8, 16, len(content), 0x7FFFFFFF, 0xFFFFFFFF))
        content[at - 4 : at] = length.to_bytes(4, "big")
    elif kind == 1:
        other = random.choice(boxes)
        content[at : at + 4] = content[other : other + 4]
    else:
        begin = at + 4 + 4 * random.randrange(16)
        number = random.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, random.getrandbits(32)))
        content[begin : begin + 4] = number.to_bytes(4, "big")


def _changed_answer(random: Random, asked: str, answer: bytes) -> bytes:
    if asked == PLAIN:
        return changed(random, answer, more=(_transport,))
    head, blank, body = answer.partition(b"\r\n\r\n")
    if random.random() < 0.5 and body:
        return head + blank + _changed_text(random, body)
    return _changed_text(random, answer)


def _changed_text(random: Random, text: bytes) -> bytes:
    """Lines and numbers first; a body of bytes has some too."""
    kind = random.random()
    if kind < 0.3:
        return changed(random, text)
    lines = text.split(b"\n")
    at = random.randrange(min(len(lines), 24))
    if kind < 0.4:
        del lines[at]
    elif kind < 0.5:
        lines.insert(at, random.choice(lines[:24]))
    elif kind < 0.55:
        lines[at] *= random.choice((2, 50))
    else:
        words = (*_WORDS, str(random.getrandbits(40)).encode())
        found = list(_SIZE.finditer(lines[at]))
        chosen = random.choice(found) if found else None
        begin, end = chosen.span() if chosen else (place(random, lines[at] + b" "),) * 2
        lines[at] = lines[at][:begin] + random.choice(words) + lines[at][end:]
    return b"\n".join(lines)


def _http(
    body: bytes, kind: str = "application/octet-stream", *more: str, length: bool = True
) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", *more, "Connection: close"]
    lines += [f"Content-Length: {len(body)}"] if length else []
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _playlist(*segments: str, header: str | None = None) -> bytes:
    lines = ["#EXTM3U", "#EXT-X-VERSION:6", "#EXT-X-TARGETDURATION:1", "#EXT-X-MEDIA-SEQUENCE:3"]
    lines += [f'#EXT-X-MAP:URI="{header}"'] if header else []
    lines += ["#EXT-X-PROGRAM-DATE-TIME:2026-05-04T07:00:00.5+02:00"]
    for segment in segments:
        lines += ["#EXTINF:1.0,", segment]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""]).encode()


def _rtsp(film: bytes) -> dict[str, bytes]:
    units = [unit.rstrip(b"\0") for unit in film.split(b"\0\0\1") if unit.rstrip(b"\0")]
    description = (
        b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=a\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n"
        b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        b"a=fmtp:96 packetization-mode=1\r\na=framerate:25\r\na=control:trackID=0\r\n"
    )
    return {
        "OPTIONS": _rtsp_answer("Public: OPTIONS, DESCRIBE, SETUP, PLAY"),
        "DESCRIBE": _rtsp_answer(
            "Content-Type: application/sdp", "Content-Base: rtsp://127.0.0.1/a/", body=description
        ),
        "SETUP": _rtsp_answer(
            "Session: 12345678;timeout=60", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1"
        ),
        "PLAY": _rtsp_answer("Session: 12345678", "Range: npt=0.000-", tail=interleaved(units)),
    }


def _rtsp_answer(*lines: str, body: bytes = b"", tail: bytes = b"") -> bytes:
    head: Sequence[str] = ["RTSP/1.0 200 OK", "CSeq: {cseq}", *lines]
    if body:
        head = [*head, f"Content-Length: {len(body)}"]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body + tail
