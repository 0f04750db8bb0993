from __future__ import annotations

import errno
import os
import struct
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import av
import pytest

from fault import bad_media
from made_media import make_picture, make_sound, make_video
from wayside.domain.errors import SourceMissing, SourceRefused, SourceUnreadable
from wayside.ingest import file as file_module
from wayside.ingest.file import FileSession, FileSource


def test_the_format_comes_from_the_container(tmp_path: Path) -> None:
    with FileSource(make_video(tmp_path / "a.mp4", frames=50)).open() as session:
        stream = session.format
    assert (stream.codec, stream.width, stream.height, stream.rotation) == ("h264", 64, 48, 0)
    assert stream.rate == 25.0
    assert stream.duration_s == pytest.approx(2.0)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_width_and_height_are_as_displayed(rotation: int, suffix: str, tmp_path: Path) -> None:
    path = make_video(tmp_path / f"a.{suffix}", rotation=rotation)
    with FileSource(path).open() as session:
        assert session.format.rotation == rotation
        shown = (session.format.width, session.format.height)
    assert shown == ((48, 64) if rotation != 180 else (64, 48))


def test_probing_takes_no_packet_away(tmp_path: Path) -> None:
    with FileSource(make_video(tmp_path / "a.mp4", frames=5)).open() as session:
        assert len(list(session.packets())) == 5


