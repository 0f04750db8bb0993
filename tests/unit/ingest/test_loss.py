"""Lost pictures, told from their numbers; checked on what x264 writes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from made_media import make_video
from wayside.domain.media import Packet
from wayside.ingest.file import FileSource
from wayside.ingest.loss import FrameNumbers, numbering

STREAMS = {
    "plain": {"tune": "zerolatency"},
    "baseline": {"profile": "baseline"},
    "pictures that no other refers to": {"bf": "2", "x264-params": "b-pyramid=0"},
    "b pyramid": {"bf": "3", "x264-params": "b-pyramid=normal"},
    "slices": {"tune": "zerolatency", "x264-params": "slices=3"},
    "matrices": {"x264-params": "cqm=jvt"},
}


def heads(folder: Path, options: dict[str, str]) -> list[tuple[Packet, bytes]]:
    path = make_video(folder / "a.ts", frames=60, options={"g": "25"} | options)
    with FileSource(path).open() as session:
        packets = list(session.packets())
    return [(packet, bytes(packet.payload)[:512]) for packet in packets]


@pytest.mark.parametrize("name", STREAMS)
def test_a_whole_stream_misses_nothing(tmp_path: Path, name: str) -> None:
    numbers = FrameNumbers(None)
    assert not any(numbers.lost(head) for _, head in heads(tmp_path, STREAMS[name]))


@pytest.mark.parametrize("name", ["plain", "baseline", "slices", "matrices"])
@pytest.mark.parametrize("at", [3, 20, 40])
def test_a_picture_left_out_is_missed_at_the_next(tmp_path: Path, name: str, at: int) -> None:
    stream = heads(tmp_path, STREAMS[name] | {"bf": "0"})
    del stream[at]
    numbers = FrameNumbers(None)
    missed = [index for index, (_, head) in enumerate(stream) if numbers.lost(head)]
    assert missed == [at]


def test_without_parameters_nothing_is_claimed() -> None:
    numbers = FrameNumbers(None)
    assert not any(numbers.lost(head) for head in (b"", b"\0\0\1\x41\x9a", b"\0\0\1\x65"))
    assert numbering(b"\0\0\1\x67") is None


@given(st.binary(max_size=60))
def test_any_bytes_are_harmless(content: bytes) -> None:
    found = numbering(b"\0\0\1\x67" + content)
    assert found is None or 4 <= found.bits <= 16
    numbers = FrameNumbers(b"\0\0\1\x67" + content)
    assert numbers.lost(b"\0\0\1\x41" + content) in (True, False)
