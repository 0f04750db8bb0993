"""False alarms over many days of normal traffic, an hour of one scenario at a time."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from wayside.testing.sumo.incidents import KINDS, score
from wayside.testing.sumo.noise import Noise
from wayside.testing.sumo.record import record
from wayside.testing.sumo.watching import watch

NORMAL = (
    "junction_cross",
    "junction_queue",
    "junction_skew",
    "junction_tee",
    "motorway_free",
    "motorway_rain",
    "motorway_ramp",
    "roundabout",
    "street_cyclists",
    "street_parking",
    "street_zebra",
)
_HOURS_S = 3600.0
# Traffic by the hour as a share of the scenario's own: two rush hours, a thin night.
_DAY = (
    0.06, 0.04, 0.03, 0.03, 0.05, 0.15, 0.45, 0.9, 1.0, 0.7, 0.6, 0.6,
    0.65, 0.65, 0.65, 0.75, 0.9, 1.0, 0.85, 0.6, 0.4, 0.3, 0.2, 0.1,
)  # fmt: skip
_FIRST_SEED = 1000
_STEP_S = 0.2


def print_days(console: Console, days: float, state: Path, noise: Noise, rate_hz: float) -> None:
    """Hours done are kept in ``state``; those of another rate or noise are done anew."""
    settings = f"{rate_hz:g} {noise}"
    kept = json.loads(state.read_text()) if state.exists() else {}
    hours = kept["hours"] if kept.get("settings") == settings else {}
    total = int(days * 24)
    columns = (TextColumn("hours"), BarColumn(None), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=total)
        for hour in range(total):
            if str(hour) not in hours:
                hours[str(hour)] = _hour(hour, noise, rate_hz)
                partial = state.with_suffix(".part")
                partial.write_text(json.dumps({"settings": settings, "hours": hours}))
                partial.replace(state)
            bar.update(task, completed=hour + 1)
    _print(console, {k: v for k, v in hours.items() if int(k) < total}, total / 24)


def _hour(hour: int, noise: Noise, rate_hz: float) -> dict[str, object]:
    """Each day is one scenario; each hour of it has its own seed."""
    day, of_day = divmod(hour, 24)
    name = NORMAL[day % len(NORMAL)]
    recording = record(
        name, _FIRST_SEED + hour, _HOURS_S, step_s=_STEP_S, scale=_DAY[of_day], keep=False
    )
    watched = watch(recording, noise, rate_hz)
    false = [
        {
            "kind": kind,
            "t_s": round(told.t_s, 1),
            "place": told.finding.place,
            "data": dict(told.finding.data),
        }
        for kind in KINDS
        for told in score(recording, watched, kind).false
    ]
    return {"name": name, "seed": recording.seed, "objects": len(recording.kinds), "false": false}


def _print(console: Console, hours: dict[str, dict[str, object]], days: float) -> None:
    table = Table("event", "false alarms", "a feed and day", title=f"{days:g} days")
    every = [row for hour in hours.values() for row in hour["false"]]  # type: ignore[attr-defined]
    for kind in KINDS:
        count = sum(row["kind"] == kind for row in every)
        table.add_row(kind, str(count), f"{count / days:.2f}")
    table.add_row("all", str(len(every)), f"{len(every) / days:.2f}")
    console.print(table)
    by_name: dict[str, int] = {}
    for hour in hours.values():
        name = str(hour["name"])
        by_name[name] = by_name.get(name, 0) + len(hour["false"])  # type: ignore[arg-type]
    console.print({name: count for name, count in sorted(by_name.items()) if count})
