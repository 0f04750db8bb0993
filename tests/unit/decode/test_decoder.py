from __future__ import annotations

import threading
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from made_media import make_picture, make_video
from wayside.decode.decoder import Decoder
from wayside.domain.errors import SourceUnreadable
from wayside.domain.media import Packet, RawFrame, StreamFormat
from wayside.ingest.file import FileSource
from wayside.ingest.pictures import PictureFolderSource
from wayside.ingest.sources import source_for

GROUPS = {"g": "10", "keyint_min": "10", "sc_threshold": "0", "bf": "2", "qp": "4"}

# Pictures that FFmpeg 8.1 and its own player show. The bicycle clip's edit list hides 8 of the
# 467 that its container counts; the AVI counts one more than it has.
SHOWN = {
    "dashcam_udacity_solidWhiteRight.mp4": 221,
    "driver_face2_eyes_incluit.mp4": 203,
    "intel_car-detection.mp4": 377,
    "intel_face-walking_preview.mp4": 35,
    "intel_head-pose-female-and-male.h264": 300,
    "intel_one-by-one-person-detection.mp4": 1394,
    "intel_person-bicycle-car-detection_39s.mp4": 459,
    "intel_store-aisle_preview.mp4": 67,
    "night_wet_square_roboflow.mp4": 431,
    "road_approach_bgs_video03.avi": 1699,
}


def opened(path: Path) -> tuple[StreamFormat, list[Packet]]:
    with FileSource(path).open() as session:
        return session.format, list(session.packets())


def frames_of(decoder: Decoder, packets: list[Packet]) -> list[RawFrame]:
    return [f for packet in packets for f in decoder.decode(packet)] + decoder.flush()


