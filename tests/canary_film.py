"""A film whose faces are marked with a colour that is nowhere else, and where that colour is found.

The picture is grey but for the chroma of the faces and of a sign in a private zone: whoever finds
the colour in what is stored or sent has found a part of a face or of the sign. Brightness stays as
it was, so a face is still found as one.
"""

from __future__ import annotations

import base64
import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from wayside.redact.faces import YuNetFaces

SIZE = 640, 360
RATE = Fraction(25, 2)
SECONDS = 8
MARK = 170, 190
"""U and V of the colour. Grey is 128, 128."""
NEAR = 14
SIGN = 560, 10, 620, 60
"""x0, y0, x1, y1 of the sign, in pixels."""
SIGN_ZONE = "[[0.86, 0.0], [0.99, 0.0], [0.99, 0.2], [0.86, 0.2]]"
CLIP = "intel_head-pose-female-and-male.h264"
_HEADS = 50  # pictures in which both look into the camera
_DATA_URI = re.compile(rb"data:(?:image|video)/[a-z0-9]+;base64,([A-Za-z0-9+/=]+)")
_CHUNK = 48


def make_canary_film(path: Path, clips: Path, weights: Path) -> Path:
    """Two marked heads and a marked sign; a block walks to and fro below them."""
    finder = YuNetFaces(weights, max_side=SIZE[0])
    heads = [_marked(picture, finder) for picture in _first(clips / CLIP)]
    there_and_back = heads + heads[::-1]
    with av.open(str(path), "w") as output:
        options = {"preset": "ultrafast", "crf": "16"}
        stream = output.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for number in range(int(SECONDS * RATE)):
            picture = there_and_back[number % len(there_and_back)].copy()
            _walk(picture, number / float(RATE))
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def marked_pixels(bgr: np.ndarray) -> int:
    """How many pixels have the colour."""
    chroma = cv2.cvtColor(bgr, cv2.COLOR_BGR2YUV)[..., 1:].astype(int)
    return int((np.abs(chroma - MARK) < NEAR).all(2).sum())


def pictures_in(blob: bytes) -> Iterator[np.ndarray]:
    """Every JPEG, PNG and MP4 that begins anywhere in some bytes, decoded, and those in base64."""
    for match in _DATA_URI.finditer(blob):
        yield from pictures_in(base64.b64decode(match.group(1)))
    for match in re.finditer(rb"\xff\xd8\xff|\x89PNG\r\n", blob):
        found = cv2.imdecode(np.frombuffer(blob, np.uint8, offset=match.start()), cv2.IMREAD_COLOR)
        if found is not None:
            yield found
    for match in re.finditer(rb"....ftyp", blob, re.DOTALL):
        try:
            with av.open(io.BytesIO(blob[match.start() :])) as file:
                yield from (frame.to_ndarray(format="bgr24") for frame in file.decode(video=0))
        except (av.FFmpegError, IndexError):
            continue  # four letters that begin no video


def blobs_of(database: Path) -> Iterator[bytes]:
    """Every value of every table, what is in the write-ahead log included.

    In the file a long value is cut into pages, so that no decoder finds it there.
    """
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        for (table,) in tables.fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield from (value for value in row if isinstance(value, bytes))


def chunks_of(film: Path) -> list[bytes]:
    """A few bytes out of each picture as the film has it: whoever stores one has stored it raw."""
    with av.open(str(film)) as file:
        packets = [bytes(packet) for packet in file.demux(video=0) if packet.size > 4 * _CHUNK]
    return [packet[at : at + _CHUNK] for packet in packets for at in (len(packet) // 2,)]


def _first(clip: Path) -> Iterator[np.ndarray]:
    with av.open(str(clip)) as file:
        for number, frame in enumerate(file.decode(video=0)):
            if number >= _HEADS:
                return
            if number % 2 == 0:
                yield cv2.resize(frame.to_ndarray(format="bgr24"), SIZE)


def _marked(picture: np.ndarray, finder: YuNetFaces) -> np.ndarray:
    boxes = (finder.find(picture) * np.array(SIZE * 2)).astype(int).tolist()
    assert len(boxes) == 2
    yuv = cv2.cvtColor(picture, cv2.COLOR_BGR2YUV)
    yuv[..., 1:] = 128
    for x0, y0, x1, y1 in boxes:
        yuv[y0:y1, x0:x1, 1:] = MARK
    x0, y0, x1, y1 = SIGN
    yuv[y0:y1, x0:x1] = (120, *MARK)
    return cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR)


def _walk(picture: np.ndarray, t_s: float) -> None:
    """A bright block crosses to the right, then to the left."""
    way = 250 * (t_s % 4) - 90
    x = round(way if t_s % 8 < 4 else SIZE[0] - 90 - way)
    picture[290:346, max(0, x) : max(0, x + 90)] = 235
