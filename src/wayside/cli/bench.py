"""``wayside bench``: how many feeds of a kind this machine takes, measured."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from wayside.cli.bench_answer import FULL, Machine, Verdict, in_words, verdict
from wayside.cli.bench_feeds import clip_feeds, synthetic_feeds
from wayside.cli.detectors import AUTO, cache_folder, choose
from wayside.cli.measuring import Cost, measured
from wayside.domain.errors import OutputError
from wayside.domain.feeds import FeedSpec
from wayside.report.cost_picture import cost_picture

PILOT_FEEDS, PILOT_S = 8, 10.0
LOAD = 0.6
"""Share of the machine that the measured feeds shall take: more would lose pictures where the
pilot was wrong."""
MOST_FEEDS = 400
SPARE_S = 40.0


class Resolution(StrEnum):
    SMALL = "640x360"
    MIDDLE = "1280x720"
    LARGE = "1920x1080"


class Activity(StrEnum):
    BUSY = "busy"
    TYPICAL = "typical"
    NIGHT = "night"


def bench(
    clip: Annotated[
        Path | None, typer.Argument(help="Feeds that play this clip; else synthetic ones")
    ] = None,
    resolution: Annotated[
        Resolution, typer.Option(help="Of synthetic feeds, H.264 at 25 pictures a second")
    ] = Resolution.SMALL,
    activity: Annotated[
        Activity,
        typer.Option(help="busy: something moves all the time; typical: 30 %; night: 3 %, dark"),
    ] = Activity.TYPICAL,
    feeds: Annotated[
        int | None, typer.Option(min=1, help="Run so many; else as many as a first try suggests")
    ] = None,
    seconds: Annotated[float, typer.Option(min=2.0, help="How long is measured")] = 30.0,
    learn: Annotated[
        float, typer.Option(min=0.0, help="Seconds before, in which feeds become familiar")
    ] = 30.0,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes; one for each core")
    ] = None,
    model: Annotated[
        str, typer.Option(help="auto, motion, a name of `wayside models` or a file")
    ] = AUTO,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw where the CPU goes into this .svg file")
    ] = None,
    films: Annotated[
        Path | None, typer.Option(help="Folder that keeps the synthetic films for the next time")
    ] = None,
    film: Annotated[
        float | None, typer.Option(hidden=True, help="Seconds of each film, for a quick try")
    ] = None,
) -> None:
    """Measure how many feeds of a kind this machine takes.

    Real worker processes run on feeds in real time; no network, camera or GPU is needed. Synthetic
    films are made at the first run, which takes a minute or more. Let the machine do nothing else.
    """
    if plot is not None and plot.suffix != ".svg":
        raise typer.BadParameter("the picture is an .svg file", param_hint="--plot")
    os.environ["WAYSIDE_OFFLINE"] = "1"  # what is measured is this machine as it is
    used = choose(model)
    machine = _machine()
    count = workers or machine.cores
    folder = films or cache_folder() / "workloads"
    kind = clip.name if clip is not None else str(resolution)

    def given(number: int, play_s: float, place: Path) -> list[FeedSpec]:
        if clip is not None:
            return clip_feeds(clip, number)
        return synthetic_feeds(str(activity), str(resolution), number, play_s, folder, place, film)

    pilot: Cost | None = None
    if feeds is None:
        pilot = _run(given, PILOT_FEEDS, 1, (learn, PILOT_S), model)
        feeds = max(PILOT_FEEDS, min(MOST_FEEDS, int(LOAD * pilot.feeds_a_core * machine.cores)))
    cost = _run(given, feeds, min(count, feeds), (learn, seconds), model)
    found = verdict(cost, pilot, machine)
    if plot is not None:
        _draw(plot, cost, pilot, kind)
    if as_json:
        _print_json(cost, found, machine, kind)
        return
    console = Console(highlight=False)
    shown_activity = "" if clip is not None else str(activity)
    console.print(f"Detector: {used.found.card.name if used.found else 'motion alone'}")
    for name, ms in cost.stages_ms.items():
        share = ms / max(cost.cpu_ms, 1e-3)
        console.print(f"  {name:22s} {ms:7.2f} ms  {share:4.0%} {'█' * round(30 * share)}")
    for line in in_words(found, cost, machine, kind, shown_activity):
        console.print(line, soft_wrap=True)


def _run(
    given: Callable[[int, float, Path], list[FeedSpec]],
    feeds: int,
    workers: int,
    times_s: tuple[float, float],
    model: str,
) -> Cost:
    """times_s: of learning and of measuring. Raises OutputError where no feed can be read."""
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with tempfile.TemporaryDirectory(prefix="wayside-bench-") as name:
        specs = given(feeds, sum(times_s) + SPARE_S, Path(name) / "feeds")
        with Progress(*columns, console=Console(stderr=True)) as bar:
            task = bar.add_task(f"{feeds} feeds", total=1.0)

            def told(share: float, what: str) -> None:
                bar.update(task, completed=share, description=f"{feeds} feeds: {what}")

            cost = measured(
                specs,
                Path(name),
                {"model": model},
                workers=workers,
                warm_s=times_s[0],
                seconds=times_s[1],
                told=told,
            )
    if not cost.live:
        raise OutputError(
            "no feed gave pictures", remedy="Try the clip with `wayside tag` to see why"
        )
    return cost


def _machine() -> Machine:
    cores = len(os.sched_getaffinity(0))
    memory_mb = 0.0
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        if line.startswith("MemAvailable:"):
            memory_mb = float(line.split()[1]) * 1024 / 1e6
    return Machine(cores, memory_mb)


def _draw(path: Path, cost: Cost, pilot: Cost | None, kind: str) -> None:
    rows = [(f"{one.feeds} feeds", one.stages_ms) for one in (pilot, cost) if one is not None]
    try:
        path.write_text(cost_picture(f"CPU for a second of one feed, {kind}", rows), "utf-8")
    except OSError as error:
        raise OutputError(
            f"the picture cannot be written ({error.strerror})", where=str(path)
        ) from error


def _print_json(cost: Cost, found: Verdict, machine: Machine, kind: str) -> None:
    answer = {
        "kind": kind,
        "cores": machine.cores,
        "share_of_cores": FULL,
        "answer": found.as_json(),
        "measured": cost.as_json(),
    }
    print(json.dumps(answer, indent=2))  # noqa: T201 - the answer
