"""What attention saves: CPU of one feed's second, beside the limits and beside the usual loop.

    python benchmarks/attention.py
    python benchmarks/attention.py --only typical-360 --only night-360 --model motion

For each workload (busy, typical, night) and size (640x360, 1920x1080): one worker
process with looped films in real time, each from another place on, a mixture of
VBR, CBR and long GOPs (``wayside.testing.workloads``). First it learns, then it is
measured: user and system CPU of the whole process, as the system counts it. Then
the loop that most people write (``peers_tag.py``: PyAV, NanoDet-Plus through
OpenVINO, ``trackers``, ``supervision``) over a part of the same films that is busy for
the same share of the time, at 5 pictures a second and at every picture.

A run in which the worker could not keep up is marked with ``!``: what it left out
it did not pay for. The machine should have nothing else to do.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
from platformdirs import user_cache_path
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from metered import metered, neutral_environment
from wayside.cli.measuring import Cost, measured
from wayside.testing.workloads import (
    WorkloadFilm,
    films_with_progress,
    phased_feeds,
    recipes,
)
from wayside.testing.workloads.phases import phased

SHARED = Path(__file__).parents[2] / "shared"
WEIGHTS = "nanodet_plus_m_dyn_fp16w.onnx"
SIZES = {"360": (640, 360), "1080": (1920, 1080)}


@dataclass(frozen=True, slots=True)
class Case:
    """One row. least: feeds a core that are promised. feeds: so many are measured at once.

    part: from and how long, in seconds of the film, what the peers are given. times: how much
    cheaper than the peers at 5 pictures a second it is promised to be.
    """

    workload: str
    height: str
    least: float
    feeds: int
    part: tuple[float, float]
    times: float

    @property
    def name(self) -> str:
        return f"{self.workload}-{self.height}"


CASES = (
    Case("busy", "360", 30, 9, (0.0, 20.0), 4.0),
    Case("typical", "360", 90, 18, (18.0, 20.0), 12.0),
    Case("night", "360", 500, 36, (152.0, 20.0), 0.0),
    Case("busy", "1080", 9, 3, (0.0, 10.0), 4.0),
    Case("typical", "1080", 28, 6, (28.0, 20.0), 12.0),
    Case("night", "1080", 250, 12, (152.0, 10.0), 0.0),
)
EVERY_TIMES = 15.0
"""Against the loop over every picture, typical feeds."""


@dataclass(frozen=True, slots=True)
class Row:
    """peers_5, peers_all: their CPU in ms for a second of film, None where not measured."""

    case: Case
    cost: Cost
    peers_5: float | None
    peers_all: float | None

    def as_json(self) -> dict[str, object]:
        return {
            "case": self.case.name,
            "least_feeds_a_core": self.case.least,
            "peers_5_ms": self.peers_5,
            "peers_every_ms": self.peers_all,
            **self.cost.as_json(),
        }


def films_for(case: Case, folder: Path, console: Console) -> list[WorkloadFilm]:
    """Made where they are missing."""
    made = recipes(case.workload, SIZES[case.height])
    return films_with_progress(made, folder, console, f"films {case.name}")


def wayside_cost(
    films: Sequence[WorkloadFilm], feeds: int, given: argparse.Namespace, console: Console
) -> Cost:
    with tempfile.TemporaryDirectory() as name, Progress(console=console) as bar:
        task = bar.add_task("wayside", total=1.0)
        play_s = given.warm + given.seconds + 30.0
        specs = phased_feeds(films, feeds, play_s, Path(name) / "feeds")
        settings = {"model": given.model, "attention": not given.exhaustive}
        return measured(
            specs,
            Path(name),
            settings,
            warm_s=given.warm,
            seconds=given.seconds,
            told=lambda share, what: bar.update(task, completed=share, description=what),
        )


def peers_cost(
    film: WorkloadFilm, part: tuple[float, float], rate: float | None, given: argparse.Namespace
) -> float:
    """Their CPU in ms for a second of film, their start-up not counted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "part.mp4"
        phased(film.path, part[0], part[1], clip)
        answer = folder / "answer.json"
        command: list[str | Path] = [
            given.peers_python.absolute(),
            Path(__file__).with_name("peers_tag.py"),
            clip,
            *("--model", given.models / WEIGHTS, "--answer", answer),
            *("--cache", given.films / "peers-cache"),
        ]
        for line in film.feed.geometry.lines:
            points = ",".join(f"{value:.5f}" for value in (*line.start, *line.end))
            command += ["--line", f"{line.id}={points}"]
        if rate is not None:
            command += ["--rate", f"{rate:g}"]
        metered(command, neutral_environment({}), folder / "log")
        stages = json.loads(answer.read_text("utf-8"))["stage_cpu_s"]
        spent = sum(cpu_s for stage, cpu_s in stages.items() if stage != "start-up")
        return 1000 * spent / part[1]