def damaged(packet: Packet) -> Packet:
    """The packet with its second half lost."""
    payload = av.Packet(bytes(packet.payload)[: packet.size // 2])
    payload.pts, payload.dts = packet.pts, packet.dts
    payload.time_base = packet.time_base
    return replace(packet, payload=payload)


@pytest.fixture
def grouped(tmp_path: Path) -> tuple[StreamFormat, list[Packet]]:
    """40 H.264 pictures, a keyframe every 10, B-pictures between."""
    return opened(make_video(tmp_path / "a.mp4", frames=40, size=(160, 120), options=GROUPS))


def test_reordered_pictures_come_in_display_order(grouped) -> None:
    stream, packets = grouped
    assert [p.pts for p in packets] != sorted(p.pts for p in packets)
    times = [frame.time for frame in frames_of(Decoder(stream), packets)]
    assert [time.pts for time in times] == sorted(p.pts for p in packets)
    assert [time.t_s for time in times] == pytest.approx([index / 25 for index in range(40)])


def test_a_damaged_packet_marks_pictures_until_the_next_keyframe(grouped) -> None:
    stream, packets = grouped
    at = max(range(11, 18), key=lambda index: packets[index].size)
    broken = [*packets[:at], damaged(packets[at]), *packets[at + 1 :]]
    decoder = Decoder(stream)
    frames = frames_of(decoder, broken)
    marked = [round(f.time.t_s * 25) for f in frames if f.is_corrupt]
    assert marked
    assert min(marked) >= 10
    assert max(marked) < 20
    assert decoder.corrupt_frames == len(marked)


def test_a_packet_marked_by_the_demuxer_marks_its_pictures(grouped) -> None:
    stream, packets = grouped
    packets[12] = replace(packets[12], is_corrupt=True)
    decoder = Decoder(stream)
    marked = [round(f.time.t_s * 25) for f in frames_of(decoder, packets) if f.is_corrupt]
    assert marked
    assert all(10 <= index < 20 for index in marked)
    assert decoder.decode_errors == 0


def test_beginning_inside_a_group_is_damage(grouped) -> None:
    stream, packets = grouped
    frames = frames_of(Decoder(stream), packets[5:])
    assert not any(f.is_corrupt for f in frames if f.time.pts >= packets[10].pts)
    early = [f for f in frames if f.time.pts < packets[10].pts]
    assert all(f.is_corrupt for f in early)


def test_a_refused_packet_is_counted_not_raised(grouped) -> None:
    stream, packets = grouped
    packets[15] = replace(packets[15], payload=av.Packet(b"\xff" * 40))
    decoder = Decoder(stream)
    frames = frames_of(decoder, packets)
    assert decoder.decode_errors == 1
    assert len(frames) >= 35


def test_a_jpeg_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    """Nothing in it is marked, and half of it is grey: it would be taken for something there."""
    path = make_video(
        tmp_path / "a.avi", codec="mjpeg", pixels="yuvj420p", frames=10, size=(640, 480)
    )
    stream_format, packets = opened(path)
    packets[4] = damaged(packets[4])
    decoder = Decoder(stream_format)
    frames = frames_of(decoder, packets)
    assert (len(frames), decoder.decode_errors) == (9, 1)
    assert not any(frame.is_corrupt for frame in frames)


def test_decoding_goes_on_after_a_flush(grouped) -> None:
    stream, packets = grouped
    decoder = Decoder(stream)
    first = frames_of(decoder, packets[:10])
    second = frames_of(decoder, packets[10:])
    assert len(first) + len(second) == 40
    assert decoder.flush() == []
    assert decoder.decode_errors == 0
    assert not any(f.is_corrupt for f in first + second)


def test_keyframes_alone_decode_and_skipped_packets_keep_time(grouped) -> None:
    stream, packets = grouped
    decoder = Decoder(stream)
    frames = []
    for packet in packets:
        if packet.is_keyframe:
            frames += decoder.decode(packet)
        else:
            decoder.skip(packet)
    frames += decoder.flush()
    assert [f.time.t_s for f in frames] == pytest.approx([0.0, 0.4, 0.8, 1.2])
    assert decoder.discontinuities == 0
    assert not any(f.is_corrupt for f in frames)


def test_the_size_may_change_in_the_middle(tmp_path: Path) -> None:
    small = opened(make_video(tmp_path / "a.h264", frames=5))
    large = opened(make_video(tmp_path / "b.h264", frames=5, size=(128, 96)))
    decoder = Decoder(small[0])
    frames = frames_of(decoder, small[1] + large[1])
    assert [f.width for f in frames] == [64] * 5 + [128] * 5
    assert all(f.luma(32, 24).shape == (24, 32) for f in frames)
    assert decoder.decode_errors == 0


@pytest.mark.parametrize("side", [16_000, 1])
def test_a_picture_beyond_the_limits_is_refused_in_the_middle(side: int, tmp_path: Path) -> None:
    small = opened(make_video(tmp_path / "a.mjpeg", codec="mjpeg", pixels="yuvj420p", frames=3))
    content = bytes(small[1][1].payload)
    at = content.index(b"\xff\xc0") + 5
    other = av.Packet(content[:at] + side.to_bytes(2, "big") * 2 + content[at + 4 :])
    small[1][1] = replace(small[1][1], payload=other)
    decoder = Decoder(small[0])
    frames = frames_of(decoder, small[1])
    assert (len(frames), decoder.decode_errors) == (2, 1)
    assert [f.is_corrupt for f in frames] == [False, False]


def test_a_stream_without_times_runs_at_25_or_as_told(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.h264", frames=6, rate=50)
    stream, packets = opened(path)
    assert stream.rate is None
    frames = frames_of(Decoder(stream), packets)
    assert frames[-1].time.t_s == pytest.approx(5 / 25)
    with FileSource(path, rate=10).open() as session:
        told = frames_of(Decoder(session.format), list(session.packets()))
    assert told[-1].time.t_s == pytest.approx(5 / 10)


def test_uneven_times_are_kept(tmp_path: Path) -> None:
    pts = [0, 40, 200, 240, 1000, 1010, 3000]
    path = make_video(tmp_path / "a.mp4", codec="mpeg4", frames=len(pts), rate=1000, pts=pts)
    stream, packets = opened(path)
    frames = frames_of(Decoder(stream), packets)
    assert [f.time.t_s for f in frames] == pytest.approx([ms / 1000 for ms in pts], abs=1e-3)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_videos_come_out_upright(rotation: int, tmp_path: Path) -> None:
    stream, packets = opened(make_video(tmp_path / "a.mp4", rotation=rotation, frames=3))
    frame = frames_of(Decoder(stream), packets)[0]
    assert (frame.width, frame.height) == (stream.width, stream.height)
    corner = {90: (4, -4), 180: (-4, -4), 270: (-4, 4)}[rotation]
    blue, _, red = frame.bgr()[corner].astype(int)
    assert red - blue > 80


def test_leaving_out_the_loop_filter_stays_close(tmp_path: Path) -> None:
    stream, packets = opened(make_video(tmp_path / "a.mp4", frames=20, options={"crf": "30"}))
    fast = frames_of(Decoder(stream), packets)
    exact = frames_of(Decoder(stream, fast=False), packets)
    kept = frames_of(Decoder(stream, loop_filter=True), packets)
    gaps = [
        np.abs(a.luma(32, 24).astype(int) - b.luma(32, 24)).mean()
        for a, b in zip(fast, exact, strict=True)
    ]
    assert max(gaps) < 4
    assert all(np.array_equal(a.luma(), b.luma()) for a, b in zip(kept, exact, strict=True))


def test_a_folder_mixes_kinds_and_sizes(tmp_path: Path) -> None:
    for index, suffix in enumerate((".jpg", ".png", ".jpg", ".webp", ".bmp")):
        make_picture(tmp_path / f"{index}{suffix}", index, size=(64 + 32 * index, 48))
    (tmp_path / "5.jpg").write_bytes(b"\xff\xd8\xff but no picture")
    make_picture(tmp_path / "6.png", 6)
    with PictureFolderSource(tmp_path).open() as session:
        decoder = Decoder(session.format)
        frames = frames_of(decoder, list(session.packets()))
    assert [f.width for f in frames] == [64, 96, 128, 160, 192, 64]
    assert [f.time.t_s for f in frames] == pytest.approx([0, 1, 2, 3, 4, 6])
    assert decoder.decode_errors == 1
    assert not any(f.is_corrupt for f in frames)


def test_what_is_no_picture_is_counted() -> None:
    stream = StreamFormat("pictures", 64, 48, 0, Fraction(1), 1.0, None, None)
    packet = Packet(0, 0, Fraction(1), 4, True, False, av.Packet(b"GIF8"))
    decoder = Decoder(stream)
    assert decoder.decode(packet) == []
    assert decoder.decode_errors == 1


@pytest.mark.parametrize("codec", ["no such codec", "aac"])
def test_an_unknown_codec_is_a_source_error(codec: str) -> None:
    stream = StreamFormat(codec, 64, 48, 0, Fraction(1), 1.0, None, None)
    with pytest.raises(SourceUnreadable) as refusal:
        Decoder(stream)
    assert codec in refusal.value.what
    assert refusal.value.remedy


def test_decoding_starts_no_thread(grouped) -> None:
    stream, packets = grouped
    before = threading.active_count(), len(list(Path("/proc/self/task").iterdir()))
    decoder = Decoder(stream)
    frames = frames_of(decoder, packets)
    frames[0].bgr(80, 60)
    assert (threading.active_count(), len(list(Path("/proc/self/task").iterdir()))) == before


@pytest.mark.clips
@pytest.mark.parametrize("name", SHOWN)
def test_real_clips_decode_whole(name: str, clips: Path) -> None:
    threads = len(list(Path("/proc/self/task").iterdir()))
    session = source_for(clips / name).open()
    decoder = Decoder(session.format)
    frames = 0
    last = -1.0
    for packet in session.packets():
        for frame in decoder.decode(packet):
            assert frame.time.t_s > last
            last = frame.time.t_s
            frames += 1
    rest = decoder.flush()
    frames += len(rest)
    session.close()
    assert frames == SHOWN[name]
    assert decoder.decode_errors == decoder.corrupt_frames == decoder.discontinuities == 0
    assert len(list(Path("/proc/self/task").iterdir())) == threads
    end = max([last, *(frame.time.t_s for frame in rest)])
    if session.format.duration_s is not None:
        assert end == pytest.approx(session.format.duration_s, abs=0.25)


def test_what_is_no_reference_can_be_left_out_at_any_time(tmp_path: Path) -> None:
    path = make_video(
        tmp_path / "b.mp4", frames=60, options={"g": "30", "bf": "2", "b_strategy": "0"}
    )
    with FileSource(path).open() as session:
        packets, form = list(session.packets()), session.format
    decoder, whole = Decoder(form), Decoder(form)
    times = [f.time.t_s for p in packets for f in whole.decode(p)]
    first = [f.time.t_s for p in packets[:30] for f in decoder.decode(p)]
    decoder.references_only = True
    middle = [f.time.t_s for p in packets[30:] for f in decoder.decode(p)]
    assert len(first) > 25
    assert 8 <= len(middle) <= 20
    assert set(first) | set(middle) <= set(times)
    assert decoder.decode_errors == 0
