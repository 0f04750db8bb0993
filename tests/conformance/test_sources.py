"""What every source keeps to, whatever it reads."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from made_media import make_picture, make_video
from wayside.decode.decoder import Decoder
from wayside.domain.media import Session, Source
from wayside.ingest.sources import source_for


def folder_of_pictures(folder: Path) -> Path:
    folder = folder / "pictures"
    folder.mkdir()
    for index, suffix in enumerate((".jpg", ".png", ".bmp", ".webp", ".jpg")):
        make_picture(folder / f"img{index + 7}{suffix}", index)
    return folder


def video(name: str, **how: object) -> Callable[[Path], Path]:
    return lambda folder: make_video(folder / name, frames=12, **how)  # type: ignore[arg-type]


INPUTS = {
    "mp4": video("a.mp4"),
    "mp4 with sound": video("a.mp4", sound=True),
    "mp4 mpeg4": video("a.mp4", codec="mpeg4"),
    "mkv": video("a.mkv"),
    "webm": video("a.webm", codec="libvpx-vp9"),
    "avi": video("a.avi", codec="mpeg4"),
    "transport stream": video("a.ts"),
    "program stream": video("a.mpg", codec="mpeg2video"),
    "flv": video("a.flv"),
    "wmv": video("a.wmv", codec="wmv2"),
    "motion jpeg avi": video("a.avi", codec="mjpeg", pixels="yuvj420p"),
    "bare h264": video("a.h264"),
    "bare mpeg2": video("a.m2v", codec="mpeg2video", container="mpeg2video"),
    "bare mjpeg": video("a.mjpeg", codec="mjpeg", pixels="yuvj420p"),
    "ten bits": video("a.mp4", pixels="yuv420p10le"),
    "folder of pictures": folder_of_pictures,
}


@pytest.fixture(params=INPUTS)
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    return source_for(INPUTS[request.param](tmp_path))


@pytest.fixture
def session(source: Source) -> Session:
    session = source.open()
    yield session
    session.close()


def test_a_source_has_a_name_and_opens_again(source: Source) -> None:
    assert source.name
    first, second = source.open(), source.open()
    assert first.id != second.id
    assert len(int(first.id, 16).to_bytes(8, "big")) == 8
    assert [p.size for p in first.packets()] == [p.size for p in second.packets()]
    first.close()
    second.close()


def test_the_format_is_told_before_the_first_packet(session: Session) -> None:
    stream = session.format
    assert (stream.width, stream.height) == (64, 48)
    assert stream.time_base > 0
    assert stream.rotation == 0
    assert stream.rate is None or stream.rate > 0


def test_the_start_is_a_time_with_a_zone(session: Session) -> None:
    assert session.start.tzinfo is UTC
    assert datetime(2020, 1, 1, tzinfo=UTC) < session.start


def test_packets_are_whole_and_begin_with_a_keyframe(session: Session) -> None:
    packets = list(session.packets())
    assert len(packets) == (5 if session.format.codec == "pictures" else 12)
    assert packets[0].is_keyframe
    assert all(packet.size > 0 and not packet.is_corrupt for packet in packets)
    assert all(packet.time_base == session.format.time_base for packet in packets)


def test_all_pictures_decode_in_time_order(session: Session) -> None:
    decoder = Decoder(session.format)
    frames = [frame for packet in session.packets() for frame in decoder.decode(packet)]
    frames += decoder.flush()
    rate = 1.0 if session.format.codec == "pictures" else 25.0
    assert len(frames) == (5 if session.format.codec == "pictures" else 12)
    assert [f.time.t_s for f in frames] == pytest.approx(
        [index / rate for index in range(len(frames))], abs=2e-3
    )
    assert not any(frame.is_corrupt for frame in frames)
    assert decoder.decode_errors == decoder.discontinuities == 0
    for frame in frames:
        assert frame.luma(32, 24).shape == (24, 32)
        blue, _, red = frame.bgr()[8, 8].astype(int)
        assert red - blue > 80  # the red corner is where it was painted


def test_progress_goes_from_start_to_end_and_never_back(session: Session) -> None:
    seen = [session.position]  # type: ignore[attr-defined]
    seen += [session.position for _ in session.packets()]  # type: ignore[attr-defined]
    assert seen[0] == 0.0
    assert seen == sorted(seen)
    assert session.position == 1.0  # type: ignore[attr-defined]
    assert session.bytes_read > 0  # type: ignore[attr-defined]


def test_closing_ends_the_packets_and_may_be_repeated(session: Session) -> None:
    packets = session.packets()
    next(packets)
    session.close()
    session.close()
    assert list(packets) == []
