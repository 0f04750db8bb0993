"""A film in which something red moves before grey, the sights of it, and what a clip shows."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import av
import numpy as np

from made_pictures import detections_of
from wayside.domain.classes import ObjectClass
from wayside.domain.detections import Detections
from wayside.domain.media import Packet, StreamFormat
from wayside.domain.time import MediaTime
from wayside.domain.tracks import Tracks
from wayside.ingest.file import FileSource
from wayside.pipeline.clip_making import ClipInWork, ClipOrder, EventClip
from wayside.pipeline.perception import Sight
from wayside.pipeline.recent import Seen
from wayside.redact.redactor import Redactor

RATE = 25
SIZE = 160, 96
GREY = 150
RED = (30, 30, 230)

Where = Callable[[float], "list[float] | None"]
"""The box of the red thing at a media second, None where there is none."""


def crossing(t_s: float) -> list[float] | None:
    """From the left edge to the right, half a picture a second, from second 2 on."""
    left = 0.5 * (t_s - 2.0)
    return None if not 0 <= left <= 0.8 else [left, 0.3, left + 0.2, 0.8]


@dataclass(slots=True)
class RedFilm:
    """Packets of 25 pictures a second, a keyframe every second, with pictures out of order."""

    format: StreamFormat
    packets: list[Packet]
    where: Where

    def time(self, number: int) -> MediaTime:
        base = self.format.time_base
        return MediaTime(round(Fraction(number, RATE) / base), base, number / RATE)

    def sight(self, number: int) -> Sight:
        """What a perfect detector of motion sees in that picture."""
        box = self.where(number / RATE)
        found = Detections.empty()
        if box is not None:
            found = detections_of([box], [ObjectClass.UNKNOWN])
        return Sight(Tracks.none(number / RATE), found, found, [], flooded=False)

    def seen(self, numbers: range) -> list[Seen]:
        return [Seen(self.time(number).pts, self.sight(number)) for number in numbers]


def red_film(
    path: Path, seconds: float, where: Where = crossing, size: tuple[int, int] = SIZE
) -> RedFilm:
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=RATE, options={"g": str(RATE), "bf": "2"})
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for number in range(round(RATE * seconds)):
            picture = np.full((size[1], size[0], 3), GREY, np.uint8)
            if box := where(number / RATE):
                x0, y0, x1, y1 = (np.array(box) * (*size, *size)).round().astype(int)
                picture[y0:y1, x0:x1] = RED
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    with FileSource(path).open() as session:
        return RedFilm(replace(session.format, duration_s=None), list(session.packets()), where)


def order_of(
    film: RedFilm,
    seen: list[Seen],
    begin_s: float,
    end_s: float,
    redactor: Callable[[], Redactor] = Redactor,
) -> ClipOrder:
    begin, end = (film.time(round(RATE * t_s)).pts for t_s in (begin_s, end_s))
    return ClipOrder(uuid4(), "north", film.format, film.packets, seen, begin, end, redactor)


def made_of(order: ClipOrder) -> EventClip | None:
    work = ClipInWork(order)
    while work.step():
        pass
    return work.finish()


def shown(mp4: bytes) -> list[tuple[float, np.ndarray]]:
    """(seconds, BGR picture) of a clip, decoded again."""
    with av.open(io.BytesIO(mp4)) as file:
        return [
            (float(picture.time or 0.0), picture.to_ndarray(format="bgr24"))
            for picture in file.decode(video=0)
        ]


def red_pixels(picture: np.ndarray) -> int:
    """How many are more red than anything that is grey."""
    blue, _, red = (picture[:, :, channel].astype(int) for channel in range(3))
    return int((red - blue > 40).sum())


def grey_share(picture: np.ndarray) -> float:
    """Of the picture, how much of the background is to be seen."""
    return float((np.abs(picture.astype(int) - GREY).max(2) < 12).mean())
