"""What one sample of one feed costs, stage by stage: CPU milliseconds, and the mean ratios.

Three made films: busy (five things cross a street), still (nothing moves, the coded noise of a
quiet camera) and noisy (nothing moves, strong sensor noise), each at 640x360 and 1920x1080, 12.5
samples a second, with motion alone at 320 pixels as a live feed has it. Encoding is part of
nothing; decoding is shown beside, because it is what all of this has to be small against.

Before planes and clumps (see docs/decisions), on a machine that others used as well, motion and
its conversion of the same pictures in one process, by turns: 640x360 cars 2.9 ms against 1.1,
a still picture 2.0 against 0.7, the synthetic junction 6.2 against 2.4. Ratios count, not these
milliseconds: an idle machine needs about two thirds of them.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from fractions import Fraction
from itertools import pairwise

import av
import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from wayside.decode.pixels import DecodedPicture, PixelConverter
from wayside.detect.motion import MotionSettings
from wayside.domain.media import Picture, RawFrame
from wayside.domain.scene import SceneGeometry
from wayside.domain.time import MediaTime
from wayside.observe.stages import StageTimer
from wayside.pipeline.feed_health import PictureHealth
from wayside.pipeline.perception import Perception, PerceptionSettings
from wayside.pipeline.trajectories import TrajectoryRecorder
from wayside.scene.scene import Scene

RATE = Fraction(25, 2)
SIZES = ((640, 360), (1920, 1080))
FILMS = ("busy", "still", "noisy")
STAGES = ("decode", "health", "convert", "motion", "track", "analyze")


def street(size: tuple[int, int]) -> Picture:
    """A still place of soft texture."""
    coarse = np.random.default_rng(1).uniform(60, 140, (9, 16, 3)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC).clip(40, 160), "u1")


def pictures(film: str, size: tuple[int, int], count: int) -> list[bytes]:
    """The film as H.264 packets."""
    random = np.random.default_rng(7)
    place, (width, height) = street(size), size
    sigma = {"busy": 1.5, "still": 1.5, "noisy": 9.0}[film]
    grain = [random.normal(0, sigma, (height, width, 1)).astype(np.float32) for _ in range(5)]
    encoder = av.CodecContext.create("libx264", "w")
    assert isinstance(encoder, av.VideoCodecContext)
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base, encoder.framerate = 1 / RATE, RATE
    encoder.options = {"preset": "ultrafast", "crf": "23", "tune": "zerolatency"}
    packets = []
    for index in range(count):
        picture = place.copy()
        for thing in range(5 if film == "busy" else 0):
            side = height // 14
            x = int((index * (3 + thing) / 640 + thing / 5) * width) % (width - 2 * side)
            y = (2 * thing + 1) * height // 11
            picture[y : y + side, x : x + 2 * side] = (30 * thing, 255 - 25 * thing, 200)
        noisy = (picture + grain[index % 5]).clip(0, 255).astype(np.uint8)
        packets += encoder.encode(av.VideoFrame.from_ndarray(noisy, format="bgr24"))
    return [bytes(packet) for packet in [*packets, *encoder.encode(None)]]


def costs(film: str, size: tuple[int, int], count: int) -> dict[str, float]:
    """CPU milliseconds a sample by stage, of all but the first two seconds."""
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    timer, converter, health = StageTimer(), PixelConverter(), PictureHealth()
    perception = Perception(
        None, size, PerceptionSettings(motion=MotionSettings(320, min_area=0.00048)), timer=timer
    )
    paths = TrajectoryRecorder(Scene(SceneGeometry(), 16 / 9))
    spent: defaultdict[str, float] = defaultdict(float)
    warm = {}
    index = 0
    for packet in pictures(film, size, count):
        began = time.process_time()
        decoded = decoder.decode(av.Packet(packet))
        spent["decode"] += time.process_time() - began
        for frame in decoded:
            t_s = index / float(RATE)
            raw = RawFrame(DecodedPicture(frame, 0, converter), MediaTime(index, 1 / RATE, t_s))
            marks = [time.process_time()]
            health.picture(raw)
            marks.append(time.process_time())
            raw.planes(320, 180)
            marks.append(time.process_time())
            sight = perception.see(raw)
            marks.append(time.process_time())
            paths.update(sight.tracks)
            marks.append(time.process_time())
            stages = ("health", "convert", "see", "analyze")
            for stage, (start, end) in zip(stages, pairwise(marks), strict=True):
                spent[stage] += end - start
            index += 1
            if index == 25:
                warm = _totals(spent, timer)
    totals = _totals(spent, timer)
    return {s: 1000 * (totals[s] - warm[s]) / (index - 25) for s in STAGES}


def _totals(spent: dict[str, float], timer: StageTimer) -> dict[str, float]:
    stages = {name: stage.cpu_s for name, stage in timer.totals().items()}
    return {s: spent.get(s, 0.0) + stages.get(s, 0.0) for s in STAGES}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=200)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    table = Table("film", *STAGES, "all but decoding", "of decoding")
    for size in SIZES:
        for film in FILMS:
            spent = costs(film, size, arguments.samples)
            ours = sum(spent.values()) - spent["decode"]
            cells = [f"{spent[stage]:.3f}" for stage in STAGES]
            share = f"{ours / spent['decode']:.0%}"
            table.add_row(f"{film} {size[1]}p", *cells, f"{ours:.2f}", share)
    Console().print(table)


if __name__ == "__main__":
    main()
