"""``python -m wayside.testing.demo``: film a town, let wayside count it, show both counts."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

from wayside.domain.classes import ClassGroup
from wayside.domain.errors import WaysideError
from wayside.testing.compare import Comparison, Row, compare, read_events, read_truth
from wayside.testing.progress import picture_progress
from wayside.testing.town import Scenario, TownFiles, write_town

SHORT_S, FULL_S = 120.0, 600.0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        prog="python -m wayside.testing.demo",
        description="Film a synthetic junction, tag the film, compare the counts with the truth.",
    )
    options.add_argument("--full", action="store_true", help="ten minutes instead of two")
    options.add_argument("--seconds", type=float, help="another length")
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("-o", "--output", type=Path, default=Path("demo"), metavar="DIR")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0, 1 where the film cannot be made or tagged, 2 for a bad command line."""
    options = parser()
    arguments = options.parse_args(argv)
    length_s = arguments.seconds or (FULL_S if arguments.full else SHORT_S)
    try:
        scenario = Scenario(seed=arguments.seed, duration_s=length_s)
    except ValueError as error:
        options.error(str(error))
    console = Console()
    try:
        return run(scenario, arguments.output, console)
    except WaysideError as error:
        console.print(f"error: {error}", style="red", markup=False)
        return 1


def run(scenario: Scenario, folder: Path, console: Console) -> int:
    """Film, tag, compare. Returns the exit code."""
    with picture_progress(console, "filming", scenario.frame_count) as progress:
        files = write_town(scenario, folder, progress)
    out = folder / "out"
    # Its output is not captured, so that its own progress bar shows.
    tagged = subprocess.run(tag_command(files, out), check=False)  # noqa: S603
    events = out / "events.jsonl"
    if tagged.returncode != 0 or not events.is_file():
        console.print(f"error: wayside tag failed (exit {tagged.returncode})", style="red")
        return 1
    comparison = compare(read_truth(files.truth_file), read_events(events))
    show(comparison, console)
    console.print(f"report: {out / 'report.html'}", soft_wrap=True)
    return 0


def tag_command(files: TownFiles, out: Path) -> list[str]:
    """The command that a user would type, on this interpreter."""
    command = [sys.executable, "-m", "wayside.cli", "tag"]
    return [*command, "--site", str(files.site), str(files.video), "-o", str(out)]


def show(comparison: Comparison, console: Console) -> None:
    """The counts side by side, as a table. Each cell: truth, then counted."""
    table = Table(
        title="Crossings: truth → counted",
        title_justify="left",
        box=box.HORIZONTALS,
        padding=(0, 1, 0, 0),
        collapse_padding=True,
    )
    table.add_column("line", no_wrap=True)
    table.add_column("direction", no_wrap=True)
    for group in (*ClassGroup, "all"):
        table.add_column(str(group).replace("_", " "), justify="right")
    table.add_column("diff.", justify="right", no_wrap=True)
    place = ""
    for row in comparison.rows:
        if place and row.line != place:
            table.add_section()
        place = row.line
        table.add_row(*_cells(row))
    table.add_section()
    table.add_row(*_cells(comparison.total), style="bold")
    console.print(table)
    console.print(
        f"{comparison.matched} crossings are the same within a second, "
        f"{comparison.missed} missed, {comparison.extra} extra"
    )
    if comparison.speed_error is None:
        console.print("speed: none measured")
    else:
        console.print(f"speed: median error {comparison.speed_error:.1%} of the true speed")


def _cells(row: Row) -> tuple[str, ...]:
    by_group = (
        f"{row.truth.get(group, 0)}→{row.counted.get(group, 0)}"
        if row.truth.get(group) or row.counted.get(group)
        else ""
        for group in ClassGroup
    )
    difference = "" if row.difference is None else f"{row.difference:+.1%}"
    return (
        row.line,
        row.direction,
        *by_group,
        f"{row.truth_all}→{row.counted_all}",
        difference,
    )


if __name__ == "__main__":
    sys.exit(main())
