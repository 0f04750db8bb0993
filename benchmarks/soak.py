"""Memory over an hour of video: does ``wayside tag`` grow?

    python benchmarks/soak.py --minutes 5      # a quick look
    python benchmarks/soak.py                  # the hour

A short clip is repeated without being encoded again until it is as long as
asked, and tagged at full speed, while the memory, the threads and the open
files of the process are read every second. The slope is fitted after the
warm-up and before the report is made, as the median of the slopes between all
pairs of samples (Theil 1950, Sen 1968), which a single peak does not move.
Time is that of the media: progress is taken as even, which a repeated clip is.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy.stats import theilslopes

from metered import Cost, metered, neutral_environment
from wayside.testing.town import Scenario, write_town

SHARED = Path(__file__).parents[2] / "shared"
CLIP = "road_approach_bgs_video03.avi"
LINE = "L=0.15,0.5,0.85,0.5"
TARGET = 1.0
"""MB of growth in an hour of media that we allow."""
WARM_UP = 0.2
"""Share of the run left out at its start: models, caches and history windows fill."""
ENDING = 0.05
"""Share left out at its end, when the report is made in one go."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Of a process at one instant. rss_mb: resident, MB of 10^6 bytes; own_mb: no mapped files."""

    wall_s: float
    rss_mb: float
    own_mb: float
    threads: int
    files: int


@dataclass(frozen=True, slots=True)
class Slope:
    """MB in an hour of media, and the 95 % interval of it."""

    mb_per_h: float
    low: float
    high: float