def table(rows: Sequence[Row]) -> Table:
    told = Table(title="CPU of a feed's second, in ms, and what follows", title_justify="left")
    for column in (
        "workload",
        "feeds",
        "ms",
        "halves",
        "a core",
        "limit",
        "asleep",
        "coverage",
        "lag p95",
        "RSS MB",
        "loop 5/s",
        "x",
        "loop every",
        "x",
    ):
        told.add_column(column, justify="left" if column == "workload" else "right", no_wrap=True)
    for row in rows:
        told.add_row(*_cells(row))
    return told


def _cells(row: Row) -> list[str]:
    cost, case = row.cost, row.case
    met = cost.is_whole and cost.feeds_a_core >= case.least
    limits = (case.times, EVERY_TIMES if case.workload == "typical" else 0.0)
    ratios = []
    for theirs, limit in zip((row.peers_5, row.peers_all), limits, strict=True):
        ratio = "" if theirs is None else f"{theirs / cost.cpu_ms:.1f}"
        wanted = f" (≥ {limit:g})" if limit and ratio else ""
        ratios += ["" if theirs is None else f"{theirs:.0f}", ratio + wanted]
    return [
        f"{case.name}{'' if cost.is_whole else ' !'}",
        str(cost.feeds),
        f"{cost.cpu_ms:.2f}",
        "/".join(f"{half:.1f}" for half in cost.halves_ms),
        f"[{'green' if met else 'red'}]{cost.feeds_a_core:.0f}[/]",
        f"≥ {case.least:g}",
        f"{cost.asleep:.0%}",
        f"{cost.coverage[0]:.2f}",
        f"{cost.lag_p95_s:.2f}",
        "→".join(f"{mb:.0f}" for mb in cost.rss_mb),
        *ratios,
    ]


def stage_table(rows: Sequence[Row]) -> Table:
    told = Table(title="Where it goes, ms of a feed's second", title_justify="left")
    told.add_column("stage")
    names = dict.fromkeys(name for row in rows for name in row.cost.stages_ms)
    for row in rows:
        told.add_column(row.case.name, justify="right")
    for name in names:
        cells = (row.cost.stages_ms.get(name) for row in rows)
        told.add_row(name, *("" if cell is None else f"{cell:.2f}" for cell in cells))
    return told


def parser() -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=__doc__)
    names = [case.name for case in CASES]
    models = os.environ.get("WAYSIDE_MODEL_DIR") or SHARED / "models"
    options.add_argument("--only", action="append", choices=names, help="these rows; all")
    options.add_argument("--model", default="auto", help="auto, motion, a name, a file")
    options.add_argument("--models", type=Path, default=Path(models))
    options.add_argument("--feeds", type=int, help="so many at once; each row's own number")
    options.add_argument("--warm", type=float, default=45.0, help="seconds of learning")
    options.add_argument("--seconds", type=float, default=60.0, help="seconds that are measured")
    options.add_argument("--exhaustive", action="store_true", help="without attention")
    options.add_argument("--films", type=Path, default=user_cache_path("wayside") / "workloads")
    options.add_argument("--peers-python", type=Path, default=Path(".venv-peers/bin/python"))
    options.add_argument("--no-peers", action="store_true")
    options.add_argument("--json", type=Path, help="write the results there as well")
    return options


def main() -> None:
    options = parser()
    given = options.parse_args()
    if not given.no_peers and not given.peers_python.exists():
        options.error(f"{given.peers_python} is not there: make peers, or --no-peers")
    cv2.setNumThreads(1)
    os.environ["WAYSIDE_MODEL_DIR"] = str(given.models.resolve())
    os.environ["WAYSIDE_OFFLINE"] = "1"
    console = Console(width=170 if not sys.stdout.isatty() else None)
    rows: list[Row] = []
    for case in CASES:
        if given.only and case.name not in given.only:
            continue
        films = films_for(case, given.films, console)
        cost = wayside_cost(films, given.feeds or case.feeds, given, console)
        five, every = (
            None if given.no_peers else peers_cost(films[0], case.part, rate, given)
            for rate in (5.0, None)
        )
        rows.append(Row(case, cost, five, every))
        console.print(f"{case.name}: {cost.cpu_ms:.2f} ms a feed-second {cost.shed}")
        if given.json:
            given.json.write_text(json.dumps([r.as_json() for r in rows], indent=1), "utf-8")
    console.print(table(rows))
    console.print(stage_table(rows))
    if not all(row.cost.is_whole for row in rows):
        console.print("!: the worker could not keep up; give it fewer feeds or a free machine")


if __name__ == "__main__":
    main()
