"""What every live source keeps to, against real servers."""

from __future__ import annotations

import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from ipaddress import ip_network
from itertools import islice
from pathlib import Path

import pytest

import live_servers
from made_media import make_video
from wayside.decode.decoder import Decoder
from wayside.domain.errors import (
    SourceError,
    SourceLost,
    SourceMissing,
    SourceRefused,
    SourceTimedOut,
    SourceUnauthorized,
    SourceUnreadable,
)
from wayside.domain.feeds import SourceKind, SourceSpec
from wayside.domain.media import Packet, Session
from wayside.domain.time import SystemClock
from wayside.ingest.address import parse_address
from wayside.ingest.live import source_of
from wayside.ingest.network import NetworkPolicy
from wayside.ingest.reader import LiveSource
from wayside.testing.lossy_link import CannedServer

CANARY = "c4nary"
"""A password that must show up nowhere. Spelt once: a traceback quotes the lines of a test."""

Rig = Callable[[Path], AbstractContextManager[SourceSpec]]


def opened(
    spec: SourceSpec, policy: NetworkPolicy | None = None, stall_s: float = 5.0
) -> LiveSource:
    return source_of(spec, network=policy or NetworkPolicy(), clock=SystemClock(), stall_s=stall_s)


def rtsp(codec: str, transport: str) -> Rig:
    @contextmanager
    def rig(_folder: Path) -> Iterator[SourceSpec]:
        with live_servers.rtsp_server(codec) as port:
            spec = parse_address(f"rtsp://127.0.0.1:{port}/live")
            yield replace(spec, transport=transport)

    return rig


def hls(*, fragmented: bool = False, path: str = "stream.m3u8") -> Rig:
    @contextmanager
    def rig(folder: Path) -> Iterator[SourceSpec]:
        with live_servers.hls_server(folder, fragmented=fragmented) as port:
            yield parse_address(f"http://127.0.0.1:{port}/{path}")

    return rig


@contextmanager
def multipart(_folder: Path) -> Iterator[SourceSpec]:
    with live_servers.multipart_server() as port:
        yield parse_address(f"http://127.0.0.1:{port}/video.mjpg")


@contextmanager
def snapshots(folder: Path) -> Iterator[SourceSpec]:
    with live_servers.nginx(folder) as port:
        picture = folder / "www" / "now.jpg"
        live_servers.make_jpeg(picture, live_servers.SIZE)
        spec = parse_address(f"http://viewer:secret@127.0.0.1:{port}/private/now.jpg")
        yield replace(spec, every_s=0.1)


@contextmanager
def over_tcp(_folder: Path) -> Iterator[SourceSpec]:
    with live_servers.transport_stream_tcp() as port:
        yield parse_address(f"tcp://127.0.0.1:{port}")


@contextmanager
def over_udp(_folder: Path) -> Iterator[SourceSpec]:
    port = live_servers.free_port(socket.SOCK_DGRAM)
    with live_servers.transport_stream_udp(port):
        yield parse_address(f"udp://127.0.0.1:{port}")


def looped(folder: Path) -> AbstractContextManager[SourceSpec]:
    size = live_servers.SIZE
    path = make_video(folder / "loop.mp4", frames=8, rate=live_servers.RATE, size=size)
    return nullcontext(SourceSpec(SourceKind.FILE, str(path), loop=True))


RIGS: dict[str, Rig] = {
    "rtsp h264 tcp": rtsp("h264", "tcp"),
    "rtsp h264 udp": rtsp("h264", "udp"),
    "rtsp h265 tcp": rtsp("hevc", "tcp"),
    "rtsp h265 udp": rtsp("hevc", "udp"),
    "rtsp mjpeg tcp": rtsp("mjpeg", "tcp"),
    "hls": hls(),
    "hls behind a redirect": hls(path="away.m3u8"),
    "hls fragmented mp4": hls(fragmented=True),
    "http mjpeg": multipart,
    "snapshots": snapshots,
    "transport stream tcp": over_tcp,
    "transport stream udp": over_udp,
    "looped file": looped,
}


