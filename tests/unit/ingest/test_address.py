"""Addresses: what is opened, what is refused, and that no password ever shows."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.errors import SourceRefused
from wayside.domain.feeds import SourceKind, SourceSpec
from wayside.ingest.address import (
    at_host,
    host_and_port,
    masked,
    parse_address,
    scrubbed,
    with_credentials,
)


@pytest.mark.parametrize(
    ("text", "kind", "address"),
    [
        ("rtsp://cam.lan/live", SourceKind.RTSP, "rtsp://cam.lan/live"),
        ("RTSP://Cam.LAN:8554/Live?x=1", SourceKind.RTSP, "rtsp://cam.lan:8554/Live?x=1"),
        ("rtsps://10.0.0.2/a", SourceKind.RTSP, "rtsps://10.0.0.2/a"),
        ("http://h/a/live.m3u8?k=1", SourceKind.HLS, "http://h/a/live.m3u8?k=1"),
        (
            "https://h/axis-cgi/mjpg/video.cgi",
            SourceKind.MJPEG,
            "https://h/axis-cgi/mjpg/video.cgi",
        ),
        ("http://h/axis-cgi/jpg/image.cgi", SourceKind.SNAPSHOT, "http://h/axis-cgi/jpg/image.cgi"),
        ("http://h/now.JPG", SourceKind.SNAPSHOT, "http://h/now.JPG"),
        ("http://h/cgi-bin/snapshot.cgi?1", SourceKind.SNAPSHOT, "http://h/cgi-bin/snapshot.cgi?1"),
        ("http://[fe80::1]:81/x", SourceKind.MJPEG, "http://[fe80::1]:81/x"),
        ("udp://@239.1.1.1:5000", SourceKind.MPEGTS, "udp://239.1.1.1:5000"),
        ("udp://@:5000", SourceKind.MPEGTS, "udp://0.0.0.0:5000"),
        ("tcp://h:9/?listen=1&x", SourceKind.MPEGTS, "tcp://h:9"),
        ("srt://h:9?mode=listener", SourceKind.MPEGTS, "srt://h:9"),
        ("/dev/video2", SourceKind.USB, "/dev/video2"),
        ("usb:0", SourceKind.USB, "/dev/video0"),
        ("clips/a.mp4", SourceKind.FILE, "clips/a.mp4"),
        ("file:///a%20b.mp4", SourceKind.FILE, "/a b.mp4"),
        ("frames/", SourceKind.PICTURES, "frames/"),
        ("rtsp://münchen.example/x", SourceKind.RTSP, "rtsp://xn--mnchen-3ya.example/x"),
        ("http://h/a b", SourceKind.MJPEG, "http://h/a%20b"),
    ],
)
def test_an_address_tells_its_kind(text: str, kind: SourceKind, address: str) -> None:
    spec = parse_address(text)
    assert (spec.kind, spec.address) == (kind, address)


@pytest.mark.parametrize(
    "text",
    [
        "concat:a.ts|b.ts", "subfile:,,start,0,end,9,,:/etc/passwd", "lavfi:movie=/etc/passwd",
        "data:text/plain,x", "pipe:0", "pipe:", "file:/etc/passwd", "crypto:http://h", "ftp://h/x",
        "gopher://h", "rtmp://h/x", "ffrtmphttp://h", "async:cache:http://h", "tee:x", "md5:",
        "unix:/run/x", "fd:", "http:/h", "rtsp:cam", "", "  ", "x" * 3000, "a\0b",
        "rtsp://", "rtsp:///x", "rtsp://:554/x", "rtsp://h:0/x", "rtsp://h:65536/x",
        "rtsp://h:port/x", "rtsp://h:99999999999999999999/x", "udp://h", "tcp://h/x",
        "rtsp://[::1/x", "rtsp://[zz]/x", "rtsp://[::1]x/", "rtsp://h..x/", "rtsp://-/..",
        "rtsp://h\nx/", "http://h\tx/", "rtsp://ho st/x",
    ],
)  # fmt: skip
def test_what_ffmpeg_must_never_see_is_refused(text: str) -> None:
    with pytest.raises(SourceRefused) as caught:
        parse_address(text)
    assert caught.value.remedy


def test_user_and_password_travel_apart() -> None:
    spec = parse_address("rtsp://bo%40b:p%2Fw:x%40y@h:1/p")
    assert (spec.username, spec.password) == ("bo@b", "p/w:x@y")
    assert spec.address == "rtsp://h:1/p"
    assert masked(spec) == "rtsp://bo%40b:***@h:1/p"
    assert parse_address("rtsp://u:a@b@h/").password == "a@b"
    assert with_credentials(spec, "rtsp://1.2.3.4:1/p") == (
        "rtsp://bo%40b:p%2Fw%3Ax%40y@1.2.3.4:1/p"
    )


def test_a_secret_in_path_or_query_is_masked() -> None:
    spec = parse_address("rtsp://h/user=admin&password=c4nary&channel=1?token=c4nary2&x=1")
    shown = masked(spec)
    assert "c4nary" not in shown
    assert "user=admin" in shown
    assert shown.endswith("&x=1")


def test_a_kind_may_be_given_where_it_fits() -> None:
    assert parse_address("http://h/x", kind=SourceKind.SNAPSHOT).kind is SourceKind.SNAPSHOT
    with pytest.raises(SourceRefused):
        parse_address("rtsp://h/x", kind=SourceKind.FILE)
    with pytest.raises(SourceRefused):
        parse_address("/etc/passwd", kind=SourceKind.USB)


def test_a_resolved_host_takes_the_place_of_the_name() -> None:
    assert at_host("rtsp://h/x?y", "::1") == "rtsp://[::1]:554/x?y"
    assert at_host("http://h:81/", "10.0.0.1") == "http://10.0.0.1:81/"
    assert host_and_port("https://h/") == ("h", 443)


SECRET = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=4, max_size=30)


@given(SECRET, SECRET)
def test_a_password_comes_back_whole_and_shows_nowhere(user: str, secret: str) -> None:
    secret = f"c4nary{secret}"
    text = f"rtsp://{quote(user, safe='')}:{quote(secret, safe='')}@h/p"
    spec = parse_address(text)
    assert (spec.username, spec.password) == (user, secret)
    assert spec.address == "rtsp://h/p"
    for shown in (masked(spec), repr(spec), scrubbed(text, spec), scrubbed(secret, spec)):
        assert "c4nary" not in shown


@given(SECRET)
def test_an_unquoted_password_is_parsed_or_refused_and_shows_nowhere(secret: str) -> None:
    try:
        spec = parse_address(f"rtsp://bob:c4nary{secret}c4nary@h/p")
    except SourceRefused as error:
        refused = error
        spec = None
    if spec is None:
        assert "c4nary" not in str(refused) + repr(refused) + repr(refused.args)
    elif spec.address == "rtsp://h/p":
        assert "c4nary" not in masked(spec) + repr(spec)


@given(st.text(max_size=80))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    try:
        spec = parse_address(text)
    except SourceRefused:
        return
    if spec.kind.is_remote:
        parts = urlsplit(spec.address)
        assert parts.scheme in ("rtsp", "rtsps", "http", "https", "tcp", "udp", "srt")
        assert parts.hostname
        assert parts.username is None
        assert spec.address.isascii()
        assert spec.address.isprintable()
        again = parse_address(spec.address, kind=spec.kind)
        assert again.address == spec.address


@given(
    st.sampled_from(["rtsp", "http", "udp", "tcp", "concat", "lavfi", "file", "srt", "data"]),
    st.text(st.sampled_from("ab:/@?#[]%.0129\\ &=\n"), max_size=40),
)
def test_strange_addresses_are_parsed_or_refused(scheme: str, rest: str) -> None:
    try:
        spec = parse_address(f"{scheme}://{rest}")
    except SourceRefused:
        return
    assert not spec.kind.is_remote or host_and_port(spec.address)[0]


def test_what_others_write_is_scrubbed() -> None:
    spec = SourceSpec(SourceKind.RTSP, "rtsp://h/x", username="bob", password="c4n ary")
    text = "failed: rtsp://bob:c4n%20ary@h/x, also 'http://x:y@z/' and c4n ary, ?pwd=c4nary"
    shown = scrubbed(text, spec)
    assert "c4n" not in shown
    assert "x:y" not in shown
