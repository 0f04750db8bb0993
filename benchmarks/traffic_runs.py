"""Each scenario and seed once through noise, tracker and analyzers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console

from wayside.testing.progress import picture_progress
from wayside.testing.sumo.noise import Noise
from wayside.testing.sumo.record import record
from wayside.testing.sumo.recording import Recording
from wayside.testing.sumo.watching import Watched, watch


@dataclass(frozen=True, slots=True)
class Run:
    recording: Recording
    watched: Watched


def runs(
    console: Console,
    names: list[str],
    seeds: list[int],
    seconds: float | None,
    noise: Noise,
    rate_hz: float,
) -> Iterator[Run]:
    with picture_progress(console, "scenarios", len(names) * len(seeds)) as done:
        count = 0
        for name in names:
            for seed in seeds:
                recording = record(name, seed, seconds)
                yield Run(recording, watch(recording, noise, rate_hz))
                count += 1
                done(count)
