"""How many live feeds a machine carries: looped files in real time through a LocalFleet.

    python benchmarks/feeds.py --feeds 16 --seconds 20
    python benchmarks/feeds.py --feeds 64 --workers 2

Each feed is a file of its own clock, 640x360, H.264, 25 pictures a second, in
which squares walk across a line; nothing is skipped but by the load
controller. Told once at the end: analysed pictures a second of each feed, lag,
coverage, drops, CPU by stage, memory over time. On a machine with anything
else to do the numbers are too low; compare only what ran side by side.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from wayside.cli.running import WORKER
from wayside.domain.feeds import FeedSpec, FeedStatus, SourceKind, SourceSpec, WorkerStatus
from wayside.domain.scene import Line, SceneGeometry
from wayside.fleet.epochs import Epochs
from wayside.fleet.local import FleetSettings, LocalFleet

WIDTH, HEIGHT, RATE, SECONDS = 640, 360, 25, 8
GEOMETRY = SceneGeometry(lines=(Line("L", (0.5, 1.0), (0.5, 0.0)),))


def film(path: Path) -> Path:
    """Three squares that walk to and fro before noise; it joins its own beginning."""
    rng = np.random.default_rng(1)
    still = rng.integers(70, 110, (HEIGHT // 4, WIDTH // 4, 3), np.uint8)
    still = still.repeat(4, 0).repeat(4, 1)
    frames = SECONDS * RATE
    with av.open(str(path), "w") as output:
        options = {"preset": "veryfast", "g": "50", "bf": "0", "crf": "26"}
        stream = output.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for index in range(frames):
            picture = still.copy()
            for lane in range(3):
                place = 0.5 - 0.45 * np.cos(2 * np.pi * (index / frames + lane / 3))
                left, top = round(place * (WIDTH - 40)), 60 + 100 * lane
                picture[top : top + 40, left : left + 40] = (40, 60 + 80 * lane, 220)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = index, Fraction(1, RATE)
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def run(feeds: int, workers: int, seconds: float, model: str, watch: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        clip = film(Path(folder) / "walk.mp4")
        settings = {
            "site": "bench",
            "journals": str(Path(folder) / "journals"),
            "model": model,
            "interval_s": 10,
            "log_level": "warning",
        }
        fleet = LocalFleet(
            WORKER,
            settings,
            Epochs(Path(folder) / "epochs.json"),
            settings=FleetSettings(workers=workers),
        )
        fleet.start()
        try:
            source = SourceSpec(SourceKind.FILE, str(clip), loop=True)
            fleet.apply([FeedSpec(f"feed-{n:03d}", source, GEOMETRY) for n in range(feeds)])
            pictures: list[int] = []
            for n in range(min(watch, feeds)):
                fleet.watch(f"feed-{n:03d}", 480, 5.0, lambda p: pictures.append(len(p.jpeg)))
            observe(fleet, feeds, seconds)
            print(f"live pictures: {len(pictures)} of {watch} watched feeds")
        finally:
            began = time.monotonic()
            fleet.close()
            print(f"closed in {time.monotonic() - began:.1f} s")


def observe(fleet: LocalFleet, feeds: int, seconds: float) -> None:
    began = time.monotonic()
    lags: list[float] = []
    cpus: list[tuple[float, float, dict[str, float]]] = []
    while time.monotonic() - began < seconds:
        time.sleep(1.0)
        statuses, workers = list(fleet.statuses().values()), fleet.workers()
        lags += [s.lag_s for s in statuses if s.lag_s is not None]
        rss = sum(w.rss_mb for w in workers)
        cpu = sum(w.cpu for w in workers)
        cpus.append((cpu, rss, stages_of(workers)))
        told(time.monotonic() - began, statuses, workers, cpu, rss)
    last = list(fleet.statuses().values())
    half = cpus[len(cpus) // 2 :]
    print(f"\n{feeds} feeds, {len(fleet.workers())} workers, second half of {seconds:.0f} s:")
    fps = np.array([s.fps_analysed for s in last])
    print(f"analysed a second: least {fps.min():.1f} median {np.median(fps):.1f}")
    print(f"lag p50 {np.percentile(lags, 50):.2f} s, p95 {np.percentile(lags, 95):.2f} s")
    print(f"dropped {sum(s.dropped for s in last)} of {sum(s.received for s in last)} packets")
    print(f"coverage: least {min(s.coverage for s in last):.2f}")
    print(f"CPU {np.mean([c for c, _, _ in half]):.2f} cores")
    print(f"RSS {half[0][1]:.0f} to {half[-1][1]:.0f} MB")
    for name in half[-1][2]:
        share = float(np.mean([stages.get(name, 0.0) for _, _, stages in half]))
        print(f"  {name:8s} {1000 * share / feeds:6.2f} ms/s a feed")


def stages_of(workers: list[WorkerStatus]) -> dict[str, float]:
    names = {name for worker in workers for name in worker.stages}
    return {n: sum(w.stages.get(n, 0.0) for w in workers) for n in sorted(names)}


def told(
    t_s: float, statuses: list[FeedStatus], workers: list[WorkerStatus], cpu: float, rss: float
) -> None:
    live = sum(s.state == "live" for s in statuses)
    fps = np.mean([s.fps_analysed for s in statuses]) if statuses else 0.0
    print(
        f"{t_s:5.1f} s: {live} live, {fps:5.2f} analysed/s, cpu {cpu:.2f}, {rss:.0f} MB, "
        f"{[w.state for w in workers]}",
        flush=True,
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--feeds", type=int, default=16)
    arguments.add_argument("--workers", type=int, default=1)
    arguments.add_argument("--seconds", type=float, default=20.0)
    arguments.add_argument("--model", default="motion")
    arguments.add_argument("--watch", type=int, default=0)
    given = arguments.parse_args()
    run(given.feeds, given.workers, given.seconds, given.model, given.watch)


if __name__ == "__main__":
    main()
