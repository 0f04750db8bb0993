"""Tables of numbers, incidents and surrogate safety."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from rich.console import Console
from rich.table import Table

from traffic_runs import Run
from wayside.analyze.rules import KINDS as RULES
from wayside.testing.sumo.incidents import KINDS, Score, score
from wayside.testing.sumo.judging import NUMBERS, Compared
from wayside.testing.sumo.minima import minima

ABSENT = "not built"


def print_numbers(console: Console, found: list[Run], *, details: bool) -> None:
    """By metric: how many of the compared numbers hold, and how far off they are."""
    table = Table("number", "compared", "hold", "median error", "worst", title="against E1, E2, E3")
    by_scenario: dict[str, dict[str, list[Compared]]] = defaultdict(lambda: defaultdict(list))
    for metric, compare in NUMBERS.items():
        rows: list[Compared] = []
        for run in found:
            some = compare(run.recording, run.watched)
            rows += some
            by_scenario[run.recording.name][metric] += some
        if not rows:
            table.add_row(metric, ABSENT)
            continue
        errors = np.array([row.error for row in rows])
        shares = np.array([row.error / row.true for row in rows if row.true])
        table.add_row(
            metric,
            str(len(rows)),
            f"{np.mean([row.holds for row in rows]):.0%}",
            f"{np.median(errors):+.2f} ({np.median(shares):+.1%})" if len(shares) else "",
            f"{errors[np.abs(errors).argmax()]:+.2f}",
        )
    console.print(table)
    _print_by_scenario(console, by_scenario)
    if details:
        for run in found:
            for metric, compare in NUMBERS.items():
                for row in compare(run.recording, run.watched):
                    if not row.holds:
                        where = f"{run.recording.name} {run.recording.seed} {row.place}"
                        console.print(f"{where} {metric}: {row.found:.2f}, true {row.true:.2f}")


def _print_by_scenario(console: Console, by_scenario: dict[str, dict[str, list[Compared]]]) -> None:
    table = Table("scenario", *NUMBERS, title="share that holds, by scenario (sum of volumes)")
    for name, metrics in by_scenario.items():
        cells: list[str] = []
        for metric in NUMBERS:
            rows = metrics.get(metric, [])
            cell = f"{np.mean([row.holds for row in rows]):.0%}" if rows else "-"
            if rows and metric.startswith("volume by line"):
                true = sum(row.true for row in rows)
                cell += f" ({sum(row.found for row in rows) / max(true, 1) - 1:+.1%})"
            cells.append(cell)
        table.add_row(name, *cells)
    console.print(table)


def print_incidents(console: Console, found: list[Run], *, details: bool) -> None:
    """By kind, over all scenarios: those without such an incident count for precision too."""
    table = Table(
        "event", "made in view", "unseen", "told", "recall", "precision", "false", "told twice",
        "delay s: median, longest", title="incidents",
    )  # fmt: skip
    for kind in KINDS:
        total = Score()
        for run in found:
            one = score(run.recording, run.watched, kind)
            total.add(one)
            if details:
                _print_faults(console, run, kind, one)
        if not total.hit and not total.false and not total.repeats:
            cell = "0" if _is_built(kind) else ABSENT
            table.add_row(kind.split(".")[1], str(total.true), str(total.unseen), cell)
            continue
        delays = sorted(total.delays_s) or [float("nan")]
        table.add_row(
            kind.split(".")[1],
            str(total.true),
            str(total.unseen),
            str(total.hit),
            f"{total.recall:.2f}",
            f"{total.precision:.2f}",
            str(len(total.false)),
            str(total.repeats),
            f"{np.median(delays):.1f}, {delays[-1]:.1f}",
        )
    console.print(table)


def _is_built(kind: str) -> bool:
    name = kind.split(".")[1]
    rule = {
        "stopped_object": "stopped",
        "person_on_carriageway": "on_carriageway",
        "object_on_carriageway": "on_carriageway",
    }.get(name, name)
    return rule in RULES


def _print_faults(console: Console, run: Run, kind: str, one: Score) -> None:
    where = f"{run.recording.name} {run.recording.seed}"
    for told in one.false:
        place = told.finding.place or "the picture"
        console.print(f"{where}: false {kind} at {told.t_s:.1f} s in {place}: {told.finding.data}")
    for incident in one.missed:
        console.print(f"{where}: missed {kind} at {incident.start_s:.1f} s ({incident.detail})")


def print_minima(console: Console, found: list[Run]) -> None:
    """Of the encounters that SUMO reports and we tell of too: minima within 0.2 s."""
    table = Table("measure", "compared", "within", "median error", title="against the SSM device")
    rows = [row for run in found for row in minima(run.recording, run.watched)]
    for measure, unit, room in (("ttc", "s", 0.2), ("pet", "s", 0.2), ("drac", "m/s²", 0.5)):
        errors = np.array([row.error for row in rows if row.what == measure])
        if not len(errors):
            table.add_row(f"{measure} ({unit})", ABSENT)
            continue
        within = float(np.mean(np.abs(errors) <= room))
        median = f"{np.median(errors):+.2f}"
        table.add_row(f"{measure} ({unit})", str(len(errors)), f"{within:.0%}", median)
    console.print(table)
