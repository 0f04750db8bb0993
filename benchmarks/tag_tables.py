"""What ``tag.py`` measured, as tables."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from metered import Cost
from tag_counts import Place, Score, scores, total

if TYPE_CHECKING:
    from tag import Run, Trial

TARGET = 5.0
"""Times less CPU that we promise, for the same or better counts."""

WORDS = {"wayside": "wayside", "usual": "usual loop", "as_shipped": "same, tracker as shipped"}


def show(console: Console, done: Sequence[Trial], start_up: Cost) -> None:
    console.print(cost_table(done))
    console.print(counts_table(done))
    console.print(our_stages(done, start_up))
    console.print(their_stages(done))
    for trial in done:
        console.print(verdict(trial))


def scored(trial: Trial) -> dict[str, dict[Place, Score]]:
    """By who, then by place. Of the last round; ``check_alike`` tells where rounds differ."""
    runs = {"wayside": trial.ours[-1], "usual": trial.theirs[-1], "as_shipped": trial.as_shipped}
    clip = trial.clip
    return {who: scores(clip.truth, run.crossings, clip.tolerance_s) for who, run in runs.items()}


def counts(trial: Trial) -> dict[str, dict[str, list[int]]]:
    """Correct, missed, extra by who and place, for JSON."""
    return {
        who: {" ".join(place): [s.correct, s.missed, s.extra] for place, s in by_place.items()}
        for who, by_place in scored(trial).items()
    }


def verdict(trial: Trial) -> str:
    by_who = scored(trial)
    ours, theirs = (total(by_who[who]).wrong for who in ("wayside", "usual"))
    ratio = median(trial.ratios)
    word = "the same" if ours == theirs else "better" if ours < theirs else "worse"
    is_kept = ratio >= TARGET and ours <= theirs
    return (
        f"{trial.clip.name}: [bold]{ratio:.2f}x[/] less CPU, counts {word} "
        f"({ours} wrong against {theirs}); {TARGET:g}x for the same or better counts: "
        + ("[green]yes[/]" if is_kept else "[red]no[/]")
    )


def cost_table(done: Sequence[Trial]) -> Table:
    table = Table(title="CPU, whole process (median of rounds)")
    for head in ("clip", "video s", "who"):
        table.add_column(head)
    for head in ("CPU s", "ms CPU per video s", "wall s", "MB", "cold CPU s", "CPU ratio", "wall"):
        table.add_column(head, justify="right")
    for trial in done:
        media_s = trial.ours[0].media_s
        rounds = "  ".join(f"{ratio:.2f}" for ratio in trial.ratios)
        walls = [
            t.cost.wall_s / o.cost.wall_s for o, t in zip(trial.ours, trial.theirs, strict=True)
        ]
        table.add_row(
            trial.clip.name,
            f"{media_s:.1f}",
            "wayside tag",
            *_costs(trial.ours, trial.cold_ours, media_s),
            f"[bold]{median(trial.ratios):.2f}x[/]",
            f"{median(walls):.2f}x",
        )
        table.add_row(
            "", "", "usual loop", *_costs(trial.theirs, trial.cold_theirs, media_s), rounds
        )
        table.add_section()
    if len(done) > 1:
        table.add_row("all", "", "", "", "", "", "", "", f"[bold]{_ratio_of_all(done):.2f}x[/]")
    return table


def _costs(runs: Sequence[Run], cold: Run, media_s: float) -> list[str]:
    cpu_s = median(run.cost.cpu_s for run in runs)
    return [
        f"{cpu_s:.2f}",
        f"{cpu_s / media_s * 1000:.0f}",
        f"{median(run.cost.wall_s for run in runs):.1f}",
        f"{max(run.cost.max_rss_mb for run in runs):.0f}",
        f"{cold.cost.cpu_s:.2f}",
    ]


def _ratio_of_all(done: Sequence[Trial]) -> float:
    """Of the sums over the clips, median of rounds."""
    return median(
        sum(trial.theirs[n].cost.cpu_s for trial in done)
        / sum(trial.ours[n].cost.cpu_s for trial in done)
        for n in range(len(done[0].ours))
    )


def counts_table(done: Sequence[Trial]) -> Table:
    table = Table(title="Crossings against truth: correct / missed / extra")
    for head in ("clip", "line", "direction", "class"):
        table.add_column(head)
    for head in ("truth", *WORDS.values()):
        table.add_column(head, justify="right")
    for trial in done:
        by_who = scored(trial)
        places = sorted({place for by_place in by_who.values() for place in by_place})
        for place in places:
            cells = [_score(by_place.get(place, Score())) for by_place in by_who.values()]
            table.add_row(trial.clip.name, *place, str(_true(trial, place)), *cells)
        sums = [_score(total(by_place)) for by_place in by_who.values()]
        whole = sum(crossing.certain for crossing in trial.clip.truth)
        table.add_row(trial.clip.name, "all", "", "", str(whole), *sums, style="bold")
        table.add_section()
    return table


def _true(trial: Trial, place: Place) -> int:
    return sum(c.place == place and c.certain for c in trial.clip.truth)


def _score(score: Score) -> str:
    text = f"{score.correct}/{score.missed}/{score.extra}"
    return f"[red]{text}[/]" if score.wrong else text


def our_stages(done: Sequence[Trial], start_up: Cost) -> Table:
    """ms CPU per second of video, and share of the whole process."""
    table = _stage_table("Where wayside's CPU goes", done)
    columns = []
    for trial in done:
        stages = _median_stages(trial.ours)
        whole = median(run.cost.cpu_s for run in trial.ours)
        told = sum(stages.values())
        stages["start-up (--version)"] = start_up.cpu_s
        stages["the rest"] = whole - told - start_up.cpu_s
        columns.append(stages)
    _add_stages(table, done, columns)
    for key, head in (
        ("pictures", "pictures decoded"),
        ("analysed", "analysed"),
        ("looks", "detector runs"),
    ):
        cells = []
        for trial in done:
            n = trial.ours[0].counters.get(key, 0)
            cells += [f"{n / trial.ours[0].media_s:.1f}", ""]
        table.add_row(f"{head} per video s", *cells, style="dim")
    return table


def their_stages(done: Sequence[Trial]) -> Table:
    table = _stage_table("Where the usual loop's CPU goes", done)
    _add_stages(table, done, [_median_stages(trial.theirs) for trial in done])
    cells = []
    for trial in done:
        cells += [f"{trial.theirs[0].counters['pictures'] / trial.ours[0].media_s:.1f}", ""]
    table.add_row("detector runs per video s", *cells, style="dim")
    return table


def _stage_table(title: str, done: Sequence[Trial]) -> Table:
    table = Table(title=title)
    table.add_column("stage")
    for trial in done:
        table.add_column(f"{trial.clip.name}: ms per video s", justify="right")
        table.add_column("share", justify="right")
    return table


def _add_stages(table: Table, done: Sequence[Trial], columns: Sequence[dict[str, float]]) -> None:
    wholes = [sum(stages.values()) for stages in columns]
    for name in dict.fromkeys(name for stages in columns for name in stages):
        cells = []
        for trial, stages, whole in zip(done, columns, wholes, strict=True):
            cpu_s = stages.get(name, 0.0)
            cells += [f"{cpu_s / trial.ours[0].media_s * 1000:.1f}", f"{cpu_s / whole:.1%}"]
        table.add_row(name, *cells)
    table.add_section()
    cells = []
    for trial, whole in zip(done, wholes, strict=True):
        cells += [f"{whole / trial.ours[0].media_s * 1000:.1f}", "100 %"]
    table.add_row("all", *cells, style="bold")


def _median_stages(runs: Sequence[Run]) -> dict[str, float]:
    names = dict.fromkeys(name for run in runs for name in run.stage_cpu_s)
    return {name: median(run.stage_cpu_s.get(name, 0.0) for run in runs) for name in names}