def test_a_bare_stream_has_no_rate_no_duration_and_no_times(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mjpeg", codec="mjpeg", pixels="yuvj420p", rate=60)
    with FileSource(path).open() as session:
        assert session.format.rate is None
        assert session.format.duration_s is None
        packets = list(session.packets())
    assert {(p.pts, p.dts, p.payload.pts) for p in packets} == {(None, None, None)}


def test_a_given_rate_counts_only_where_there_are_no_times(tmp_path: Path) -> None:
    bare = make_video(tmp_path / "a.h264")
    timed = make_video(tmp_path / "a.mp4")
    with FileSource(bare, rate=12.5).open() as one, FileSource(timed, rate=12.5).open() as other:
        assert (one.format.rate, other.format.rate) == (12.5, 25.0)


def test_a_given_start_is_known_and_utc(tmp_path: Path) -> None:
    start = datetime(2026, 7, 1, 10, tzinfo=timezone(timedelta(hours=2)))
    with FileSource(make_video(tmp_path / "a.mp4"), start=start).open() as session:
        assert session.start == datetime(2026, 7, 1, 8, tzinfo=UTC)
        assert session.start.tzinfo is UTC
        assert session.start_is_known


def test_the_creation_time_is_a_known_start(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mkv", metadata={"creation_time": "2024-05-01T08:00:00.000000Z"})
    with FileSource(path).open() as session:
        assert session.start == datetime(2024, 5, 1, 8, tzinfo=UTC)
        assert session.start_is_known


@pytest.mark.parametrize("written", [None, "1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z"])
def test_without_creation_time_the_age_of_the_file_is_that_of_its_end(
    written: str | None, tmp_path: Path
) -> None:
    path = make_video(
        tmp_path / "a.mkv", frames=50, metadata={"creation_time": written} if written else None
    )
    end = datetime(2026, 3, 1, 12, tzinfo=UTC)
    os.utime(path, (end.timestamp(), end.timestamp()))
    with FileSource(path).open() as session:
        assert not session.start_is_known
        assert (end - session.start).total_seconds() == pytest.approx(2.0, abs=0.05)


FAR = "9999-12-31T23:59:59-10:00"
"""In UTC it would be the year 10000."""


@pytest.mark.parametrize("text", ["yesterday", "2024-05-01T08:00:00", FAR])
def test_creation_times_of_another_form(text: str, tmp_path: Path) -> None:
    container = av.open(str(make_video(tmp_path / "a.mp4")))
    container.metadata["creation_time"] = text
    expected = None if text in ("yesterday", FAR) else datetime(2024, 5, 1, 8, tzinfo=UTC)
    assert file_module._creation_time(container) == expected
    container.close()


def test_values_without_meaning_are_refused_at_once() -> None:
    with pytest.raises(ValueError, match="time zone"):
        FileSource("a.mp4", start=datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="greater than 0"):
        FileSource("a.mp4", rate=0)


@pytest.mark.parametrize(
    "address",
    ["concat:a.mp4|b.mp4", "rtsp://user:secret@host/x", "file:///etc/passwd", "subfile,,start:a"],
)
def test_an_address_is_no_file(address: str) -> None:
    kind = SourceMissing if address.startswith("subfile,") else SourceRefused
    with pytest.raises(kind) as refusal:
        FileSource(address).open()
    assert "secret" not in str(refusal.value)


def test_a_file_may_have_a_colon_in_its_name(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4").rename(tmp_path / "concat:12:30.mp4")
    with FileSource(path).open() as session:
        assert session.format.width == 64


def test_a_relative_path_that_looks_like_an_address_is_read_as_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_video(tmp_path / "a.mp4").rename(tmp_path / "concat:a.mp4")
    monkeypatch.chdir(tmp_path)
    with FileSource("concat:a.mp4").open() as session:
        assert session.format.width == 64


def test_what_is_neither_file_nor_folder_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    with pytest.raises(SourceRefused, match="pipe"):
        FileSource(tmp_path / "pipe.mp4").open()
    with pytest.raises(SourceUnreadable, match="a folder"):
        FileSource(tmp_path).open()
    with pytest.raises(SourceUnreadable, match="cannot be reached"):
        FileSource(tmp_path / ("x" * 300)).open()
    (tmp_path / "plain").write_text("x")
    with pytest.raises(SourceMissing):
        FileSource(tmp_path / "plain" / "a.mp4").open()


@pytest.mark.parametrize(
    ("number", "words"), [(errno.EACCES, "may not read"), (errno.EIO, "cannot be read")]
)
def test_a_file_that_may_not_be_read(
    number: int, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    path = make_video(tmp_path / "a.mp4")
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(SourceUnreadable, match=words):
        FileSource(path).open()


def test_the_cover_of_a_song_is_no_video(tmp_path: Path) -> None:
    cover = make_picture(tmp_path / "cover.jpg").read_bytes()
    song = make_sound(tmp_path / "song.m4a").read_bytes()

    def box(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I4s", 8 + len(content), kind) + content

    data = box(b"data", struct.pack(">II", 13, 0) + cover)
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    meta = box(b"meta", bytes(4) + handler + box(b"ilst", box(b"covr", data)))
    extra = box(b"udta", meta)
    at = song.index(b"moov") - 4
    size = int.from_bytes(song[at : at + 4], "big")
    assert at + size == len(song)
    path = tmp_path / "covered.m4a"
    path.write_bytes(song[:at] + struct.pack(">I", size + len(extra)) + song[at + 4 :] + extra)
    with av.open(str(path)) as container:
        assert len(container.streams.video) == 1  # FFmpeg does offer it as one
    with pytest.raises(SourceUnreadable, match="sound only"):
        FileSource(path).open()


def test_the_empty_stand_ins_of_packed_pictures_are_no_keyframes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_video(tmp_path / "a.mjpeg", codec="mjpeg", pixels="yuvj420p", frames=3)
    with FileSource(path).open() as session:
        monkeypatch.setattr(file_module, "_PLACEHOLDER", 10_000)
        assert [p.is_keyframe for p in session.packets()] == [False] * 3


class FailingDemuxer:
    """Stands in for a container: errors and packets in a set order."""

    def __init__(self, steps: list[object]) -> None:
        self.steps = steps

    def demux(self, _stream: object) -> FailingDemuxer:
        return self

    def __iter__(self) -> FailingDemuxer:
        return self

    def __next__(self) -> object:
        if not self.steps:
            raise StopIteration
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def close(self) -> None:
        self.steps.clear()


def scripted(path: Path, steps: list[object]) -> FileSession:
    session = FileSource(path).open()
    session._container.close()
    session._probed.clear()
    session._container = session._demuxer = FailingDemuxer(steps)
    return session


def bad_data() -> av.error.InvalidDataError:
    return av.error.InvalidDataError(errno.EINVAL, "bad")


def packet(size: int = 10, *, corrupt: bool = False) -> av.Packet:
    made = av.Packet(size)
    made.pts = made.dts = 0
    made.is_corrupt = corrupt
    return made


def test_reading_goes_on_over_errors_and_counts_them(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", frames=3)
    steps = [packet(), bad_data(), bad_data(), packet(corrupt=True), packet(0), packet()]
    session = scripted(path, steps)
    got = list(session.packets())
    assert [p.is_corrupt for p in got] == [False, True, False]
    assert (session.demux_errors, session.corrupt_packets, session.bytes_read) == (2, 1, 30)


def test_endless_errors_end_the_file(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", frames=3)
    session = scripted(path, [packet(), *(bad_data() for _ in range(1000)), packet()])
    assert len(list(session.packets())) == 1
    assert session.demux_errors == 64
    assert session.position == 1.0


def test_a_failing_disk_is_an_error(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", frames=3)
    session = scripted(path, [av.error.OSError(errno.EIO, "io") for _ in range(100)])
    with pytest.raises(SourceUnreadable, match="disk"):
        list(session.packets())


def test_a_failed_open_leaves_nothing_open(tmp_path: Path) -> None:
    path = bad_media.header_only(tmp_path)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with pytest.raises(SourceUnreadable):
            FileSource(path).open()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_a_closed_session_holds_no_file(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4")
    before = len(list(Path("/proc/self/fd").iterdir()))
    session = FileSource(path).open()
    assert len(list(Path("/proc/self/fd").iterdir())) == before + 1
    session.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_progress_of_a_bare_stream_counts_bytes(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.h264", frames=20)
    with FileSource(path).open() as session:
        seen = [session.position for _ in session.packets()]
        assert session.bytes_read == path.stat().st_size
    assert 0 < seen[0] < 1
    assert seen[-1] == pytest.approx(1.0)


def test_progress_without_times_or_places_counts_bytes_handed_out(tmp_path: Path) -> None:
    session = scripted(make_video(tmp_path / "a.h264", frames=3), [packet(20), packet(20)])
    session._bytes = 40
    assert [session.position for _ in session.packets()] == [0.5, 1.0]
