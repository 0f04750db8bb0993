"""The films of ``redaction.py`` and the faces in them: what both sides look at, and are judged by.

Needs PyAV, OpenCV and NumPy alone, because ``peers_deface.py`` reads films with it too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

FACES = Path(__file__).with_name("redaction_faces.json")
GROUND = "intel_person-bicycle-car-detection_39s.mp4"
GROUND_PICTURE = 200
"""An empty car park: what lies around a clip that is set far away."""
FAR_SIZE = (1280, 720)

Boxes = NDArray[np.float64]
"""(N, 4) x0 y0 x1 y1 in pixels."""


@dataclass(frozen=True, slots=True)
class Film:
    """name: for tables. clip: its file. rate: pictures a second, where the file does not say.

    far: None for the clip as it is; else it is shrunk by that much and set into an empty place
    of 1280x720, so that its faces are as small as a camera on a mast has them. is_held_out:
    nothing was tuned on it. first, last: numbers of the pictures that are looked at.
    """

    name: str
    clip: str
    rate: float | None = None
    far: float | None = None
    is_held_out: bool = False
    first: int = 0
    last: int = 100_000


HEADS = "intel_head-pose-female-and-male.h264"
WALKERS = "intel_face-walking_preview.mp4"
DRIVER = "driver_face2_eyes_incluit.mp4"
TABLE = "intel_one-by-one-person-detection.mp4"
AISLE = "intel_store-aisle_preview.mp4"
FILMS = (
    Film("two heads", HEADS, 25.0, last=150),
    Film("two heads, far", HEADS, 25.0, far=1 / 6, last=150),
    Film("walkers", WALKERS),
    Film("walkers, far", WALKERS, far=0.75),
    Film("driver", DRIVER, is_held_out=True, last=100),
    Film("driver, far", DRIVER, far=1 / 16, is_held_out=True, last=100),
    Film("table", TABLE, is_held_out=True, first=660, last=870),
    Film("shop aisle", AISLE, is_held_out=True),
    Film("shop aisle, far", AISLE, far=0.75, is_held_out=True),
)


class Truth:
    """Where the faces of a clip are, in its own pixels.

    The file holds, for each clip, paths: boxes at pictures that were looked at. Between two of
    them a face is where the straight line is.
    """

    def __init__(self, clip: str) -> None:
        paths = json.loads(FACES.read_text("utf-8"))["clips"][clip]
        self._paths = [np.array(path, np.float64) for path in paths]

    def at(self, number: int) -> Boxes:
        """The faces in the picture of that number, from 0."""
        found = [_between(path, number) for path in self._paths]
        return np.array([box for box in found if box is not None]).reshape(-1, 4)


def faces_at(film: Film, truth: Truth, number: int, size: tuple[int, int]) -> Boxes:
    """The same in the film's pixels, cut to it. size: width, height of the clip."""
    boxes = truth.at(number)
    if film.far is not None:
        x, y, width, _ = _place(film.far, size)
        boxes = boxes * (width / size[0]) + (x, y, x, y)
        size = FAR_SIZE
    return np.clip(boxes, 0, np.tile(size, 2))


def written(film: Film, clips: Path, folder: Path) -> Path:
    """The film as a file: the clip itself, or a new one in ``folder``."""
    clip = clips / film.clip
    if film.far is None:
        return clip
    ground = cv2.resize(next(_from(clips / GROUND, GROUND_PICTURE)), FAR_SIZE)
    path = folder / f"{clip.stem}_{film.far:.3f}.mp4"
    with av.open(str(path), "w") as file, av.open(str(clip)) as source:
        rate = film.rate or source.streams.video[0].average_rate
        stream = file.add_stream("libx264", rate=round(rate), options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = *FAR_SIZE, "yuv420p"
        for frame in source.decode(video=0):
            picture = frame.to_ndarray(format="bgr24")
            x, y, width, height = _place(film.far, (frame.width, frame.height))
            small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
            ground[y : y + height, x : x + width] = small
            file.mux(stream.encode(av.VideoFrame.from_ndarray(ground, format="bgr24")))
        file.mux(stream.encode(None))
    return path


def size_of(path: Path) -> tuple[int, int]:
    """Width and height of a film."""
    with av.open(str(path)) as file:
        codec = file.streams.video[0].codec_context
        return codec.width, codec.height


def covered_shares(mask: NDArray[np.bool_], boxes: Boxes) -> list[float]:
    """Which share of each box, rounded outward to whole pixels, is True in the mask."""
    shares = []
    for x0, y0, x1, y1 in boxes:
        part = mask[int(y0) : int(np.ceil(y1)), int(x0) : int(np.ceil(x1))]
        shares.append(float(part.mean()) if part.size else 1.0)
    return shares


def _place(far: float, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """x, y, width, height of a shrunk clip in the film, all even."""
    width, height = (max(2, round(side * far / 2) * 2) for side in size)
    return (FAR_SIZE[0] - width) // 4 * 2, (FAR_SIZE[1] - height) // 4 * 2, width, height


def _between(path: Boxes, number: int) -> Boxes | None:
    """The box of one path (K, 5: number and box) in a picture; None before and after it."""
    if not path[0, 0] <= number <= path[-1, 0]:
        return None
    for before, after in pairwise(path):
        if before[0] <= number <= after[0]:
            share = (number - before[0]) / (after[0] - before[0])
            return np.asarray((1 - share) * before[1:] + share * after[1:])
    return np.asarray(path[0, 1:])


def _from(path: Path, number: int) -> Iterator[NDArray[np.uint8]]:
    with av.open(str(path)) as file:
        for index, frame in enumerate(file.decode(video=0)):
            if index >= number:
                yield frame.to_ndarray(format="bgr24")
