"""Builders of inputs that are no good video, each in its own way.

Each takes a folder to build in and returns the path to hand to wayside.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from made_media import make_picture, make_sound, make_video


def missing(folder: Path) -> Path:
    """Nothing there."""
    return folder / "missing.mp4"


def directory(folder: Path) -> Path:
    """A folder without pictures."""
    path = folder / "empty folder"
    path.mkdir()
    (path / "notes.txt").write_text("no pictures here\n")
    return path


def empty(folder: Path) -> Path:
    """A file of no bytes."""
    path = folder / "empty.mp4"
    path.touch()
    return path


def text(folder: Path) -> Path:
    """Text with a video's name."""
    path = folder / "text.mp4"
    path.write_text("the quick brown fox jumps over the lazy dog\n" * 100)
    return path


def text_by_name(folder: Path) -> Path:
    """Text with a text's name, which FFmpeg would play as a terminal recording."""
    path = folder / "notes.txt"
    path.write_text("the quick brown fox jumps over the lazy dog\n" * 100)
    return path


def noise(folder: Path) -> Path:
    """Random bytes with a video's name."""
    path = folder / "noise.mp4"
    path.write_bytes(np.random.default_rng(1).bytes(100_000))
    return path


def audio_only(folder: Path) -> Path:
    """A video's container with sound only."""
    return make_sound(folder / "sound.mp4")


def audio_file(folder: Path) -> Path:
    """A plain sound file."""
    return make_sound(folder / "sound.wav", "pcm_s16le")


