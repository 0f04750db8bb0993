"""A place's film on disk: short pieces of MPEG-TS, each beginning with a keyframe.

A folder's name carries a hash of everything that decides what the pictures look
like, so that an old film is never taken for a new one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from wayside.domain.media import Picture
from wayside.testing.places import Loop, Place
from wayside.testing.places.film import Film

SEGMENT_S = 4.0
GOP_S = 2.0
TIME_BASE = 90_000
FORMAT = 1
"""Of this module's own files; counted up when they change."""
ENCODER = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "crf": "24",
    "x264-params": "repeat-headers=1:scenecut=0:threads=1",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One crossing of the loop. at: pictures since its beginning, 0 <= at < frame_count."""

    line: str
    direction: str
    label: str
    at: float


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One picture's compressed bytes."""

    payload: bytes
    is_keyframe: bool


def fingerprint(place_id: str) -> str:
    """Of the source that draws a place and of the encoder's settings."""
    digest = hashlib.sha256(f"{FORMAT} {place_id} {SEGMENT_S} {GOP_S} {ENCODER}".encode())
    testing = Path(__file__).parent.parent
    for folder in ("places", "town"):
        for source in sorted((testing / folder).glob("*.py")):
            digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class FilmFolder:
    """Where one place's film lies. loop.json: its crossings; 000.ts, 001.ts, ...: its pictures."""

    path: Path
    segment_count: int
    segment_frames: int

    @classmethod
    def of(cls, films: Path, place: Place) -> FilmFolder:
        frames = round(SEGMENT_S * place.fps)
        path = films / f"{place.id}-{fingerprint(place.id)}"
        return cls(path, place.frame_count // frames, frames)

    def segment(self, number: int) -> Path:
        return self.path / f"{number:03d}.ts"

    def has(self, number: int) -> bool:
        return self.segment(number).is_file()

    def crossings(self) -> tuple[Shown, ...] | None:
        """None while they have not been worked out."""
        try:
            text = (self.path / "loop.json").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return tuple(Shown(**row) for row in json.loads(text))

    def write_crossings(self, loop: Loop) -> None:
        rows = [
            {
                "line": one.line,
                "direction": str(one.direction),
                "label": one.object_class.label,
                "at": one.t_s * loop.place.fps,
            }
            for one in loop.crossings
        ]
        self.path.mkdir(parents=True, exist_ok=True)
        draft = self._draft("loop.json")
        draft.write_text(json.dumps(rows), encoding="utf-8")
        draft.replace(self.path / "loop.json")

    def write_segment(self, number: int, pictures: Iterator[Picture], place: Place) -> None:
        """Encode ``segment_frames`` pictures into piece ``number``."""
        draft = self._draft(self.segment(number).name)
        encode(draft, pictures, place)
        draft.replace(self.segment(number))

    def remove_older(self, place_id: str) -> None:
        """Films of the same place that another version drew."""
        for other in self.path.parent.glob(f"{place_id}-{'[0-9a-f]' * 16}"):
            if other != self.path:
                shutil.rmtree(other, ignore_errors=True)

    def _draft(self, name: str) -> Path:
        return self.path / f".{name}.{secrets.token_hex(4)}.partial"


def encode(path: Path, pictures: Iterator[Picture], place: Place) -> None:
    """A piece of H.264 in MPEG-TS that can be played after any other piece of the place."""
    base = Fraction(1, TIME_BASE)
    with av.open(str(path), "w", format="mpegts") as container:
        stream = container.add_stream("libx264", rate=Fraction(place.fps).limit_denominator(1000))
        stream.width, stream.height = place.camera.width, place.camera.height
        stream.pix_fmt = "yuv420p"
        stream.options = dict(ENCODER)
        stream.gop_size = round(GOP_S * place.fps)
        stream.codec_context.time_base = base
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = round(index * TIME_BASE / place.fps), base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def access_units(path: Path) -> list[AccessUnit]:
    """A piece's pictures, still compressed, in order."""
    with av.open(str(path), format="mpegts") as container:
        return [
            AccessUnit(bytes(packet), bool(packet.is_keyframe))
            for packet in container.demux(container.streams.video[0])
            if packet.size
        ]


class FilmMaker:
    """Makes one place's film piece by piece; what exists is not made again."""

    def __init__(self, place: Place, folder: FilmFolder, loop_of: Callable[[Place], Loop]) -> None:
        self._place, self._folder, self._loop_of = place, folder, loop_of
        self._film: Film | None = None

    def make(self, number: int) -> None:
        """See that piece ``number`` and the loop's crossings exist."""
        if self._folder.has(number) and self._folder.crossings() is not None:
            return
        if self._film is None:
            loop = self._loop_of(self._place)
            self._folder.write_crossings(loop)
            self._film = Film(self._place, loop.travellers)
        film, first = self._film, number * self._folder.segment_frames
        pictures = (film.picture(first + i) for i in range(self._folder.segment_frames))
        self._folder.write_segment(number, pictures, self._place)
