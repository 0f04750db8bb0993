"""Films of quiet places through which somebody comes now and then, and their encodings.

One pass renders a film once, lets the motion detector label it and feeds every encoder.
What comes out is small (a size and two stamps a packet), so it is kept on disk.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from health import Given
from wayside.detect.motion import MotionDetector
from wayside.domain.media import Picture, RawFrame
from wayside.domain.time import MediaTime
from wayside.testing.places import PLACES, Place
from wayside.testing.places.film import Film
from wayside.testing.places.journeys import steady, way
from wayside.testing.town.agents import Kind, Traveller

FPS = 25
LOOKS = 5
"""A second: how often the eyes look while a feed is awake."""
LIVE = {"preset": "superfast", "tune": "zerolatency", "forced-idr": "1"}
RATE = {**LIVE, "g": "50", "bf": "0"}


@dataclass(frozen=True, slots=True)
class Encoding:
    """kbit: None where the quality is fixed; at 640x360, grows with the picture."""

    name: str
    codec: str
    options: dict[str, str]
    kbit: int | None = None
    params: str = ""


ENCODINGS = (
    Encoding("crf", "libx264", {**RATE, "crf": "24"}),
    Encoding(
        "crf, B-pyramid",
        "libx264",
        {"preset": "superfast", "g": "50", "bf": "3", "crf": "24"},
        params="b-pyramid=normal:scenecut=0",
    ),
    Encoding("crf, 10 s GOP", "libx264", {**RATE, "crf": "24", "g": "250"}),
    Encoding("crf, refresh", "libx264", {**RATE, "crf": "24", "intra-refresh": "1"}),
    Encoding("capped", "libx264", {**RATE, "crf": "24"}, 500),
    Encoding("CBR", "libx264", dict(RATE), 500),
    Encoding("CBR, filler", "libx264", {**RATE, "nal-hrd": "cbr"}, 500),
    Encoding("mpeg4", "mpeg4", {"g": "50", "bf": "0"}, 700),
    Encoding(
        "hevc crf",
        "libx265",
        {"preset": "ultrafast", "tune": "zerolatency", "crf": "28"},
        params="keyint=50:bframes=0:log-level=none:pools=1:frame-threads=1",
    ),
)


def visits(
    seed: int, period_s: float, lanes: tuple[tuple[float, Kind, float], ...], every_s: float
) -> tuple[Traveller, ...]:
    """Somebody every so often, alone; lanes: (y, kind, metres a second)."""
    random = np.random.default_rng(seed)
    found, start = [], 8.0
    while start < period_s - 15:
        y, kind, speed = lanes[int(random.integers(len(lanes)))]
        away = 15.0 if kind is Kind.PERSON else 20.0
        side = 1 if random.random() < 0.5 else -1
        path = way((-side * away, y), (side * away, y))
        found.append(steady(kind, path, start, speed, random))
        start += 2 * away / speed + every_s * float(random.uniform(0.4, 1.6))
    return tuple(found)


ROAD = (
    (-1.85, Kind.CAR, 11.0),
    (1.85, Kind.CAR, 9.0),
    (-4.7, Kind.CYCLIST, 5.0),
    (4.7, Kind.CYCLIST, 5.5),
    (-7.8, Kind.PERSON, 2.0),
    (7.6, Kind.PERSON, 2.6),
)
PATH = (
    (-5.8, Kind.CYCLIST, 5.0),
    (-4.2, Kind.CYCLIST, 4.4),
    (-1.0, Kind.PERSON, 2.2),
    (1.5, Kind.PERSON, 2.8),
    (0.2, Kind.PERSON, 1.8),
)


def quiet(
    name: str, seed: int, seconds: float, size: tuple[int, int], noise: float, every_s: float = 4.0
) -> Place:
    place = PLACES[name]()
    camera = replace(place.camera, width=size[0], height=size[1])
    lanes = PATH if name in ("quay", "bridge") else ROAD
    return replace(
        place,
        camera=camera,
        fps=FPS,
        period_s=seconds,
        seed=seed,
        noise_sigma=noise,
        frozen_s=None,
        travel=lambda: visits(seed, seconds, lanes, every_s),
    )


def place_film(place: Place) -> Iterator[Picture]:
    film = Film(place, place.travel())
    for index in range(place.frame_count):
        yield film.picture(index)


def clip_film(path: Path, size: tuple[int, int]) -> Iterator[Picture]:
    """At 25 a second whatever the clip's own rate."""
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            yield cv2.resize(frame.to_ndarray(format="bgr24"), size, interpolation=cv2.INTER_AREA)