def truncated_mp4(folder: Path) -> Path:
    """The first half of an MP4 whose index stood at its end."""
    whole = make_video(folder / "whole.mp4", frames=50).read_bytes()
    path = folder / "truncated.mp4"
    path.write_bytes(whole[: len(whole) // 2])
    return path


def truncated_playable(folder: Path) -> Path:
    """The first two thirds of an MPEG transport stream, which needs no index."""
    whole = make_video(folder / "whole.ts", frames=50).read_bytes()
    path = folder / "truncated.ts"
    path.write_bytes(whole[: len(whole) * 2 // 3])
    return path


def header_only(folder: Path) -> Path:
    """An AVI that was cut off right after its header."""
    whole = make_video(folder / "whole.avi", codec="mpeg4").read_bytes()
    path = folder / "header.avi"
    path.write_bytes(whole[: whole.index(b"movi") + 4])
    return path


def corrupted_middle(folder: Path) -> Path:
    """An MP4 of 60 frames, keyframes every 20, with frames 25 to 30 or so overwritten by noise."""
    path = make_video(
        folder / "corrupted.mp4",
        frames=60,
        size=(160, 120),
        options={"g": "20", "keyint_min": "20", "sc_threshold": "0", "bf": "0", "qp": "10"},
    )
    content = bytearray(path.read_bytes())
    start = content.index(b"mdat") + 4
    end = content.index(b"moov")
    at = start + (end - start) * 9 // 20
    size = (end - start) // 20
    # 0x55: no start code, no valid slice, and the same at every run.
    content[at : at + size] = b"\x55" * size
    path.write_bytes(bytes(content))
    return path


def huge_header(folder: Path) -> Path:
    """A bare H.264 stream whose header asks for 16384 x 16384 pixels."""
    whole = make_video(folder / "small.h264", options={"profile": "baseline"}).read_bytes()
    start = whole.index(b"\x00\x00\x00\x01\x67") + 4
    end = whole.index(b"\x00\x00\x00\x01\x68")
    path = folder / "huge.h264"
    path.write_bytes(whole[:start] + _sequence_parameters(1024, 1024) + whole[end:])
    return path


def large_header(folder: Path) -> Path:
    """A bare H.264 stream of 12000 x 12000 pixels: FFmpeg would take it, wayside does not."""
    path = huge_header(folder)
    content = path.read_bytes()
    huge, large = _sequence_parameters(1024, 1024), _sequence_parameters(750, 750)
    path.write_bytes(content.replace(huge, large))
    return path


def huge_pictures(folder: Path) -> Path:
    """A motion JPEG AVI whose every header asks for 16384 x 16384 pixels."""
    path = make_video(folder / "huge.avi", codec="mjpeg", pixels="yuvj420p", frames=5)
    content = path.read_bytes()
    small, huge = (64, 48), (16384, 16384)
    content = content.replace(struct.pack("<II", *small), struct.pack("<II", *huge))
    # Start of frame: marker, length 17, precision 8, height, width.
    frame = b"\xff\xc0\x00\x11\x08"
    content = content.replace(
        frame + struct.pack(">HH", *small[::-1]), frame + struct.pack(">HH", *huge)
    )
    path.write_bytes(content)
    return path


def claimed_samples(folder: Path) -> Path:
    """An MP4 of 3 kB whose first fragment claims 84 million samples, of 24 bytes in an index."""
    fragmented = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}
    path = make_video(folder / "claimed.mp4", options={"g": "10"}, container_options=fragmented)
    content = bytearray(path.read_bytes())
    at = content.index(b"trun") + 4
    content[at : at + 8] = struct.pack(">II", 0, 5 << 24)  # all as the track's defaults say
    path.write_bytes(bytes(content))
    return path


def _sequence_parameters(columns: int, rows: int) -> bytes:
    """An H.264 SPS (ITU-T H.264, 7.3.2.1.1), baseline, of so many macroblocks of 16 x 16."""

    def exp_golomb(value: int) -> str:
        code = f"{value + 1:b}"
        return "0" * (len(code) - 1) + code

    bits = "".join(f"{byte:08b}" for byte in (66, 0xC0, 62))  # profile, constraints, level
    # id, frame number bits, order count type 2, references, gaps, size, then flags and stop bit
    bits += exp_golomb(0) + exp_golomb(0) + exp_golomb(2) + exp_golomb(1) + "0"
    bits += exp_golomb(columns - 1) + exp_golomb(rows - 1) + "1" + "1" + "0" + "0" + "1"
    bits += "0" * (-len(bits) % 8)
    return b"\x67" + bytes(int(bits[at : at + 8], 2) for at in range(0, len(bits), 8))


def playlist(folder: Path) -> Path:
    """An HLS playlist that names a file beside it."""
    make_video(folder / "segment.ts")
    path = folder / "playlist.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsegment.ts\n#EXT-X-ENDLIST\n")
    return path


def concat_script(folder: Path) -> Path:
    """FFmpeg's list of files, under a video's name."""
    make_video(folder / "part.mp4")
    path = folder / "list.mp4"
    path.write_text("ffconcat version 1.0\nfile 'part.mp4'\n")
    return path


def session_description(folder: Path) -> Path:
    """An SDP file, which makes FFmpeg listen on the network."""
    path = folder / "session.sdp"
    path.write_text(
        "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
    )
    return path


def single_picture(folder: Path) -> Path:
    """One JPEG."""
    return make_picture(folder / "picture.jpg")


def mutated(folder: Path, seed: int) -> Path:
    """One of four kinds of video with 1 to 200 random bytes changed anywhere, its header too."""
    random = np.random.default_rng(seed)
    suffix, codec = [("mp4", "libx264"), ("avi", "mpeg4"), ("ts", "libx264"), ("mkv", "mpeg4")][
        seed % 4
    ]
    path = make_video(folder / f"mutated.{suffix}", codec=codec, options={"g": "10"})
    content = bytearray(path.read_bytes())
    for at in random.integers(0, len(content), random.integers(1, 200)):
        content[at] = random.integers(256)
    path.write_bytes(bytes(content))
    return path


NOT_VIDEO: dict[str, Callable[[Path], Path]] = {
    build.__name__: build
    for build in (
        missing,
        directory,
        empty,
        text,
        text_by_name,
        noise,
        audio_only,
        audio_file,
        truncated_mp4,
        header_only,
        huge_header,
        large_header,
        huge_pictures,
        claimed_samples,
        playlist,
        concat_script,
        session_description,
        single_picture,
    )
}
"""All that must end in a SourceError before any work is done."""
