"""Traffic against SUMO: numbers, incidents, false alarms and cost, as issue 5 asks for them.

``--part numbers``: volume, speed, occupancy, density, queue and people of 20 scenarios x seeds
against SUMO's detectors. ``incidents``: recall, precision and time to alarm. ``minima``: TTC, PET
and DRAC against SUMO's SSM device. ``days``: false alarms over days of normal traffic (``--days``;
what is done is kept in ``--state`` and carried on with: a changed product needs a new one).
``cost``: an update with 100 objects.
Default: all but days. Recordings are kept under ``$WAYSIDE_CACHE_DIR``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from rich.console import Console

from traffic_cost import print_cost
from traffic_days import print_days
from traffic_tables import print_incidents, print_minima, print_numbers
from wayside.testing.sumo.noise import Noise
from wayside.testing.sumo.scenarios import SCENARIOS

PARTS = ("numbers", "incidents", "minima", "cost", "days")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS[:-1]))
    parser.add_argument("--scenario", nargs="+", choices=sorted(SCENARIOS))
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--seconds", type=float, help="of each recording (default: its own)")
    parser.add_argument("--rate", type=float, default=3.0, help="pictures a second")
    parser.add_argument("--exact", action="store_true", help="a detector without faults")
    parser.add_argument("--details", action="store_true", help="each place, each false alarm")
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--state", type=Path, default=Path("traffic-days.json"))
    asked = parser.parse_args()
    console = Console(width=max(Console().width, 130))
    noise = Noise.none() if asked.exact else Noise()
    names = asked.scenario or list(SCENARIOS)
    if {"numbers", "incidents", "minima"} & set(asked.part):
        print_numbers_and_incidents(console, asked, names, noise)
    if "cost" in asked.part:
        print_cost(console)
    if "days" in asked.part:
        print_days(console, asked.days, asked.state, noise, asked.rate)


def print_numbers_and_incidents(
    console: Console, asked: argparse.Namespace, names: list[str], noise: Noise
) -> None:
    from traffic_runs import runs

    found = list(runs(console, names, asked.seeds, asked.seconds, noise, asked.rate))
    if "numbers" in asked.part:
        print_numbers(console, found, details=asked.details)
    if "incidents" in asked.part:
        print_incidents(console, found, details=asked.details)
    if "minima" in asked.part:
        print_minima(console, found)


if __name__ == "__main__":
    main()
