"""HLS playlists as text."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.domain.errors import SourceError, SourceRefused, SourceUnreadable
from wayside.ingest.playlist import parse_playlist

URL = "http://h/a/live.m3u8?k=1"
MEDIA = """#EXTM3U
#EXT-X-VERSION:6
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:17
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-05-04T07:00:00.500+02:00
#EXTINF:3.5,
one.m4s
#EXTINF:4,title
/two.m4s
"""


def test_a_media_playlist() -> None:
    playlist = parse_playlist(MEDIA, URL, "w")
    one, two = playlist.segments
    assert (one.number, one.url, one.duration_s) == (17, "http://h/a/one.m4s", 3.5)
    assert (two.number, two.url, two.header) == (18, "http://h/two.m4s", "http://h/a/init.mp4")
    assert one.time == datetime(2026, 5, 4, 5, 0, 0, 500_000, UTC)
    assert two.time == datetime(2026, 5, 4, 5, 0, 4, 0, UTC)
    assert (playlist.target_s, playlist.ended) == (4.0, False)
    assert parse_playlist(MEDIA + "#EXT-X-ENDLIST\n", URL, "w").ended


def test_the_cheapest_variant_that_is_high_enough_is_taken() -> None:
    text = "#EXTM3U\n" + "".join(
        f'#EXT-X-STREAM-INF:BANDWIDTH={b},CODECS="a,b",RESOLUTION=1x{h}\n{h}.m3u8\n'
        for b, h in ((9, 1080), (5, 480), (7, 360), (6, 360), (2, 240))
    )
    playlist = parse_playlist(text, URL, "w")
    assert (playlist.best_variant.height, playlist.best_variant.bandwidth) == (360, 6)
    low = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=5,RESOLUTION=1x100\na\n"
    assert parse_playlist(low, URL, "w").best_variant.url == "http://h/a/a"
    bare = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=5\na\n#EXT-X-STREAM-INF:BANDWIDTH=3\nb\n"
    assert parse_playlist(bare, URL, "w").best_variant.url == "http://h/a/b"


@pytest.mark.parametrize(
    "line",
    ["#EXT-X-KEY:METHOD=AES-128,URI=\"k\"", "#EXT-X-BYTERANGE:9@0", "file:///etc/passwd",
     "concat:a|b", "data:x,y", "http://[/x", "crypto+http://h/x"],
)  # fmt: skip
def test_what_is_not_read_is_refused(line: str) -> None:
    with pytest.raises(SourceRefused):
        parse_playlist(f"#EXTM3U\n#EXTINF:1,\n{line}\n", URL, "w")


def test_a_page_is_no_playlist() -> None:
    for text in ("", "<html>", "EXTM3U"):
        with pytest.raises(SourceUnreadable):
            parse_playlist(text, URL, "w")


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-10:00", "1970-01-01T00:00Z"]
)
def test_a_time_that_cannot_be_is_none(time: str) -> None:
    text = f"#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:{time}\n#EXTINF:1,\na\n#EXTINF:1,\nb\n"
    assert [s.time for s in parse_playlist(text, URL, "w").segments] == [None, None]


LINE = st.sampled_from(
    [
        *MEDIA.splitlines(),
        "#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=x",
        "#EXTINF:nan",
        "#EXT-X-MEDIA-SEQUENCE:-1",
    ]
)


@given(st.lists(LINE | st.text(max_size=40), max_size=30))
def test_any_text_is_parsed_or_refused(lines: list[str]) -> None:
    try:
        playlist = parse_playlist("#EXTM3U\n" + "\n".join(lines), URL, "w")
    except SourceError:
        return
    assert playlist.target_s > 0
    assert all(s.duration_s > 0 and s.url.startswith("http") for s in playlist.segments)
