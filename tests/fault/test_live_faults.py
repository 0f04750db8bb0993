"""Faults of live feeds, by their number in the list of thirty: source and reader together.

Each says the right reason, is tried again at the right pace, heals by itself
when the fault is over, and leaves no thread and no descriptor behind.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import live_servers
from live_servers import eventually
from wayside.decode.decoder import Decoder
from wayside.domain.errors import (
    SourceChanged,
    SourceError,
    SourceLost,
    SourceMissing,
    SourceRefused,
    SourceTimedOut,
    SourceUnauthorized,
)
from wayside.domain.feeds import FeedState, SourceSpec
from wayside.domain.media import Packet
from wayside.domain.time import SystemClock
from wayside.ingest.address import parse_address
from wayside.ingest.buffer import Item, Lost, Opened, PacketBuffer
from wayside.ingest.live import source_of
from wayside.ingest.network import NetworkPolicy
from wayside.ingest.reader import FeedReader
from wayside.ingest.retry import Retry
from wayside.testing.lossy_link import CannedServer, LossyLink, Mode

STALL_S = 1.5


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """No thread and no descriptor more than before."""
    _descriptors()  # what the first use of a module opens for good
    threads, descriptors = set(threading.enumerate()), _descriptors()
    yield
    assert eventually(lambda: set(threading.enumerate()) <= threads), threading.enumerate()
    assert eventually(lambda: _descriptors() <= descriptors)


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class Watched:
    """A reader at work and everything that came out of it."""

    def __init__(self, spec: SourceSpec, policy: NetworkPolicy | None = None) -> None:
        self.buffer = PacketBuffer()
        self.items: list[Item] = []
        source = source_of(
            spec,
            network=policy or NetworkPolicy(),
            clock=SystemClock(),
            stall_s=STALL_S,
            open_s=4.0,
        )
        self.reader = FeedReader(source, self.buffer, clock=SystemClock(), retry=Retry())

    def opened(self) -> list[Opened]:
        return [item for item in self._all() if isinstance(item, Opened)]

    def packets(self) -> list[Packet]:
        return [item for item in self._all() if isinstance(item, Packet)]

    def lost(self) -> list[Lost]:
        return [item for item in self._all() if isinstance(item, Lost)]

    def error(self) -> SourceError:
        """The first reason of a loss."""
        assert eventually(lambda: bool(self.lost())), self.reader.status()
        return self.lost()[0].error

    def flows(self) -> bool:
        """Whether more pictures come, from now on."""
        so_far = len(self.packets())
        return eventually(lambda: len(self.packets()) > so_far + 5)

    def _all(self) -> list[Item]:
        self.items += self.buffer.take(1_000)
        return self.items


@contextmanager
def watched(spec: SourceSpec, policy: NetworkPolicy | None = None) -> Iterator[Watched]:
    feed = Watched(spec, policy)
    feed.reader.start()
    try:
        yield feed
    finally:
        assert feed.reader.stop(12.0)
        assert feed.reader.status().state is FeedState.STOPPED


@contextmanager
def behind_a_link(port: int, scheme: str, path: str = "") -> Iterator[tuple[LossyLink, SourceSpec]]:
    with LossyLink(port) as link:
        yield link, parse_address(f"{scheme}://127.0.0.1:{link.port}{path}")


@pytest.fixture(scope="module")
def camera() -> Iterator[int]:
    """The port of an RTSP server that goes on for the whole module."""
    with live_servers.rtsp_server() as port:
        yield port


def test_1_a_reboot_in_the_middle_of_a_gop_heals(camera: int) -> None:
    with behind_a_link(camera, "rtsp", "/live") as (link, spec), watched(spec) as feed:
        assert feed.flows()
        link.mode = Mode.CUT
        assert isinstance(feed.error(), SourceLost)
        assert eventually(lambda: feed.reader.status().state is FeedState.RETRYING)
        status = feed.reader.status()
        assert status.error is not None
        assert status.error.remedy
        link.mode = Mode.OPEN
        assert feed.flows()
        first, second = feed.opened()[:2]
        assert first.session.id != second.session.id
        lost = feed.lost()
        assert lost[0].session_id == first.session.id
        assert all(item.retry_in_s <= 4.0 for item in lost)
        assert eventually(lambda: feed.reader.status().state is FeedState.LIVE)
        assert feed.reader.status().reconnects >= 1


def test_1_a_server_that_was_restarted_is_found_again(tmp_path: Path) -> None:
    port = live_servers.free_port()
    with ExitStack() as first:
        first.enter_context(live_servers.rtsp_server(port=port))
        with watched(parse_address(f"rtsp://127.0.0.1:{port}/live")) as feed:
            assert feed.flows()
            first.close()
            assert isinstance(feed.error(), SourceLost)
            with live_servers.rtsp_server(port=port):
                assert feed.flows()


def test_3_another_size_begins_a_new_session_at_once() -> None:
    """One connection, in whose middle the encoder starts again with larger pictures."""
    with (
        live_servers.changing_stream(("h264", (320, 180)), ("h264", (640, 360))) as port,
        watched(parse_address(f"tcp://127.0.0.1:{port}")) as feed,
    ):
        error = feed.error()
        assert isinstance(error, SourceChanged)
        assert "640 x 360" in error.what
        assert feed.lost()[0].retry_in_s == 0.0
        assert eventually(lambda: len(feed.opened()) > 1)
        assert feed.opened()[-1].session.format.width == 640
        assert feed.flows()


def test_3_another_codec_begins_a_new_session() -> None:
    with (
        live_servers.changing_stream(("h264", (320, 180)), ("hevc", (320, 180))) as port,
        watched(parse_address(f"tcp://127.0.0.1:{port}")) as feed,
    ):
        assert isinstance(feed.error(), SourceChanged | SourceTimedOut)
        assert eventually(lambda: len(feed.opened()) > 1)
        codecs = [item.session.format.codec for item in feed.opened()]
        assert codecs[:2] == ["h264", "hevc"]
        assert feed.flows()


def test_3_a_still_of_another_size(tmp_path: Path) -> None:
    with live_servers.nginx(tmp_path) as port:
        picture = tmp_path / "www" / "now.jpg"
        live_servers.make_jpeg(picture, (64, 48))
        spec = replace(parse_address(f"http://127.0.0.1:{port}/now.jpg"), every_s=0.05)
        with watched(spec) as feed:
            assert feed.flows()
            live_servers.make_jpeg(picture, (96, 64))
            assert isinstance(feed.error(), SourceChanged)
            assert eventually(lambda: len(feed.opened()) > 1)
            assert feed.opened()[-1].session.format.width == 96


def test_4_stamps_that_leap_back_give_no_time_that_does() -> None:
    """The second stream starts its clock from nothing, inside one connection."""
    with (
        live_servers.changing_stream(("h264", (320, 180)), ("h264", (320, 180))) as port,
        watched(parse_address(f"tcp://127.0.0.1:{port}")) as feed,
    ):
        assert eventually(lambda: len(feed.packets()) >= 35)
        sessions = feed.opened()
        stamps = [packet.dts for packet in feed.packets() if packet.dts is not None]
        assert len(sessions) == 1
        assert any(b < a for a, b in pairwise(stamps))
        decoder = Decoder(sessions[0].session.format)
        times = [f.time.t_s for p in feed.packets() for f in decoder.decode(p)]
        assert times == sorted(set(times))
        assert decoder.discontinuities >= 1


def test_6_a_wrong_password_is_tried_rarely() -> None:
    with live_servers.rtsp_server(user="bob", password="right") as port, LossyLink(port) as link:
        spec = parse_address(f"rtsp://bob:wrong@127.0.0.1:{link.port}/live")
        with watched(spec) as feed:
            assert isinstance(feed.error(), SourceUnauthorized)
            assert feed.lost()[0].retry_in_s >= 60
            assert eventually(lambda: feed.reader.status().state is FeedState.REFUSED)
            status = feed.reader.status()
            assert status.next_try_s is not None
            assert status.next_try_s > 50
        assert link.accepted <= 2  # the question of our own, and FFmpeg's


@pytest.mark.parametrize(
    "address", ["rtsp://{}/x", "rtsps://{}/x", "tcp://{}", "http://{}/video", "http://{}/x.m3u8"]
)
def test_7_accepting_and_then_silence_is_a_timeout(address: str) -> None:
    with LossyLink(1) as link:
        link.mode = Mode.SILENT
        with watched(parse_address(address.format(f"127.0.0.1:{link.port}"))) as feed:
            assert isinstance(feed.error(), SourceTimedOut)
            assert feed.lost()[0].session_id is None


LIVE: dict[str, Callable[[], AbstractContextManager[int]]] = {
    "rtsp": live_servers.rtsp_server,
    "tcp": live_servers.transport_stream_tcp,
    "http": live_servers.multipart_server,
}


@pytest.mark.parametrize("mode", [Mode.STALL, Mode.DRIP])
@pytest.mark.parametrize("scheme", LIVE)
def test_8_bytes_without_pictures_are_a_timeout(scheme: str, mode: Mode) -> None:
    with (
        LIVE[scheme]() as port,
        behind_a_link(port, scheme, "/live") as (link, spec),
        watched(spec) as feed,
    ):
        assert feed.flows()
        link.mode = mode
        error = feed.error()
        assert isinstance(error, SourceTimedOut)
        assert "no picture" in error.what
        if scheme == "rtsp":  # the other two servers take one client only
            link.mode = Mode.OPEN
            assert feed.flows()


def test_9_loss_gives_no_trusted_picture_before_the_next_keyframe() -> None:
    """MPEG-TS over UDP of which every twentieth datagram is lost."""
    with (
        live_servers.lossy_datagrams(every=20) as port,
        watched(parse_address(f"udp://127.0.0.1:{port}")) as feed,
    ):
        assert eventually(lambda: len(feed.packets()) >= 60)
        assert feed.opened()
        decoder = Decoder(feed.opened()[0].session.format)
        frames = [f for p in feed.packets() for f in decoder.decode(p)]
        assert decoder.corrupt_frames > 0
        corrupt = [frame.is_corrupt for frame in frames]
        assert corrupt.count(True) == decoder.corrupt_frames


def test_10_a_name_that_resolves_elsewhere_is_followed(camera: int) -> None:
    """The camera moves from an address where nothing is to another."""
    where = ["127.0.0.9"]
    policy = NetworkPolicy(resolver=lambda _host, _port: where)
    with watched(parse_address(f"rtsp://camera.test:{camera}/live"), policy) as feed:
        assert isinstance(feed.error(), SourceMissing)
        where[0] = "127.0.0.1"
        assert feed.flows()


def test_10_a_name_that_comes_to_mean_a_forbidden_address_is_refused(camera: int) -> None:
    where = ["127.0.0.1"]
    policy = NetworkPolicy(resolver=lambda _host, _port: where)
    with (
        LossyLink(camera) as link,
        watched(parse_address(f"rtsp://camera.test:{link.port}/live"), policy) as feed,
    ):
        assert feed.flows()
        where[0] = "169.254.169.254"
        link.mode = Mode.CUT
        assert eventually(lambda: len(feed.lost()) >= 2)
        assert isinstance(feed.lost()[-1].error, SourceRefused)


def test_11_feeds_that_return_together_are_opened_apart(tmp_path: Path) -> None:
    """Not by RTSP: GStreamer's server can crash where several clients come in one instant."""
    with live_servers.nginx(tmp_path) as port, LossyLink(port) as link, ExitStack() as stack:
        live_servers.make_jpeg(tmp_path / "www" / "now.jpg", (64, 48))
        spec = replace(parse_address(f"http://127.0.0.1:{link.port}/now.jpg"), every_s=0.1)
        feeds = [stack.enter_context(watched(spec)) for _ in range(8)]
        assert all(feed.flows() for feed in feeds)
        link.mode = Mode.CUT
        assert eventually(lambda: all(feed.lost() for feed in feeds))
        delays = {feed.lost()[0].retry_in_s for feed in feeds}
        assert len(delays) > 1
        link.mode = Mode.OPEN
        assert all(feed.flows() for feed in feeds)


