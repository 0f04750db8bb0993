"""Pictures through the meter and the watch, as a feed runs them, for tests of both together."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import av
import cv2
import numpy as np

from made_pictures import raw_frame
from wayside.analyze.health import HealthWatch
from wayside.detect.quality import QualityMeter
from wayside.domain.media import Picture
from wayside.domain.records import Finding


def findings(pictures: Iterable[tuple[float, Picture]]) -> list[tuple[float, Finding]]:
    """What was told, and at which second of the stream."""
    meter, watch = QualityMeter(), HealthWatch()
    told = []
    for t_s, picture in pictures:
        quality = meter.measure(raw_frame(picture, t_s))
        told += [(t_s, finding) for finding in (watch.picture(quality) if quality else [])]
    return told


def once_a_second(path: Path) -> list[tuple[float, Picture]]:
    """A clip's pictures at the meter's rate."""
    av.logging.set_level(None)
    pictures, next_s = [], 0.0
    with av.open(str(path)) as container:
        rate = float(container.streams.video[0].average_rate or 25)
        for number, frame in enumerate(container.decode(video=0)):
            if number / rate >= next_s:
                pictures.append((number / rate, frame.to_ndarray(format="bgr24")))
                next_s += 1.0
    return pictures


def street(seed: int = 0, width: int = 640, height: int = 360) -> Picture:
    """A still place full of edges."""
    random = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 120, np.uint8)
    for x, y, w, h in random.uniform(0, 1, (90, 4)):
        corner = (round(x * width), round(y * height))
        size = (4 + round(w * w * width / 5), 4 + round(h * h * height / 5))
        shade = random.integers(30, 220, 3).tolist()
        cv2.rectangle(picture, corner, (corner[0] + size[0], corner[1] + size[1]), shade, -1)
    return picture


def noisy(picture: Picture, seed: int, sigma: float = 1.5) -> Picture:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)