def encoder(encoding: Encoding, size: tuple[int, int]) -> av.CodecContext:
    context = av.CodecContext.create(encoding.codec, "w")
    context.width, context.height = size
    context.pix_fmt = "yuv420p"
    context.time_base = Fraction(1, FPS)
    context.framerate = Fraction(FPS, 1)
    context.thread_count = 1
    options = dict(encoding.options)
    if encoding.kbit is not None:
        rate = round(encoding.kbit * 1000 * (size[0] * size[1] / (640 * 360)) ** 0.75)
        if "crf" not in options:
            context.bit_rate = rate
        options |= {"maxrate": str(rate), "bufsize": str(rate)}
        if encoding.codec == "mpeg4":
            del options["maxrate"], options["bufsize"]
    if encoding.params:
        options[encoding.codec.removeprefix("lib") + "-params"] = encoding.params
    context.options = options
    return context


def make(
    film: Iterator[Picture],
    size: tuple[int, int],
    encodings: tuple[Encoding, ...],
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """(N, 2) second and moving share of looks; per encoding (N, 4) size, pts, dts, is_keyframe."""
    detector = MotionDetector()
    looks: list[tuple[float, float]] = []
    contexts = {e.name: encoder(e, size) for e in encodings}
    rows: dict[str, list[tuple[int, int, int, int]]] = {e.name: [] for e in encodings}

    def keep(name: str, packets: list[av.Packet]) -> None:
        rows[name] += [(p.size, p.pts, p.dts, int(p.is_keyframe)) for p in packets if p.size]

    for index, picture in enumerate(film):
        if index % (FPS // LOOKS) == 0:
            t = index / FPS
            motion = detector.update(
                t, RawFrame(Given(picture), MediaTime(index, Fraction(1, FPS), t))
            )
            moving = motion.boxes[motion.changing > 0.02]
            area = ((moving[:, 2] - moving[:, 0]) * (moving[:, 3] - moving[:, 1])).sum()
            looks.append((t, 1.0 if motion.flooded else float(area)))
        raw = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
        for name, context in contexts.items():
            raw.pts = index
            raw.time_base = Fraction(1, FPS)
            raw.pict_type = 0
            keep(name, context.encode(raw))
    for name, context in contexts.items():
        keep(name, context.encode(None))
    return np.array(looks), {name: np.array(row, np.int64) for name, row in rows.items()}


SIZE = (640, 360)
CLIPS = Path(os.environ.get("WAYSIDE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
HELD_OUT = frozenset({"quay, no noise", "night, less noise", "indoors (clip)", "cyclists (clip)"})
SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """A film, to be made when it is needed, and what encodes it."""

    pictures: Callable[[], Iterator[Picture]]
    size: tuple[int, int] = SIZE
    encodings: tuple[Encoding, ...] = ENCODINGS


def _place(name: str, seed: int, noise: float, every_s: float = 4.0) -> FilmPlan:
    return FilmPlan(lambda: place_film(quiet(name, seed, SECONDS, SIZE, noise, every_s)))


def _clip(name: str) -> FilmPlan:
    return FilmPlan(lambda: clip_film(CLIPS / "clips" / name, SIZE))


FILMS = {
    "night": _place("night", 11, 3.5),
    "quay": _place("quay", 12, 2.0),
    "bridge": _place("bridge", 14, 1.0),
    "quay, no noise": _place("quay", 16, 0.0),
    "night, less noise": _place("night", 18, 1.0, 3.0),
    "indoors (clip)": _clip("intel_one-by-one-person-detection.mp4"),
    "cyclists (clip)": _clip("intel_person-bicycle-car-detection_39s.mp4"),
}


def kept(folder: Path, name: str, plan: FilmPlan) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """From the folder, or made and put there."""
    path = folder / f"{name}.npz"
    if not path.exists():
        looks, rows = make(plan.pictures(), plan.size, plan.encodings)
        np.savez_compressed(path, looks=looks, **rows)
    with np.load(path) as held:
        return held["looks"], {key: held[key] for key in held.files if key != "looks"}
