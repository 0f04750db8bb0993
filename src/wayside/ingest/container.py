"""Open a media file with FFmpeg, and nothing that only looks like one.

FFmpeg opens far more than video: playlists that name other files and hosts,
session descriptions, any text as a terminal recording. So both what it may
read (protocols) and how (demuxers) are lists of what we want; the rest is
named for the reader and turned away.
"""

from __future__ import annotations

import errno
from pathlib import Path

import av
from av.container import InputContainer
from av.error import FFmpegError

from wayside.domain.errors import SourceError, SourceRefused, SourceUnreadable
from wayside.domain.media import MAX_PIXELS
from wayside.ingest.ffmpeg import prepare

VIDEO_DEMUXERS = (
    "mov", "mp4", "matroska", "webm", "avi", "mpegts", "mpeg", "flv", "asf", "ogg", "gif", "ivf",
    "h264", "hevc", "mpegvideo", "m4v", "mjpeg",
)  # fmt: skip
"""FFmpeg's names of the containers and elementary streams that a feed may be."""

PICTURE_DEMUXERS = ("jpeg_pipe", "png_pipe", "bmp_pipe", "webp_pipe")
"""FFmpeg's names of the kinds of single picture that a folder may hold."""

_HEAD = 4096
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"v=0", b"<?xml", b"<MPD", b"[playlist]", b"<ASX")
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"BM", b"II*\0", b"MM\0*")
_SOUND = (b"ID3", b"fLaC", b"\xff\xfb", b"\xff\xf3", b"\xff\xf1", b"\xff\xf9", b"OggS", b"#!AMR")
_BOXES = (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip")


def open_container(path: Path, demuxers: tuple[str, ...] = VIDEO_DEMUXERS) -> InputContainer:
    """The opened container. The caller closes it.

    Raises SourceUnreadable or SourceRefused, with the reason in plain words.
    """
    prepare()
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": ",".join(demuxers),
        # FFmpeg decodes a picture while it probes; measured for a header of
        # 8208 x 8208: 56 MB resident with this limit, 190 MB without.
        "max_pixels": str(MAX_PIXELS),
    }
    try:
        # An absolute path starts with "/", so FFmpeg cannot take it for an address.
        return av.open(str(path.absolute()), mode="r", options=options, metadata_errors="replace")
    except FFmpegError as error:
        raise _explained(path, error) from error


def read_head(path: Path) -> bytes:
    """The first 4 KiB. Raises SourceUnreadable where the file may not be read, or is empty."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as error:
        reason = (
            "this user may not read the file"
            if error.errno in (errno.EACCES, errno.EPERM)
            else f"the file cannot be read ({error.strerror})"
        )
        raise SourceUnreadable(
            reason, where=str(path), remedy="Check its permissions and its disk"
        ) from error
    if not head:
        raise SourceUnreadable(
            "the file is empty", where=str(path), remedy="Copy or export it again"
        )
    return head


def _explained(path: Path, error: FFmpegError) -> SourceError:
    """What the file is instead of a video, judged by its first bytes."""
    head = read_head(path)
    where = str(path)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(_PLAYLISTS):
        return SourceRefused(
            "a list that points to other files or hosts, not a video",
            where=where,
            remedy="Give the video files themselves",
        )
    if head[4:8] in _BOXES and not _has_index(path):
        return SourceUnreadable(
            "the file ends before its index; it was probably cut off while copying or recording",
            where=where,
            remedy="Copy it again, or repair it with a tool such as untrunc",
        )
    what, remedy = _guess(head, start)
    if error.errno == errno.EIO:
        what, remedy = "the disk fails while reading", "Check the disk and the cable"
    if error.errno == errno.ENOMEM:
        what = "its index claims more than is held in memory; it is damaged, or far too long"
    return SourceUnreadable(what, where=where, remedy=remedy)


def _guess(head: bytes, start: bytes) -> tuple[str, str]:
    """(what it is, what to do) for a file in which FFmpeg found no video."""
    if head.startswith(_PICTURES) or head[8:12] == b"WEBP":
        return "a single picture, not a video", "To read pictures, give the folder they are in"
    if head.startswith(_SOUND) or head[8:12] in (b"WAVE", b"AIFF"):
        return "sound only, without any picture", "Give a file with a video stream"
    if start and all(byte >= 32 or byte in b"\t\r\n\f\x1b" for byte in head):
        return "a text file, not a video", "Give a video file, such as .mp4, .mkv, .avi or .ts"
    return (
        "not a kind of video that wayside reads, or damaged from its first byte",
        "If a player shows it, convert it: ffmpeg -i FILE -c copy out.mkv",
    )


def _has_index(path: Path) -> bool:
    """True where an MP4 has a complete ``moov`` box, which says where each picture lies."""
    size = path.stat().st_size
    with path.open("rb") as file:
        at = 0
        while at + 8 <= size:
            file.seek(at)
            header = file.read(16)
            length, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if length == 1:
                length = int.from_bytes(header[8:16], "big")
            if kind == b"moov":
                return 8 <= length <= size - at
            if length < 8:
                return False
            at += length
    return False
