"""Endless answers of JPEGs, cut into pictures, whatever the chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wayside.ingest.jpeg import jpeg_size
from wayside.ingest.multipart import MAX_PICTURE, MultipartSplitter


def jpeg(width: int, height: int, body: bytes = b"", *, thumbnail: bytes = b"") -> bytes:
    """The outline of a JPEG, with another one inside its header where asked."""
    inner = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    frame = b"\xff\xc0\x00\x11\x08" + height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return b"\xff\xd8" + inner + frame + bytes(10) + body + b"\xff\xd9"


PICTURES = [jpeg(64, 48, b"a" * 40), jpeg(8, 9, b"\xff\x00" * 9), jpeg(1, 2, b"--x\r\n\r\n--")]


def with_lengths(pictures: list[bytes]) -> bytes:
    return b"".join(
        b"--b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n%s\r\n" % (len(p), p)
        for p in pictures
    )


def without_lengths(pictures: list[bytes]) -> bytes:
    return b"".join(b"--b\r\nContent-Type: image/jpeg\r\n\r\n%s\r\n" % p for p in pictures)


@given(st.lists(st.integers(1, 50), min_size=1), st.booleans())
def test_pictures_come_whole_whatever_the_chunks(sizes: list[int], measured: bool) -> None:
    stream = (with_lengths if measured else without_lengths)(PICTURES * 2) + b"--b--"
    splitter, found, at, turn = MultipartSplitter(), [], 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        found += list(splitter.feed(stream[at : at + size]))
        at, turn = at + size, turn + 1
    assert found == PICTURES * 2


def test_a_thumbnail_inside_a_measured_picture_is_part_of_it() -> None:
    picture = jpeg(64, 48, thumbnail=jpeg(4, 4) + b"\r\n")
    assert list(MultipartSplitter().feed(with_lengths([picture]))) == [picture]
    assert jpeg_size(picture) == (64, 48)


def test_what_never_ends_is_given_up() -> None:
    splitter = MultipartSplitter()
    with pytest.raises(ValueError, match="without an end"):
        list(splitter.feed(b"\xff\xd8\xff" + bytes(MAX_PICTURE)))


def test_a_page_without_pictures_is_not_hoarded() -> None:
    splitter = MultipartSplitter()
    for _ in range(10):
        assert list(splitter.feed(b"<html>" * 20_000)) == []
    assert len(splitter._held) <= 65_536
    assert splitter.skipped > 0


@given(st.binary(max_size=300))
def test_any_bytes_have_a_size_or_none(content: bytes) -> None:
    size = jpeg_size(b"\xff\xd8\xff" + content)
    assert size is None or min(size) > 0
    assert jpeg_size(content[:2]) is None


def test_a_cut_header_has_no_size() -> None:
    whole = jpeg(640, 360)
    assert jpeg_size(whole) == (640, 360)
    assert jpeg_size(whole[:8]) is None
    assert jpeg_size(b"\x89PNG" + whole) is None
