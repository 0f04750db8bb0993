"""Ten minutes of a synthetic junction, counted without any network, against its exact truth.

Prints counts by class group against truth, the median speed error, and what it cost.
``--seeds 7 23``: one film each. Films take about three minutes to make and three to count.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from wayside.domain.classes import ClassGroup
from wayside.testing.compare import Comparison, compare, read_events, read_truth
from wayside.testing.town import Scenario, write_town

GROUPS = (ClassGroup.VEHICLE, ClassGroup.TWO_WHEELER, ClassGroup.PERSON)


def counted(seed: int, seconds: float, folder: Path) -> tuple[Comparison, float]:
    """The comparison, and wall seconds of the count alone."""
    files = write_town(Scenario(seed=seed, duration_s=seconds), folder)
    began = time.monotonic()
    options = ["--site", str(files.site), "--model", "motion", "-o", str(folder / "out")]
    subprocess.run(
        [sys.executable, "-m", "wayside.cli", "tag", *options],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    elapsed_s = time.monotonic() - began
    events = read_events(folder / "out" / "events.jsonl")
    return compare(read_truth(files.truth_file), events), elapsed_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[7])
    parser.add_argument("--seconds", type=float, default=600.0)
    arguments = parser.parse_args()
    table = Table("seed", *(group.value for group in GROUPS), "missed", "extra", "speed", "time")
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory() as folder:
            found, elapsed_s = counted(seed, arguments.seconds, Path(folder))
        cells = []
        for group in GROUPS:
            true, got = found.total.truth.get(group, 0), found.total.counted.get(group, 0)
            cells.append(f"{got} of {true} ({(got - true) / max(true, 1):+.1%})")
        speed = "none" if found.speed_error is None else f"{found.speed_error:.1%}"
        pace = f"{arguments.seconds / elapsed_s:.1f}x real time"
        table.add_row(str(seed), *cells, str(found.missed), str(found.extra), speed, pace)
    Console().print(table)


if __name__ == "__main__":
    main()