def test_12_a_playlist_that_stands_still_is_a_timeout(tmp_path: Path) -> None:
    with live_servers.nginx(tmp_path) as port, ExitStack() as encoder:
        encoder.enter_context(live_servers.hls_encoder(tmp_path / "www"))
        with watched(parse_address(f"http://127.0.0.1:{port}/stream.m3u8")) as feed:
            assert feed.flows()
            encoder.close()
            live_servers.without_end(tmp_path / "www" / "stream.m3u8")
            error = feed.error()
            assert isinstance(error, SourceTimedOut | SourceLost)
            with live_servers.hls_encoder(tmp_path / "www"):
                assert feed.flows()


def test_12_a_redirect_loop_ends_after_three(tmp_path: Path) -> None:
    with CannedServer(b"") as server:
        server.answer = (
            b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
            b"Location: http://127.0.0.1:%d/again.m3u8\r\n\r\n" % server.port
        )
        with watched(parse_address(f"http://127.0.0.1:{server.port}/x.m3u8")) as feed:
            error = feed.error()
            assert isinstance(error, SourceRefused)
            assert "3 times" in error.what
            assert feed.lost()[0].retry_in_s >= 30
        assert len(server.requests) == 4


def test_13_flipped_bits_are_counted_and_the_feed_goes_on() -> None:
    with (
        live_servers.transport_stream_tcp() as port,
        LossyLink(port, loss=3) as link,
        watched(parse_address(f"tcp://127.0.0.1:{link.port}")) as feed,
    ):
        assert feed.flows()
        link.mode = Mode.FLIP
        begun = len(feed.packets())
        assert eventually(lambda: len(feed.packets()) > begun + 40)
        decoder = Decoder(feed.opened()[0].session.format)
        for packet in feed.packets():
            decoder.decode(packet)
        seen = decoder.corrupt_frames + decoder.decode_errors + feed.reader.status().corrupt
        assert seen > 0
        assert not feed.lost()


def test_15_a_header_of_16k_is_refused_before_anything_is_decoded() -> None:
    huge = b"\xff\xd8\xff\xc0\x00\x11\x08\x40\x00\x40\x00\x03" + bytes(9) + b"\xff\xd9"
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(
        huge
    )
    with (
        CannedServer(answer + huge) as server,
        watched(parse_address(f"http://127.0.0.1:{server.port}/now.jpg")) as feed,
    ):
        error = feed.error()
        assert isinstance(error, SourceRefused)
        assert "16384 x 16384" in error.what


def test_a_stop_ends_a_reader_in_every_place_where_it_can_wait() -> None:
    with LossyLink(1) as link, socket.create_server(("127.0.0.1", 0)) as deaf:
        link.mode = Mode.SILENT
        for address in (
            f"rtsp://127.0.0.1:{link.port}/x",
            f"http://127.0.0.1:{deaf.getsockname()[1]}/x.jpg",
            f"tcp://127.0.0.1:{link.port}",
            "usb:99",
        ):
            feed = Watched(parse_address(address))
            feed.reader.start()
            assert feed.reader.stop(2.0), address
