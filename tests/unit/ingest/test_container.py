from __future__ import annotations

import errno
import struct
from pathlib import Path

import av
import pytest

from fault import bad_media
from made_media import make_video
from wayside.domain.errors import SourceRefused, SourceUnreadable
from wayside.ingest import container as container_module
from wayside.ingest.container import open_container, read_head


def test_only_listed_kinds_open(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    with open_container(path) as opened:
        assert "mp4" in opened.format.name
    with pytest.raises(SourceUnreadable):
        open_container(path, ("avi",))


def test_the_content_counts_not_the_name(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4").rename(tmp_path / "a.txt")
    with open_container(path) as opened:
        assert "mp4" in opened.format.name


def test_a_playlist_opens_nothing_it_names(tmp_path: Path) -> None:
    path = bad_media.playlist(tmp_path)
    (tmp_path / "segment.ts").unlink()
    with pytest.raises(SourceRefused):
        open_container(path)


def test_the_head_is_read_or_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 10_000)
    assert len(read_head(tmp_path / "a")) == 4096
    (tmp_path / "b").touch()
    with pytest.raises(SourceUnreadable, match="empty"):
        read_head(tmp_path / "b")


def test_a_failing_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise av.error.OSError(errno.EIO, "Input/output error")

    path = make_video(tmp_path / "a.mp4")
    monkeypatch.setattr(container_module.av, "open", fail)
    with pytest.raises(SourceUnreadable, match="disk"):
        open_container(path)


def box(kind: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


LARGE = struct.pack(">I4sQ", 1, b"mdat", 24) + bytes(8)


@pytest.mark.parametrize(
    ("content", "has"),
    [
        (box(b"ftyp") + box(b"moov", bytes(40)), True),
        (box(b"ftyp") + LARGE + box(b"moov", bytes(8)), True),
        (box(b"ftyp") + box(b"mdat", bytes(100)), False),
        (box(b"ftyp") + box(b"moov", bytes(40))[:-1], False),
        (box(b"ftyp") + struct.pack(">I4s", 0, b"mdat") + bytes(50), False),
        (box(b"ftyp") + struct.pack(">I4s", 9999, b"mdat") + bytes(50), False),
    ],
)
def test_the_index_of_an_mp4_is_found(content: bytes, has: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(content)
    assert container_module._has_index(path) is has
