"""Bad media does no harm: a clear error at the door, or marked pictures behind it."""

from __future__ import annotations

import threading
from itertools import pairwise
from pathlib import Path

import pytest

from fault import bad_media
from wayside.decode.decoder import Decoder
from wayside.domain.errors import (
    SourceError,
    SourceMissing,
    SourceRefused,
    SourceUnreadable,
)
from wayside.domain.media import RawFrame
from wayside.ingest.sources import source_for

EXPECTED = {
    "missing": (SourceMissing, "no such file"),
    "directory": (SourceUnreadable, "without pictures"),
    "empty": (SourceUnreadable, "empty"),
    "text": (SourceUnreadable, "text file"),
    "text_by_name": (SourceUnreadable, "text file"),
    "noise": (SourceUnreadable, "not a kind of video"),
    "audio_only": (SourceUnreadable, "sound only"),
    "audio_file": (SourceUnreadable, "sound only"),
    "truncated_mp4": (SourceUnreadable, "ends before its index"),
    "header_only": (SourceUnreadable, "without any picture"),
    "huge_header": (SourceRefused, "far over the limit"),
    "large_header": (SourceRefused, "12000 x 12000"),
    "huge_pictures": (SourceRefused, "far over the limit"),
    "claimed_samples": (SourceUnreadable, "claims more than is held"),
    "playlist": (SourceRefused, "points to other files"),
    "concat_script": (SourceRefused, "points to other files"),
    "session_description": (SourceRefused, "points to other files"),
    "single_picture": (SourceUnreadable, "single picture"),
}


def read_all(path: Path) -> tuple[list[RawFrame], Decoder]:
    session = source_for(path).open()
    decoder = Decoder(session.format)
    try:
        frames = [frame for packet in session.packets() for frame in decoder.decode(packet)]
        return frames + decoder.flush(), decoder
    finally:
        session.close()


def test_every_bad_input_has_an_expectation() -> None:
    assert EXPECTED.keys() == bad_media.NOT_VIDEO.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_is_refused_before_anything_runs(name: str, tmp_path: Path) -> None:
    path = bad_media.NOT_VIDEO[name](tmp_path)
    kind, words = EXPECTED[name]
    threads = threading.active_count()
    with pytest.raises(SourceError) as refusal:
        source_for(path).open()
    assert type(refusal.value) is kind
    assert words in refusal.value.what
    assert refusal.value.where == str(path)
    assert refusal.value.remedy
    assert threading.active_count() == threads


def test_damage_is_marked_from_its_place_to_the_next_keyframe(tmp_path: Path) -> None:
    frames, decoder = read_all(bad_media.corrupted_middle(tmp_path))
    marks = [frame.is_corrupt for frame in frames]
    first, last = marks.index(True), len(marks) - 1 - marks[::-1].index(True)
    assert decoder.corrupt_frames == sum(marks) > 0
    assert not any(marks[:20])
    assert all(marks[first : last + 1])
    assert not any(marks[last + 1 :])
    assert len(marks) - last > 19  # the last group of 20 is clean again
    times = [frame.time.t_s for frame in frames]
    assert times == sorted(set(times))


def test_a_cut_transport_stream_plays_what_is_there(tmp_path: Path) -> None:
    frames, decoder = read_all(bad_media.truncated_playable(tmp_path))
    assert 20 < len(frames) < 50
    assert decoder.decode_errors <= 1


@pytest.mark.parametrize("seed", range(12))
def test_random_damage_ends_in_frames_or_in_a_clear_error(seed: int, tmp_path: Path) -> None:
    path = bad_media.mutated(tmp_path, seed)
    try:
        frames, _ = read_all(path)
    except SourceError:
        return  # refused in plain words, which is as good
    times = [frame.time.t_s for frame in frames]
    assert all(later > earlier for earlier, later in pairwise(times))
    for frame in frames:
        assert frame.luma(32, 24).shape == (24, 32)