@pytest.mark.parametrize("name", RIGS)
def test_a_live_source_shows_pictures_and_stops(name: str, tmp_path: Path) -> None:
    with RIGS[name](tmp_path) as spec:
        source = opened(spec)
        with source.open() as session:
            width, height = session.format.width, session.format.height
            assert (width, (height + 7) // 8) == (320, 23)  # RTP counts JPEG's height in eights
            assert session.format.duration_s is None
            packets = list(islice(session.packets(), 12))
            decoder = Decoder(session.format)
            frames = [frame for packet in packets for frame in decoder.decode(packet)]
        assert len(packets) == 12
        arrivals = [packet.arrived_s for packet in packets]
        assert None not in arrivals
        assert arrivals == sorted(arrivals)  # type: ignore[type-var]
        assert len(frames) >= 3
        times = [frame.time.t_s for frame in frames]
        assert times == sorted(set(times))
        assert not frames[-1].is_corrupt
        assert abs((session.start - SystemClock().now()).total_seconds()) < 60
        assert ends_when_interrupted(source)


def ends_when_interrupted(source: LiveSource) -> bool:
    """Whether a thread that reads for ever ends after interrupt(), whatever it waits for."""
    ended = threading.Event()
    began = threading.Event()

    def read() -> None:
        try:
            with source.open() as session:
                for _ in session.packets():
                    began.set()
        except SourceError:
            began.set()
        ended.set()

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    assert began.wait(20)
    source.interrupt()
    stopped = ended.wait(10)
    thread.join(1)
    return stopped


@pytest.mark.parametrize("scheme", ["basic", "digest"])
def test_rtsp_wants_the_right_password(scheme: str) -> None:
    secret = "c4nary:/@?#pass"
    with live_servers.rtsp_server(user="bob", password=secret, scheme=scheme) as port:
        spec = parse_address(f"rtsp://127.0.0.1:{port}/live")
        with opened(replace(spec, username="bob", password=secret)).open() as session:
            assert next(session.packets()).size > 0
        for wrong in ({}, {"username": "bob", "password": "c4nary-wrong"}):
            with pytest.raises(SourceUnauthorized) as caught:
                opened(replace(spec, **wrong)).open()
            assert_no_secret(caught.value)
            assert "password" in (caught.value.remedy or "")


def assert_no_secret(error: BaseException) -> None:
    """In no text, traceback or chained error is the canary, escaped or not."""
    seen: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in seen:
        seen.append(following)
        shown = "".join(traceback.format_exception(following)) + repr(following)
        assert CANARY not in shown + str(following.args)
        following = following.__cause__ or following.__context__


def test_http_passwords_basic_and_wrong(tmp_path: Path) -> None:
    with live_servers.nginx(tmp_path) as port:
        live_servers.make_jpeg(tmp_path / "www" / "now.jpg", (64, 48))
        spec = parse_address(f"http://127.0.0.1:{port}/private/now.jpg")
        with opened(replace(spec, username="viewer", password="secret")).open() as session:
            assert (session.format.width, session.format.height) == (64, 48)
        wrong = replace(spec, username="viewer", password=CANARY)
        with pytest.raises(SourceUnauthorized) as caught:
            opened(wrong).open()
        assert_no_secret(caught.value)
        with pytest.raises(SourceMissing, match="404"):
            opened(parse_address(f"http://127.0.0.1:{port}/gone.jpg")).open()


def test_http_digest_is_answered() -> None:
    asks = (
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n"
        b'WWW-Authenticate: Digest realm="cam", nonce="abc", qop="auth", algorithm=MD5\r\n\r\n'
    )
    with CannedServer(asks) as server:
        spec = parse_address(f"http://bob:c4nary@127.0.0.1:{server.port}/video")
        with pytest.raises(SourceUnauthorized) as caught:
            opened(spec).open()
    assert_no_secret(caught.value)
    assert len(server.requests) == 2
    assert b'username="bob"' in server.requests[1]
    assert b"c4nary" not in b"".join(server.requests)


def test_nothing_there_is_said() -> None:
    port = live_servers.free_port()
    for address in (
        f"rtsp://127.0.0.1:{port}/x",
        f"rtsps://127.0.0.1:{port}/x",
        f"http://127.0.0.1:{port}/x.m3u8",
        f"tcp://127.0.0.1:{port}",
        "usb:99",
    ):
        with pytest.raises(SourceMissing) as caught:
            opened(parse_address(address)).open()
        assert caught.value.remedy
    with pytest.raises(SourceRefused, match="SRT"):
        opened(parse_address(f"srt://127.0.0.1:{port}")).open()


@pytest.mark.parametrize("scheme", ["rtsp", "http", "tcp", "udp"])
def test_an_address_outside_the_policy_is_not_connected_to(scheme: str) -> None:
    policy = NetworkPolicy((ip_network("192.0.2.0/24"),))
    with CannedServer(b"") as server:
        with pytest.raises(SourceRefused, match="outside"):
            opened(parse_address(f"{scheme}://127.0.0.1:{server.port}"), policy).open()
        assert server.requests == []


@pytest.mark.parametrize("path", ["x.m3u8", "x.jpg", "video"])
def test_redirects_and_playlists_are_held_to_the_policy(path: str) -> None:
    metadata = b"http://169.254.169.254/latest/x.ts"
    if path == "x.m3u8":
        body = b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + metadata + b"\n"
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    else:
        answer = b"HTTP/1.1 302 Found\r\nLocation: " + metadata + b"\r\nContent-Length: 0\r\n\r\n"
    with CannedServer(answer) as server, pytest.raises(SourceRefused, match="outside"):
        opened(parse_address(f"http://127.0.0.1:{server.port}/{path}")).open()


def test_credentials_stay_with_their_host() -> None:
    with CannedServer(
        b"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
    ) as far:
        to = b"http://127.0.0.1:%d/" % far.port
        answer = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + to + b"\r\n\r\n"
        with CannedServer(answer) as near, pytest.raises(SourceUnauthorized):
            opened(parse_address(f"http://bob:c4nary@127.0.0.1:{near.port}/x")).open()
    assert len(far.requests) == 1
    assert b"authorization" not in far.requests[0].lower()


def test_rtsp_redirects_are_followed_three_times_under_the_policy() -> None:
    with CannedServer(b"") as server:
        again = b"RTSP/1.0 302 Moved\r\nCSeq: 1\r\nLocation: %s\r\n\r\n"
        server.answer = again % b"rtsp://127.0.0.1:%d/y" % server.port
        with pytest.raises(SourceRefused, match="more than 3"):
            opened(parse_address(f"rtsp://127.0.0.1:{server.port}/x")).open()
        assert len(server.requests) == 4
        server.answer = again % b"rtsp://169.254.169.254/y"
        with pytest.raises(SourceRefused, match="outside"):
            opened(parse_address(f"rtsp://127.0.0.1:{server.port}/x")).open()
        server.answer = again % b"file:///etc/passwd"
        with pytest.raises(SourceRefused, match="no RTSP address"):
            opened(parse_address(f"rtsp://127.0.0.1:{server.port}/x")).open()
        server.answer = b"HTTP/1.1 400 Bad Request\r\n\r\n"
        with pytest.raises(SourceUnreadable, match="does not speak RTSP"):
            opened(parse_address(f"rtsp://127.0.0.1:{server.port}/x")).open()


def test_a_redirect_in_a_later_answer_is_followed_by_ffmpeg_but_not_believed() -> None:
    """OPTIONS is fine; DESCRIBE leads FFmpeg from an allowed address to one that is not."""
    policy = NetworkPolicy((ip_network("127.0.0.2/32"),))
    with live_servers.rtsp_server() as port, live_servers.redirecting_rtsp(port) as near:
        spec = parse_address(f"rtsp://127.0.0.2:{near}/live")
        with pytest.raises(SourceRefused, match="redirected"):
            opened(spec, policy).open()
        with opened(spec, NetworkPolicy()).open() as session:
            assert next(session.packets()).size > 0


def test_a_page_or_a_single_picture_instead_of_video_is_named(tmp_path: Path) -> None:
    with live_servers.nginx(
        tmp_path, more="location /page { default_type text/html; return 200 hi; }"
    ) as port:
        live_servers.make_jpeg(tmp_path / "www" / "one.jpg", (64, 48))
        with pytest.raises(SourceUnreadable, match="a page"):
            opened(parse_address(f"http://127.0.0.1:{port}/page")).open()
        single = parse_address(f"http://127.0.0.1:{port}/one.jpg", kind=SourceKind.MJPEG)
        with pytest.raises(SourceUnreadable, match="single picture") as caught:
            opened(single).open()
        assert "snapshot" in (caught.value.remedy or "")
        with pytest.raises(SourceUnreadable, match="no HLS playlist"):
            opened(parse_address(f"http://127.0.0.1:{port}/page", kind=SourceKind.HLS)).open()


def test_an_unchanged_snapshot_is_a_picture_again(tmp_path: Path) -> None:
    with live_servers.nginx(tmp_path) as port:
        live_servers.make_jpeg(tmp_path / "www" / "now.jpg", (64, 48))
        spec = replace(parse_address(f"http://127.0.0.1:{port}/now.jpg"), every_s=0.05)
        with opened(spec).open() as session:
            packets: list[Packet] = list(islice(session.packets(), 4))
    assert len({packet.size for packet in packets}) == 1
    stamps = [packet.pts for packet in packets]
    assert stamps == sorted(set(stamps))  # type: ignore[type-var]


def test_the_end_of_a_transport_stream_is_a_loss() -> None:
    with live_servers.transport_stream_tcp(seconds=1) as port:
        source = opened(parse_address(f"tcp://127.0.0.1:{port}"))
        with source.open() as session, pytest.raises(SourceLost, match="closed"):
            exhaust(session)


def test_sound_does_not_pass_for_pictures() -> None:
    """The pictures end after a second, the sound goes on."""
    with live_servers.transport_stream_with_sound(pictures_s=1) as port:
        source = opened(parse_address(f"tcp://127.0.0.1:{port}"), stall_s=1.5)
        with source.open() as session, pytest.raises(SourceTimedOut, match=r"1\.5 s"):
            exhaust(session)


def exhaust(session: Session) -> None:
    for _ in session.packets():
        pass
