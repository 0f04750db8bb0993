"""``python -m wayside.testing.town --seconds 60 --seed 7 -o DIR``: a town's video and truth."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from wayside.domain.errors import WaysideError
from wayside.testing.progress import picture_progress
from wayside.testing.town.camera import Camera
from wayside.testing.town.files import write_town
from wayside.testing.town.scenario import Scenario


def scenario_from(arguments: argparse.Namespace) -> Scenario:
    """Raises ValueError where the numbers make no scenario."""
    camera = Camera(width=arguments.width, height=round(arguments.width * 9 / 32) * 2)
    return Scenario(
        seed=arguments.seed,
        duration_s=arguments.seconds,
        fps=arguments.fps,
        objects_per_minute=arguments.objects_per_minute,
        camera=camera,
    )


def parser() -> argparse.ArgumentParser:
    """The command line."""
    options = argparse.ArgumentParser(
        prog="python -m wayside.testing.town", description="Film a synthetic junction."
    )
    options.add_argument("--seconds", type=float, default=60.0)
    options.add_argument("--seed", type=int, default=7)
    options.add_argument("--fps", type=float, default=12.5)
    options.add_argument("--width", type=int, default=640, help="pixels; the height is 9/16 of it")
    options.add_argument("--objects-per-minute", type=float, default=50.0)
    options.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code 0, 1 where the folder cannot be written, 2 for a bad command line."""
    options = parser()
    arguments = options.parse_args(argv)
    try:
        scenario = scenario_from(arguments)
    except ValueError as error:
        options.error(str(error))
    console = Console(stderr=True)
    try:
        with picture_progress(console, "filming", scenario.frame_count) as progress:
            files = write_town(scenario, arguments.output, progress)
    except WaysideError as error:
        console.print(f"error: {error}", style="red", markup=False)
        return error.exit_code
    console.print(f"{files.video}, {files.site}, {files.truth_file}: {files.truth.totals()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
