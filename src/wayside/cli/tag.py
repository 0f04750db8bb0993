"""``wayside tag``: what happens in recordings, as events, counts, a video and a report."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from wayside.cli.detectors import Choice, choose, find_faces
from wayside.cli.jobs import Job, Plan, plan_for_files, plan_for_site
from wayside.cli.results import Results, is_result_name
from wayside.cli.stopping import INTERRUPTED, stop_on_signal
from wayside.cli.summary import print_summary
from wayside.cli.tagging import Outcome, Tagger
from wayside.config.flags import parse_lines, parse_zones
from wayside.domain.errors import UsageError
from wayside.domain.records import JsonValue
from wayside.domain.scene import Anchor, SceneGeometry
from wayside.ingest.sources import source_for
from wayside.observe.logging import get_logger
from wayside.observe.versions import versions
from wayside.scene.checks import check_geometry

Files = Annotated[
    list[Path] | None,
    typer.Argument(help="Videos or folders of pictures", show_default=False),
]
Out = Annotated[Path, typer.Option("--output", "-o", help="Folder for the results")]
SiteFile = Annotated[
    Path | None, typer.Option("--site", help="site.yaml with scenes, rules and settings")
]
FeedId = Annotated[
    str | None, typer.Option("--feed", help="Feed of --site that the files belong to")
]
Lines = Annotated[
    list[str] | None,
    typer.Option("--line", help="Count across a line: `ID=x1,y1,x2,y2`, shares of the picture"),
]
Zones = Annotated[
    list[str] | None,
    typer.Option("--zone", help="Watch a zone: `ID=x1,y1,x2,y2,x3,y3,…`"),
]
AnchorOption = Annotated[
    Anchor | None,
    typer.Option("--anchor", help="Point of an object that counts: ground (default) or centre"),
]
Model = Annotated[
    str | None,
    typer.Option("--model", help="auto, motion, a name from `wayside models`, or a model file"),
]
BackendOption = Annotated[
    str | None, typer.Option("--backend", help="openvino (default), onnxruntime or motion")
]
Threshold = Annotated[
    float | None,
    typer.Option(
        "--threshold", min=0.05, max=0.95, help="Score from which a detection is believed"
    ),
]
Interval = Annotated[
    int | None,
    typer.Option("--interval", min=1, max=86_400, help="Seconds of a measurement's window"),
]
NoVideo = Annotated[bool, typer.Option("--no-video", help="Do not write tagged.mp4")]
NoStills = Annotated[bool, typer.Option("--no-stills", help="Keep no pictures of events")]


def tag(
    files: Files = None,
    output: Out = Path("out"),
    site: SiteFile = None,
    feed: FeedId = None,
    line: Lines = None,
    zone: Zones = None,
    anchor: AnchorOption = None,
    model: Model = None,
    backend: BackendOption = None,
    threshold: Threshold = None,
    interval: Interval = None,
    no_video: NoVideo = False,
    no_stills: NoStills = False,
) -> None:
    """Tag what happens in recordings.

    Writes `events.jsonl`, `measurements.csv`, `tagged.mp4`, `report.html` and
    `wayside.db` into the output folder. Forward across a line is from its left
    to its right, seen from its first point towards its second.
    """
    geometry = SceneGeometry(
        anchor=anchor or Anchor.GROUND,
        lines=parse_lines(line or ()),
        zones=parse_zones(zone or ()),
    )
    plan = _plan(files or [], site, feed, geometry, anchor)
    plan = _with_flags(
        plan, model, backend, threshold, interval, video=not no_video, stills=not no_stills
    )
    _check_sources(plan, output)
    choice = choose(
        plan.detect.model,
        backend=plan.detect.backend,
        precision=plan.detect.precision,
        threshold=plan.detect.threshold,
    )
    with stop_on_signal() as stop, Results(output) as results:
        _tag_all(plan, choice, results, stop)
    if stop():
        raise typer.Exit(INTERRUPTED)


def _plan(
    files: list[Path],
    site: Path | None,
    feed: str | None,
    geometry: SceneGeometry,
    anchor: Anchor | None,
) -> Plan:
    if site is None:
        if feed is not None:
            raise UsageError("--feed needs --site", remedy="It names a feed of a site.yaml")
        return plan_for_files(files, geometry)
    plan = plan_for_site(site, files, geometry, feed)
    if anchor is not None:
        jobs = [replace(j, geometry=replace(j.geometry, anchor=anchor)) for j in plan.jobs]
        plan = replace(plan, jobs=tuple(jobs))
    return plan


def _with_flags(
    plan: Plan,
    model: str | None,
    backend: str | None,
    threshold: float | None,
    interval: int | None,
    *,
    video: bool,
    stills: bool,
) -> Plan:
    """What was typed wins over site.yaml."""
    given = {"model": model, "backend": backend, "threshold": threshold}
    if backend is not None and backend not in ("openvino", "onnxruntime", "motion"):
        raise UsageError(
            f"there is no backend '{backend}'", remedy="Use openvino, onnxruntime or motion"
        )
    detect = plan.detect.model_copy(update={k: v for k, v in given.items() if v is not None})
    wanted: dict[str, object] = {} if interval is None else {"interval_s": interval}
    wanted["video"] = plan.output.video and video
    wanted["stills"] = plan.output.stills and stills
    for job in plan.jobs:
        check_geometry(job.geometry)
    return replace(plan, detect=detect, output=plan.output.model_copy(update=wanted))


def _check_sources(plan: Plan, output: Path) -> None:
    """Opens every recording once before anything is written.

    Raises SourceError, and UsageError for a recording that the results would replace.
    """
    for job in plan.jobs:
        if is_result_name(job.path.name) and job.path.resolve().parent == output.resolve():
            raise UsageError(
                "the results would replace this recording",
                where=str(job.path),
                remedy="Choose another folder with -o",
            )
        source_for(job.path, start=job.start, rate=job.rate).open().close()


def _tag_all(plan: Plan, choice: Choice, results: Results, stop: Callable[[], bool]) -> None:
    began = time.monotonic()
    console = Console(stderr=True)
    if choice.detector is None and choice.why != "asked for":
        console.print(f"[yellow]Note[/] {choice.why}. `wayside models` says more.")
    if plan.left_out:
        console.print(
            f"[yellow]Note[/] live feeds cannot be tagged and are left out: "
            f"{escape(', '.join(plan.left_out))}. `wayside up` runs them."
        )
    tagger = Tagger(plan, choice, results, faces=find_faces(), stop=stop)
    outcomes: list[Outcome] = []
    with _progress(console) as progress:
        for job, video in zip(plan.jobs, _video_names(plan), strict=True):
            if stop():
                break
            outcomes.append(_tag_one(tagger, job, video, progress))
    if not outcomes:
        return  # stopped before the first packet: earlier results are worth more than none
    events = [e for outcome in outcomes for e in outcome.contents.events]
    measurements = [m for outcome in outcomes for m in outcome.contents.measurements]
    results.export(events, measurements)
    results.report(
        plan,
        [outcome.contents for outcome in outcomes],
        settings=_settings(plan),
        model=choice.described(),
        versions=versions(),
    )
    placed = results.commit()
    print_summary(
        Console(), outcomes, placed, elapsed_s=time.monotonic() - began, interrupted=stop()
    )


def _tag_one(tagger: Tagger, job: Job, video: str | None, progress: Progress) -> Outcome:
    began = time.monotonic()
    task = progress.add_task(escape(job.feed), total=1.0, speed="")

    def report(share: float, t_s: float) -> None:
        elapsed_s = max(time.monotonic() - began, 1e-3)
        progress.update(task, completed=share, speed=f"{t_s / elapsed_s:.1f}x real time")

    outcome = tagger.tag(job, video, report)
    progress.update(task, completed=1.0)
    contents = outcome.contents
    get_logger(__name__).info(
        "tagged",
        feed=job.feed,
        media_s=round(contents.duration_s, 3),
        events=len(contents.events),
        coverage=round(contents.coverage, 4),
    )
    return outcome


def _video_names(plan: Plan) -> list[str | None]:
    """tagged.mp4 where there is one recording, else one video each; None for no video."""
    if not plan.output.video:
        return [None] * len(plan.jobs)
    if len(plan.jobs) == 1:
        return ["tagged.mp4"]
    return [f"tagged-{number:03d}-{job.feed}.mp4" for number, job in enumerate(plan.jobs, 1)]


def _settings(plan: Plan) -> dict[str, JsonValue]:
    """Of the run, for the report."""
    return {
        "detect": plan.detect.model_dump(mode="json"),
        "privacy": plan.privacy.model_dump(mode="json"),
        "output": plan.output.model_dump(mode="json"),
        "feeds": {
            job.feed: {
                "anchor": job.geometry.anchor.value,
                "lines": [line.id for line in job.geometry.lines],
                "zones": [zone.id for zone in job.geometry.zones],
            }
            for job in plan.jobs
        },
    }


def _progress(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[speed]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not sys.stderr.isatty(),
    )
