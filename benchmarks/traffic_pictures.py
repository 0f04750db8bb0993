"""Traffic through pictures: recordings of SUMO drawn as films, tagged, held against its truth.

Prints a row for each scenario, seed and line: vehicles against E1's, mean speed against theirs,
and a row for each kind of incident. ``--model motion`` (default) or any that ``wayside tag``
knows; networks need their weights (WAYSIDE_MODEL_DIR). ``--kept FOLDER`` keeps the films.
A film of a minute takes 5 to 15 s of CPU to make, and as much to tag with motion alone.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from wayside.testing.places.place import Weather
from wayside.testing.sumo.filmed.film import Stretch
from wayside.testing.sumo.filmed.judged import LineCount, Told, incidents_told, line_counts
from wayside.testing.sumo.filmed.tagging import Tagged, film_and_tag
from wayside.testing.sumo.record import record

HIGH = {
    "aloft_motorway": (0.0, 120.0),
    "aloft_motorway_breakdown": (0.0, 120.0),
    "aloft_motorway_wrong_way": (0.0, 120.0),
    "aloft_motorway_walker": (0.0, 120.0),
    "aloft_motorway_crash": (0.0, 120.0),
    "aloft_cross": (0.0, 120.0),
    "aloft_crash": (90.0, 210.0),
    "aloft_street": (0.0, 120.0),
}
LOW = {
    "motorway_free": (0.0, 120.0),
    "motorway_rain": (0.0, 120.0),
    "junction_cross": (0.0, 120.0),
    "street_zebra": (0.0, 120.0),
}
"""Where vehicles hide each other."""
FILMS = {**HIGH, **LOW}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenarios", nargs="+", default=list(FILMS), choices=list(FILMS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1])
    parser.add_argument("--model", default="motion")
    parser.add_argument("--weather", type=Weather, default=Weather.CLOUDY, choices=list(Weather))
    parser.add_argument("--kept", type=Path)
    asked = parser.parse_args()
    lines = Table("film", "seed", "line", "E1", "counted", "missed", "extra", "m/s", "speed", "CPU")
    incidents = Table("film", "seed", "incident", "true", "told", "false", "repeated", "off s")
    counts: list[LineCount] = []
    told: list[Told] = []
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.scenarios:
            for seed in asked.seeds:
                stretch = Stretch(record(name, seed), *FILMS[name])
                kept = (asked.kept or Path(folder)) / f"{name}-{seed}-{asked.weather}"
                tagged = film_and_tag(stretch, kept, asked.model, asked.weather)
                of_lines, of_kinds = line_counts(stretch, tagged), incidents_told(stretch, tagged)
                _add_lines(lines, name, seed, of_lines, tagged)
                _add_incidents(incidents, name, seed, of_kinds)
                counts += of_lines
                told += of_kinds
    console = Console(width=120)
    console.print(lines)
    console.print(incidents)
    console.print(_sum(counts, told))


def _add_lines(table: Table, name: str, seed: int, rows: list[LineCount], tagged: Tagged) -> None:
    for row in rows:
        found = f"{row.found} ({row.found - row.true:+d})"
        numbers = (str(row.true), found, str(row.missed), str(row.extra), f"{row.true_mps:.1f}")
        speed, cpu = f"{row.speed_error:+.1%}", f"{tagged.cpu_s:.0f} s"
        table.add_row(name, str(seed), row.line, *numbers, speed, cpu)


def _add_incidents(table: Table, name: str, seed: int, rows: list[Told]) -> None:
    for row in rows:
        off = " ".join(f"{off_s:+.0f}" for off_s in row.off_s)
        numbers = (str(row.true), str(row.hit), str(len(row.false)), str(row.repeats))
        table.add_row(name, str(seed), row.kind, *numbers, off)


def _sum(counts: list[LineCount], told: list[Told]) -> str:
    true, found = sum(row.true for row in counts), sum(row.found for row in counts)
    wrong = sum(abs(row.found - row.true) for row in counts)
    hit, real = sum(row.hit for row in told), sum(row.true for row in told)
    said = hit + sum(len(row.false) for row in told)
    return (
        f"{found} counted of {true} ({found / max(true, 1) - 1:+.1%}), "
        f"off by {wrong / max(true, 1):.1%} line by line; "
        f"incidents: {hit} of {real} told, {said - hit} of {said} tellings false"
    )


if __name__ == "__main__":
    main()
