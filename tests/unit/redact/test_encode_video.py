"""A video file is whole or not there, keeps the pictures' pace and takes only redacted frames."""

from __future__ import annotations

import io
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import numpy as np
import pytest

from made_pictures import media_time, noise, raw_frame
from wayside.domain.errors import OutputError, PrivacyError
from wayside.redact import encode_video
from wayside.redact.encode_video import ClipWriter, VideoWriter
from wayside.redact.frame import RedactedFrame, seal


def frame(t_s: float, width: int = 64, height: int = 48, seed: int = 0) -> RedactedFrame:
    return seal(noise(width, height, seed), media_time(t_s))


def times(path: Path) -> list[float]:
    with av.open(str(path)) as file:
        return [round(picture.time, 4) for picture in file.decode(video=0)]


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """No file may grow beyond ``size`` bytes: what a full disk does, without one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_pictures_keep_their_pace(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    moments = [10.0, 10.04, 10.5, 12.0]
    with VideoWriter(path, 64, 48, rate_hint=25) as writer:
        for t_s in moments:
            writer.write(frame(t_s))
    assert times(path) == pytest.approx([0.0, 0.04, 0.5, 2.0])
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_colours_and_index_first(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[:, :32] = (40, 180, 90)
    with VideoWriter(path, 64, 48) as writer:
        writer.write(seal(pixels, media_time(0)))
    with av.open(str(path)) as file:
        picture = next(file.decode(video=0))
        back = picture.to_ndarray(format="bgr24")
        assert (picture.width, picture.height, picture.format.name) == (64, 48, "yuv420p")
    assert np.abs(back.astype(int) - pixels)[8:40, 8:24].max() < 16
    data = path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_odd_sizes_and_other_sizes_are_fitted(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with VideoWriter(path, 65, 49) as writer:
        writer.write(frame(0.0, 65, 49))
        writer.write(frame(0.1, 128, 96))
    with av.open(str(path)) as file:
        assert {(p.width, p.height) for p in file.decode(video=0)} == {(64, 48)}


def test_time_that_stands_still_or_jumps_back_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with VideoWriter(path, 64, 48, rate_hint=10) as writer:
        for t_s in (5.0, 5.0, 1.0, 5.5):
            writer.write(frame(t_s))
    assert times(path) == pytest.approx([0.0, 0.1, 0.2, 0.5])


@pytest.mark.parametrize("rate", [0.0, -1.0, float("nan"), float("inf"), 1e9, 0.0001])
def test_a_wrong_rate_hint_does_no_harm(tmp_path: Path, rate: float) -> None:
    with VideoWriter(tmp_path / "a.mp4", 64, 48, rate_hint=rate) as writer:
        writer.write(frame(0.0))
        writer.write(frame(0.5))
    assert times(tmp_path / "a.mp4") == pytest.approx([0.0, 0.5])


@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_close_works_after_any_number(tmp_path: Path, count: int) -> None:
    path = tmp_path / "a.mp4"
    writer = VideoWriter(path, 64, 48)
    for number in range(count):
        writer.write(frame(number / 25))
    assert writer.close() == path
    assert writer.close() is None
    assert len(times(path)) == count


def test_no_picture_no_file(tmp_path: Path) -> None:
    assert VideoWriter(tmp_path / "a.mp4", 64, 48).close() is None
    assert list(tmp_path.iterdir()) == []


def write_and(path: Path, last: object) -> None:
    """Writes one picture and then another thing, or raises it."""
    with VideoWriter(path, 64, 48) as writer:
        writer.write(frame(0))
        if isinstance(last, BaseException):
            raise last
        writer.write(last)  # type: ignore[arg-type]


def test_nothing_but_redacted_frames(tmp_path: Path) -> None:
    for impostor in (raw_frame(noise(64, 48)), noise(64, 48), None):
        with pytest.raises(PrivacyError):
            write_and(tmp_path / "a.mp4", impostor)
    assert list(tmp_path.iterdir()) == []


def test_abort_leaves_what_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"before")
    writer = VideoWriter(path, 64, 48)
    writer.write(frame(0))
    writer.abort()
    writer.abort()
    assert path.read_bytes() == b"before"
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]
    with pytest.raises(OutputError, match="closed"):
        writer.write(frame(1))


def test_error_aborts_and_ctrl_c_keeps(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        write_and(tmp_path / "a.mp4", ZeroDivisionError())
    with pytest.raises(KeyboardInterrupt):
        write_and(tmp_path / "b.mp4", KeyboardInterrupt())
    assert [p.name for p in tmp_path.iterdir()] == ["b.mp4"]
    assert times(tmp_path / "b.mp4") == [0.0]


@pytest.mark.parametrize("room", [0, 100, 5_000, 40_000, 90_000, 120_000])
def test_full_disk_leaves_nothing(tmp_path: Path, room: int) -> None:
    path = tmp_path / "a.mp4"

    def write() -> None:
        with disk_of(room), VideoWriter(path, 320, 240) as writer:
            for number in range(6):
                writer.write(frame(number / 25, 320, 240, number))

    with pytest.raises(OutputError, match="room") as caught:
        write()
    assert str(path) in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_cut_file_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    with VideoWriter(path, 64, 48) as writer:
        writer.write(frame(0))
    data = path.read_bytes()
    assert encode_video._is_whole_mp4(path)
    for size in (0, 7, 40, len(data) // 2, len(data) - 1):
        path.write_bytes(data[:size])
        assert not encode_video._is_whole_mp4(path), size
    path.write_bytes(data + b"\0\0\0\1mdat" + (10**6).to_bytes(8))
    assert not encode_video._is_whole_mp4(path)


def test_cut_file_is_not_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encode_video, "_is_whole_mp4", lambda _: False)
    writer = VideoWriter(tmp_path / "a.mp4", 64, 48)
    writer.write(frame(0))
    with pytest.raises(OutputError, match="cut short"):
        writer.close()
    assert list(tmp_path.iterdir()) == []


def test_no_such_folder_and_no_such_size(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no such folder"):
        VideoWriter(tmp_path / "gone" / "a.mp4", 64, 48)
    with pytest.raises(OutputError, match="1x48"):
        VideoWriter(tmp_path / "a.mp4", 1, 48)
    (tmp_path / "a.mp4.partial").mkdir()
    with pytest.raises(OutputError):
        VideoWriter(tmp_path / "a.mp4", 64, 48)


def test_without_x264_there_is_mpeg4(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(av, "codecs_available", {"mpeg4"})
    path = tmp_path / "a.mp4"
    with VideoWriter(path, 64, 48, rate_hint=25) as writer:
        for number in range(5):
            writer.write(frame(number / 25))
    assert len(times(path)) == 5


def test_same_pictures_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        with VideoWriter(tmp_path / name, 64, 48) as writer:
            for number in range(10):
                writer.write(frame(number / 25, seed=number))
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


def test_a_clip_is_made_in_memory_and_its_index_comes_before_its_pictures() -> None:
    writer = ClipWriter(64, 48, pictures=5, rate_hint=8)
    for n in range(5):
        writer.write(frame(10.0 + n / 8, seed=n))
    made = writer.close()
    assert made is not None
    assert made[4:8] == b"ftyp"
    assert 0 < made.index(b"moov") < made.index(b"mdat")
    with av.open(io.BytesIO(made)) as file:
        assert file.streams.video[0].codec_context.name == "h264"
        shown = [round(picture.time, 4) for picture in file.decode(video=0)]
    assert shown == pytest.approx([n / 8 for n in range(5)])


def test_the_longest_clip_has_room_for_its_index() -> None:
    writer = ClipWriter(64, 48, pictures=200, rate_hint=8)
    for n in range(200):
        writer.write(frame(n / 8 + 0.001 * (n * 7 % 13), seed=n))  # no two steps alike
    made = writer.close()
    assert made is not None
    with av.open(io.BytesIO(made)) as file:
        assert sum(1 for _ in file.decode(video=0)) == 200


def test_a_clip_takes_covered_pictures_alone_and_no_more_than_were_said() -> None:
    writer = ClipWriter(64, 48, pictures=1, rate_hint=8)
    with pytest.raises(PrivacyError):
        writer.write(raw_frame(noise(64, 48)))  # type: ignore[arg-type]
    writer.write(frame(0.0))
    with pytest.raises(OutputError, match="longer"):
        writer.write(frame(0.1))
    writer.abort()
    writer.abort()


def test_a_clip_of_nothing_is_none() -> None:
    assert ClipWriter(64, 48, pictures=1, rate_hint=8).close() is None
    with pytest.raises(OutputError):
        ClipWriter(1, 48, pictures=1, rate_hint=8)
