"""Keyframes tell when a stream goes on in another size or codec."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from made_media import make_video
from wayside.domain.media import Packet, StreamFormat
from wayside.ingest.changes import SizeWatch, decoded_size, parameter_set
from wayside.ingest.file import FileSource

CODECS = {"h264": "libx264", "hevc": "libx265"}


def read(
    folder: Path, codec: str, size: tuple[int, int], *, crf: str = "23"
) -> tuple[StreamFormat, list[Packet]]:
    quiet = {"x265-params": "log-level=none"} if codec == "hevc" else {}
    path = make_video(
        folder / f"{codec}{size[0]}{crf}.ts", codec=CODECS[codec], size=size, frames=8,
        options={"crf": crf, "g": "4"} | quiet,
    )  # fmt: skip
    with FileSource(path).open() as session:
        return session.format, list(session.packets())


@pytest.mark.parametrize("codec", CODECS)
def test_another_size_is_told_with_its_first_keyframe(tmp_path: Path, codec: str) -> None:
    form, packets = read(tmp_path, codec, (64, 64))
    _, larger = read(tmp_path, codec, (128, 96))
    watch = SizeWatch(form)
    keys = [packet for packet in packets if packet.is_keyframe]
    assert keys
    assert [watch.changed(packet.payload) for packet in keys] == [None] * len(keys)
    assert watch.changed(larger[0].payload) == (128, 96)
    assert decoded_size(larger[0].payload, codec) == (128, 96)


@pytest.mark.parametrize("codec", CODECS)
def test_other_parameters_of_the_same_size_are_no_change(tmp_path: Path, codec: str) -> None:
    form, packets = read(tmp_path, codec, (64, 64))
    _, others = read(tmp_path, codec, (64, 64), crf="40")
    watch = SizeWatch(form)
    assert watch.changed(packets[0].payload) is None
    assert watch.changed(others[0].payload) is None


@pytest.mark.parametrize(("codec", "other"), [("h264", "hevc"), ("hevc", "h264")])
def test_packets_of_another_codec_are_foreign(tmp_path: Path, codec: str, other: str) -> None:
    form, packets = read(tmp_path, codec, (64, 64))
    _, strange = read(tmp_path, other, (64, 64))
    watch = SizeWatch(form)
    assert not any(watch.is_foreign(packet.payload) for packet in packets)
    assert [watch.is_foreign(packet.payload) for packet in strange[:4]] == [False] * 3 + [True]


def test_what_is_cut_off_has_no_parameters() -> None:
    assert parameter_set(b"", "h264") is None
    assert parameter_set(b"\0\0\1", "h264") is None
    assert parameter_set(b"\0\0\1\x67\x01\x02\0\0\0\1\x68", "h264") == b"\x67\x01\x02"
    assert decoded_size(av.Packet(b"\0\0\1\x67\x01"), "h264") is None
