"""How surely are a feed's ailments told apart, how often without cause, and for how much CPU?

Degraded films (wayside.testing.degraded) of the synthetic town and of real clips. Seeds from
100 on and the clips marked as held out were not looked at while thresholds were chosen.
"""

from __future__ import annotations

import argparse
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from rich.console import Console
from rich.table import Table

from wayside.analyze.health import HealthWatch
from wayside.decode.pixels import DecodedPicture, PixelConverter
from wayside.detect.quality import QualityMeter
from wayside.domain.media import Picture, RawFrame
from wayside.domain.records import Phase
from wayside.domain.time import MediaTime
from wayside.testing.degraded import LENGTH_S, ONSET_S, Case, cases
from wayside.testing.town import Camera, Scenario, build_town, frames

CLIPS = (
    Path(os.environ.get("WAYSIDE_TEST_DATA", Path(__file__).parents[2] / "shared" / "data"))
    / "clips"
)
TIME_BASE = Fraction(1, 90_000)
TUNED_ON = ("intel_one-by-one-person-detection.mp4",)
HELD_OUT = ("road_approach_bgs_video03.avi", "intel_store-aisle_preview.mp4")


def town(seed: int) -> list[Picture]:
    """Two minutes, one picture a second, from a mast that differs from seed to seed."""
    random = np.random.default_rng(seed)
    camera = replace(
        Camera(),
        yaw_deg=float(random.uniform(60, 120)),
        pitch_deg=float(random.uniform(66, 80)),
        width=640,
        height=360,
    )
    scenario = Scenario(seed=seed, duration_s=90, fps=1.0, camera=camera)
    return [picture for _, picture in frames(build_town(scenario))]


def clip(path: Path) -> list[Picture]:
    """One picture a second."""
    pictures, next_s = [], 0.0
    with av.open(str(path)) as container:
        rate = float(container.streams.video[0].average_rate or 25)
        for number, frame in enumerate(container.decode(video=0)):
            if number / rate >= next_s:
                pictures.append(frame.to_ndarray(format="bgr24"))
                next_s += 1.0
    return pictures


class Given:
    """A picture as PixelAccess."""

    def __init__(self, pixels: Picture) -> None:
        self._pixels = pixels
        self.height, self.width = pixels.shape[:2]

    def bgr(self, width: int, height: int) -> Picture:
        return np.asarray(
            cv2.resize(self._pixels, (width, height), interpolation=cv2.INTER_AREA), np.uint8
        )

    def luma(self, width: int, height: int) -> Picture:
        return np.asarray(cv2.cvtColor(self.bgr(width, height), cv2.COLOR_BGR2GRAY), np.uint8)


def found(case: Case, film: list[Picture], seed: int) -> dict[str, float]:
    """When each condition was first told."""
    meter, watch = QualityMeter(), HealthWatch()
    told: dict[str, float] = {}
    for t_s, picture in case.make(film, seed):
        pts = round(t_s * 90_000)
        frame = RawFrame(Given(picture), MediaTime(pts, TIME_BASE, t_s))
        quality = meter.measure(frame)
        for finding in watch.picture(quality) if quality else ():
            if finding.phase is Phase.OPEN:
                told.setdefault(finding.kind.removeprefix("health."), t_s)
    return told


def films(seeds: list[int], names: tuple[str, ...]) -> Iterator[tuple[str, list[Picture], int]]:
    for seed in seeds:
        yield f"town {seed}", town(seed), seed
    for number, name in enumerate(names):
        if (CLIPS / name).is_file():
            pictures = clip(CLIPS / name)
            for seed in seeds:
                yield f"{name} {seed}", pictures, seed * 10 + number


@dataclass
class Tally:
    """What was told of what. false: told of healthy pictures, those before an onset included."""

    told: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    delays: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    runs: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    false: int = 0
    healthy_s: float = 0.0
    notes: list[str] = field(default_factory=list)

    def add(self, case: Case, told: dict[str, float], film: str) -> None:
        self.runs[case.name] += 1
        self.healthy_s += ONSET_S if case.expected else LENGTH_S
        if case.expected and case.expected not in told:
            self.notes.append(f"{case.name}: missed ({film})")
        for kind, at_s in told.items():
            self.told[case.name][kind] += 1
            if kind == case.expected and at_s >= ONSET_S:
                self.delays[case.name].append(at_s - ONSET_S)
                self.hits[case.name] += at_s - ONSET_S <= case.within_s
            elif kind not in case.also or at_s < ONSET_S:
                self.notes.append(f"{case.name}: {kind} at {at_s:.0f} s ({film})")
                self.false += case.expected == "" or at_s < ONSET_S

    def table(self) -> Table:
        kinds = sorted({kind for row in self.told.values() for kind in row})
        table = Table("case", "runs", *kinds, "in time", "median s", title="told as")
        for case in cases():
            if not self.runs[case.name]:
                continue
            late = self.delays[case.name]
            in_time = f"{self.hits[case.name] / self.runs[case.name]:.0%}"
            table.add_row(
                case.name,
                str(self.runs[case.name]),
                *(str(self.told[case.name][kind] or "") for kind in kinds),
                in_time if case.expected else "-",
                f"{np.median(late):.0f}" if late else "-",
            )
        return table

    def summary(self) -> str:
        total = sum(self.runs[case.name] for case in cases() if case.expected)
        return (
            f"recall in time {sum(self.hits.values())} of {total}; false alarms {self.false} "
            f"in {self.healthy_s / 86_400:.2f} feed-days of adverse but healthy pictures"
        )


def confusion(seeds: list[int], names: tuple[str, ...], chosen: str, console: Console) -> None:
    tally = Tally()
    for film_name, film, seed in films(seeds, names):
        for case in cases():
            if chosen in case.name:
                tally.add(case, found(case, film, seed), film_name)
    console.print(tally.table())
    for line in tally.notes:
        console.print("  " + line)
    console.print(tally.summary())


def cost(console: Console) -> None:
    """CPU of one measurement on decoded pictures, conversion to luma included and apart."""
    for path in sorted(CLIPS.glob("*")):
        meter, converter = QualityMeter(), PixelConverter()
        convert = measure = 0.0
        count = 0
        with av.open(str(path)) as container:
            for number, picture in enumerate(container.decode(video=0)):
                if number % 5:
                    continue
                pixels = DecodedPicture(picture, 0, converter)
                t_s = number / 5.0
                frame = RawFrame(pixels, MediaTime(number, TIME_BASE, t_s))
                side = 320 / max(frame.width, frame.height)
                began = time.thread_time()
                frame.luma(round(frame.width * side), round(frame.height * side))
                between = time.thread_time()
                meter.measure(frame)
                convert += between - began
                measure += time.thread_time() - between
                count += 1
        if count:
            console.print(
                f"{path.name}: {count} pictures, convert {1000 * convert / count:.2f} ms, "
                f"measure {1000 * measure / count:.2f} ms"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[100, 101, 102])
    parser.add_argument("--tuning", action="store_true", help="the clips tuned on instead")
    parser.add_argument("--case", default="", help="only cases whose name contains this")
    parser.add_argument("--only-cost", action="store_true")
    arguments = parser.parse_args()
    av.logging.set_level(None)
    console = Console(width=150)
    if not arguments.only_cost:
        names = TUNED_ON if arguments.tuning else HELD_OUT
        confusion(arguments.seeds, names, arguments.case, console)
    cost(console)


if __name__ == "__main__":
    main()