class Watch:
    """Reads /proc of a process at each call."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self._began = time.monotonic()

    def __call__(self, pid: int) -> None:
        folder = Path("/proc") / str(pid)
        try:
            status = (folder / "status").read_text("ascii", errors="replace")
            files = len(list((folder / "fd").iterdir()))
        except FileNotFoundError:
            return
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        # A process that has ended and is not yet waited for has no memory to speak of.
        if "VmRSS" not in fields:
            return
        self.samples.append(
            Sample(
                time.monotonic() - self._began,
                int(fields["VmRSS"].split()[0]) * 1024 / 1e6,
                int(fields["RssAnon"].split()[0]) * 1024 / 1e6,
                int(fields["Threads"]),
                files,
            )
        )


def repeated(clip: Path, out: Path, seconds: float) -> float:
    """Writes ``clip`` again and again, packets as they are, until ``seconds``; returns them.

    The pictures keep their order and spacing; each copy begins one frame after
    the one before ended.
    """
    av.logging.set_level(None)
    with av.open(str(out), "w") as target:
        stream = None
        shift = 0
        while True:
            with av.open(str(clip)) as source:
                given = source.streams.video[0]
                stream = stream or target.add_stream_from_template(given)
                packets = [p for p in source.demux(given) if p.dts is not None]
                first = packets[0].dts
                length = packets[-1].dts - first + (packets[-1].duration or packets[1].dts - first)
                for packet in packets:
                    packet.pts = (packet.dts if packet.pts is None else packet.pts) - first + shift
                    packet.dts = packet.dts - first + shift
                    packet.stream = stream
                    target.mux(packet)
                shift += length
                media_s = float(shift * given.time_base)
            if media_s >= seconds:
                return media_s


def steady(sample: Sample, whole_s: float) -> bool:
    """After the warm-up and before the ending of a run of ``whole_s``."""
    return WARM_UP * whole_s <= sample.wall_s <= (1 - ENDING) * whole_s


def slope_of(samples: Sequence[Sample], values: Sequence[float], media_s: float) -> Slope | None:
    """Of the steady samples; None with too few of them."""
    whole_s = samples[-1].wall_s
    kept = [steady(sample, whole_s) for sample in samples]
    if sum(kept) < 10:
        return None
    hours = np.array([sample.wall_s for sample in samples])[kept] / whole_s * media_s / 3600
    found = theilslopes(np.array(values)[kept], hours)
    return Slope(float(found.slope), float(found.low_slope), float(found.high_slope))


def plot(samples: Sequence[Sample], media_s: float, width: int = 72, height: int = 10) -> str:
    """Resident memory over media time, from the end of the warm-up: mean of each column.

    The start is left out because its rise would flatten all that follows.
    """
    whole_s = samples[-1].wall_s
    warm = [s for s in samples if s.wall_s >= WARM_UP * whole_s]
    columns = np.array_split(np.array([s.rss_mb for s in warm]), min(width, len(warm)))
    means = [float(column.mean()) for column in columns]
    low = min(means)
    step = max(max(means) - low, 1.0) / (height - 1)
    grid = [[" "] * len(means) for _ in range(height)]
    for x, mean in enumerate(means):
        grid[height - 1 - round((mean - low) / step)][x] = "•"
    labels = [f"{low + step * (height - 1 - row):8.1f} │" for row in range(height)]
    lines = [label + "".join(row) for label, row in zip(labels, grid, strict=True)]
    begin, end = (f"{share * media_s / 60:.0f} min" for share in (WARM_UP, 1.0))
    axis = " " * 10 + begin + end.rjust(len(means) - len(begin))
    return "\n".join(["MB resident", *lines, " " * 9 + "└" + "─" * len(means), axis])


def prepared(arguments: argparse.Namespace, folder: Path) -> tuple[Path, float, list[str | Path]]:
    """The long recording, its seconds, and the flags that describe its scene."""
    flags: list[str | Path] = ["--line", arguments.line]
    clip = arguments.clip
    if arguments.town:
        made = write_town(Scenario(duration_s=60.0), folder / "town")
        clip, flags = made.video, ["--site", made.site]
    # MP4 holds the index of all packets in memory while it is written; Matroska does not.
    recording = folder / "long.mkv"
    return recording, repeated(clip, recording, arguments.minutes * 60), flags


def tagged(
    arguments: argparse.Namespace, folder: Path, recording: Path, flags: Sequence[str | Path]
) -> tuple[Cost, list[Sample]]:
    given = {"WAYSIDE_CACHE_DIR": str(folder / "cache"), "WAYSIDE_OFFLINE": "1"}
    if arguments.models.is_dir():
        given["WAYSIDE_MODEL_DIR"] = str(arguments.models.resolve())
    command = [sys.executable, "-m", "wayside.cli", "tag", recording, *flags]
    command += ["--model", arguments.model, "-o", folder / "out", *arguments.wayside_flag]
    watch = Watch()
    cost = metered(command, neutral_environment(given), folder / "log", watch=watch)
    if len(watch.samples) < 2:
        sys.exit("the run was over before its memory could be read twice: ask for more --minutes")
    return cost, watch.samples


def result_table(
    cost: Cost, samples: Sequence[Sample], media_s: float, slopes: dict[str, Slope | None]
) -> Table:
    table = Table(
        title=f"{media_s / 60:.1f} min of video in {cost.wall_s:.0f} s", show_header=False
    )
    table.add_column()
    table.add_column(justify="right")
    for name, slope in slopes.items():
        text = "too few samples"
        if slope:
            text = f"{slope.mb_per_h:+.2f} MB/h (95 %: {slope.low:+.2f} to {slope.high:+.2f})"
        table.add_row(f"slope, {name}", text)
    whole_s = samples[-1].wall_s
    warm = [sample for sample in samples if steady(sample, whole_s)] or samples
    table.add_row("most memory", f"{cost.max_rss_mb:.0f} MB")
    table.add_row("memory after the warm-up", f"{warm[0].rss_mb:.0f} MB")
    for name in ("threads", "files"):
        counts = [getattr(sample, name) for sample in warm]
        text = f"{counts[0]} to {counts[-1]}, at most {max(counts)}"
        table.add_row(f"{name} after the warm-up", text)
    table.add_row("CPU", f"{cost.cpu_s:.0f} s, {cost.cpu_s / media_s * 1000:.0f} ms per video s")
    return table


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    data = Path(os.environ.get("WAYSIDE_TEST_DATA") or SHARED / "data")
    models = Path(os.environ.get("WAYSIDE_MODEL_DIR") or SHARED / "models")
    parser.add_argument("--minutes", type=float, default=60.0, help="of media")
    parser.add_argument("--clip", type=Path, default=data / "clips" / CLIP)
    parser.add_argument("--line", default=LINE, help="ID=x1,y1,x2,y2")
    parser.add_argument("--town", action="store_true", help="the synthetic town, not --clip")
    parser.add_argument("--model", default="motion")
    parser.add_argument("--models", type=Path, default=models, help="folder of the weights")
    parser.add_argument(
        "--wayside-flag",
        action="append",
        default=[],
        help="more for tag: --wayside-flag=--no-video",
    )
    parser.add_argument("--json", type=Path, help="write samples and slopes here")
    arguments = parser.parse_args()
    if arguments.minutes <= 0:
        parser.error("--minutes must be more than 0")
    if not arguments.town and not arguments.clip.is_file():
        parser.error(f"{arguments.clip} is not there; --town needs no clip")
    return arguments


def main() -> None:
    arguments = parsed()
    console = Console(width=None if sys.stdout.isatty() else 110)
    with tempfile.TemporaryDirectory(prefix="wayside-soak-") as temporary:
        folder = Path(temporary)
        recording, media_s, flags = prepared(arguments, folder)
        console.print(
            f"{media_s / 60:.1f} min, {recording.stat().st_size / 1e6:.0f} MB", style="dim"
        )
        cost, samples = tagged(arguments, folder, recording, flags)
    slopes = {
        "resident": slope_of(samples, [s.rss_mb for s in samples], media_s),
        "resident without mapped files": slope_of(samples, [s.own_mb for s in samples], media_s),
    }
    console.print(plot(samples, media_s), highlight=False)
    console.print(result_table(cost, samples, media_s, slopes))
    slope = slopes["resident"]
    if slope:
        kept = slope.mb_per_h < TARGET
        console.print(f"less than {TARGET:g} MB/h: " + ("[green]yes[/]" if kept else "[red]no[/]"))
    if arguments.json:
        table = {
            "media_s": media_s,
            "cost": cost.table(),
            "slopes": {name: asdict(s) if s else None for name, s in slopes.items()},
            "samples": [asdict(sample) for sample in samples],
        }
        arguments.json.write_text(json.dumps(table, indent=1), "utf-8")


if __name__ == "__main__":
    main()
