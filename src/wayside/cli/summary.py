"""What a person sees in the terminal when a run is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from wayside.cli.tagging import Outcome
from wayside.domain.records import Event
from wayside.pipeline.drawing import CROSSING, PRESENCE, STOPPED


def print_summary(
    console: Console,
    outcomes: Sequence[Outcome],
    placed: Sequence[Path],
    *,
    elapsed_s: float,
    interrupted: bool,
) -> None:
    """Counts by line, direction and class; coverage; where the results are."""
    media_s = sum(outcome.contents.duration_s for outcome in outcomes)
    events = [event for outcome in outcomes for event in outcome.contents.events]
    crossings = [event for event in events if event.kind == CROSSING]
    if crossings:
        console.print(_crossing_table(crossings))
    elif any(outcome.contents.geometry.lines for outcome in outcomes):
        console.print("Nothing crossed a line.")
    else:
        console.print("No line to count at. Draw one with --line ID=x1,y1,x2,y2.")
    begun = [e for e in events if e.phase.begins]
    others = Counter(e.kind for e in begun if e.kind in (PRESENCE, STOPPED))
    for kind, number in others.items():
        noun = "event" if number == 1 else "events"
        console.print(f"{number} {noun} of {kind.split('.')[1].replace('_', ' ')}")
    coverage = _coverage(outcomes)
    console.print(
        f"{media_s:.1f} s of video in {elapsed_s:.1f} s "
        f"({media_s / max(elapsed_s, 1e-3):.1f}x real time), coverage {coverage:.1%}"
    )
    if interrupted:
        console.print("[yellow]Stopped early[/]: what was done until then is kept")
    for path in placed:
        console.print(f"  {path}", highlight=False, soft_wrap=True)


def _coverage(outcomes: Sequence[Outcome]) -> float:
    whole_s = sum(outcome.contents.duration_s for outcome in outcomes)
    seen_s = sum(o.contents.duration_s * o.contents.coverage for o in outcomes)
    return seen_s / whole_s if whole_s else 1.0


def _crossing_table(crossings: Sequence[Event]) -> Table:
    counts: Counter[tuple[str, str, str, str]] = Counter()
    for event in crossings:
        data = event.data
        counts[event.origin.feed, event.place, str(data["direction"]), str(data["class"])] += 1
    classes = sorted({key[3] for key in counts})
    table = Table("feed", "line", "direction", *classes, "all", title="Crossings")
    for column in table.columns[:3]:
        column.overflow = "fold"
    for column in table.columns[3:]:
        column.justify = "right"
        column.no_wrap = True
    for feed, line, direction in sorted({key[:3] for key in counts}):
        row = [counts[feed, line, direction, name] for name in classes]
        table.add_row(feed, line, direction, *(str(n or "") for n in row), str(sum(row)))
    return table
